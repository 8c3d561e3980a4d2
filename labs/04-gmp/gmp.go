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
	ring     []*machine.G // a power of two; slot i%len belongs to index i
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
	// TODO(task 1): into the slot of index tail, q.tail%uint32(len(q.ring)); then
	// tail goes up by one.
	// TODO(task 3): is the ring full? tail-head says so, also when tail has wrapped
	// around. Link its first half and g, take them off the ring, call q.overflow.
	// 할 일(과제 1): 인덱스 tail의 칸 q.tail%uint32(len(q.ring))에 넣고 tail을 1 올립니다.
	// 할 일(과제 3): 링이 가득 찼습니까? tail이 2^32을 넘어 되감겨도 tail-head로 알 수
	// 있습니다. 앞쪽 절반과 g를 Link로 잇고, 링에서 덜어 낸 다음 q.overflow를 부릅니다.
}

// PutNext gives g the seat in front of the ring, so that it runs next. Who sat
// there is put at the tail, as by Put. The runtime's name: runqput with next.
func (q *Queue) PutNext(g *machine.G) {
	// TODO(task 2): g takes the seat q.next. Was somebody there? Put that one.
	// 할 일(과제 2): g가 q.next 자리에 앉습니다. 누가 앉아 있었다면 그 고루틴을 Put합니다.
}

// Get takes the goroutine that runs next: the one in the seat, with inherit
// true, for it runs in what is left of its predecessor's time slice; else the
// first of the ring; else nil. The runtime's name: runqget.
func (q *Queue) Get() (g *machine.G, inherit bool) {
	// TODO(task 1): is head equal to tail? Then there is nobody. Else take the one
	// at index head, and head goes up by one.
	// TODO(task 2): but first look at q.next; who sits there inherits.
	// 할 일(과제 1): head와 tail이 같으면 아무도 없습니다. 아니면 인덱스 head의 고루틴을
	// 꺼내고 head를 1 올립니다.
	// 할 일(과제 2): 그보다 먼저 q.next를 봅니다. 거기 앉은 고루틴은 타임 슬라이스를 물려받습니다.
	return nil, false
}

// Empty reports whether there is nobody to Get. The runtime's name: runqempty.
func (q *Queue) Empty() bool {
	// TODO(task 1): head and tail tell.
	// TODO(task 2): and the seat.
	// 할 일(과제 1): head와 tail로 알 수 있습니다.
	// 할 일(과제 2): q.next도 봅니다.
	return false
}

// Global is the queue that all Ps share, first in, first out, linked by
// G.Link, so that it needs no memory of its own. Whoever calls a method holds
// the scheduler's lock. The zero value is an empty queue. The runtime's name:
// sched.runq.
type Global struct {
	// TODO(task 4): where it begins, where it ends, how many there are.
	// 할 일(과제 4): 시작하는 곳, 끝나는 곳, 모두 몇인지를 기억할 필드입니다.
}

// Len returns how many goroutines wait here, in O(1).
func (s *Global) Len() int {
	// TODO(task 4)
	// 할 일(과제 4)
	return 0
}

// Put adds g at the end, whatever g.Link was before, in O(1). The runtime's
// name: globrunqput.
func (s *Global) Put(g *machine.G) {
	// TODO(task 4): a batch of one.
	// 할 일(과제 4): 하나짜리 묶음입니다.
}

// PutBatch adds all of b at the end, in their order, in O(1). b may be empty.
// The runtime's name: globrunqputbatch.
func (s *Global) PutBatch(b machine.Batch) {
	// TODO(task 4): link b.First behind the last one. Is the queue empty? Then it
	// is the first too.
	// 할 일(과제 4): 마지막 고루틴 뒤에 b.First를 잇습니다. 큐가 비어 있다면 첫 번째이기도 합니다.
}

// Take takes from the front the fair share of one of procs Ps, an equal part
// and one more, but at most max: min(Len(), Len()/procs + 1, max). It is the
// zero Batch if nobody waits. max and procs are at least 1. It walks no further
// than the goroutines that it takes. The runtime's name: globrunqgetbatch.
func (s *Global) Take(max, procs int) machine.Batch {
	// TODO(task 4): how many? Then walk to the last of them, and cut there.
	// 할 일(과제 4): 몇 개를 가져갈지 정하고, 그 마지막 고루틴까지 가서 줄을 자릅니다.
	return machine.Batch{}
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
	// TODO(task 5): first write a function that locks, takes up to max from
	// global, and unlocks. Three steps: Tick%61, p.Queue.Get, a batch.
	// 할 일(과제 5): 먼저 락을 잡고 global에서 max개까지 가져온 뒤 락을 푸는 함수를
	// 만듭니다. 그다음은 세 단계입니다. Tick%61, p.Queue.Get, 묶음.
	return nil, false
}

// Resize returns procs Ps, at least 1. It is called while no goroutine runs (Go:
// stop the world), so no lock is needed. The first ones of ps stay, with their
// queues and Ticks. New ones follow, with the next IDs, a queue of newQueue and
// Tick 0: each is made anew, also where a P of that ID went before. Of those
// that are too many, the goroutines go to the end of global: P by P, each in the
// order in which its queue gives them; those Ps are left with empty queues. The
// runtime's names: procresize, p.destroy.
func Resize(ps []*P, procs int, global *Global, newQueue func() machine.RunQueue) []*P {
	// TODO(task 6): empty the queues of ps[procs:], if there are so many; then add
	// what is missing, new.
	// 할 일(과제 6): ps[procs:]가 있으면 그 큐를 비우고, 모자라는 P는 새로 만들어 더합니다.
	return ps
}
