package term

import (
	"io"
	"slices"
	"strings"
)

// Table is a table for a terminal: cells are wrapped, columns line up though
// Hangul is two columns wide.
type Table struct {
	Head []string
	Rows [][]string
	Gaps bool // a blank line between rows
}

const columnGap = "  "

// Write writes the table, at most width columns wide.
func (t Table) Write(w io.Writer, width int) error {
	widths := t.widths(width - len(columnGap)*(len(t.Head)-1))
	var b strings.Builder
	t.line(&b, t.Head, widths)
	rule := make([]string, len(widths))
	for i, n := range widths {
		rule[i] = strings.Repeat("-", n)
	}
	t.line(&b, rule, widths)
	for i, row := range t.Rows {
		if t.Gaps && i > 0 {
			b.WriteString("\n")
		}
		t.line(&b, row, widths)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// widths gives each column what it needs, as long as that is no more than its
// fair share of what is left; the others share the rest in proportion to the
// text that they hold, but none gets under half of an equal share.
func (t Table) widths(total int) []int {
	need, text := make([]int, len(t.Head)), make([]int, len(t.Head))
	for _, row := range append([][]string{t.Head}, t.Rows...) {
		for i, cell := range row {
			for line := range strings.SplitSeq(cell, "\n") {
				n := columns(line)
				need[i] = max(need[i], n)
				text[i] += n
			}
		}
	}
	out := make([]int, len(need))
	left, open := total, len(need)
	for changed := true; changed && open > 0; {
		changed = false
		for i, n := range need {
			if out[i] == 0 && n <= left/open {
				out[i], changed = max(n, 1), true
				left -= out[i]
				open--
			}
		}
	}
	rest, least := 0, 0
	if open > 0 {
		least = left / open / 2
	}
	for i, n := range text {
		if out[i] == 0 {
			rest += n
		}
	}
	spare := left - least*open
	for i, n := range text {
		if out[i] == 0 {
			out[i] = max(least+spare*n/rest, 8)
		}
	}
	for sum(out) > total { // the floor of 8 was too high: the widest give way
		out[slices.Index(out, slices.Max(out))]--
	}
	return out
}

func sum(widths []int) (n int) {
	for _, w := range widths {
		n += w
	}
	return n
}

// line writes one row, as many lines high as its highest cell.
func (t Table) line(b *strings.Builder, cells []string, widths []int) {
	wrapped := make([][]string, len(cells))
	high := 0
	for i, cell := range cells {
		wrapped[i] = Wrap(cell, widths[i])
		high = max(high, len(wrapped[i]))
	}
	for y := range high {
		var line strings.Builder
		for i := range cells {
			text := ""
			if y < len(wrapped[i]) {
				text = wrapped[i][y]
			}
			line.WriteString(Fit(text, widths[i]))
			line.WriteString(columnGap)
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
}
