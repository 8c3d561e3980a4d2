// Package gmp decides who runs next: lab 04.
//
// A G is a goroutine, an M a thread, a P a processor: the right to run
// goroutines, of which there are GOMAXPROCS. A P has a run queue of its own,
// which no other P touches in this lab, so it needs no lock. Its goroutines
// wait in a ring, and one of them in a seat in front of it: runnext. What does
// not fit into the ring goes to the one global queue, which all Ps share behind
// the scheduler's lock. P.Next looks in both, in an order that is quick and
// still forgets nobody.
package gmp

import (
	"sync"

	"gmplab/internal/machine"
)

// Queue is the local run queue of a P: a ring, and the seat in front of it.
// It is the owner's alone: nothing here is locked or atomic. The runtime's
// names: runq, runqhead, runqtail and runnext in type p.
type Queue struct {
	ring     []*machine.G // a power of two; slot i%len, by a mask, belongs to index i
	head     uint32       // index of the first in the ring; only ever raised, 0 comes after 2^32-1
	tail     uint32       // index behind the last; head == tail: the ring is empty
	next     *machine.G   // runnext: before all in the ring; nil if the seat is free
	overflow func(machine.Batch)
}

// NewQueue returns an empty queue with room for capacity goroutines, a power
// of two from 2 on, and one more in the seat of PutNext. (Go's has 256.)
// Whatever does not fit goes to overflow, which puts it on the global queue.
func NewQueue(capacity int, overflow func(machine.Batch)) *Queue {
	return &Queue{ring: make([]*machine.G, capacity), overflow: overflow}
}

// Cap returns the capacity of the ring.
func (q *Queue) Cap() int { return len(q.ring) }

// Put adds g at the tail of the ring. If the ring is full, the first half of
// it and then g, behind them, leave as one batch, linked by Link in their
// order: capacity/2 + 1 goroutines, for which overflow is called once. When
// it is called they are off the queue already, and from then on another thread
// may run them. No allocation. The runtime's names: runqput, runqputslow.
func (q *Queue) Put(g *machine.G) {
	n := uint32(len(q.ring))
	if q.tail-q.head < n {
		q.ring[q.tail&(n-1)] = g
		q.tail++
		return
	}
	// Rejected: to send g alone. Then a P with a full ring would take the
	// scheduler's lock at every Put; so it takes it once in capacity/2+1.
	first := g
	g.Link = nil
	for i := range n / 2 {
		before := q.ring[(q.head+n/2-1-i)&(n-1)]
		before.Link = first
		first = before
	}
	q.head += n / 2
	q.overflow(machine.Batch{First: first, Last: g, N: int(n/2) + 1})
}

// PutNext gives g the seat in front of the ring, so that it runs next. Who sat
// there is put at the tail, as by Put. The runtime's name: runqput with next.
func (q *Queue) PutNext(g *machine.G) {
	old := q.next
	q.next = g
	if old != nil {
		q.Put(old)
	}
}

// Get takes the goroutine that runs next: the one in the seat, with inherit
// true, for it runs in what is left of its predecessor's time slice; else the
// first of the ring; else nil. The runtime's name: runqget.
func (q *Queue) Get() (g *machine.G, inherit bool) {
	if q.next != nil {
		g, q.next = q.next, nil
		return g, true
	}
	if q.head == q.tail {
		return nil, false
	}
	g = q.ring[q.head&uint32(len(q.ring)-1)]
	q.head++
	return g, false
}

// Empty reports whether there is nobody to Get. The runtime's name: runqempty.
func (q *Queue) Empty() bool { return q.head == q.tail && q.next == nil }

// Global is the queue that all Ps share, first in, first out, linked by
// G.Link, so that it needs no memory of its own. Whoever calls a method holds
// the scheduler's lock. The zero value is an empty queue. The runtime's name:
// sched.runq.
type Global struct {
	head, tail *machine.G // meaningless if n is 0
	n          int
}

// Len returns how many goroutines wait here, in O(1).
func (s *Global) Len() int { return s.n }

