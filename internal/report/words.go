package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"gmplab/internal/claims"
	"gmplab/internal/lang"
	"gmplab/internal/term"
)

// sayln writes a line in the reader's language.
func sayln(w io.Writer, en, ko string, args ...any) {
	fmt.Fprintln(w, lang.Pairf(en, ko, args...))
}

// wrapped writes text in lines of at most width columns.
func wrapped(w io.Writer, text string, width int) {
	for _, line := range term.Wrap(text, width) {
		fmt.Fprintln(w, line)
	}
}

// Plain writes a number as it was typed.
func Plain(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// Unit is a unit as it stands after a figure, in the reader's language.
func Unit(u string) string { return claims.UnitText(u).String() }

// JSON writes what -json asks for.
func JSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("print the result: %w", err)
	}
	return nil
}
