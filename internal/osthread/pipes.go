//go:build unix || windows

package osthread

import (
	"fmt"
	"syscall"
)

// pipes are two pipes, of which a side owns one end each: when it leaves, the
// other's read finds the end and its write is refused.
type pipes struct {
	r, w   [2]end     // by side
	buffer [2][1]byte // by side
}

func newPipes() (*pipes, error) {
	p := new(pipes)
	for side := range 2 {
		var ends [2]end
		// As os.Pipe does, but blocking: no fork in between may inherit them.
		syscall.ForkLock.RLock()
		err := syscall.Pipe(ends[:])
		if err == nil {
			syscall.CloseOnExec(ends[0])
			syscall.CloseOnExec(ends[1])
		}
		syscall.ForkLock.RUnlock()
		if err != nil {
			if side == 1 {
				syscall.Close(p.r[0])
				syscall.Close(p.w[1])
			}
			return nil, fmt.Errorf("pipe: %w", err)
		}
		p.r[side], p.w[1-side] = ends[0], ends[1]
	}
	return p, nil
}

// The byte is the hand-over's number: who reads another has lost one.

func (p *pipes) pass(side, i int) error {
	p.buffer[side][0] = byte(i)
	for {
		switch _, err := syscall.Write(p.w[side], p.buffer[side][:]); {
		case err == nil:
			return nil
		case noReader(err):
			return errGone
		case err == syscall.EINTR:
		default:
			return fmt.Errorf("write: %w", err)
		}
	}
}

func (p *pipes) await(side, i int) error {
	for {
		switch n, err := syscall.Read(p.r[side], p.buffer[side][:]); {
		case err == syscall.EINTR:
		case err != nil:
			return fmt.Errorf("read: %w", err)
		case n == 0:
			return errGone
		case p.buffer[side][0] != byte(i):
			return fmt.Errorf("read: hand-over %d (mod 256), want %d", p.buffer[side][0], byte(i))
		default:
			return nil
		}
	}
}

func (p *pipes) leave(side int) {
	syscall.Close(p.r[side])
	syscall.Close(p.w[side])
}
