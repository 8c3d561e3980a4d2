// Package interleave runs a piece of concurrent code in every order in which
// its threads can interleave, and prints the order that breaks it.
//
// A stress test of lock-free code waits for an unlucky moment. An exploration
// makes every moment happen: it runs the code again and again, each time in
// another order, until one fails or there are no more.
//
//	interleave.Test(t, func(m *interleave.Model) {
//		var n atomic.Uint32 // of interleave/atomic
//		m.Watch("n", &n)
//		for _, name := range []string{"a", "b"} {
//			m.Go(name, func() { n.Store(n.Load() + 1) })
//		}
//		m.After(func() { m.Check(n.Load() == 2, "n = %d, want 2", "n = %d, 기대값 2", n.Load()) })
//	})
//
// # Threads, orders, preemptions
//
// A model is a function that builds fresh state and names the threads that
// act on it. Its threads are coroutines: one runs at a time, and another may
// take over only just before an operation of interleave/atomic, or of Mutex,
// Note and Pause here. A schedule is the order of these operations. A
// preemption takes the turn from a thread that could have gone on; to switch
// away from one that ended, waits or pauses is free.
//
// sync/atomic is sequentially consistent, so a schedule is all there is to
// know, if all shared state is in these types. What is in plain fields, behind
// a lock of package sync or in a channel is not seen. Fields, and Source of check,
// refuse such code, Model.Freeze catches what hides a lock, and what blocks or
// loops where the scheduler can't see it is told by a watchdog.
//
// A model must do the same when it is scheduled the same: no random numbers,
// no time, no ranging over a map, no state from the run before.
//
// # Every order
//
// Two operations that stand side by side in a schedule, of different threads
// and on different objects, or both mere looks at the same one, can change
// places, and nothing comes of it. Orders that differ only so are a class. An
// exploration runs one order of each class (partial-order reduction, see
// reduce.go), and so says what is true of all: "every order: 531 classes of
// orders". If there are more than its budget allows, it says that it has tried
// "every order with at most 2 preemptions", and Test does not take that for
// all. Almost every known bug of this kind needs two preemptions at most; so a
// failure is first looked for in schedules with none and with one, and one that
// is found later is shown by an order with as few as a short search finds.
//
// All that holds if threads share nothing but what the explorer sees. That is
// checked: each class runs once more for each thread, in another order, in
// which this thread comes as early as it can and the others stop between an
// operation and the plain code after it. So of each two pieces of plain code
// that no operation puts in order, each comes first in some run. If one of these
// runs fails, that is a failure as any other; if the threads only do other
// operations than before, it is one of kind Unordered.
//
// # Waiting
//
// A thread that waits for another must say so: Mutex and Note block, Pause
// is a turn in a loop that spins. Then a deadlock, a lost wake-up and a loop in
// which all spin for ever are failures that name who waits for what. Pause
// assumes that the others go on: a spin that looks n times at the same and then
// gives up does not give up while another thread is able to move. One that
// loses n times does: what made it lose has changed what it had looked at.
//
// # Rejected
//
// Real goroutines handing on a token: a switch goes through Go's scheduler,
// and costs more than that of a coroutine. Bounds together with the reduction:
// what a bound cuts off may be all that is left of a class. Random schedules:
// no "there are no more".
package interleave

import (
	"fmt"
	"sync"
	"unsafe"

	"gmplab/internal/interleave/internal/hook"
	"gmplab/internal/lang"
)

// Model is one run of a model. Its methods are called by the function given to
// Explore; Check and Saw also by its threads.
type Model struct {
	x      *explorer
	n      int // threads
	after  func()
	freeze bool
	frozen []string // may freeze; none: all may
	show   func(name string, v any) string
	budget int
}

// Go adds a thread, at most 15. It begins when the model is built.
func (m *Model) Go(name string, f func()) {
	if m.n == maxThreads-1 || !m.x.building {
		panic(fmt.Sprintf("interleave: Go(%q): at most %d threads, and none while they run", name, maxThreads-1))
	}
	m.x.thread(m.n, name, f)
	m.n++
}

// After sets the final check. It runs when all threads have ended, and not if
// one was frozen.
func (m *Model) After(f func()) { m.after = f }

