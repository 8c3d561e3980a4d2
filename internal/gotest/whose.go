package gotest

import (
	"context"

	"gmplab/internal/book"
)

// Code is whose code of a lab runs, and why.
type Code struct {
	Lab  string `json:"lab"` // "03-context-switch"
	NN   string `json:"-"`
	Code string `json:"code"`           // Yours or Reference
	Why  string `json:"why,omitempty"`  // Untested, Broken or Fails; "" for yours that passes
	Task int    `json:"task,omitempty"` // the first that fails, if a test said its task
}

// What Code and Why say.
const (
	Yours     = "yours"
	Reference = "reference"

	Untested = "untested"         // nobody asked
	Broken   = "does not compile" // the learner's file
	Fails    = "fails"            // a test
)

// Whose says whose code of each lab is to run, and with which overlay: the
// learner's where the lab's tests pass, else the reference. With mine it is
// the learner's, and no test is asked: else nobody could see what a wrong
// scheduler does. tell and warn are as for Try.
func (s Suite) Whose(ctx context.Context, mine bool, tell func(open []book.Lab), warn func(error)) ([]Code, book.Overlays, error) {
	labs, err := s.Book.Labs()
	if err != nil {
		return nil, book.Overlays{}, err
	}
	codes := make([]Code, len(labs))
	if mine {
		for i, l := range labs {
			codes[i] = Code{Lab: l.Name, NN: l.NN, Code: Yours, Why: Untested}
		}
		return codes, book.Overlays{Replace: map[string]string{}}, nil
	}
	known, err := s.Try(ctx, labs, tell, warn)
	if err != nil {
		return nil, book.Overlays{}, err
	}
	var open []book.Lab
	for i, l := range labs {
		codes[i] = codeOf(l, known[i])
		if codes[i].Code == Reference {
			open = append(open, l)
		}
	}
	overlays, err := s.Book.References(open)
	return codes, overlays, err
}

func codeOf(l book.Lab, k Known) Code {
	c := Code{Lab: l.Name, NN: l.NN, Code: Reference, Why: Fails}
	switch {
	case k.Solved:
		c.Code, c.Why = Yours, ""
	case k.Broken:
		c.Why = Broken
	default:
		for _, t := range k.Tasks {
			if !t.Passed {
				c.Task = t.Task
				break
			}
		}
	}
	return c
}
