package interleave

import (
	"iter"
	"math/bits"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unsafe"

	"gmplab/internal/interleave/internal/hook"
	"gmplab/internal/lang"
)

const maxThreads = 16

// Limits. Tests set them lower. A limit that is reached is a failure.
var (
	maxRuns   = 2_000_000        // executions an exploration
	maxSteps  = 10_000           // operations an execution
	maxPauses = 100              // turns of spinning while memory does not change
	fair      = 8                // turns of spinning during which another thread is passed over
	patience  = 10 * time.Second // without an operation: the thread that runs is stuck
	shorten   = 200_000          // operations spent in search of a shorter trace
)

func init() { hook.Before, hook.After, hook.Record = before, after, record }

// current is the virtual thread that runs; nil: the explorer itself. Only the
// goroutine that hook.Running names reads or writes it.
var current *thread

func hookOff() bool { return atomic.LoadUintptr(&hook.Running) == 0 }

func isRunning() bool { return atomic.LoadUintptr(&hook.Running) == hook.Self() }

func gosched() { runtime.Gosched() }

// thread is a virtual thread: a coroutine that lives as long as the
// exploration and has another body in each run.
type thread struct {
	x     *explorer
	id    int
	g     uintptr // hook.Self of its goroutine
	goid  string  // and its number in a stack dump
	next  func() (struct{}, bool)
	stop  func()
	yield func(struct{}) bool

	// of this run:
	name    string
	f       func()
	op      hook.Op        // about to happen,
	obj     unsafe.Pointer // on what,
	where   string         // and written where (when recording)
	seen    int            // x.changes when it looked at memory last
	turn    int            // x.turns at its last operation
	done    bool
	frozen  bool
	begun   bool
	leaving bool // unwinding: its operations are no longer scheduled
}

// unwind is the panic that ends a thread before its time.
type unwind struct{}

// explorer runs one exploration. Only the goroutine that acts for it, as told
// by hook.Running, touches it, but for the fields at the end.
type explorer struct {
	f         func(*Model)
	g         uintptr
	goid      string
	bound     int
	limited   bool // by bound: there are schedules with more preemptions
	path      []node
	pool      []*thread
	recording bool
	runs      int // so far, over all bounds
	saw       map[string]int
	sawIn     map[string]int // run in which it was counted last
	acted     uint32         // bit i: thread i did an operation, in some run

	// of this run:
	m         *Model
	threads   []*thread
	building  bool
	starting  bool
	first     bool // nothing is chosen yet
	depth     int  // in path
	used      int  // preemptions
	steps     int
	changes   int // of memory
	pauses    int // since memory changed
	turns     int // all pauses
	freezable uint32
	frozen    *thread
	chosen    *thread
	failure   *Failure
	trace

	progress atomic.Uint64 // the watchdog looks at it
	dead     atomic.Bool   // given up by the watchdog
	strangers
}

// before is the scheduling point before an operation.
func before(op hook.Op, obj unsafe.Pointer) bool {
	if !isRunning() {
		if x := active.Load(); x != nil && obj != nil {
			x.stranger(obj)
		}
		return false
	}
	t := current
	if t == nil || t.leaving {
		return false
	}
	t.point(op, obj)
	return true
}

func after(changed bool) bool {
	x := current.x
	if changed {
		x.changes++
		x.pauses, x.changed = 0, len(x.rows)
	}
	current.seen = x.changes
	return x.recording
}

// point waits for the turn of t, which is about to do op.
func (t *thread) point(op hook.Op, obj unsafe.Pointer) {
	x := t.x
	t.op, t.obj = op, obj
	if x.recording {
		t.where = caller()
	}
	if x.runs == 0 || x.recording {
		t.refuseLockedThread()
	}
	if x.starting {
		t.away()
	} else if x.chosen = x.pick(t); x.chosen != t {
		t.away()
	}
	x.progress.Add(1)
	x.steps++
	t.turn = x.turns
	x.acted |= 1 << t.id
	if x.recording {
		x.row(t)
	}
	if obj != nil {
		x.meet(obj)
	}
}

