// Package steal lets a P without work take it from another: lab 06.
//
// A thief is a P that has nothing to run, its victim a P that has. Each P is
// the owner of a Queue: lab 04's ring with a seat in front of it, of which now
// any number of thieves may take half, at any moment and without a lock. The
// Order says in which order a thief visits the others. A thread that looks for
// work spins: Spin counts those that do. When it finds nothing it gives up its
// P and sleeps, and who has new work wakes one, unless one spins already.
//
// Nothing is locked. An index or a pointer that several threads change is
// changed by one atomic operation, and that operation decides whose the
// goroutine is. So a thread that stops, wherever it stops, stops nobody else.
package steal

import (
	"iter"

	"gmplab/internal/interleave/atomic"
	"gmplab/internal/machine"
)

// Order is in which orders one of n Ps can visit all of them. It never changes.
// The runtime's name: randomOrder.
type Order struct {
	n       uint32
	strides []uint32 // the numbers up to n that have no divisor but 1 in common with n
}

// NewOrder returns the orders of n Ps, at least 1.
func NewOrder(n int) Order {
	o := Order{n: uint32(n)}
	for stride := range o.n {
		a, b := stride+1, o.n
		for b != 0 {
			a, b = b, a%b
		}
		if a == 1 {
			o.strides = append(o.strides, stride+1)
		}
	}
	return o
}

// Visit returns the numbers 0 to n-1, each once: it starts anywhere and goes on
// in equal strides, modulo n. r, a random number, says which start and which
// stride: of n*len(strides) values of r in a row, from a multiple of that on,
// each has another pair of the two. The runtime's names: randomOrder.start,
// randomEnum.
func (o Order) Visit(r uint32) iter.Seq[int] {
	return func(yield func(int) bool) {
		// Rejected: the next ones in their order, stride 1. Two thieves that look
		// at the same moment would then follow each other from victim to victim.
		at, stride := r%o.n, o.strides[r/o.n%uint32(len(o.strides))]
		for range o.n {
			if !yield(int(at)) {
				return
			}
			at = (at + stride) % o.n
		}
	}
}

// Queue is the local run queue of a P, as in lab 04: a ring, and the seat in
// front of it. Put, PutNext and Get are the owner's; StealFrom is called by the
// owner of the receiver, and any thread may ask Empty. All state is in types of
// interleave/atomic. The runtime's names: runq, runqhead, runqtail, runnext.
type Queue struct {
	// the owner writes, thieves read:
	tail  atomic.Uint32               // index behind the last; its Store publishes the slots before it
	slots []atomic.Pointer[machine.G] // a power of two; slot i%len belongs to index i

	// any thread writes:
	head atomic.Uint32             // index of the first; who moves it by CompareAndSwap has taken those it passed
	next atomic.Pointer[machine.G] // runnext: who swaps it out has taken it

	overflow func(machine.Batch)
}

// NewQueue returns an empty queue with room for capacity goroutines, a power
// of two from 2 on, and one more in the seat of PutNext. (Go's has 256.)
// Whatever does not fit goes to overflow, which puts it on the global queue.
func NewQueue(capacity int, overflow func(machine.Batch)) *Queue {
	return &Queue{slots: make([]atomic.Pointer[machine.G], capacity), overflow: overflow}
}

// Cap returns the capacity of the ring.
func (q *Queue) Cap() int { return len(q.slots) }

// slot returns the slot of index i: i%len, which for a power of two is a mask.
func (q *Queue) slot(i uint32) *atomic.Pointer[machine.G] {
	return &q.slots[int(i)&(len(q.slots)-1)]
}

// Put adds g at the tail of the ring. If the ring is full, the first half of
// it and then g, behind them, leave as one batch, linked by Link in their
// order: capacity/2 + 1 goroutines, for which overflow is called once. When
// it is called they are off the queue already, and from then on another thread
// may run them. No allocation. A Link is written only of goroutines that no
// thief can take any more. The runtime's names: runqput, runqputslow.
func (q *Queue) Put(g *machine.G) {
	size := uint32(len(q.slots))
	for {
		h, t := q.head.Load(), q.tail.Load()
		if t-h < size {
			q.slot(t).Store(g)
			q.tail.Store(t + 1) // publishes g
			return
		}
		if !q.head.CompareAndSwap(h, h+size/2) {
			continue // a thief was quicker, and made room
		}
		// The half is ours now, and still in its slots: only we write them.
		first := g
		g.Link = nil
		for i := range size / 2 {
			before := q.slot(h + size/2 - 1 - i).Load()
			before.Link = first
			first = before
		}
		q.overflow(machine.Batch{First: first, Last: g, N: int(size/2) + 1})
		return
	}
}

// PutNext gives g the seat in front of the ring, so that it runs next. Who sat
// there is put at the tail, as by Put. The runtime's name: runqput with next.
func (q *Queue) PutNext(g *machine.G) {
	if old := q.next.Swap(g); old != nil {
		q.Put(old)
	}
}

