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
		// TODO(task 1): the start is r%o.n, the stride is one of o.strides, chosen
		// by r/o.n. Give o.n numbers to yield; when it returns false, stop.
		// 할 일(과제 1): 시작은 r%o.n이고 보폭은 o.strides 가운데 r/o.n으로 고릅니다.
		// 숫자 o.n개를 yield에 넘기고, yield가 false를 돌려주면 멈춥니다.
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
	// TODO(task 2): into q.slot of the tail, and then the tail goes up by one. In
	// this order: from the Store of the tail on, thieves look into the slot.
	// TODO(task 3): is the ring full? Take half by moving the head, with
	// CompareAndSwap: thieves move it too. Only then link them, and call q.overflow.
	// 할 일(과제 2): tail의 칸 q.slot에 넣고, 그다음 tail을 1 올립니다. 순서가 중요합니다.
	// tail을 Store한 순간부터 도둑이 그 칸을 들여다봅니다.
	// 할 일(과제 3): 링이 가득 찼습니까? CompareAndSwap으로 head를 옮겨 절반을 가져갑니다.
	// head는 도둑도 옮깁니다. Link로 잇고 q.overflow를 부르는 것은 그다음입니다.
}

// PutNext gives g the seat in front of the ring, so that it runs next. Who sat
// there is put at the tail, as by Put. The runtime's name: runqput with next.
func (q *Queue) PutNext(g *machine.G) {
	// TODO(task 2): g takes the seat q.next by Swap. Was somebody there? Put that one.
	// 할 일(과제 2): g가 Swap으로 q.next 자리에 앉습니다. 누가 앉아 있었다면 그 고루틴을 Put합니다.
}

// Get takes the goroutine that runs next: the one in the seat, with inherit
// true, for it runs in what is left of its predecessor's time slice; else the
// first of the ring; else nil. The runtime's name: runqget.
func (q *Queue) Get() (g *machine.G, inherit bool) {
	// TODO(task 2): who sits in q.next inherits; else take the one of the head. A
	// thief may take either between your Load and your next step: decide by Swap and
	// by CompareAndSwap, and if another was quicker, look again.
	// 할 일(과제 2): q.next에 앉은 고루틴은 타임 슬라이스를 물려받고, 없으면 head의 고루틴을
	// 꺼냅니다. Load와 다음 동작 사이에 도둑이 먼저 가져갈 수 있습니다. Swap과
	// CompareAndSwap으로 결정하고, 누가 더 빨랐으면 다시 봅니다.
	return nil, false
}

// Empty reports whether there was a moment in this call at which nobody was in
// the queue. Any thread may ask, while the owner and thieves go on. The
// runtime's name: runqempty.
func (q *Queue) Empty() bool {
	// TODO(task 2): head, tail and seat tell.
	// TODO(task 5): but you read one after the other. Meanwhile PutNext may bring
	// somebody from the seat to the ring: if the tail has moved, look again.
	// 할 일(과제 2): head, tail, runnext 자리를 보면 압니다.
	// 할 일(과제 5): 그런데 하나씩 차례로 읽습니다. 그 사이에 PutNext가 runnext 자리의 고루틴을 링으로
	// 옮길 수 있습니다. tail이 움직였으면 다시 봅니다.
	return false
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
	// TODO(task 4): misuse panics. Then: read the victim's head and then its tail,
	// copy half into the slots behind your own tail, take them by CompareAndSwap of
	// the victim's head. Did it fail? All again. Publish all but the last.
	// TODO(task 5): the ring is empty, and last is true: the seat.
	// 할 일(과제 4): 잘못된 호출은 패닉입니다. 그다음 상대의 head를, 이어서 tail을 읽고, 절반을
	// 자기 tail 뒤의 칸으로 복사하고, 상대의 head를 CompareAndSwap으로 옮겨 가져옵니다.
	// 실패했으면 처음부터 다시 합니다. 마지막 하나를 뺀 나머지를 공개합니다.
	// 할 일(과제 5): 링이 비었고 last가 true이면 runnext 자리를 봅니다.
	return nil
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
	// TODO(task 6): compare, then count.
	// 할 일(과제 6): 비교하고, 셉니다.
	return false
}

// Wake reports whether who submitted work must wake a thread: only if none
// spins, and of several that ask at once only one. The woken thread counts as
// spinning from now on; it does not ask May. If there is no idle P for it, call
// Cancel. The runtime's name: wakep.
func (s *Spin) Wake() bool {
	// TODO(task 6): from 0 to 1, and only one of all that ask at once.
	// 할 일(과제 6): 0에서 1로 바꿉니다. 동시에 묻는 스레드 가운데 하나만 성공합니다.
	return false
}

// Cancel takes back a Wake for which there was no idle P. Call it before you
// let go of the lock under which you saw so: a P that is released later is
// released by a thread that looks again after it.
func (s *Spin) Cancel() {
	// TODO(task 6): one fewer; below 0 is a misuse.
	// 할 일(과제 6): 하나 줄입니다. 0보다 작아지면 잘못된 호출입니다.
}

// Found ends the spinning of a thread that has found work, and is called before
// it runs the work. It reports whether the thread must wake another, as Wake
// does: there may be more work than one, and who submitted it woke nobody,
// because this one spun. The runtime's name: resetspinning.
func (s *Spin) Found() (wake bool) {
	// TODO(task 6): one fewer, and then: is another needed?
	// 할 일(과제 6): 하나 줄이고, 그다음 다른 스레드가 필요한지 봅니다.
	return false
}

// Park gives up the P of a thread that has found no work. spinning says whether
// the thread spins. It calls release, by which the P becomes idle, and the
// thread spins no longer. After both it looks again: if anyWork sees some on
// any queue, and reacquire gets an idle P, the thread spins, and Park returns
// true: go on looking. Else it returns false: sleep. Whoever submits work either
// sees that nobody spins, or is seen by this last look. The runtime's name: the
// second half of findRunnable.
func (s *Spin) Park(spinning bool, release func(), anyWork, reacquire func() bool) bool {
	// TODO(task 6): release, no longer spinning, and only then look again.
	// 할 일(과제 6): P를 내놓고, 더는 스핀하지 않고, 그다음에야 다시 봅니다.
	return false
}
