package term

import (
	"cmp"
	"fmt"
	"io"
	"strings"
)

// Progress is a bar on a terminal, and nothing anywhere else.
type Progress struct {
	w     io.Writer // nil: silent
	width int       // of the terminal, in columns; 0: DefaultWidth
	wrote int       // the columns of what stands there
}

// NewProgress returns a bar on w, if that is a terminal.
func NewProgress(w io.Writer) *Progress {
	if !Is(w) {
		w = nil
	}
	return &Progress{w: w, width: Width(w)}
}

// Show shows that so much of the work is done, on one line: the bar is as long
// as there is room for beside what stands before and after it.
func (p *Progress) Show(before string, done, of int, after string) {
	if p.w == nil {
		return
	}
	room := cmp.Or(p.width, DefaultWidth) - columns(before+" [] "+after) - 1
	width := max(0, min(room, 20))
	n := width * done / of
	text := fmt.Sprintf("%s [%s%s] %s", before, strings.Repeat("#", n), strings.Repeat(".", width-n), after)
	fmt.Fprintf(p.w, "\r%s", Fit(text, p.wrote))
	p.wrote = columns(text)
}

// Clear takes the bar away.
func (p *Progress) Clear() {
	if p.w != nil && p.wrote > 0 {
		fmt.Fprintf(p.w, "\r%s\r", strings.Repeat(" ", p.wrote))
		p.wrote = 0
	}
}