// Get takes the goroutine that runs next: the one in the seat, with inherit
// true, for it runs in what is left of its predecessor's time slice; else the
// first of the ring; else nil. The runtime's name: runqget.
func (q *Queue) Get() (g *machine.G, inherit bool) {
	if q.next.Load() != nil {
		if g := q.next.Swap(nil); g != nil { // no thief was quicker
			return g, true
		}
	}
	for {
		h := q.head.Load()
		if h == q.tail.Load() {
			return nil, false
		}
		g := q.slot(h).Load()
		if q.head.CompareAndSwap(h, h+1) { // takes g
			return g, false
		}
	}
}

// Empty reports whether there was a moment in this call at which nobody was in
// the queue. Any thread may ask, while the owner and thieves go on. The
// runtime's name: runqempty.
func (q *Queue) Empty() bool {
	for {
		h, t := q.head.Load(), q.tail.Load()
		next := q.next.Load()
		// The same tail again: nobody went from the seat to the ring in between.
		if t == q.tail.Load() {
			return h == t && next == nil
		}
	}
}

// StealFrom takes half of the victim's ring, rounded up, for the owner of q.
// The last of them is returned, to run at once; the others are put into q, in
// their order. If there was a moment in this call at which the victim's ring
// was empty, it may return nil; but if last is true, as on a thief's last pass,
// it then takes the one in the victim's seat, if there is one.
//
// q and its victim have the same capacity. Nothing else is changed: no Link,
// and no overflow is called. A q that is not Empty, or that is its own victim,
// is misused: StealFrom panics. The runtime's names: runqsteal, runqgrab.
func (q *Queue) StealFrom(victim *Queue, last bool) *machine.G {
	if victim == q {
		panic("steal: StealFrom by a queue from itself")
	}
	if !q.Empty() {
		panic("steal: StealFrom into a queue that is not empty")
	}
	mine := q.tail.Load()
	for {
		h := victim.head.Load() // before the tail: then the tail is not behind it
		t := victim.tail.Load()
		if h == t {
			if last && victim.next.Load() != nil {
				return victim.next.Swap(nil) // nil if somebody was quicker
			}
			return nil
		}
		if t-h > uint32(len(victim.slots)) {
			continue // h is stale, and the CompareAndSwap would fail: don't copy all that
		}
		n := t - h - (t-h)/2
		for i := range n { // beyond our tail nobody looks
			q.slot(mine + i).Store(victim.slot(h + i).Load())
		}
		// Rejected: to take first and then to copy. As soon as head has passed a
		// slot, the victim's owner may write another goroutine into it.
		if victim.head.CompareAndSwap(h, h+n) { // takes them, if nobody took any since
			q.tail.Store(mine + n - 1) // publishes all but the last
			return q.slot(mine + n - 1).Load()
		}
	}
}

// Spin counts the threads that spin: those that have a P and look for work, and
// run nothing. A thread spins from May, Wake or Park, when it returns true,
// until Found, Cancel or Park. The zero value counts none. To end what never
// began is a misuse that panics. The runtime's name: sched.nmspinning.
//
// Who submits work makes it visible first, on some queue, and then asks Wake.
type Spin struct {
	n atomic.Int32 // any thread
}

// May lets a thread without work begin to spin, if twice the number that spin
// already is less than busy, the number of Ps that are not idle. Threads that
// ask at the same moment may all be let. The runtime's names: the condition in
// findRunnable, and becomeSpinning, which counts.
func (s *Spin) May(busy int) bool {
	if 2*int(s.n.Load()) >= busy {
		return false
	}
	s.n.Add(1)
	return true
}

// Wake reports whether who submitted work must wake a thread: only if none
// spins, and of several that ask at once only one. The woken thread counts as
// spinning from now on; it does not ask May. If there is no idle P for it, call
// Cancel. The runtime's name: wakep.
func (s *Spin) Wake() bool { return s.n.Load() == 0 && s.n.CompareAndSwap(0, 1) }

// Cancel takes back a Wake for which there was no idle P. Call it before you
// let go of the lock under which you saw so: a P that is released later is
// released by a thread that looks again after it.
func (s *Spin) Cancel() { s.end() }

// Found ends the spinning of a thread that has found work, and is called before
// it runs the work. It reports whether the thread must wake another, as Wake
// does: there may be more work than one, and who submitted it woke nobody,
// because this one spun. The runtime's name: resetspinning.
func (s *Spin) Found() (wake bool) {
	s.end()
	return s.Wake()
}

// Park gives up the P of a thread that has found no work. spinning says whether
// the thread spins. It calls release, by which the P becomes idle, and the
// thread spins no longer. After both it looks again: if anyWork sees some on
// any queue, and reacquire gets an idle P, the thread spins, and Park returns
// true: go on looking. Else it returns false: sleep. Whoever submits work either
// sees that nobody spins, or is seen by this last look. The runtime's name: the
// second half of findRunnable.
func (s *Spin) Park(spinning bool, release func(), anyWork, reacquire func() bool) bool {
	release()
	if spinning {
		s.end()
	}
	if !anyWork() || !reacquire() {
		return false
	}
	s.n.Add(1)
	return true
}

// end takes one off the count.
func (s *Spin) end() {
	if s.n.Add(-1) < 0 {
		panic("steal: a thread that does not spin can't end it")
	}
}
