//go:build amd64 || arm64

package regswitch

import (
	"fmt"
	"time"
	"unsafe"

	"gmplab/internal/clock"
)

// words is the size of a task's stack: the largest frame and ample room above
// it, because a profiler's signal may read a frame or two past the top.
const words = 512

// A task is one of the two that alternate, or the goroutine that started them.
// BP points at it while it runs, so that its code needs no other register. The
// assembly knows its layout by go_asm.h.
type task struct {
	chain uintptr // 0: who follows the frame pointers stops here
	pc    uintptr // where it resumes; amd64 has it on the stack instead
	sp    uintptr // of its stack, or of the goroutine's; a number to the GC
	bp    uintptr // itself, or the goroutine's
	peer  *task   // whom it switches to
	host  *task   // whom it leaves to when left is used up
	left  int64   // switches it has still to make; -1 once it has left
	area  unsafe.Pointer
	mask  uint64 // what of the CPU's state XSAVE puts in area
	stack *[words]uint64
}

// A ring is two tasks and the way in. It is used by one goroutine at a time.
type ring struct {
	variant
	first, second, host *task
}

// A variant is one Set in assembly.
type variant struct {
	// enter saves host and starts first; first's peer must be suspended. It
	// returns when either task has used up its switches. It has no
	// go:noescape: what it reaches must be on the heap, where nothing moves.
	enter func(host, first *task)
	frame int // bytes that a suspended task has on its stack, but for the PC
}

func newRing(s Set) (*ring, error) {
	v, err := variantOf(s)
	if err != nil {
		return nil, err
	}
	r := &ring{variant: v, host: new(task)}
	r.first, r.second = r.newTask(), r.newTask()
	r.first.peer, r.second.peer = r.second, r.first
	return r, nil
}

func (r *ring) newTask() *task {
	t := &task{host: r.host, stack: new([words]uint64)}
	t.area, t.mask = newArea()
	return t
}

// top is the word above a suspended task's frame: aligned, as SP has to be on
// arm64, and with room to spare above it.
func (t *task) top() int {
	const align = 64
	i := words - 2*align/8
	return i - int(uintptr(unsafe.Pointer(&t.stack[i]))%align)/8
}

// suspend leaves t as if it had been switched away from at the beginning of
// its loop, with every register in its frame at 0.
func (r *ring) suspend(t *task, switches int) {
	frame := t.top() - r.frame/8
	clear(t.stack[frame:])
	t.sp = uintptr(unsafe.Pointer(&t.stack[frame]))
	t.bp = uintptr(unsafe.Pointer(t))
	t.left = int64(switches)
}

// run makes n switches and checks that it was n: a task that runs out leaves
// at once, so both are at their ends only if they took turns.
func (r *ring) run(n int) (time.Duration, error) {
	r.suspend(r.first, (n+1)/2)
	r.suspend(r.second, n/2)
	return r.resume(n)
}

func (r *ring) resume(n int) (time.Duration, error) {
	start := clock.Now()
	r.enter(r.host, r.first)
	took := clock.Now() - start
	// The one whose turn comes after the last switch leaves, at -1.
	if l, m := r.first.left, r.second.left; min(l, m) != -1 || max(l, m) != 0 {
		return 0, fmt.Errorf("%d of %d switches made", int64(n)-l-m-1, n)
	}
	return took, nil
}
