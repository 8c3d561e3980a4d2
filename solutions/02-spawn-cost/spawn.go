// Package spawn makes goroutines and threads, and as few as it can: lab 02.
//
// A goroutine that has exited leaves two things that are still good: its
// descriptor, a machine.G, and its stack. A free list keeps them for the next
// one. Each P has its own and takes no lock; what one P has too many of, others
// get in batches, through one shared list. So a go statement needs neither the
// kernel nor the allocator for its goroutine (newproc1, gfget and gfput in
// runtime/proc.go). What it may still cost is a closure, and a call of the
// kernel that wakes a thread for an idle P.
//
// A thread that has nothing to do is not ended but parked: to wake it costs
// less than to make one. What is woken is the one that parked last (mput and
// mget in runtime/proc.go).
package spawn

import (
	"runtime"
	"sync"
	"sync/atomic"

	"gmplab/internal/machine"
)

// StackWords is the size of a goroutine's first stack in words: 2 KB. A bigger
// one has grown. The runtime's name: stackMin, which is in bytes.
const StackWords = 256

// Shared is the dead goroutines that no P holds. The zero value has none; any
// thread may use it. The runtime's name: sched.gFree.
type Shared struct {
	mu sync.Mutex
	// mu guards:
	dead list
}

// FreeList is the dead goroutines of one P, whose thread alone uses it. The
// zero value is an empty list. The runtime's name: p.gFree.
type FreeList struct {
	Shared   *Shared             // where batches go and come from; nil: this list keeps all
	PutStack func(machine.Stack) // takes a grown stack back; nil: nobody wants it

	dead list // owner only
}

// list is linked by G.Link, so that it needs no memory of its own.
type list struct {
	first *machine.G
	n     int
}

func (l *list) push(g *machine.G) {
	g.Link, l.first = l.first, g
	l.n++
}

func (l *list) pop() *machine.G {
	g := l.first
	if g != nil {
		l.first, g.Link = g.Link, nil
		l.n--
	}
	return g
}

// Put takes g, which has exited, and makes it Dead; from now on it is the
// list's. A stack of more than StackWords words is given to PutStack, once,
// and g.Stack is the zero Stack then: before any list has g, and without a
// lock. Any other stack stays with g. With Shared, a list that has 64 after
// this moves 33 of them there, whichever, and keeps 31. Put allocates nothing
// once the lists have had as many. The runtime's name: gfput.
func (f *FreeList) Put(g *machine.G) {
	if g.Stack.Hi-g.Stack.Lo > StackWords*machine.Word {
		grown := g.Stack
		g.Stack = machine.Stack{}
		if f.PutStack != nil {
			f.PutStack(grown)
		}
	}
	g.Status.Store(machine.Dead)
	f.dead.push(g)
	// Rejected: to move one at a time, when there is one too many. Then a P
	// that makes and ends goroutines at the border would lock at each.
	if f.Shared != nil && f.dead.n == 64 {
		f.Shared.move(33, &f.dead, &f.Shared.dead)
	}
}

// Get takes a dead goroutine, with a stack or without, whose Link is nil; nil
// if there is none. An empty list with Shared first takes up to 32 from there.
// Get allocates nothing once the lists have had as many. The runtime's name:
// gfget.
func (f *FreeList) Get() *machine.G {
	if f.Shared != nil && f.dead.n == 0 {
		f.Shared.move(32, &f.Shared.dead, &f.dead)
	}
	return f.dead.pop()
}

// move moves n goroutines, or all that there are: one of the lists is Shared's.
func (s *Shared) move(n int, from, to *list) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for ; n > 0 && from.n > 0; n-- {
		to.push(from.pop())
	}
}

// lastID is the ID given last. Any M, atomic: it publishes nothing else.
var lastID atomic.Uint64

