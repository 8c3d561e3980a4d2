package tiny

import (
	"testing"

	"gmplab/internal/interleave"
	"gmplab/internal/interleave/atomic"
	"gmplab/internal/machine"
	handoff "gmplab/labs/05-syscall-handoff"
	steal "gmplab/labs/06-work-stealing"
)

// books is a scheduler's books for lab 05, with one P that has lab 06's queue.
type books struct {
	interleave.Mutex
	queue  *steal.Queue
	idle   bool
	global []*machine.G
	starts int
	wake   interleave.Note
}

func (b *books) Work() bool             { return len(b.global) > 0 || !b.queue.Empty() }
func (b *books) PutIdle(int)            { b.idle = true }
func (b *books) TakeIdle() (int, bool)  { ok := b.idle; b.idle = false; return 0, ok }
func (b *books) PutGlobal(g *machine.G) { b.global = append(b.global, g) }
func (b *books) Start(int)              { b.starts++; b.wake.Wakeup() }

// A P is retaken and handed off, and robbed at the same time: labs 05 and 06
// together, in every order. M1 comes back from a call with g0; g1 and g2 wait on
// its queue.
func TestHandedOffWhileRobbed(t *testing.T) {
	r := interleave.Test(t, func(m *interleave.Model) {
		b := &books{queue: steal.NewQueue(4, nil)}
		thief := steal.NewQueue(4, nil)
		var st handoff.State
		var done atomic.Int32 // of M1 and the monitor: M2 need not wait any more
		m.Watch("lock", &b.Mutex)
		m.Watch("P0", &st)
		m.Watch("queue", b.queue)
		m.Watch("thief", thief)
		m.Watch("M2", &b.wake)
		m.Watch("done", &done)
		gs := make([]*machine.G, 3)
		for i := range gs {
			gs[i] = &machine.G{ID: uint64(i)}
			m.Label(gs[i], string(rune('0'+i)))
		}
		ran := make([]int, len(gs))
		run := func(g *machine.G) {
			ran[g.ID]++
			m.Check(ran[g.ID] == 1, "g%d runs twice", "g%d이(가) 두 번 실행됩니다", g.ID)
		}
		b.queue.Put(gs[1])
		b.queue.Put(gs[2])
		st.Acquire()
		call := st.Enter()
		// loop runs what there is, and then lets P0 rest.
		loop := func() {
			for {
				g, _ := b.queue.Get()
				if g == nil {
					b.Lock()
					if len(b.global) == 0 {
						st.Release()
						b.PutIdle(0)
						b.Unlock()
						return
					}
					g, b.global = b.global[0], b.global[1:]
					b.Unlock()
				}
				run(g)
			}
		}
		acquire := func(name string) {
			m.Check(st.Acquire(), "%s gets P0, and Acquire says no", "%s이(가) P0을 얻었는데 Acquire가 실패합니다", name)
		}
		end := func() {
			if done.Add(1) == 2 && b.starts == 0 {
				b.wake.Wakeup()
			}
		}
		m.Go("M1", func() {
			defer end()
			if !st.Exit(call) {
				if _, ok := handoff.Back(b, gs[0]); !ok {
					m.Saw("g0 waits for a P")
					return
				}
				acquire("M1")
			}
			run(gs[0])
			loop()
		})
		m.Go("monitor", func() {
			defer end()
			if _, k := st.Look(); k != 0 && st.Retake(k) {
				m.Saw("P0 is handed off")
				handoff.Handoff(b, 0, !b.queue.Empty())
			}
		})
		m.Go("M2", func() {
			b.wake.Sleep()
			if b.starts > 0 {
				acquire("M2")
				loop()
			}
		})
		m.Go("thief", func() {
			if g := thief.StealFrom(b.queue, false); g != nil {
				m.Saw("P0 is robbed")
				run(g)
			}
		})
		m.After(func() {
			for i, n := range ran {
				m.Check(n == 1, "g%d runs %d times", "g%d이(가) %d번 실행됩니다", i, n)
			}
			m.Check(b.idle && st.Acquire(), "P0 is not idle at the end: it is lost", "끝났는데 P0이 쉬지 않습니다. 잃어버린 P입니다")
		})
	}, "P0 is handed off", "P0 is robbed", "g0 waits for a P")
	t.Logf("%s, %d runs", r.Scope(), r.Runs)
}
