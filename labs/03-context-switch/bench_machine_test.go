package ctxswitch_test

import (
	"testing"

	"gmplab/internal/check"
	"gmplab/internal/machine"
	ctxswitch "gmplab/labs/03-context-switch"
)

// BenchmarkMachine is your own switch: Run, Save and Load, with your Ready, on
// the toy machine. Each switch includes the one or two instructions that are
// interpreted between two of them.
func BenchmarkMachine(b *testing.B) {
	b.Run("kind=cooperative", func(b *testing.B) { benchMachine(b, "main: ENTER 0\nloop: YIELD\n JMP loop", 0) })
	b.Run("kind=preempted", func(b *testing.B) { benchMachine(b, "main: ENTER 0\nloop: JMP loop", 2) })
}

// stopAfter is a queue that says it is empty after so many pops.
type stopAfter struct {
	ctxswitch.Ready
	pops int
}

func (s *stopAfter) Pop() *machine.G {
	if s.pops == 0 {
		return nil
	}
	s.pops--
	return s.Ready.Pop()
}

func benchMachine(b *testing.B, source string, slice int) {
	p := check.Program(b, "bench.asm", source, nil)
	c := &machine.CPU{Slice: slice}
	var ready stopAfter
	gs := []*machine.G{check.NewG(b, p, 1, "main", 64), check.NewG(b, p, 2, "main", 64)}
	for _, g := range gs {
		ready.Push(g)
	}
	switches := func(n int) bool {
		ready.pops = n
		return ctxswitch.Run(c, p, &ready) == nil && ready.pops == 0
	}
	// A switch that works has moved each of the two past its ENTER, and both
	// are on the queue still.
	if !switches(4) || gs[0].Context.BP == 0 || gs[1].Context.BP == 0 || gs[0].Full != (slice > 0) {
		skip(b, "your switch does not work yet: go test ./labs/03-...", "아직 여러분의 문맥 교환이 동작하지 않습니다: go test ./labs/03-...")
	}
	n := 0
	for b.Loop() {
		if !switches(batch) {
			b.Fatal("a goroutine is lost")
		}
		n += batch
	}
	report(b, b.Elapsed(), n)
}
