//go:build unix

package handoff_test

import (
	"io"
	"syscall"
)

// pipe is a pipe whose read blocks the thread: os.Pipe's would go to the
// network poller.
type pipe struct{ r, w int }

func newPipe() (*pipe, error) {
	var ends [2]int
	syscall.ForkLock.RLock() // no child that is forked in between inherits them
	defer syscall.ForkLock.RUnlock()
	if err := syscall.Pipe(ends[:]); err != nil {
		return nil, err
	}
	syscall.CloseOnExec(ends[0])
	syscall.CloseOnExec(ends[1])
	return &pipe{ends[0], ends[1]}, nil
}

// read reads a byte, once: EINTR is an error like others.
func (p *pipe) read() (byte, error) {
	var b [1]byte
	n, err := syscall.Read(p.r, b[:])
	if err == nil && n == 0 {
		err = io.EOF
	}
	return b[0], err
}

func (p *pipe) write(b byte) error {
	_, err := syscall.Write(p.w, []byte{b})
	return err
}

// empty reports whether there is nothing to read any more.
func (p *pipe) empty() bool {
	if err := syscall.SetNonblock(p.r, true); err != nil {
		return false
	}
	_, err := p.read()
	return err == syscall.EAGAIN
}

func (p *pipe) close() {
	syscall.Close(p.r)
	syscall.Close(p.w)
}

// wrapped and raw make the shortest call: with the runtime's wrapper around
// it, and without.
func wrapped() { syscall.Syscall(syscall.SYS_GETPID, 0, 0, 0) }
func raw()     { syscall.RawSyscall(syscall.SYS_GETPID, 0, 0, 0) }

const unix = true

// files is how many files this process may open.
func files() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 256
	}
	return int(min(uint64(limit.Cur), 1<<20))
}