// away switches to the explorer, and returns when it is t's turn again.
func (t *thread) away() {
	unlockOSThread()
	if !t.yield(struct{}{}) || t.leaving {
		t.leaving = true
		panic(unwind{})
	}
}

// refuseLockedThread fails the run if t has called runtime.LockOSThread: to
// switch coroutines would then end the process. It is slow, and for the first
// run; in later ones unlockOSThread undoes the call.
func (t *thread) refuseLockedThread() {
	locked := false
	for range 100 {
		if !strings.Contains(header(), "locked to thread") {
			break
		}
		locked = true
		runtime.UnlockOSThread()
	}
	if locked {
		t.x.fail(Misuse, lang.Pair("the thread called runtime.LockOSThread: a virtual thread is a coroutine, and must not be locked to a real one",
			"스레드가 runtime.LockOSThread를 불렀습니다. 가상 스레드는 코루틴이어서 실제 스레드에 묶을 수 없습니다"), caller())
		panic(unwind{})
	}
}

func unlockOSThread() {
	for range 3 { // nested
		runtime.UnlockOSThread() // does nothing if there is nothing to undo
	}
}

// header is the first line of the caller's stack dump.
func header() string {
	var buf [96]byte
	line, _, _ := strings.Cut(string(buf[:runtime.Stack(buf[:], false)]), "\n")
	return line
}

// goid is the number of the calling goroutine in a stack dump.
func goid() string {
	id, _, _ := strings.Cut(strings.TrimPrefix(header(), "goroutine "), " ")
	return id
}

// ready reports whether t's operation would not wait.
func (t *thread) ready() bool {
	switch t.op {
	case hook.Lock:
		return !(*Mutex)(t.obj).held
	case hook.Sleep:
		return (*Note)(t.obj).set
	case hook.Pause:
		return t.x.changes > t.seen
	}
	return true
}

// loop is the coroutine: a body for each run.
func (t *thread) loop(yield func(struct{}) bool) {
	t.g, t.goid, t.yield = hook.Self(), goid(), yield
	for yield(struct{}{}) {
		t.body()
	}
}

func (t *thread) body() {
	normal := false
	defer func() {
		r := recover()
		if _, ok := r.(unwind); r != nil && !ok {
			t.x.fail(Panicked, panicText(r), panicLine())
		} else if r == nil && !normal {
			t.x.fail(Misuse, exitText, "")
		}
		t.done = true
	}()
	t.f()
	if t.x.runs == 0 || t.x.recording {
		t.refuseLockedThread()
	}
	unlockOSThread()
	normal = true
}

// pick decides which thread runs next; last is the one that ran, if it has not
// ended. nil: none, since all have ended or the run failed.
func (x *explorer) pick(last *thread) *thread {
	if x.failure != nil {
		return nil
	}
	if x.steps >= maxSteps {
		x.fail(Livelock, x.endless(last), "")
		return nil
	}
	if x.pauses > maxPauses {
		x.fail(Livelock, x.spinning(), "")
		return nil
	}
	for {
		var can, paused, spins uint32
		live, starves := false, false
		for i, t := range x.threads {
			if t.done || t.frozen {
				continue
			}
			live = true
			switch ready := t.ready(); {
			case t.op == hook.Pause && ready:
				spins |= 1 << i
			case t.op == hook.Pause:
				paused |= 1 << i
			case ready:
				can |= 1 << i
				starves = starves || x.turns-t.turn > fair
			}
		}
		if !live {
			return nil
		}
		goesOn := last != nil && can>>last.id&1 == 1
		if !starves {
			can |= spins
		}
		if can == 0 {
			can = paused // nobody else: let them look again
		}
		if can == 0 {
			x.fail(Deadlock, x.deadlock(), "")
			return nil
		}
		all := can
		if goesOn && x.used == x.bound {
			x.limited = x.limited || all != 1<<last.id
			all = 1 << last.id
		}
		if x.first {
			all |= x.freezable << maxThreads
		} else if x.frozen == nil && last != nil && !last.done {
			all |= x.freezable & (1 << last.id) << maxThreads
		}
		c := bits.TrailingZeros32(all)
		switch {
		case all&(all-1) == 0: // one way only
		case x.depth < len(x.path):
			n := &x.path[x.depth]
			if n.all != all || n.steps != x.steps {
				x.fail(Unsteady, unsteadyText, "")
				return nil
			}
			c = n.choice
			x.depth++
		default:
			if goesOn {
				c = last.id
			}
			x.path = append(x.path, node{all, all &^ (1 << c), c, x.steps})
			x.depth++
		}
		x.first = false
		if c >= maxThreads {
			x.frozen = x.threads[c-maxThreads]
			x.frozen.frozen = true
			x.freezable = 0
			if x.recording {
				x.mark(frozenMark, x.frozen)
			}
			continue
		}
		if goesOn && c != last.id {
			x.used++
			x.preempted = true
		}
		return x.threads[c]
	}
}

