package tiny

import (
	"gmplab/internal/lang"
	"gmplab/internal/machine"
	"gmplab/internal/timeline"
	memory "gmplab/labs/01-memory"
	spawn "gmplab/labs/02-spawn-cost"
	ctxswitch "gmplab/labs/03-context-switch"
	handoff "gmplab/labs/05-syscall-handoff"
)

// m is an M: a thread for as long as it has a P. Of what it reaches
//
//	cpu, Queue, pool, free, stats, trace, state, tick   are its P's;
//	lock, global, spin, threads, chans, World           are shared by all.
//
// The runtime's name: m.
type m struct {
	*sched
	*proc
	spinning bool           // it looks for work, and has been counted
	call     *timeline.Call // that it is in, for the trace
}

// run is the life of an M with a P: it takes a goroutine, runs it until a
// trap, and acts on the trap. The runtime's name: schedule, and all that comes
// back to it.
func (m *m) run() {
	for {
		g := m.find() // 04 Next, then 06 StealFrom, then Park
		if g == nil {
			return // the P is given up; the thread parks
		}
		if g.Full {
			ctxswitch.LoadAll(&m.cpu, g)
		} else {
			ctxswitch.Load(&m.cpu, g)
			m.cpu.R[0] = g.Ret
		}
	again:
		g.Context.PC = taken // stale while g runs; see find
		if m.Limit > 0 {     // in tests
			m.step()
		}
		c := &m.cpu
		switch t := c.Run(m.program); t.Kind {
		case machine.Stopped:
			ctxswitch.SaveAll(c, g)
			if !m.ending.Load() { // else it was stopped for good
				m.stats.Preemptions++
			}
			m.putGlobal(g, "preempted")

		case machine.Yield:
			ctxswitch.Save(c, g) // saved first, then published
			m.putGlobal(g, "YIELD")

		case machine.MoreStack:
			ctxswitch.Save(c, g)
			if err := m.grow(g); err != nil {
				m.fault(g, g.Context.PC, err)
				return
			}
			m.stats.Growths++
			ctxswitch.Load(c, g)
			goto again

		case machine.Go:
			child, err := m.spawn(c, t)
			if err != nil {
				ctxswitch.Save(c, g)
				m.fault(g, g.Context.PC-1, err)
				return
			}
			m.ready(child)
			goto again

		case machine.Exit:
			m.trace.end(timeline.Dead, "EXIT")
			m.exits++
			m.free.Put(g)
			if g == m.main {
				m.end(nil)
				return
			}

		case machine.Sys:
			arg := c.Arg(0)
			ctxswitch.Save(c, g)
			ticket := m.enter(g)
			g.Ret = m.block(g, t.N, arg) // the monitor may take the P meanwhile; g stays here
			if !m.exit(ticket) {
				p, ok := handoff.Back(m.sched, g)
				if !ok {
					return // g is on the global queue; the thread parks
				}
				m.proc = m.ps[p]
				m.acquire()
			}
			m.leave(g)
			ctxswitch.Load(&m.cpu, g)
			m.cpu.R[0] = g.Ret
			goto again

		case machine.Chan:
			c.R[0] = m.chans.add(c.Arg(0), c.PC-1)
			goto again

		case machine.Send, machine.Recv:
			ctxswitch.Save(c, g)
			ch := m.chans.get(c.Arg(0))
			if ch == nil {
				m.fault(g, g.Context.PC-1, noChannel(c.Arg(0)))
				return
			}
			// g waits, and is not ours from that moment on; or it goes on.
			at := m.trace.when()
			woken, waits := ch.act(t.Kind, g, c.Arg(1))
			if woken != nil {
				m.ready(woken)
			}
			if !waits {
				c.R[0] = g.Ret
				goto again
			}
			m.trace.endAt(timeline.Waiting, t.Kind.String(), at)

		case machine.Fault:
			ctxswitch.Save(c, g)
			m.fault(g, g.Context.PC, t.Err)
			return
		}
	}
}

// grow gives g a bigger stack. The chain of saved BPs, which lab 01 walks, is
// the program's to spoil: that is its fault, and not the lab's.
func (m *m) grow(g *machine.G) error {
	for below, bp := uint64(0), g.Context.BP; bp != 0; below, bp = bp, g.Stack.Get(bp) {
		if bp <= below || !g.Stack.Has(bp) {
			return lang.Errorf("a saved BP is %#x, which is no caller's frame on this stack: was [BP] overwritten?",
				"저장된 BP가 %#x인데 이 스택에 있는 호출자의 프레임이 아닙니다. [BP]를 덮어쓰지 않았는지 확인합니다", bp)
		}
	}
	return memory.Grow(&m.pool, g)
}

// taken is the PC of a G that somebody runs: no queue may hand it out. (To
// set its Status to Running would cost an atomic store at each switch.)
const taken = ^uint64(0)

// maxArgs is how many arguments a goroutine may have: they must fit on its
// first stack.
const maxArgs = 64

// spawn makes the goroutine that GO asks for. The runtime's name: newproc.
func (m *m) spawn(c *machine.CPU, t machine.Trap) (*machine.G, error) {
	sp := c.R[machine.SP]
	if room := (max(c.R[machine.BP], sp) - sp) / machine.Word; t.N > maxArgs || uint64(t.N) > room {
		return nil, lang.Errorf("GO with %d arguments: want at most %d, and no more than the %d words of this frame (ENTER)",
			"GO의 인자가 %d개입니다. 최대 %d개이고, 이 프레임의 워드 수(ENTER) %d보다 많을 수 없습니다", t.N, maxArgs, room)
	}
	var words [maxArgs]uint64
	args := words[:t.N]
	for i := range args {
		args[i] = c.Arg(i)
	}
	g := spawn.New(&m.free, m.newStack, t.Target, machine.GoExit, args...)
	if g == nil {
		return nil, errNew()
	}
	m.stats.Spawns++
	return g, nil
}

// ready puts g, which has just become runnable, where this P runs it next. The
// runtime's name: ready.
func (m *m) ready(g *machine.G) {
	m.Queue.PutNext(g)
	m.wake()
}

// putGlobal puts g, which is saved, at the end of the global queue. The
// runtime's name: goschedImpl.
func (m *m) putGlobal(g *machine.G, why string) {
	m.trace.end(timeline.Runnable, why)
	m.lock.Lock()
	m.global.Put(g)
	m.Trace.queued(m.global.Len())
	m.lock.Unlock()
	m.wake()
}
