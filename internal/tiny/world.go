package tiny

import (
	"fmt"
	"io"
	"os"
	"sync"

	"gmplab/internal/lang"
	"gmplab/internal/machine"
)

// World is what a program can reach outside the machine: pipes, from which SYS
// read takes a byte, and the functions that HOST calls. One World serves one
// Run, which closes its pipes.
type World struct {
	Out io.Writer // of HOST print; nil: nowhere

	out sync.Mutex // held while Out writes, which may block: the end of a run doesn't take it

	mu sync.Mutex
	// mu guards:
	pipes  map[uint64]*pipe
	used   bool // by a Run
	closed bool // by its end
}

// pipe is one of the operating system. A read of it waits in Go's own network
// poller, and the thread waits with it, for the M is locked to its thread.
type pipe struct {
	r, w *os.File
	full int // bytes written and not yet taken; World.mu guards it
}

// mostInPipe is how many bytes a pipe holds on every system. More are refused,
// for a HOST function that waited would hold its P for ever.
const mostInPipe = 4096

// Hosts returns the functions for [machine.Assemble]:
//
//	HOST print   writes [SP], a signed number, as a line of its own
//	HOST write   writes the byte [SP+8] into the pipe [SP]
//	HOST work    computes for [SP] steps of about a nanosecond
func (w *World) Hosts() map[string]machine.Host {
	return map[string]machine.Host{
		"print": func(args []uint64) uint64 {
			n := argument(args, 0)
			w.out.Lock()
			defer w.out.Unlock()
			if w.Out != nil {
				fmt.Fprintln(w.Out, int64(n))
			}
			return 0
		},
		"write": func(args []uint64) uint64 {
			if err := w.write(argument(args, 0), byte(argument(args, 1))); err != nil {
				panic(err)
			}
			return 0
		},
		"work": func(args []uint64) uint64 { return Work(argument(args, 0)) },
	}
}

// argument returns argument i of a HOST function. Its panic is a fault of the
// program.
func argument(args []uint64, i int) uint64 {
	if i >= len(args) {
		panic(fmt.Sprintf(lang.Say("it needs [SP+%d], but the frame has %d words below BP: ENTER %d makes room",
			"[SP+%d]이(가) 필요한데 프레임에는 BP 아래에 %d워드뿐입니다. ENTER %d로 자리를 만듭니다"), i*machine.Word, len(args), i+1))
	}
	return args[i]
}

// Work computes for n steps of about a nanosecond: what HOST work does.
//
//go:noinline
func Work(n uint64) uint64 {
	x := n | 1
	for range n {
		x ^= x << 13
		x ^= x >> 7
	}
	return x
}

// pipe returns pipe number n, made now if it is new; nil: the run is over. It
// is an error if the process may open no more files.
func (w *World) pipe(n uint64) (*pipe, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.pipes[n]
	if p == nil && !w.closed {
		r, out, err := os.Pipe()
		if err != nil {
			return nil, err
		}
		p = &pipe{r: r, w: out}
		if w.pipes == nil {
			w.pipes = map[uint64]*pipe{}
		}
		w.pipes[n] = p
	}
	return p, nil
}

// write puts a byte into pipe n.
func (w *World) write(n uint64, b byte) error {
	p, err := w.pipe(n)
	if p == nil { // or the run is over
		return err
	}
	w.mu.Lock()
	full := p.full == mostInPipe
	if !full {
		p.full++
	}
	w.mu.Unlock()
	if full {
		return lang.Errorf("pipe %d is full: %d bytes that nobody has read", "%d번 파이프가 가득 찼습니다. 아무도 읽지 않은 바이트 %d개", n, mostInPipe)
	}
	_, _ = p.w.Write([]byte{b}) // an error: the run is over
	return nil
}

// took counts the byte that a read of pipe n has returned.
func (w *World) took(n uint64) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if p := w.pipes[n]; p != nil && p.full > 0 { // else the read was ended
		p.full--
	}
}

// dry reports whether there is nothing in any of the pipes that somebody reads.
func (w *World) dry(reads map[*machine.G]uint64) bool {
	if w == nil {
		return true
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, n := range reads {
		if p := w.pipes[n]; p == nil || p.full > 0 {
			return false
		}
	}
	return true
}

// read takes a byte from pipe n. It returns 0 when the run ends, and where
// there is no world.
func (w *World) read(n uint64) (uint64, error) {
	if w == nil {
		return 0, nil
	}
	p, err := w.pipe(n)
	if p == nil {
		return 0, err
	}
	var b [1]byte
	_, _ = p.r.Read(b[:])
	return uint64(b[0]), nil
}

// open begins the one run of w.
func (w *World) open() error {
	if w == nil {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.used {
		return lang.Errorf("this World has served a Run: make a new one, and assemble the program with its Hosts",
			"이 World는 이미 Run에 쓰였습니다. 새로 만들어 그 Hosts로 프로그램을 어셈블합니다")
	}
	w.used = true
	return nil
}

// close ends all reads and writes.
func (w *World) close() {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	for _, p := range w.pipes {
		p.w.Close() // first: then also a read that can't be interrupted ends
		p.r.Close()
	}
}