// thread adds a thread to this run.
func (x *explorer) thread(id int, name string, f func()) {
	if id == len(x.pool) {
		t := &thread{x: x, id: id}
		t.next, t.stop = iter.Pull(t.loop)
		x.pool = append(x.pool, t)
		t.next() // to where it waits for a body
	}
	t := x.pool[id]
	t.name, t.f = name, f
	t.done, t.frozen, t.begun, t.leaving = false, false, false, false
	t.seen, t.turn = 0, 0
	x.threads = x.pool[:id+1]
	x.progress.Add(1)
}

// resume lets t run until it ends or switches away.
func (x *explorer) resume(t *thread) {
	current = t
	atomic.StoreUintptr(&hook.Running, t.g)
	x.progress.Add(1)
	t.next()
	if x.dead.Load() {
		runtime.Goexit() // the watchdog has spoken; another exploration may run
	}
	current = nil
	atomic.StoreUintptr(&hook.Running, x.g)
}

// phase runs threads[from:] until all have ended or the run has failed. Each
// first goes up to its first operation: before that it can't meet another.
func (x *explorer) phase(from int) {
	x.starting = true
	for _, t := range x.threads[from:] {
		t.begun = true
		if x.resume(t); x.failure != nil {
			return
		}
	}
	x.starting = false
	for t := x.pick(nil); t != nil; {
		if x.resume(t); t.done {
			t = x.pick(nil)
		} else {
			t = x.chosen
		}
	}
}

// run runs the model once, as path says and then always the first way.
func (x *explorer) run() {
	x.threads = x.threads[:0]
	x.depth, x.used, x.steps, x.changes, x.pauses, x.turns = 0, 0, 0, 0, 0, 0
	x.frozen, x.failure, x.freezable, x.first = nil, nil, 0, false
	x.beginTrace()
	m := &Model{x: x}
	x.m = m
	x.build()
	for _, t := range x.threads {
		if x.recording {
			x.columns = append(x.columns, t.name)
		}
	}
	if x.failure == nil {
		x.freezable = x.mayFreeze()
		x.first = true
		x.phase(0)
	}
	if x.failure == nil && x.frozen == nil && m.after != nil {
		x.freezable, x.first = 0, false
		x.thread(m.n, finalCheck, m.after)
		x.phase(m.n)
	}
	if x.failure == nil && x.depth < len(x.path) {
		x.fail(Unsteady, unsteadyText, "")
	}
	for _, t := range x.threads {
		if t.begun && !t.done {
			t.leaving = true
			x.resume(t)
		}
	}
	x.runs++
}

func (x *explorer) build() {
	normal := false
	defer func() {
		r := recover()
		if _, ok := r.(unwind); r != nil && !ok {
			x.fail(Panicked, panicText(r), panicLine())
		} else if r == nil && !normal {
			x.fail(Misuse, exitText, "")
		}
		x.building = false
	}()
	x.building = true
	x.progress.Add(1)
	x.f(x.m)
	normal = true
}

func (x *explorer) mayFreeze() (set uint32) {
	if !x.m.freeze {
		return 0
	}
	for i, t := range x.threads {
		if len(x.m.frozen) == 0 || slices.Contains(x.m.frozen, t.name) {
			set |= 1 << i
		}
	}
	return set
}
