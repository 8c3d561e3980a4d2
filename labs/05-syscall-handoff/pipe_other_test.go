//go:build !unix

package handoff_test

import "os"

// pipe is a pipe whose read blocks the thread.
type pipe struct{ r, w *os.File }

func newPipe() (*pipe, error) {
	r, w, err := os.Pipe()
	return &pipe{r, w}, err
}

func (p *pipe) read() (byte, error) {
	var b [1]byte
	_, err := p.r.Read(b[:])
	return b[0], err
}

func (p *pipe) write(b byte) error {
	_, err := p.w.Write([]byte{b})
	return err
}

func (p *pipe) empty() bool { return true }

func (p *pipe) close() {
	p.r.Close()
	p.w.Close()
}

func wrapped() {}
func raw()     {}

const unix = false

func files() int { return 0 }
