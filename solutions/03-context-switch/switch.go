// Package ctxswitch switches goroutines of the machine: lab 03.
//
// A context is what a goroutine needs in order to go on as if nothing had
// happened. At a YIELD that is three words, PC, SP and BP: by the calling
// convention no general register is alive there. At any other instruction it
// is the PC and all sixteen registers. The first is what Go does when a
// goroutine gives way by itself (mcall and gogo in runtime/asm_amd64.s), the
// second when it is preempted (asyncPreempt in runtime/preempt_amd64.s).
//
// A ready queue keeps the goroutines that can run, and a scheduler takes the
// next one, loads it, runs it until a trap, and acts on the trap.
package ctxswitch

import (
	"fmt"

	"gmplab/internal/machine"
)

// Save keeps in g.Context the three words with which g goes on after a trap
// that it made itself: PC, SP and BP of c. It clears g.Full. It writes nothing
// to the stack and leaves c as it is. The runtime's name: mcall.
func Save(c *machine.CPU, g *machine.G) {
	g.Context = machine.Context{PC: c.PC, SP: c.R[machine.SP], BP: c.R[machine.BP]}
	g.Full = false
}

// Load makes c go on with g, which Save saved: c uses g's stack, and PC, SP
// and BP are as they were. The other registers are dead: what is in them does
// not matter. The runtime's name: gogo, which also sets the g register.
func Load(c *machine.CPU, g *machine.G) {
	c.Use(g.Stack)
	c.PC, c.R[machine.SP], c.R[machine.BP] = g.Context.PC, g.Context.SP, g.Context.BP
}

// SaveAll keeps all that g needs to go on from any instruction: the sixteen
// registers and the PC of c. They go to g's own stack, to words below SP, of
// which 31 are free. What LoadAll can tell otherwise may be left out: SP from
// where the words lie, PC and BP from g.Context, which are those of c, for a
// dump of g's frames begins there. g.Context.SP is the lowest word used, or
// lower: what lies below it is nobody's. It sets g.Full. The runtime's name:
// asyncPreempt.
func SaveAll(c *machine.CPU, g *machine.G) {
	// Rejected: an array of registers in G. Every goroutine would carry 128
	// bytes for the rare case that it is preempted; below its SP there is
	// room already, for the guard keeps it free.
	sp := c.R[machine.SP]
	push := func(v uint64) {
		sp -= machine.Word
		g.Stack.Set(sp, v)
	}
	for _, v := range c.R[:machine.SP] {
		push(v)
	}
	push(c.PC)
	// SP itself needs no word: LoadAll is back at it when all is popped.
	g.Context = machine.Context{PC: c.PC, SP: sp, BP: c.R[machine.BP]}
	g.Full = true
}

// LoadAll makes c go on with g, which SaveAll saved: c uses g's stack, and the
// sixteen registers and the PC are as they were.
func LoadAll(c *machine.CPU, g *machine.G) {
	c.Use(g.Stack)
	sp := g.Context.SP
	pop := func() uint64 {
		v := g.Stack.Get(sp)
		sp += machine.Word
		return v
	}
	c.PC = pop()
	for i := machine.SP - 1; i >= 0; i-- {
		c.R[i] = pop()
	}
	c.R[machine.SP] = sp
}

// Ready is a queue of goroutines that can run, first in, first out, linked by
// G.Link, so that it needs no memory of its own. A goroutine is on at most one
// queue at a time. The zero value is an empty queue; one thread may use it.
// The runtime's name: gQueue.
type Ready struct {
	head, tail *machine.G // both nil, or neither
}

// Push adds g at the end, in O(1) and without allocation. Whatever g.Link was
// before, g is the last.
func (r *Ready) Push(g *machine.G) {
	g.Link = nil
	if r.head == nil {
		r.head = g
	} else {
		r.tail.Link = g
	}
	r.tail = g
}

// Pop takes the goroutine that has waited longest, in O(1), and leaves its
// Link nil; nil if there is none.
func (r *Ready) Pop() *machine.G {
	g := r.head
	if g == nil {
		return nil
	}
	r.head, g.Link = g.Link, nil
	return g
}

// Queue is where Run takes goroutines from and puts them back: a *Ready, or a
// test that looks on.
type Queue interface {
	Push(g *machine.G)
	Pop() *machine.G // nil: there is none
}

// Run is the scheduler: it takes the first goroutine of ready and runs p on c
// until a trap, and so on until ready is empty. A goroutine that yields is
// saved by Save, one that was stopped by SaveAll, and goes on later; one that
// exits is not pushed again. It is saved before it is pushed: from that moment
// on another thread may run it. Any other trap ends Run at once, and g is not
// pushed; the error names the trap (its Kind) and, for a FAULT, wraps its Err.
// G.Status and G.Ret are for later labs. The runtime's name: schedule.
func Run(c *machine.CPU, p *machine.Program, ready Queue) error {
	for {
		g := ready.Pop()
		if g == nil {
			return nil
		}
		if g.Full {
			LoadAll(c, g)
		} else {
			Load(c, g)
		}
		switch t := c.Run(p); t.Kind {
		case machine.Yield:
			Save(c, g)
			ready.Push(g)
		case machine.Stopped:
			SaveAll(c, g)
			ready.Push(g)
		case machine.Exit:
		case machine.Fault:
			return fmt.Errorf("goroutine %d: %v: %w", g.ID, t.Kind, t.Err)
		default:
			return fmt.Errorf("goroutine %d: %v before %s: this scheduler has no answer to it", g.ID, t.Kind, p.Where(c.PC))
		}
	}
}
