package lang

import "errors"

// ErrUsage is the Cause of an error in what the reader typed.
var ErrUsage = errors.New("usage")

// Error is an error in both languages.
type Error struct {
	Text  Text
	Cause error // ErrUsage, context.Canceled, or nil: it did not work
}

// Error returns the text in the reader's language.
func (e *Error) Error() string { return e.Text.String() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Errorf returns an Error for what did not work, formatted as by Pairf.
func Errorf(en, ko string, args ...any) error { return &Error{Text: Pairf(en, ko, args...)} }

// Usagef returns an Error for what the reader typed wrong.
func Usagef(en, ko string, args ...any) error { return &Error{Pairf(en, ko, args...), ErrUsage} }

// TextOf returns an error in both languages; what has no pair says the same in
// both.
func TextOf(err error) Text {
	var e *Error
	if errors.As(err, &e) {
		return e.Text
	}
	return Pair(err.Error(), err.Error())
}
