package ctxswitch_test

import (
	"strings"
	"testing"

	"gmplab/internal/check"
	"gmplab/internal/harness"
	"gmplab/internal/machine"
	ctxswitch "gmplab/labs/03-context-switch"
)

// BenchmarkMachine is your own switch: Run, Save and Load, with your Ready, on
// the toy machine. Each switch includes the one or two instructions that are
// interpreted between two of them.
func BenchmarkMachine(b *testing.B) {
	const yields = "main: ENTER 0\nloop: YIELD\n JMP loop\nend: ENTER 0\n CHAN"
	b.Run("kind=cooperative", func(b *testing.B) { benchMachine(b, yields, 2, 0) })
	b.Run("kind=alone", func(b *testing.B) { benchMachine(b, yields, 1, 0) })
	b.Run("kind=preempted", func(b *testing.B) {
		benchMachine(b, "main: ENTER 0\nloop: JMP loop\nend: ENTER 0\n CHAN", 2, 2)
	})
}

// ending is a queue that after so many pops hands out a goroutine whose CHAN
// ends Run: also one that goes on with a goroutine that is alone.
type ending struct {
	ctxswitch.Ready
	pops  int
	last  *machine.G
	entry machine.Context
}

func (e *ending) Pop() *machine.G {
	if e.pops == 0 {
		e.last.Context, e.last.Full = e.entry, false
		return e.last
	}
	e.pops--
	return e.Ready.Pop()
}

func benchMachine(b *testing.B, source string, n, slice int) {
	p := check.Program(b, "bench.asm", source, nil)
	c := &machine.CPU{Slice: slice}
	ready := ending{last: check.NewG(b, p, 9, "end", 64)}
	ready.entry = ready.last.Context
	var gs []*machine.G
	for i := range n {
		gs = append(gs, check.NewG(b, p, uint64(i+1), "main", 64))
		ready.Push(gs[i])
	}
	switches := func(n int) bool {
		ready.pops = n
		err := ctxswitch.Run(c, p, &ready)
		return ready.pops == 0 && err != nil && strings.Contains(err.Error(), "CHAN")
	}
	works := switches(4)
	for _, g := range gs { // a switch that works has moved each past its ENTER
		works = works && g.Context.BP != 0 && g.Full == (slice > 0)
	}
	if !works {
		harness.Unsolved(b, "switch", "03")
	}
	total := 0
	for b.Loop() {
		if !switches(batch) {
			b.Fatal("a goroutine is lost")
		}
		total += batch
	}
	harness.PerUnit(b, b.Elapsed(), total, "ns/switch")
}