// Put adds g at the end, whatever g.Link was before, in O(1). The runtime's
// name: globrunqput.
func (s *Global) Put(g *machine.G) {
	// No g.Link = nil: Take cuts the list where its batch ends.
	s.PutBatch(machine.Batch{First: g, Last: g, N: 1})
}

// PutBatch adds all of b at the end, in their order, in O(1). b may be empty.
// The runtime's name: globrunqputbatch.
func (s *Global) PutBatch(b machine.Batch) {
	if b.N == 0 {
		return
	}
	if s.n == 0 {
		s.head = b.First
	} else {
		s.tail.Link = b.First
	}
	s.tail = b.Last
	s.n += b.N
}

// Take takes from the front the fair share of one of procs Ps, an equal part
// and one more, but at most max: min(Len(), Len()/procs + 1, max). It is the
// zero Batch if nobody waits. max and procs are at least 1. It walks no further
// than the goroutines that it takes. The runtime's name: globrunqgetbatch.
func (s *Global) Take(max, procs int) machine.Batch {
	n := min(s.n, s.n/procs+1, max)
	if n == 0 {
		return machine.Batch{}
	}
	b := machine.Batch{First: s.head, Last: s.head, N: n}
	for range n - 1 {
		b.Last = b.Last.Link
	}
	s.head, b.Last.Link = b.Last.Link, nil
	s.n -= n
	return b
}

// P is a processor: whoever has it may run goroutines. Its fields are the
// owner's; Tick counts the time slices that it began. The runtime's name: p,
// with id, runq and schedtick.
type P struct {
	ID    int
	Queue machine.RunQueue
	Tick  uint32
}

// Next takes the goroutine that p runs next, in this order: when Tick is a
// multiple of 61, one from global; then p's own queue; then the fair share of
// global, but at most half of p's ring: the first of them is returned, the
// others are put on p's queue in their order. If there is nobody anywhere, it
// returns nil.
//
// inherit is what the queue's Get says, else false. A goroutine that does not
// inherit begins a time slice: Tick goes up by one. If it inherits, or is nil,
// Tick stays: by this a monitor sees who runs for too long together.
//
// lock is the scheduler's lock. It is held around each use of global, and never
// while Put, PutNext or Get of p.Queue is called: an overflow wants it too. A
// goroutine from p's own queue costs no lock, except on a tick that is a
// multiple of 61. The runtime's names: findRunnable, and execute, which counts.
func (p *P) Next(lock sync.Locker, global *Global, procs int) (g *machine.G, inherit bool) {
	take := func(max int) machine.Batch {
		lock.Lock()
		defer lock.Unlock()
		return global.Take(max, procs)
	}
	var b machine.Batch
	if p.Tick%61 == 0 {
		b = take(1)
	}
	if b.N == 0 {
		if g, inherit = p.Queue.Get(); g == nil {
			b = take(p.Queue.Cap() / 2)
		}
	}
	if b.N > 0 {
		g = b.First
		for rest := g.Link; rest != nil; {
			put := rest
			rest = rest.Link // before Put: after it put is the queue's
			p.Queue.Put(put)
		}
	}
	if g != nil && !inherit {
		p.Tick++
	}
	return g, inherit
}

// Resize returns procs Ps, at least 1. It is called while no goroutine runs (Go:
// stop the world), so no lock is needed. The first ones of ps stay, with their
// queues and Ticks. New ones follow, with the next IDs, a queue of newQueue and
// Tick 0: each is made anew, also where a P of that ID went before. Of those
// that are too many, the goroutines go to the end of global: P by P, each in the
// order in which its queue gives them; those Ps are left with empty queues. The
// runtime's names: procresize, p.destroy.
func Resize(ps []*P, procs int, global *Global, newQueue func() machine.RunQueue) []*P {
	keep := min(procs, len(ps))
	for _, p := range ps[keep:] {
		for !p.Queue.Empty() {
			g, _ := p.Queue.Get()
			global.Put(g)
		}
	}
	ps = ps[:keep]
	for id := keep; id < procs; id++ {
		ps = append(ps, &P{ID: id, Queue: newQueue()})
	}
	return ps
}
