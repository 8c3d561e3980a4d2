package main

import (
	"fmt"
	"io"
	"strings"

	"gmplab/internal/lang"
)

// progress shows the rounds on a terminal, and nothing anywhere else.
type progress struct {
	w    io.Writer // nil: silent
	name string
	of   int
}

func newProgress(w io.Writer, name string, of int) progress {
	if !isTerminal(w) {
		w = nil
	}
	return progress{w, name, of}
}

func (p progress) show(done int) {
	if p.w == nil {
		return
	}
	const width = 20
	n := width * done / p.of
	bar := strings.Repeat("#", n) + strings.Repeat(".", width-n)
	fmt.Fprintf(p.w, "\r%s [%s] %s %d/%d ", p.name, bar, lang.Say("round", "라운드"), done+1, p.of)
}

func (p progress) clear() {
	if p.w != nil {
		fmt.Fprintf(p.w, "\r%s\r", strings.Repeat(" ", 75))
	}
}