// New makes a Runnable goroutine of one that f has, else of a new G, and with
// the stack that it has, else with one that stack returns. It starts at entry
// as if it had been called: the word at SP is exit, where it returns to, the
// words above are args, up to the very top, and its BP is 0. Of a former life
// nothing is left: all other words of the stack and all other fields are zero,
// and its ID is one that no goroutine of any list had before, never 0. New
// allocates nothing if f has a goroutine with a stack. The runtime's name:
// newproc1.
func New(f *FreeList, stack func() machine.Stack, entry, exit uint64, args ...uint64) *machine.G {
	g := f.Get()
	if g == nil {
		g = new(machine.G)
	}
	if g.Stack.Hi == 0 {
		g.Stack = stack()
	}
	g.Stack.Clear() // one from a pool has had a life too
	sp := g.Stack.Hi - uint64(len(args)+1)*machine.Word
	g.Stack.Set(sp, exit)
	for i, arg := range args {
		g.Stack.Set(sp+uint64(i+1)*machine.Word, arg)
	}
	g.ID = lastID.Add(1)
	g.Context = machine.Context{PC: entry, SP: sp}
	g.Full, g.Ret = false, 0
	g.Status.Store(machine.Runnable)
	return g
}

// Threads is threads of the operating system that are reused. The zero value
// has none yet; any thread may use it. The runtime's name: sched.midle.
type Threads struct {
	OnPanic func(value any) // called on the thread of a function that panics; nil: the panic ends the program

	mu sync.Mutex
	// mu guards:
	idle    []chan func() // of the parked threads, the one that parked last at the end
	created int
	closed  bool

	alive sync.WaitGroup // threads that have not ended
}

// Start runs f on a thread that runs nothing else until f returns: the
// goroutine that calls f is locked to it; Start's caller is not. It takes the
// idle thread that parked last, which is no longer idle when Start returns, and
// makes one only if none is idle. It does not wait for f, which may call Start
// too, but not runtime.Goexit. When f returns the thread parks, and waits
// without using a CPU; no thread ends before Close. If f panics, the thread
// calls OnPanic with the panic's value and then parks as well. No lock is held
// while OnPanic runs: it may call Start too. Start after Close panics. The
// runtime's name: startm.
func (t *Threads) Start(f func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		panic("spawn: Start of closed Threads")
	}
	if last := len(t.idle) - 1; last >= 0 {
		t.idle[last] <- f // it has room for one, and is empty while it is here
		t.idle = t.idle[:last]
		return
	}
	t.created++
	t.alive.Add(1) // here: a Close may come before the goroutine has run at all
	go t.thread(f)
}

// thread is the life of one thread. Rejected: to look at closed, to let the
// lock go, and to take it again to park. A Close in between would not see this
// thread, and nobody would wake it any more.
func (t *Threads) thread(f func()) {
	defer t.alive.Done()
	runtime.LockOSThread() // and never unlocked: so the thread ends with this goroutine
	work := make(chan func(), 1)
	for more := true; more; f, more = <-work {
		t.call(f)
		t.mu.Lock()
		if t.closed {
			close(work) // too late to park: end, as those do that Close wakes
		} else {
			t.idle = append(t.idle, work)
		}
		t.mu.Unlock()
	}
}

func (t *Threads) call(f func()) {
	if t.OnPanic != nil {
		defer func() {
			if v := recover(); v != nil {
				t.OnPanic(v)
			}
		}()
	}
	f()
}

// Idle returns how many threads are parked.
func (t *Threads) Idle() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.idle)
}

// Created returns how many threads Start has made so far, those that have
// ended too. A thread counts before the Start that makes it returns.
func (t *Threads) Created() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.created
}

// Close ends the idle threads, and the others when their functions, and
// OnPanic, have returned, for which it waits. The kernel may need a moment more
// to remove them, and the process's main thread stays. Then Idle is 0. Every
// Close waits like this, also one that comes during another or after it.
// Neither a started function nor OnPanic calls Close.
func (t *Threads) Close() {
	t.mu.Lock()
	t.closed = true
	for _, work := range t.idle {
		close(work)
	}
	t.idle = nil
	t.mu.Unlock()
	t.alive.Wait()
}
