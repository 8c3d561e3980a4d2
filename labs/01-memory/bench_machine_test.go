package memory_test

import (
	"runtime"
	"testing"
	"unsafe"

	"gmplab/internal/check"
	"gmplab/internal/harness"
	"gmplab/internal/machine"
	memory "gmplab/labs/01-memory"
)

// BenchmarkMachine is your own goroutine: its descriptor and its first stack,
// from your Pool, on the toy machine.
func BenchmarkMachine(b *testing.B) {
	const n = 10_000
	var p memory.Pool
	if s := p.Get(1); size(s) != memory.MinWords || memory.Guard(s) <= s.Lo {
		harness.Unsolved(b, "Pool", "01")
	}
	for b.Loop() {
		gs := make([]*machine.G, n)
		heap := func() uint64 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			return m.HeapAlloc
		}
		before := heap()
		for i := range gs {
			gs[i] = &machine.G{ID: uint64(i), Stack: p.Get(1)}
		}
		after := heap()
		b.ReportMetric(float64(int64(after-before))/n, "B/goroutine")
		b.ReportMetric(float64(unsafe.Sizeof(*gs[0])), "B-descriptor/goroutine")
		runtime.KeepAlive(gs)
	}
	b.ReportMetric(0, "ns/op")
}

// split is a loop whose call needs more than what is left of the stack, each
// time: depth frames below main, leaf is called n times.
const split = `
main:   ENTER 2             ; main(n, depth)
        LOAD  R0, [BP+16]
        STORE [SP], R0
        LOAD  R0, [BP+24]
        STORE [SP+8], R0
        CALL  down
        RET
down:   ENTER 2             ; down(n, depth)
        LOAD  R1, [BP+24]
        JEQ   R1, 0, loop
        LOAD  R0, [BP+16]
        STORE [SP], R0
        SUB   R1, 1
        STORE [SP+8], R1
        CALL  down
        RET
loop:   LOAD  R0, [BP+16]
        JEQ   R0, 0, end
        SUB   R0, 1
        STORE [BP+16], R0
        CALL  leaf
        JMP   loop
end:    RET
leaf:   ENTER 40
        RET
less:   YIELD               ; where a call returns to that has its own segment
`

// BenchmarkSplit is an experiment: your Grow beside stacks that never move, to
// which a segment is linked when they are full, as Go's were until 1.2. A call
// in a loop crosses the border each time: the hot split.
func BenchmarkSplit(b *testing.B) {
	b.Run("kind=contiguous", func(b *testing.B) { benchSplit(b, contiguous) })
	b.Run("kind=segmented", func(b *testing.B) { benchSplit(b, segmented) })
}

const (
	splitCalls = 1000
	splitDepth = 45 // 4 words each: 34 are left above the guard, and leaf takes 42
)

type stackful func(b *testing.B, c *machine.CPU, p *machine.Program, pool *memory.Pool, g *machine.G) (traps, copied int)

func benchSplit(b *testing.B, f stackful) {
	p := check.Program(b, "split.asm", split, nil)
	var pool memory.Pool
	traps, copied, calls := 0, 0, 0
	for b.Loop() {
		g := check.NewG(b, p, 1, "main", memory.MinWords, splitCalls, splitDepth)
		t, n := f(b, &machine.CPU{}, p, &pool, g)
		traps, copied, calls = traps+t, copied+n, calls+splitCalls
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(calls), "ns/call")
	b.ReportMetric(float64(traps)/float64(calls), "traps/call")
	b.ReportMetric(float64(copied)/float64(calls), "words-copied/call")
	b.ReportMetric(0, "ns/op")
}

func contiguous(b *testing.B, c *machine.CPU, p *machine.Program, pool *memory.Pool, g *machine.G) (traps, copied int) {
	for {
		load(c, g)
		trap := c.Run(p)
		save(c, g)
		switch trap.Kind {
		case machine.Exit:
			return traps, copied
		case machine.MoreStack:
			was := size(g.Stack)
			copied += inUse(g)
			traps++
			if err := memory.Grow(pool, g); err != nil || size(g.Stack) != 2*was {
				harness.Unsolved(b, "Grow", "01")
			}
		default:
			b.Fatal(trap.Kind, trap.Err)
		}
	}
}

func segmented(b *testing.B, c *machine.CPU, p *machine.Program, _ *memory.Pool, g *machine.G) (traps, copied int) {
	less, _ := p.Label("less")
	type segment struct {
		stack machine.Stack
		back  machine.Context
	}
	var below []segment
	spare := machine.NewStack(memory.MinWords)
	load(c, g)
	for {
		switch trap := c.Run(p); trap.Kind {
		case machine.Exit:
			return traps, copied
		case machine.MoreStack:
			// The callee's frame goes to a segment of its own, from which it
			// returns to less. It finds no arguments there: leaf has none.
			s := c.Stack()
			below = append(below, segment{s, machine.Context{PC: s.Get(c.R[machine.SP]), SP: c.R[machine.SP] + machine.Word, BP: c.R[machine.BP]}})
			if len(below) > 1 {
				b.Fatal("a second segment")
			}
			pc := c.PC
			c.Use(spare)
			c.PC, c.R[machine.SP], c.R[machine.BP] = pc, spare.Hi-machine.Word, 0
			spare.Set(c.R[machine.SP], less)
			copied++
			traps++
		case machine.Yield:
			top := below[len(below)-1]
			below = below[:len(below)-1]
			c.Use(top.stack)
			c.PC, c.R[machine.SP], c.R[machine.BP] = top.back.PC, top.back.SP, top.back.BP
			traps++
		default:
			b.Fatal(trap.Kind, trap.Err)
		}
	}
}
