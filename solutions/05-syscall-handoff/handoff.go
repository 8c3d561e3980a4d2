// Package handoff keeps a processor busy while its thread is stuck in the
// kernel: lab 05.
//
// A G is a goroutine, an M a thread, a P a processor: the right to run
// goroutines. A blocking call keeps its M in the kernel, for how long nobody
// knows, and takes the P along. So the P stays with its M for a short call,
// and is taken away in a long one: by the monitor, a thread of its own that
// needs no P. M and monitor agree by one word, the State of the P: exactly one
// of them has it afterwards. A P that was taken is handed off to another M, or
// is idle; an M that comes back without its P finds an idle one, or leaves its
// G on the global queue.
package handoff

import (
	"time"

	"gmplab/internal/interleave/atomic"
	"gmplab/internal/machine"
)

// Saved is what is kept of a goroutine that does not run: here just the place
// where it goes on. In the machine it is machine.Context.
type Saved struct{ PC atomic.Uint64 }

// Ready is where one goroutine waits for a thread: nil, or who waits. The
// runtime's name: sched.runq, which has room for more.
type Ready = atomic.Pointer[Saved]

// Yield gives g up, which has run up to pc on the calling thread: it keeps pc
// in g.PC and puts g into ready, from where any thread may take it to run it.
// The runtime's names: mcall, which saves (before a call: save), then globrunqput.
func Yield(ready *Ready, g *Saved, pc uint64) {
	// The store into ready publishes g.PC: whoever takes g there also sees
	// the PC. Rejected: a flag in g that says "saved" and on which the other
	// thread waits. The order of two stores does the same for nothing.
	g.PC.Store(pc)
	ready.Store(g)
}

// Ticket identifies one call of one P. It is never 0.
type Ticket uint64

// State says who has a P. It is idle: nobody runs with it, and it may be
// acquired. Or an M runs with it; or that M is in a call. The zero value is
// idle. No method waits for another thread: whoever is stopped in the middle of
// one holds up nobody. The runtime's names: the P's status; since Go 1.26 whether it is in a
// call is read from its G instead.
type State struct {
	// Any M and the monitor, atomic: the status, and above it the tick, which
	// counts the calls. In one word, so that one CAS compares both.
	word atomic.Uint64
}

const (
	idle    = 0
	running = 1
	inCall  = 2
	status  = 3 // the bits of the status
	oneCall = 4 // one more in the tick
)

// Acquire takes the P if it is idle, and reports whether it did: of several
// at once one wins. Then the caller runs with it. The runtime's names: pidleget,
// under the lock, decides who gets it; acquirep then makes it running, and throws
// if it isn't idle.
func (s *State) Acquire() bool {
	w := s.word.Load()
	return w&status == idle && s.word.CompareAndSwap(w, w+running)
}

// Release gives up the P, with which the caller runs: it is idle. The
// runtime's name: releasep.
func (s *State) Release() {
	s.word.Add(^uint64(running - 1)) // minus running
}

// Enter says that the caller, who runs with the P, goes into a call now. The P
// stays where it is; from now on the monitor may take it. The ticket is of this
// call alone: no other call of this P has it, before or after. The runtime's
// name: entersyscall.
func (s *State) Enter() Ticket {
	return Ticket(s.word.Add(oneCall + inCall - running))
}

// Exit ends the call t, and reports whether the caller still has its P, with
// which it runs on as if nothing had been. If not, the monitor has taken it,
// and Exit leaves alone whatever the P does now. The runtime's name: the fast
// path of exitsyscall.
func (s *State) Exit(t Ticket) bool {
	return s.word.CompareAndSwap(uint64(t), uint64(t)&^status|running)
}

// Retake takes the P out of the call t: it is idle then, and the caller's to
// hand off. It reports false, and changes nothing, if the P isn't in this
// call any more. Of Exit and Retake of one ticket exactly one succeeds. The
// runtime's names, in retake: setBlockOnExitSyscall, which may say no, and then
// takeP.
func (s *State) Retake(t Ticket) bool {
	return s.word.CompareAndSwap(uint64(t), uint64(t)&^status|idle)
}

// Look returns whether an M has the P, running or in a call, and in which call
// it is: 0 means in none. Anybody may look.
func (s *State) Look() (busy bool, call Ticket) {
	w := s.word.Load()
	if w&status == inCall {
		call = Ticket(w)
	}
	return w&status != idle, call
}

// Slice is for how long a P may stay in one time slice. The runtime's name:
// forcePreemptNS.
const Slice = 10 * time.Millisecond

// View is what the monitor sees of a P. It may be a moment old: whether the P is
// still in the call, only Retake tells.
type View struct {
	Busy  bool   // an M has it; if not, the rest says nothing
	Call  Ticket // the call that the M is in; 0: none, it runs
	Tick  uint32 // time slices begun, as lab 04 counts them
	Empty bool   // nobody is on the P's own queue
}

