package tiny

import (
	"math"
	"os"
	"time"

	"gmplab/internal/lang"
	"gmplab/internal/machine"
	"gmplab/internal/osthread"
	handoff "gmplab/labs/05-syscall-handoff"
)

// enter says that the M goes into a call, in which g, which is saved, stays
// with it. The P stays too, for now. The runtime's name: entersyscall.
func (m *m) enter(g *machine.G) handoff.Ticket {
	m.call = m.trace.enter(g)
	g.Status.Store(machine.Syscall)
	m.empty.Store(m.Queue.Empty())
	if m.calls.Add(1) > mostCalls {
		m.end(lang.Errorf("%d goroutines are in blocking calls, and each holds a thread: Go allows a process 10,000 (a network poller would hold none)",
			"블로킹되는 호출에 있는 고루틴이 %d개이고, 하나마다 스레드를 하나씩 붙잡고 있습니다. Go 프로세스의 한도는 스레드 10,000개입니다(네트워크 폴러가 있다면 필요 없습니다)", mostCalls))
	}
	t := m.state.Enter()
	if m.dozes.Load() {
		m.wakeMonitor()
	}
	return t
}

// mostCalls leaves some of the 10,000 threads to the others.
const mostCalls = 9_000

// exit says that the M is back from its call, and reports whether it still has
// its P. The runtime's name: the fast path of exitsyscall.
func (m *m) exit(t handoff.Ticket) bool {
	kept := m.state.Exit(t)
	m.Trace.called(m.call) // not earlier: the monitor may have taken the P just before
	return kept
}

// leave says that the M goes on with g after its call, with a P. The runtime's
// name: the rest of exitsyscall.
func (m *m) leave(g *machine.G) {
	m.calls.Add(-1) // after it has a P: see check
	g.Status.Store(machine.Running)
	m.trace.begin(g)
}

// block makes a call that may block the thread. In no case does it outlive the
// run: sleeps and pipes end with it.
func (m *m) block(g *machine.G, call int32, arg uint64) uint64 {
	switch call {
	case machine.SysSleep:
		if int64(arg) <= 0 { // as time.Sleep
			return 0
		}
		timer := time.NewTimer(time.Duration(min(arg, maxSleep)) * time.Microsecond)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-m.done:
		}
	case machine.SysRead:
		return m.read(g, arg)
	case machine.SysGetpid:
		return uint64(os.Getpid())
	}
	return 0
}

// read reads a byte from a pipe. The monitor knows who reads: if nobody else can
// run, nobody will ever write.
func (m *m) read(g *machine.G, pipe uint64) uint64 {
	m.lock.Lock()
	m.reads[g] = pipe
	m.lock.Unlock()
	b, err := m.World.read(pipe)
	m.lock.Lock()
	delete(m.reads, g)
	m.lock.Unlock()
	m.World.took(pipe) // only now: until then it is not dry
	if err != nil {
		m.end(err)
	}
	return b
}

const maxSleep = uint64(math.MaxInt64 / time.Microsecond)

// monitor watches the Ps: it takes a P from a thread that stays in a call, and
// preempts a goroutine that runs too long. It also sees when nobody can run
// any more. The runtime's name: sysmon.
func (s *sched) monitor() {
	var (
		monitor handoff.Monitor
		views   = make([]handoff.View, len(s.ps))
		start   = time.Now()
		worked  bool      // or was woken: then it looks often again
		still   time.Time // since when all Ps have been idle though there is work
	)
	for {
		delay := monitor.Delay(worked)
		woken, goesOn := s.nap(delay)
		if !goesOn {
			return
		}
		// Before the look: whoever goes into a call after it sees this.
		s.dozes.Store(delay >= deep/2)
		for i, p := range s.ps {
			busy, call := p.state.Look()
			views[i] = handoff.View{Busy: busy, Call: call, Tick: p.tick.Load(), Empty: p.empty.Load()}
		}
		// After the look: whoever begins a slice from now on says so.
		s.rounds.Add(1)
		// Idle Ps only: nobody tells how many Ms spin, who are few.
		retake, preempt := monitor.Scan(time.Since(start), views, int(s.spare.Load()))
		worked = woken
		for _, p := range retake {
			if s.retake(p, views[p]) {
				worked = true
			}
		}
		for _, p := range preempt {
			s.ps[p].cpu.Preempt()
		}
		if len(retake)+len(preempt) == 0 && !s.check(&still) {
			return
		}
	}
}

