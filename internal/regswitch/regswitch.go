// Package regswitch measures what a context switch costs by what it saves.
//
// Two tasks on two small stacks of their own hand the CPU to one another
// inside assembly: each [Set] saves other registers and is otherwise the same
// code. Neither the kernel nor Go's scheduler takes part, so the difference
// between two sets is the price of the registers alone.
package regswitch

import (
	"errors"
	"fmt"
	"time"
)

// A Set names the registers that a switch saves and restores.
type Set string

const (
	Three   Set = "three"   // PC, SP and BP: what mcall and gogo in runtime/asm_*.s keep
	Callee  Set = "callee"  // those that a C function must preserve
	All     Set = "all"     // all general-purpose registers
	Flags   Set = "flags"   // All, and the flags, which are slow to load on x86
	Vectors Set = "vectors" // Flags, and X0–X15 or V0–V31: what Go's asynchronous preemption keeps
	XSave   Set = "xsave"   // Flags, and by XSAVE/XRSTOR whatever else the CPU has: what a kernel must keep
)

// Sets returns every set, from the fewest registers to the most, whether or
// not this machine can measure it.
func Sets() []Set { return []Set{Three, Callee, All, Flags, Vectors, XSave} }

// ErrUnsupported is wrapped by the error of every measurement that this
// machine can't make; the wrapping text says why.
var ErrUnsupported = errors.ErrUnsupported

// maxRun bounds the switches of one stay in assembly, which nothing can
// preempt: a garbage collection waits for its end, here at most a few ms.
const maxRun = 20_000

// Switch makes n switches, each saving s, and returns how long they took
// together. The error wraps [ErrUnsupported] where this machine can't save s;
// any other means a fault of ours: the switches counted were not n.
//
// It may be called by several goroutines at once, and a large n does not keep
// the garbage collector waiting. On Windows a CPU profile must not be taken
// meanwhile: its profiler crashes on a stack that belongs to no goroutine.
func Switch(s Set, n int) (elapsed time.Duration, err error) {
	if n < 0 {
		return 0, fmt.Errorf("regswitch: %d switches, want 0 or more", n)
	}
	r, err := newRing(s)
	if err != nil {
		return 0, err
	}
	for n > 0 {
		run := min(n, maxRun)
		took, err := r.run(run)
		if err != nil {
			return 0, fmt.Errorf("regswitch: %s: %w", s, err)
		}
		elapsed += took
		n -= run
	}
	return elapsed, nil
}

// Area returns the size in bytes of the area that XSAVE fills on this
// machine, 0 where there is none.
func Area() int { return area() }
