package tiny

import (
	"slices"

	"gmplab/internal/lang"
)

// Text returns err, which Run has returned, in both languages. What another
// package says (a machine.FaultError, a context's cause) is in the reader's
// language only: then both are that.
func Text(err error) lang.Text {
	if e, ok := err.(interface{ Text() lang.Text }); ok {
		return e.Text()
	}
	return lang.Pair(err.Error(), err.Error())
}

// worded is an error in both languages, and the errors that it says more about.
type worded struct {
	text lang.Text
	errs []error
}

// errorf words an error in both languages. An argument that is an error is
// wrapped, and stands in each text in its language: by %s, or not at all.
func errorf(en, ko string, args ...any) error {
	w := &worded{}
	args = slices.Clone(args)
	for i, a := range args {
		if err, ok := a.(error); ok {
			w.errs = append(w.errs, err)
			args[i] = Text(err)
		}
	}
	w.text = lang.Pairf(en, ko, args...)
	return w
}

// Text returns the error in both languages.
func (w *worded) Text() lang.Text { return w.text }

// Error is the error in the reader's language.
func (w *worded) Error() string { return w.text.String() }

// Unwrap returns the errors that w is about.
func (w *worded) Unwrap() []error { return w.errs }

// sentinel is an error without arguments, told by its address.
type sentinel lang.Text

// Text returns the error in both languages.
func (s *sentinel) Text() lang.Text { return lang.Text(*s) }

// Error is the error in the reader's language.
func (s *sentinel) Error() string { return lang.Text(*s).String() }