// Freeze asks that the code be lock-free: in every order, and before any
// operation, one of the named threads (no name: any thread) may stop for ever,
// and the others must still end.
func (m *Model) Freeze(threads ...string) { m.freeze, m.frozen = true, threads }

// Budget sets how many operations the search for every order may take; 0: five
// million, which is a second.
func (m *Model) Budget(operations int) { m.budget = operations }

// Check fails the run, and ends it, unless ok. The text is formatted as by
// fmt.Sprintf, in the reader's language.
func (m *Model) Check(ok bool, en, ko string, args ...any) {
	if !ok {
		m.x.fail(Broken, lang.Pairf(en, ko, args...), caller())
		panic(unwind{})
	}
}

// Saw counts that what the model is about took place, at most once a run; see
// Result.Saw. The trace shows it.
func (m *Model) Saw(event string) {
	x := m.x
	if x.sawIn == nil {
		x.sawIn = map[string]int{}
	}
	if x.sawIn[event] != x.runs+1 {
		x.sawIn[event] = x.runs + 1
		x.saw[event]++
	}
	if x.recording {
		x.mark("("+event+")", current)
	}
}

// Watch names an atomic in the trace. v points to it, or to a struct, an array
// or a slice, of which each atomic, Mutex and Note gets a name of its own, as
// "queue.head" and "queue.slots[2]". With the name "" it is "head".
func (m *Model) Watch(name string, v any) {
	addressOf(v) // refused in every run, not only in the one that is traced
	if m.x.recording {
		m.x.watch(name, v)
	}
}

// Label names what ptr points to: an atomic.Pointer to it prints as name.
func (m *Model) Label(ptr any, name string) {
	if at := addressOf(ptr); m.x.recording {
		m.x.labels[at] = name
	}
}

// Show sets how the trace prints the value v of the atomic called name: for
// words in which several things are packed, and for pointers, which come as
// *T. What f returns "" for prints as usual. It is called for a trace only.
func (m *Model) Show(f func(name string, v any) string) { m.show = f }

// Result is what an exploration found.
type Result struct {
	Every   bool     // every order was tried; else those with at most 2 preemptions
	Orders  int      // so many: classes of orders if Every
	Runs    int      // executions of the model, all together
	Failure *Failure // the first failure; nil: none
	saw     map[string]int
}

// Scope words how much was tried: "every order: 531 classes of orders".
func (r Result) Scope() lang.Text {
	if r.Every {
		return lang.Pairf("every order: %d classes of orders", "모든 실행 순서: 서로 구별되는 순서 %d개", r.Orders)
	}
	return lang.Pairf("every order with at most %d preemptions: %d orders", "선점이 %d번까지인 모든 실행 순서: %d개", fallback, r.Orders)
}

// Saw returns in how many runs Model.Saw was called with event. A passed
// exploration in which nothing happened shows nothing: ask.
func (r Result) Saw(event string) int { return r.saw[event] }

// TB is what Test needs of a testing.TB.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
}

// Test explores, and fails the test with the trace of a failure; or if there
// were too many orders to try all; or if one of the events did not take place in
// any run, see Model.Saw.
func Test(t TB, f func(*Model), events ...string) Result {
	t.Helper()
	r := Explore(f)
	if r.Failure != nil {
		t.Fatalf("%s", r.Failure)
	}
	if !r.Every {
		t.Fatalf(lang.Say("not every order was tried: %s", "모든 실행 순서를 시험하지 못했습니다: %s"), r.Scope())
	}
	for _, e := range events {
		if r.Saw(e) == 0 {
			t.Fatalf(lang.Say("the model shows nothing: in none of its %d runs took place what it is about: %s",
				"모델이 아무것도 보여 주지 못합니다. %d번의 실행 가운데 어디에서도 이 일이 일어나지 않았습니다: %s"), r.Runs, e)
		}
	}
	return r
}

var exploring sync.Mutex // one exploration at a time: another waits

// Explore runs the model f in every order, until one fails. Explorations by
// several goroutines wait for each other; one inside another panics. The
// operations of goroutines that are no threads of the model happen as if there
// were none.
//
// Other processors than amd64 and arm64 can't tell a goroutine from another
// ([hook.Self]): there a second exploration at the same time panics as if it
// were inside, and a goroutine that is no thread of the model goes unnoticed.
func Explore(f func(*Model)) Result {
	if isRunning() {
		panic("interleave: Explore inside a model")
	}
	exploring.Lock()
	defer exploring.Unlock()
	return explore(f)
}

