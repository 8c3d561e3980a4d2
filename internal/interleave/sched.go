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
	maxRuns   = 2_000_000        // executions of a search with a bound
	maxSteps  = 10_000           // operations an execution
	budget    = 5_000_000        // operations of an exploration without a bound
	maxPauses = 100              // turns of spinning while memory does not change
	maxTurns  = 20               // turns of spinning of a thread, in a search without a bound
	fair      = 8                // turns of spinning during which another thread is passed over
	patience  = 10 * time.Second // without an operation: the thread that runs is stuck
	shorten   = 200_000          // operations spent in search of a shorter trace
)

func init() { hook.Before, hook.After, hook.Record, hook.Done = before, after, record, done }

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
	access  access         // the same for a search, and what came of it
	looked  []look         // since it began, or paused
	again   int            // 1 + x.steps when nobody could go on: Pause looks again
	turn    int            // x.turns at its last operation
	solid   int            // operations that are no loads
	pauses  int            // turns of spinning, when something had changed
	count   int            // all operations
	done    bool
	frozen  bool
	begun   bool
	resting bool // between an operation and the plain code after it
	due     bool // in a script: its next operation comes at once
	leaving bool // unwinding: its operations are no longer scheduled
}

// look is what a thread knows of an object: which of its values it has seen.
type look struct{ obj, version int32 }

// access is an operation as a search sees it.
type access struct {
	op      hook.Op
	obj     int32  // number of the object; none: -1
	wrote   bool   // it changed the object; else it is a look
	open    bool   // before it, who waits at the object could have gone on
	version int32  // of the object, after it
	looked  []look // of a Pause
	again   int    // of a Pause, as in thread
}

// unwind is the panic that ends a thread before its time.
type unwind struct{}

