package main

import "os"

// defaultWidth is the width of piped output.
const defaultWidth = 100

// isTerminal reports whether f is a terminal.
func isTerminal(f any) bool {
	file, ok := f.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && info.Name() != os.DevNull && file.Name() != os.DevNull
}

// widthOf is the width of a terminal, and 100 columns for anything else.
func widthOf(f any) int {
	if file, ok := f.(*os.File); ok && isTerminal(f) {
		if n := columns(file); n > 0 {
			return max(n, 60)
		}
	}
	return defaultWidth
}
