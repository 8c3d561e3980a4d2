package check

import (
	"testing"

	"gmplab/internal/machine"
)

// Program assembles source for a test.
func Program(t testing.TB, file, source string, hosts map[string]machine.Host) *machine.Program {
	t.Helper()
	p, err := machine.Assemble(file, source, hosts)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// NewG returns a goroutine that has not run yet: it starts at p's label with
// args, on a stack of the given number of words, and returns into GoExit.
func NewG(t testing.TB, p *machine.Program, id uint64, label string, words int, args ...uint64) *machine.G {
	t.Helper()
	pc, ok := p.Label(label)
	if !ok {
		t.Fatalf("the test's program has no label %q", label)
	}
	s := machine.NewStack(words)
	sp := s.Hi - uint64(len(args)+1)*machine.Word
	s.Set(sp, machine.GoExit)
	for i, arg := range args {
		s.Set(sp+uint64(i+1)*machine.Word, arg)
	}
	return &machine.G{ID: id, Context: machine.Context{PC: pc, SP: sp}, Stack: s}
}