// retake takes a P out of the call in which it was seen, and hands it off. It
// reports whether it could. The runtime's name: the loop of retake.
func (s *sched) retake(p int, v handoff.View) bool {
	at := s.ps[p].trace.when()
	if !s.ps[p].state.Retake(v.Call) {
		return false
	}
	s.ps[p].stats.Handoffs++ // the P is ours here
	s.ps[p].trace.handoff(at)
	handoff.Handoff(s, p, !v.Empty)
	return true
}

// A sleep of the monitor that is deep can be ended.
const deep = time.Millisecond

// nap lets the monitor sleep, and reports whether somebody has woken it, and
// whether the run goes on. A sleep in the kernel is exact, but nobody can end
// it: so only short ones are spent there. A deep one ends with the run, and when
// a thread goes into a call: that may be long, and its P is wanted. The
// runtime's name: sysmonwait, which Go sets only if all Ps are idle.
func (s *sched) nap(d time.Duration) (woken, goesOn bool) {
	if d < deep {
		s.dozes.Store(false)
		osthread.Sleep(d)
		return false, !s.ending.Load()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.wakes:
		woken = true
	case <-s.done:
		return false, false
	}
	return woken, true
}

// wakeMonitor ends a deep sleep of the monitor. The runtime's name:
// entersyscallWakeSysmon.
func (s *sched) wakeMonitor() {
	if s.dozes.CompareAndSwap(true, false) {
		select {
		case s.wakes <- struct{}{}:
		default: // it has been told already
		}
	}
}

// What lab 05 needs of a scheduler.

// Lock implements handoff.Sched.
func (s *sched) Lock() { s.lock.Lock() }

// Unlock implements handoff.Sched.
func (s *sched) Unlock() { s.lock.Unlock() }

// Work implements handoff.Sched.
func (s *sched) Work() bool {
	if s.global.Len() > 0 {
		return true
	}
	for _, p := range s.ps {
		if p.steal != nil && !p.steal.Empty() {
			return true
		}
	}
	return false
}

// PutIdle implements handoff.Sched.
func (s *sched) PutIdle(p int) {
	s.idle = append(s.idle, p)
	s.spare.Add(1)
}

// TakeIdle implements handoff.Sched: it takes the P that was put last.
func (s *sched) TakeIdle() (p int, ok bool) {
	last := len(s.idle) - 1
	if last < 0 {
		return 0, false
	}
	p = s.idle[last]
	s.idle = s.idle[:last]
	s.spare.Add(-1)
	return p, true
}

// takeIdle takes a certain P, which is idle.
func (s *sched) takeIdle(p int) {
	for i, q := range s.idle {
		if q == p {
			s.idle = append(s.idle[:i], s.idle[i+1:]...)
			s.spare.Add(-1)
			return
		}
	}
}

// PutGlobal implements handoff.Sched. An M calls it that has come back from a
// call without a P, and has nothing more to do.
func (s *sched) PutGlobal(g *machine.G) {
	s.calls.Add(-1)
	g.Status.Store(machine.Runnable)
	s.global.Put(g)
}

// Start implements handoff.Sched: a thread runs with p.
func (s *sched) Start(p int) { s.start(s.ps[p].begin) }

// start starts a thread, but none any more when the run ends.
func (s *sched) start(f func()) {
	if !s.ending.Load() {
		s.thread(f)
	}
}
