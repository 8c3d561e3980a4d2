package main

import (
	"io"
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// table is a table for a terminal: cells are wrapped, columns line up though
// Hangul is two columns wide.
type table struct {
	head []string
	rows [][]string
	gaps bool // a blank line between rows
}

const columnGap = "  "

// write writes the table, at most width columns wide.
func (t table) write(w io.Writer, width int) error {
	widths := t.widths(width - len(columnGap)*(len(t.head)-1))
	var b strings.Builder
	t.line(&b, t.head, widths)
	rule := make([]string, len(widths))
	for i, n := range widths {
		rule[i] = strings.Repeat("-", n)
	}
	t.line(&b, rule, widths)
	for i, row := range t.rows {
		if t.gaps && i > 0 {
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
func (t table) widths(total int) []int {
	need, text := make([]int, len(t.head)), make([]int, len(t.head))
	for _, row := range append([][]string{t.head}, t.rows...) {
		for i, cell := range row {
			for line := range strings.SplitSeq(cell, "\n") {
				n := displaywidth.String(line)
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
	return out
}

// line writes one row, as many lines high as its highest cell.
func (t table) line(b *strings.Builder, cells []string, widths []int) {
	wrapped := make([][]string, len(cells))
	high := 0
	for i, cell := range cells {
		wrapped[i] = wrap(cell, widths[i])
		high = max(high, len(wrapped[i]))
	}
	for y := range high {
		var line strings.Builder
		for i := range cells {
			text := ""
			if y < len(wrapped[i]) {
				text = wrapped[i][y]
			}
			line.WriteString(fit(text, widths[i]))
			line.WriteString(columnGap)
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
}

// fit pads s with spaces to a width.
func fit(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-displaywidth.String(s)))
}

// wrap breaks s at spaces into lines of at most width columns; a longer word
// is broken where it must be, but never inside a character.
func wrap(s string, width int) []string {
	var lines []string
	for para := range strings.SplitSeq(s, "\n") {
		line := ""
		for _, word := range strings.Fields(para) {
			if line != "" && displaywidth.String(line+" "+word) <= width {
				line += " " + word
				continue
			}
			if line != "" {
				lines = append(lines, line)
			}
			for displaywidth.String(word) > width {
				head := displaywidth.TruncateString(word, width, "")
				if head == "" {
					break // a character wider than the column
				}
				lines = append(lines, head)
				word = word[len(head):]
			}
			line = word
		}
		lines = append(lines, line)
	}
	return lines
}

// hang wraps prose that is wider than width under its own indent. Lines that
// are laid out with spaces, as a trace is, stay as they are.
func hang(text string, width int) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		words := strings.TrimLeft(line, " ")
		if displaywidth.String(line) <= width || strings.Contains(words, "  ") || strings.Contains(words, "\t") {
			b.WriteString(line + "\n")
			continue
		}
		indent := line[:len(line)-len(words)]
		for i, part := range wrap(words, max(width-len(indent)-6, 20)) {
			if i > 0 {
				b.WriteString("      ")
			}
			b.WriteString(indent + part + "\n")
		}
	}
	return b.String()
}