// Pause is a turn of a loop that waits for another thread. It is no
// preemption: the others go on, and the caller when something has changed that
// it has looked at since its Pause before, or when all others wait too. Outside
// an exploration it is runtime.Gosched.
func Pause() {
	if hookOff() || !before(hook.Pause, nil) {
		gosched()
		return
	}
	t := current
	x := t.x
	t.access.looked, t.access.again = t.looked, t.again
	if t.again == 0 {
		t.pauses++
	}
	t.looked, t.again = nil, 0
	x.pauses++
	x.turns++
	x.happened(t)
	done()
}

// Mutex is a mutual exclusion lock whose waiting an exploration understands;
// outside one it is a sync.Mutex. The zero value is unlocked. In one run it is
// used either by threads of the model or by others, not by both.
type Mutex struct {
	mu    sync.Mutex
	held  bool    // in an exploration
	owner *thread // who holds it; nil: whoever built the model
}

// Lock locks m. It waits while another holds it.
func (m *Mutex) Lock() {
	if hookOff() {
		m.mu.Lock()
		return
	}
	if !before(hook.Lock, unsafe.Pointer(m)) {
		m.outside(hook.Lock)
		return
	}
	m.held, m.owner = true, current
	after(true)
	done()
}

// TryLock locks m if nobody holds it, and reports whether it did.
func (m *Mutex) TryLock() bool {
	if hookOff() {
		return m.mu.TryLock()
	}
	if !before(hook.TryLock, unsafe.Pointer(m)) {
		return m.outside(hook.TryLock)
	}
	ok := !m.held
	if ok {
		m.held, m.owner = true, current
	}
	if after(ok) {
		record(nil, nil, nil, nil, ok)
	}
	done()
	return ok
}

// Unlock unlocks m, which any thread may do. To unlock what is not locked is a
// failure.
func (m *Mutex) Unlock() {
	if hookOff() {
		m.mu.Unlock()
		return
	}
	if !before(hook.Unlock, unsafe.Pointer(m)) {
		m.outside(hook.Unlock)
		return
	}
	if !m.held {
		current.x.fail(Broken, lang.Pair("Unlock of a Mutex that is not locked", "잠기지 않은 Mutex를 Unlock했습니다"), caller())
		panic(unwind{})
	}
	m.held, m.owner = false, nil
	after(true)
	done()
}

// outside is an operation of a goroutine that is not scheduled: the one that
// builds the model or a thread that is being ended, for which nobody runs
// beside it; or a stranger, which gets the real lock.
func (m *Mutex) outside(op hook.Op) bool {
	switch {
	case !isRunning() && op == hook.Lock:
		m.mu.Lock()
	case !isRunning() && op == hook.TryLock:
		return m.mu.TryLock()
	case !isRunning():
		m.mu.Unlock()
	default:
		was := m.held
		m.held, m.owner = op != hook.Unlock, nil
		return !was
	}
	return true
}

// Note is where one thread sleeps until another wakes it. A wake-up that comes
// first is kept, one at most, and the next Sleep takes it: so looking, and then
// sleeping, loses none that comes between. The zero value is ready for use. The
// runtime's names: note in note_other.go, notesleep and notewakeup in
// lock_futex.go (there, a second wake-up is an error and noteclear takes it).
type Note struct {
	mu   sync.Mutex
	cond sync.Cond
	set  bool // mu guards it outside an exploration
}

// Sleep waits for a wake-up and takes it.
func (n *Note) Sleep() {
	if !hookOff() && before(hook.Sleep, unsafe.Pointer(n)) {
		n.set = false
		after(true)
		done()
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for !n.set && !isRunning() {
		if n.cond.L == nil {
			n.cond.L = &n.mu
		}
		n.cond.Wait()
	}
	n.set = false
}

// Wakeup wakes who sleeps, or the next who will. It never waits.
func (n *Note) Wakeup() {
	if !hookOff() && before(hook.Wakeup, unsafe.Pointer(n)) {
		n.set = true
		after(true)
		done()
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.set = true
	if n.cond.L != nil {
		n.cond.Signal()
	}
}
