// Package term lays out text for a terminal, and knows what one is: its width,
// tables and wrapped lines in which Hangul is two columns wide, a bar that
// shows how far a measurement is.
package term

import (
	"os"

	"golang.org/x/term"
)

const (
	// DefaultWidth is the width of piped output, in columns.
	DefaultWidth = 100
	leastWidth   = 40 // of a table: four columns of words
)

// Is reports whether f is a terminal.
func Is(f any) bool {
	file, ok := f.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// Width is the width of a terminal, and DefaultWidth for anything else.
func Width(f any) int {
	if file, ok := f.(*os.File); ok {
		if n, _, err := term.GetSize(int(file.Fd())); err == nil && n > 0 {
			return max(n, leastWidth)
		}
	}
	return DefaultWidth
}