// Monitor watches the Ps. One thread uses it. The zero value is ready. The
// runtime's name: sysmon, which keeps a sysmontick in each P.
type Monitor struct {
	seen  []sight // by P
	idle  int     // rounds without work
	delay time.Duration
}

// sight is what the monitor remembers of a P.
type sight struct {
	known bool // it has been seen busy; else the zero Tick would have been there for ever
	tick  uint32
	at    time.Duration // when tick was first seen
	call  Ticket
	from  time.Duration // when call was noted
}

// Scan looks at all Ps, of which views[i] is P i, and returns in ascending
// order from which of them to retake the P, and on which of them to preempt
// the G. now is the time since the monitor began; it never goes back. idleOrSpinning is
// how many Ps are idle and how many Ms look for work. For each busy P:
//
//  1. Its time slice is over when Tick is the same as in a scan at least Slice
//     ago. (A Tick counts from the scan that first saw it on a busy P.)
//  2. It runs: preempt the G if the slice is over.
//  3. It is in a call that no scan has noted yet, and the slice is not over:
//     note it with the time, and leave it alone.
//  4. It is in any other call: retake it. But if its queue is empty and
//     idleOrSpinning is not 0, wait until the last note of this P is Slice old;
//     with no note of it yet, don't wait.
//
// The runtime's name: retake.
func (m *Monitor) Scan(now time.Duration, views []View, idleOrSpinning int) (retake, preempt []int) {
	for p, v := range views {
		if p == len(m.seen) {
			m.seen = append(m.seen, sight{})
		}
		s := &m.seen[p]
		if !v.Busy {
			continue
		}
		if !s.known || s.tick != v.Tick {
			s.known, s.tick, s.at = true, v.Tick, now
		}
		over := now-s.at >= Slice
		switch {
		case v.Call == 0:
			if over {
				preempt = append(preempt, p)
			}
		case !over && s.call != v.Call:
			s.call, s.from = v.Call, now
		case v.Empty && idleOrSpinning > 0 && now-s.from < Slice:
		default:
			retake = append(retake, p)
		}
	}
	return retake, preempt
}

// Delay returns for how long the monitor sleeps before its next scan; worked
// says whether in the last one it retook a P. After work, and in the first 50
// rounds in a row without: 20 µs. In each further round without work twice as
// long as before, at most 10 ms. It doesn't sleep itself. The runtime's name: the
// head of sysmon's loop.
func (m *Monitor) Delay(worked bool) time.Duration {
	m.idle++
	if worked {
		m.idle = 0
	}
	if m.idle <= 50 {
		m.delay = 20 * time.Microsecond
	} else {
		m.delay = min(2*m.delay, 10*time.Millisecond)
	}
	return m.delay
}

// Sched is what a hand-off needs of the scheduler: its one lock, the idle Ps,
// the global queue, threads. Ps go by their numbers. A P that TakeIdle returns
// or Start gets is idle by its State until its new M calls Acquire.
type Sched interface {
	// The scheduler's one lock. It can't be taken twice.
	Lock()
	Unlock()

	// Work, with the lock held: does anybody wait whom any P could run, on the
	// global queue or to be stolen?
	Work() bool
	// PutIdle, with the lock held: p is one of the idle Ps from now on.
	PutIdle(p int)
	// TakeIdle, with the lock held: takes one of the idle Ps, if there is one.
	TakeIdle() (p int, ok bool)
	// PutGlobal, with the lock held: g waits on the global queue from now on.
	PutGlobal(g *machine.G)

	// Start, without the lock, which it may take: a thread runs with p from now
	// on, a spare one, else a new one.
	Start(p int)
}

// Handoff passes on p, whose State is idle: the caller has retaken it, or has
// released it before a call that will be long. local says whether somebody is on
// p's own queue. If there is anything to run, a thread starts with p, else p
// joins the idle Ps. Nobody may be able to put work on the global queue between
// the look and the act. The runtime's name: handoffp.
func Handoff(s Sched, p int, local bool) {
	// Rejected: to unlock after the look and lock again for PutIdle. Between
	// the two a Back finds no idle P and queues its G: then the G waits, and
	// the P is idle.
	if !local {
		s.Lock()
		work := s.Work()
		if !work {
			s.PutIdle(p)
		}
		s.Unlock()
		if !work {
			return
		}
	}
	s.Start(p)
}

// Back is for an M that comes out of a call, with g, whose P was taken. If
// there is an idle P, it is the caller's, to run g with: ok is true. Else g,
// which was saved before the call, waits on the global queue: it is not the
// caller's any more, and its M parks. Nobody may be able to leave a P idle
// between the look and the act. The runtime's names: exitsyscallTryGetP,
// exitsyscallNoP.
func Back(s Sched, g *machine.G) (p int, ok bool) {
	s.Lock()
	defer s.Unlock()
	if p, ok = s.TakeIdle(); !ok {
		s.PutGlobal(g)
	}
	return p, ok
}
