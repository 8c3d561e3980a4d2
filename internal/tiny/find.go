package tiny

import (
	"fmt"
	"runtime"

	"gmplab/internal/machine"
)

// find returns the goroutine that this P runs next; nil: there is none, the P
// is given up, and the M has nothing to do. The runtime's name: findRunnable.
func (m *m) find() *machine.G {
	for !m.ending.Load() {
		g, inherit := m.Next(&m.lock, &m.global, m.Procs)
		if g == nil && m.steal != nil {
			if g = m.thieve(); g != nil {
				m.Tick++ // a new slice: Next counts only those that it hands out itself
			}
		}
		if g == nil {
			m.stats.Parks++
			m.spinning = m.spin.Park(m.spinning, m.release, m.anyWork, m.reacquire)
			if !m.spinning {
				return nil
			}
			continue
		}
		if m.spinning {
			m.spinning = false
			if m.spin.Found() {
				m.wakeOne()
			}
		}
		if !inherit {
			m.newSlice()
		}
		if status := g.Status.Load(); g.Context.PC == taken || status == machine.Waiting || status == machine.Syscall {
			m.twice(g)
			return nil
		}
		m.stats.Switches++
		m.trace.begin(g)
		m.sample()
		return g
	}
	return nil
}

// newSlice tells the monitor that a new time slice has begun here. It does so
// once after each look of the monitor: one that changed Tick is enough for it
// to see, and to store Tick at every slice would cost an atomic store each time.
func (m *m) newSlice() {
	if round := m.rounds.Load(); round != m.told {
		m.told = round
		m.tick.Store(m.Tick)
	}
}

// sample is for the trace: how long is the global queue now?
func (m *m) sample() {
	if m.Trace != nil {
		m.sampleGlobal()
	}
}

func (m *m) sampleGlobal() {
	m.lock.Lock()
	defer m.lock.Unlock()
	m.Trace.queued(m.global.Len())
}

// thieve looks for half of another P's queue, in four passes. The runtime's
// name: stealWork.
func (m *m) thieve() *machine.G {
	if !m.spinning {
		if m.spinning = m.spin.May(m.Procs - int(m.spare.Load())); !m.spinning {
			return nil
		}
	}
	for pass := range 4 {
		last := pass == 3
		if last {
			// Who has just put somebody into its seat is about to run it: let
			// another thread go first, which may be that one. (Go sleeps 3 µs,
			// and only where it has found a runnext.)
			runtime.Gosched()
		}
		// A quick random number (xorshift).
		m.seed ^= m.seed << 13
		m.seed ^= m.seed >> 17
		m.seed ^= m.seed << 5
		for i := range m.order.Visit(m.seed) {
			if victim := m.ps[i]; victim != m.proc {
				if g := m.stealFrom(victim, last); g != nil {
					return g
				}
			}
		}
	}
	return nil
}

// stealFrom steals, and counts what it got. The runtime's name: runqsteal.
func (m *m) stealFrom(victim *proc, last bool) *machine.G {
	if m.Trace != nil {
		// Thieves that are traced wait for each other: then nobody steals from us
		// what we have not counted, and the lengths in the trace are exact.
		m.Trace.stealing.Lock()
		defer m.Trace.stealing.Unlock()
	}
	g := m.steal.StealFrom(victim.steal, last)
	if g != nil {
		n := 1 + m.count()
		m.stats.Steals++
		m.stats.Stolen += n
		m.trace.stole(victim.ID, n)
		m.trace.changed(n - 1)
		victim.trace.changed(-n)
	}
	return g
}

// count counts the rest of a batch that was stolen into an empty queue. It
// takes all out and puts them back, for a queue has no length. Those that
// another thief has taken meanwhile are not counted.
func (m *m) count() (n int) {
	var rest machine.Batch
	for g, _ := m.steal.Get(); g != nil; g, _ = m.steal.Get() {
		if g.Link = nil; rest.N == 0 {
			rest.First = g
		} else {
			rest.Last.Link = g
		}
		rest.Last = g
		rest.N++
	}
	for g := rest.First; g != nil; {
		put := g
		g = g.Link // before Put: after it put is the queue's
		m.steal.Put(put)
	}
	return rest.N
}

// wake starts one more M, if there is an idle P for it and no M spins, which
// would find the new work as well. (Where nobody steals it is of use only if the
// work is on the global queue.) The runtime's name: wakep.
func (m *m) wake() {
	// The work is on a queue already. A P that becomes idle after this look
	// looks again itself. (Mostly there is none: this much is inlined.)
	if m.spare.Load() > 0 {
		m.wakeIdle()
	}
}

func (m *m) wakeIdle() {
	if (m.steal != nil || m.anyWork()) && m.spin.Wake() {
		m.wakeOne()
	}
}

// wakeOne starts an M that has been counted as spinning.
func (m *m) wakeOne() {
	if p, ok := m.idleOrCancel(); ok {
		m.start(m.ps[p].wakeup)
	}
}

func (m *m) idleOrCancel() (p int, ok bool) {
	m.lock.Lock()
	defer m.lock.Unlock()
	if p, ok = m.TakeIdle(); !ok {
		m.spin.Cancel()
	}
	return p, ok
}

// release makes the P idle. The runtime's name: pidleput.
func (m *m) release() {
	m.lock.Lock()
	defer m.lock.Unlock()
	m.trace.release()
	m.state.Release()
	m.PutIdle(m.ID)
}

// anyWork looks at all queues again, after the release.
func (m *m) anyWork() bool {
	m.lock.Lock()
	defer m.lock.Unlock()
	return m.Work()
}

// reacquire takes any idle P.
func (m *m) reacquire() bool {
	m.lock.Lock()
	p, ok := m.TakeIdle()
	m.lock.Unlock()
	if ok {
		m.proc = m.ps[p]
		m.acquire()
	}
	return ok
}

// acquire takes a P that is the caller's already, by the scheduler's books, in
// its State too.
func (m *m) acquire() {
	if !m.state.Acquire() {
		panic(fmt.Sprintf("lab 05's State: P %d is not idle, though nobody has it", m.ID))
	}
	m.trace.acquire()
}

// live is an M from its start with a P until it has none.
func (m *m) live() {
	m.acquire()
	m.run()
}

// step ends the run when its steps are used up: then c.Run stops at once.
func (m *m) step() {
	if m.steps.Add(1) > int64(m.Limit) {
		m.end(ErrLimit)
	}
}