// explorer runs one exploration. Only the goroutine that acts for it, as told
// by hook.Running, touches it, but for the fields at the end.
type explorer struct {
	f      func(*Model)
	g      uintptr
	goid   string
	choose func(last *thread, can, spins uint32) int // who is next; -1: the run ends
	pool   []*thread
	bounded
	reduced
	script
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
	final     bool // only the last check runs
	pruned    bool // the rest is known from other runs
	first     bool // nothing is chosen yet
	depth     int  // choices so far, where there was one
	used      int  // preemptions
	steps     int
	pauses    int // since memory changed
	turns     int // all pauses
	schedule  []uint8
	numbers   []numbered // objects, in the order in which they are met
	versions  []int32    // by number: how often it changed
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

// after notes what the operation of current was: whether it changed memory.
func after(changed bool) bool {
	t := current
	x := t.x
	a := &t.access
	if changed {
		x.versions[a.obj]++
		x.pauses, x.changed = 0, len(x.rows)
	}
	a.wrote, a.version = changed, x.versions[a.obj]
	t.look()
	x.happened(t)
	return x.recording
}

// look notes what t has just seen. What it has seen first counts: if that has
// changed since, to look again is no waste of time.
func (t *thread) look() {
	a := &t.access
	for i := range t.looked {
		if l := &t.looked[i]; l.obj == a.obj {
			if a.wrote && l.version == a.version-1 { // by t itself
				l.version++
			}
			return
		}
	}
	switch a.op {
	case hook.Load, hook.Swap, hook.CompareAndSwap, hook.Add, hook.And, hook.Or, hook.TryLock:
		t.looked = append(t.looked, look{a.obj, a.version})
	}
}

// happened gives the operation that t has just done to who searches.
func (x *explorer) happened(t *thread) {
	if n := x.depth; x.reducing && !x.final {
		x.path[n-1].access = t.access
	}
	x.compare(t)
	t.count++
	if t.access.op != hook.Load {
		t.solid++
	}
}

// done follows an operation and its record. A lazy thread stops here, before
// the plain code that comes next.
func done() {
	t := current
	if x := t.x; x.lazy>>t.id&1 == 1 && !x.final {
		t.resting = true
		if x.chosen = x.pick(t); x.chosen != t {
			t.away()
		}
	}
}

// point waits for the turn of t, which is about to do op.
func (t *thread) point(op hook.Op, obj unsafe.Pointer) {
	x := t.x
	t.op, t.obj = op, obj
	t.access = access{op: op, obj: x.number(obj)}
	if x.recording {
		t.where = caller()
	}
	if x.runs == 0 || x.recording {
		t.refuseLockedThread()
	}
	switch {
	case x.starting:
		t.away()
	case t.due && t.ready():
	default:
		if x.chosen = x.pick(t); x.chosen != t {
			t.away()
		}
	}
	t.due = false
	x.progress.Add(1)
	x.steps++
	t.turn = x.turns
	x.acted |= 1 << t.id
	switch op {
	case hook.Lock, hook.TryLock, hook.Unlock:
		t.access.open = !(*Mutex)(obj).held
	case hook.Sleep, hook.Wakeup:
		t.access.open = (*Note)(obj).set
	}
	if x.recording {
		x.row(t)
	}
	if obj != nil {
		x.meet(obj)
	}
}

// number returns the number of obj. Threads announce what they are about to
// do, so that under the same schedule an object has the same number in each
// run, wherever it lies.
func (x *explorer) number(obj unsafe.Pointer) int32 {
	if obj == nil {
		return -1
	}
	if 2*len(x.versions) >= len(x.numbers) {
		old := x.numbers
		x.numbers = make([]numbered, max(64, 2*len(old)))
		for _, e := range old {
			if e.obj != nil {
				*x.place(e.obj) = e
			}
		}
	}
	e := x.place(obj)
	if e.obj == nil {
		*e = numbered{obj, int32(len(x.versions))} // keeps the memory from being used anew
		x.versions = append(x.versions, 0)
	}
	return e.n
}

// numbered is an object of a run. A table of them by address, with room for
// twice as many: a map takes longer.
type numbered struct {
	obj unsafe.Pointer
	n   int32
}

// place is where obj is in the table, or will be.
func (x *explorer) place(obj unsafe.Pointer) *numbered {
	mask := uintptr(len(x.numbers) - 1)
	for i := uintptr(obj) >> 2 * 0x9e3779b1 >> 16; ; i++ {
		if e := &x.numbers[i&mask]; e.obj == obj || e.obj == nil {
			return e
		}
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
		for _, l := range t.looked {
			if t.x.versions[l.obj] != l.version {
				return true
			}
		}
		return t.again > 0
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
// ended. nil: none, since all have ended or the run is over.
func (x *explorer) pick(last *thread) *thread {
	if x.failure != nil {
		return nil
	}
	if x.steps >= maxSteps {
		if x.reducing && x.unfair(last) {
			x.pruned = true
			return nil
		}
		x.fail(Livelock, x.endless(last), "")
		return nil
	}
	if x.pauses > maxPauses {
		x.fail(Livelock, x.spinning(), "")
		return nil
	}
	for {
		x.freezeNow()
		var can, spins, paused uint32
		live := false
		for i, t := range x.threads {
			if t.done || t.frozen {
				continue
			}
			live = true
			switch ready := t.resting || t.ready(); {
			case ready && (t.resting || t.op != hook.Pause):
				can |= 1 << i
			case ready:
				spins |= 1 << i
			case t.op == hook.Pause:
				paused |= 1 << i
			}
		}
		switch {
		case !live:
			return nil
		case can|spins == 0 && paused == 0:
			x.fail(Deadlock, x.deadlock(), "")
			return nil
		case can|spins == 0:
			for _, t := range x.threads { // nobody can go on: let them look again
				if paused>>t.id&1 == 1 {
					t.again = 1 + x.steps
				}
			}
			continue
		}
		c := bits.TrailingZeros32(can | spins)
		if !x.final {
			c = x.choose(last, can, spins)
		}
		x.first = false
		if c < 0 {
			return nil
		}
		x.schedule = append(x.schedule, uint8(c))
		if c >= maxThreads {
			x.freezeThread(x.threads[c-maxThreads])
			continue
		}
		if last != nil && c != last.id && can>>last.id&1 == 1 {
			x.used++
			x.preempted = true
		}
		t := x.threads[c]
		if x.recording && last != nil && last.resting && t != last {
			x.mark(stopsMark, last)
		}
		if t.resting {
			if x.recording && t != last && t.begun {
				x.mark(goesOnMark, t)
			}
			t.resting, t.begun = false, true
		}
		return t
	}
}

func (x *explorer) freezeThread(t *thread) {
	x.frozen = t
	t.frozen = true
	x.freezable = 0
	if x.recording {
		x.mark(frozenMark, t)
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
	t.done, t.frozen, t.begun, t.leaving, t.resting, t.due = false, false, false, false, false, false
	t.looked, t.again, t.turn, t.solid, t.pauses, t.count = nil, 0, 0, 0, 0, 0
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
		if t.resting = x.lazy>>t.id&1 == 1 && !x.final; t.resting {
			continue
		}
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

// run runs the model once, as choose says.
func (x *explorer) run() {
	x.threads, x.schedule, x.versions = x.threads[:0], x.schedule[:0], x.versions[:0]
	clear(x.numbers)
	x.depth, x.used, x.steps, x.pauses, x.turns = 0, 0, 0, 0, 0
	x.frozen, x.failure, x.freezable = nil, nil, 0
	x.first, x.final, x.pruned, x.diverged, x.odd = false, false, false, false, nil
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
		if x.same != nil && x.failure == nil && (x.diverged || x.steps != len(x.order)) {
			x.diverged = true
			defer x.unordered()
		}
	}
	if x.failure == nil && x.frozen == nil && !x.pruned && m.after != nil {
		x.final = true
		x.thread(m.n, finalCheck, m.after)
		x.phase(m.n)
	}
	for _, t := range x.threads {
		if t.begun && !t.done {
			t.leaving = true
			x.resume(t)
		}
	}
	x.runs++
}

// unordered fails a run that has come to something else than its class, unless
// it has failed by itself: that says more.
func (x *explorer) unordered() {
	if x.failure == nil {
		x.fail(Unordered, unorderedText, "")
		for i, t := range x.threads[:len(x.same)] {
			if x.odd == nil && t.count < len(x.same[i]) {
				x.odd = t // it did less
			}
		}
		if x.odd != nil {
			x.failure.thread, x.failure.where = x.odd.name, x.oddWhere
		}
	}
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
	for i, t := range x.threads[:x.m.n] {
		if len(x.m.frozen) == 0 || slices.Contains(x.m.frozen, t.name) {
			set |= 1 << i
		}
	}
	return set
}
