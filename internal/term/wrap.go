package term

import (
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// columns is how wide s is on a terminal.
func columns(s string) int { return displaywidth.String(s) }

// Fit pads s with spaces to a width.
func Fit(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-columns(s)))
}

// Wrap breaks s at spaces into lines of at most width columns; a longer word
// is broken where it must be, but never inside a character.
func Wrap(s string, width int) []string {
	var lines []string
	for para := range strings.SplitSeq(s, "\n") {
		line := ""
		for _, word := range strings.Fields(para) {
			if line != "" && columns(line+" "+word) <= width {
				line += " " + word
				continue
			}
			if line != "" {
				lines = append(lines, line)
			}
			for columns(word) > width {
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

// Hang wraps prose that is wider than width under its own indent. Lines that
// are laid out with spaces, as a trace is, stay as they are.
func Hang(text string, width int) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		words := strings.TrimLeft(line, " ")
		if columns(line) <= width || strings.Contains(words, "  ") || strings.Contains(words, "\t") {
			b.WriteString(line + "\n")
			continue
		}
		indent := line[:len(line)-len(words)]
		for i, part := range Wrap(words, max(width-len(indent)-6, 20)) {
			if i > 0 {
				b.WriteString("      ")
			}
			b.WriteString(indent + part + "\n")
		}
	}
	return b.String()
}
