package handoff_test

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"gmplab/internal/machine"
	"gmplab/internal/osthread"
	handoff "gmplab/labs/05-syscall-handoff"
)

// toy is a scheduler with one P on real threads, as small as the lab allows:
// the M's loop, the monitor's loop, and between them what the lab builds.
type toy struct {
	p        handoff.State
	tick     atomic.Uint32
	routines []*routine // by G.ID

	mu     sync.Mutex // the scheduler's one lock; it guards:
	idle   bool       // the P
	global []*machine.G
	spare  []*thread // parked, last in first out
	made   int
	closed bool

	all      sync.WaitGroup // the Ms and the monitor
	hasP     atomic.Int32   // Ms that run with the P
	handoffs atomic.Int32
	wrong    atomic.Pointer[string] // the first thing that must not be
}

// routine is a goroutine: call, if there is one, without the P, and then run,
// with it. If run returns true, all over again, when it is its turn.
type routine struct {
	g      machine.G
	call   func()
	called bool
	run    func() (again bool)
}

// thread is where a spare M waits to be started.
type thread struct{ start chan bool }

func newToy() *toy {
	t := &toy{idle: true}
	t.all.Add(1)
	osthread.Go(func() {
		defer t.all.Done()
		t.monitor()
	})
	return t
}

// add makes goroutines and starts a thread for them if the P is idle.
func (t *toy) add(rs ...*routine) {
	t.mu.Lock()
	for _, r := range rs {
		r.g.ID = uint64(len(t.routines))
		t.routines = append(t.routines, r)
		t.global = append(t.global, &r.g)
	}
	start := t.idle
	t.idle = false
	t.mu.Unlock()
	if start {
		t.Start(0)
	}
}

func (t *toy) Lock()      { t.mu.Lock() }
func (t *toy) Unlock()    { t.mu.Unlock() }
func (t *toy) Work() bool { return len(t.global) > 0 }
func (t *toy) PutIdle(int) {
	t.idle = true
}

func (t *toy) TakeIdle() (int, bool) {
	ok := t.idle
	t.idle = false
	return 0, ok
}
func (t *toy) PutGlobal(g *machine.G) { t.global = append(t.global, g) }

func (t *toy) Start(int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := len(t.spare); n > 0 {
		m := t.spare[n-1]
		t.spare = t.spare[:n-1]
		m.start <- true
		return
	}
	t.made++
	m := &thread{make(chan bool, 1)}
	m.start <- true
	t.all.Add(1)
	osthread.Go(func() {
		defer t.all.Done()
		t.loop(m)
	})
}

// park makes m spare, and returns when it is started: false, to end. The
// caller holds the lock, which park releases.
func (t *toy) park(m *thread) bool {
	if t.closed {
		t.mu.Unlock()
		return false
	}
	t.spare = append(t.spare, m)
	t.mu.Unlock()
	return <-m.start
}

// next takes a goroutine; if there is none the P is idle, and m parks.
func (t *toy) next(m *thread) *routine {
	for {
		t.mu.Lock()
		if len(t.global) > 0 && !t.closed {
			g := t.global[0]
			t.global = t.global[1:]
			r := t.routines[g.ID]
			t.mu.Unlock()
			t.tick.Add(1)
			return r
		}
		t.hasP.Add(-1)
		t.p.Release()
		t.idle = true
		if !t.park(m) {
			return nil
		}
		t.acquire()
	}
}

func (t *toy) acquire() {
	if !t.p.Acquire() {
		t.says("Acquire() = false of a P that was idle")
	}
	if t.hasP.Add(1) != 1 {
		t.says("two Ms run with the one P")
	}
}

func (t *toy) says(wrong string) { t.wrong.CompareAndSwap(nil, &wrong) }

// loop is an M.
func (t *toy) loop(m *thread) {
	if !<-m.start {
		return
	}
	t.acquire()
	for r := t.next(m); r != nil; r = t.next(m) {
		if r.call != nil && !r.called {
			r.called = true // saved, before it can be published
			t.hasP.Add(-1)
			k := t.p.Enter()
			r.call()
			if t.p.Exit(k) {
				if t.hasP.Add(1) != 1 {
					t.says("Exit succeeds, and another M has the P")
				}
			} else if _, ok := handoff.Back(t, &r.g); ok {
				t.acquire()
			} else {
				t.mu.Lock()
				if !t.park(m) {
					return
				}
				t.acquire()
				continue
			}
		}
		if r.run() {
			r.called = false
			t.mu.Lock()
			t.global = append(t.global, &r.g)
			t.mu.Unlock()
			runtime.Gosched() // the machine may have one CPU, and other threads
		}
	}
}

// monitor is the thread that has no P.
func (t *toy) monitor() {
	var m handoff.Monitor
	start := time.Now()
	for worked := false; ; {
		t.mu.Lock()
		idle := 0
		if t.idle {
			idle = 1
		}
		closed := t.closed
		t.mu.Unlock()
		if closed {
			return
		}
		busy, call := t.p.Look()
		view := handoff.View{Busy: busy, Call: call, Tick: t.tick.Load(), Empty: true}
		retake, _ := m.Scan(time.Since(start), []handoff.View{view}, idle)
		worked = len(retake) > 0 && t.p.Retake(call)
		if worked {
			t.handoffs.Add(1)
			handoff.Handoff(t, 0, false)
		}
		time.Sleep(m.Delay(worked))
	}
}

// settle waits until all threads but one, which runs, are spare.
func (t *toy) settle() {
	for {
		t.mu.Lock()
		done := len(t.spare) >= t.made-1 || t.closed
		t.mu.Unlock()
		if done {
			return
		}
		runtime.Gosched()
	}
}

func (t *toy) threads() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.made
}

// close lets all Ms end, and waits for them; none may be in a call.
func (t *toy) close() {
	t.stop()
	t.all.Wait()
}

// stop lets all Ms end, those in a call when they are back.
func (t *toy) stop() {
	t.mu.Lock()
	t.closed = true
	for _, m := range t.spare {
		m.start <- false
	}
	t.spare = nil
	t.mu.Unlock()
}
