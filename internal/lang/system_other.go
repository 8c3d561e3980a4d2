//go:build !windows && !darwin

package lang

// system returns nothing: who has set no locale has said nothing.
func system() string { return "" }
