package tiny

import (
	"errors"
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

	mu sync.Mutex
	// mu guards:
	pipes  map[uint64]*pipe
	used   bool // by a Run
	closed bool // by its end
}

// pipe is one of the operating system. A read of it waits in Go's own network
// poller, and the thread waits with it, for the M is locked to its thread.
type pipe struct{ r, w *os.File }

// Hosts returns the functions for [machine.Assemble]:
//
//	HOST print   writes [SP], a signed number, as a line of its own
//	HOST write   writes the byte [SP+8] into the pipe [SP]
//	HOST work    computes for [SP] steps of about a nanosecond
func (w *World) Hosts() map[string]machine.Host {
	return map[string]machine.Host{
		"print": func(args []uint64) uint64 {
			w.mu.Lock()
			defer w.mu.Unlock()
			if w.Out != nil {
				fmt.Fprintln(w.Out, int64(args[0]))
			}
			return 0
		},
		"write": func(args []uint64) uint64 {
			p, err := w.pipe(args[0])
			if err != nil {
				panic(err) // a fault of the program
			}
			if p != nil {
				_, _ = p.w.Write([]byte{byte(args[1])}) // an error: the run is over
			}
			return 0
		},
		"work": func(args []uint64) uint64 { return Work(args[0]) },
	}
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
		p = &pipe{r, out}
		if w.pipes == nil {
			w.pipes = map[uint64]*pipe{}
		}
		w.pipes[n] = p
	}
	return p, nil
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
		return errors.New(lang.Say("this World has served a Run: make a new one, and assemble the program with its Hosts",
			"이 World는 이미 Run에 쓰였습니다. 새로 만들어 그 Hosts로 프로그램을 어셈블합니다"))
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
