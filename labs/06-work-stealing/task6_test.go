package steal_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	realatomic "sync/atomic"
	"testing"

	"gmplab/internal/check"
	"gmplab/internal/harness"
	"gmplab/internal/interleave"
	"gmplab/internal/interleave/atomic"
	"gmplab/internal/machine"
	steal "gmplab/labs/06-work-stealing"
)

// ---- Task 6: who spins, who sleeps ----

func spinning() string {
	return check.Say(
		"a thread may begin to spin if 2 × spinning < busy: those who look should be fewer than half of those who work. A woken one counts from Wake on",
		"2 × 스핀하는 수 < 바쁜 P의 수이면 스핀을 시작할 수 있습니다. 찾는 스레드는 일하는 스레드의 절반보다 적어야 합니다. 깨운 스레드는 Wake부터 셉니다")
}

func TestMayComparesWithTheBusy(t *testing.T) {
	check.Task(t, 6, func(t *testing.T) {
		for busy := range 9 {
			var s steal.Spin
			n := 0
			for range 20 {
				want := 2*n < busy
				call := fmt.Sprintf(check.Say("%d spin: May(%d)", "%d개가 스핀 중: May(%d)"), n, busy)
				check.Equal(t, call, "May", s.May(busy), want, spinning())
				if want {
					n++
				}
			}
			check.Equal(t, fmt.Sprintf(check.Say("%d spin: Wake()", "%d개가 스핀 중: Wake()"), n), "Wake", s.Wake(), n == 0, check.Say(
				"while one spins nobody is woken: it will find the work", "하나라도 스핀하고 있으면 아무도 깨우지 않습니다. 그 스레드가 일을 찾습니다"))
		}
	})
}

func TestFoundWakesTheNext(t *testing.T) {
	check.Task(t, 6, func(t *testing.T) {
		rule := check.Say(
			"the last that spins wakes another when it has found work: whoever submitted more work meanwhile woke nobody, because this one spun",
			"마지막으로 스핀하던 스레드는 일을 찾으면 다른 스레드를 깨웁니다. 그동안 일을 더 내놓은 쪽은 이 스레드가 스핀하고 있어서 아무도 깨우지 않았습니다")
		var s steal.Spin
		check.Equal(t, check.Say("nobody spins", "아무도 스핀하지 않음"), "Wake", s.Wake(), true, spinning())
		check.Equal(t, "Wake() Wake()", check.Say("the second Wake", "두 번째 Wake"), s.Wake(), false, spinning())
		s.Cancel()
		check.Equal(t, "Wake() Wake() Cancel()", "Wake", s.Wake(), true, check.Say(
			"a Wake that found no idle P is taken back: nobody spins", "쉬는 P가 없던 Wake는 되돌립니다. 아무도 스핀하지 않습니다"))
		check.Equal(t, check.Say("one spins", "하나가 스핀함"), "Found", s.Found(), true, rule)
		call := check.Say("one found work, and the one that it woke spins", "하나가 일을 찾았고, 그것이 깨운 스레드가 스핀함")
		check.Equal(t, call, "Wake", s.Wake(), false, rule)
		check.Equal(t, call, "May(3)", s.May(3), true, rule)
		check.Equal(t, check.Say("two spin", "둘이 스핀함"), "Found", s.Found(), false, check.Say(
			"another still spins: it will find what there is", "다른 하나가 아직 스핀하므로 남은 일은 그 스레드가 찾습니다"))
	})
}

func TestSpinIsNotMisused(t *testing.T) {
	check.Task(t, 6, func(t *testing.T) {
		rule := check.Say(
			"a count below 0 would let a thread be woken beside one that spins, or none at all: the mistake is told where it happens",
			"수가 0보다 작아지면 스핀하는 스레드가 있는데도 깨우거나 아무도 깨우지 않게 됩니다. 잘못은 일어난 곳에서 알립니다")
		no := func() bool { return false }
		for _, c := range []struct {
			call string
			f    func(s *steal.Spin)
		}{
			{"Found()", func(s *steal.Spin) { s.Found() }},
			{"Cancel()", func(s *steal.Spin) { s.Cancel() }},
			{"Park(true, …)", func(s *steal.Spin) { s.Park(true, func() {}, no, no) }},
		} {
			refused(t, check.Say("nobody spins: ", "아무도 스핀하지 않음: ")+c.call, rule, func() { c.f(new(steal.Spin)) })
		}
	})
}

func releaseFirst() string {
	return check.Say(
		"release the P and spin no longer, and only after both look again. Whoever submits work makes it visible, and then sees whether one spins: so one of the two sees the other. Before that both may look too early, and the work lies there beside a thread that sleeps",
		"P를 내놓고 스핀을 그만둔 다음에, 둘 다 한 다음에 다시 봅니다. 일을 내놓는 쪽은 일을 큐에 넣어 보이게 한 다음 스핀하는 스레드가 있는지 봅니다. 그래서 둘 중 하나는 반드시 상대가 한 일을 봅니다. 그 전에 보면 둘 다 너무 일찍 확인해서, 스레드가 잠든 채 일이 남습니다")
}

func TestParkLooksAgain(t *testing.T) {
	check.Task(t, 6, func(t *testing.T) {
		for _, c := range []struct {
			spinning, work, idle bool
			want                 string
			spins                bool
		}{
			{true, false, true, "release anyWork", false},
			{true, true, false, "release anyWork reacquire", false},
			{true, true, true, "release anyWork reacquire", true},
			{false, false, true, "release anyWork", false},
			{false, true, true, "release anyWork reacquire", true},
		} {
			var s steal.Spin
			if c.spinning {
				check.Equal(t, check.Say("nobody spins: May(1)", "아무도 스핀하지 않음: May(1)"), "May", s.May(1), true, spinning())
			}
			var calls []string
			nobody := true
			looked := func(name string) {
				calls = append(calls, name)
				w := s.Wake()
				if w {
					s.Cancel()
				}
				nobody = nobody && w
			}
			got := s.Park(c.spinning,
				func() { calls = append(calls, "release") },
				func() bool { looked("anyWork"); return c.work },
				func() bool { looked("reacquire"); return c.idle })
			call := fmt.Sprintf(check.Say("Park(%v, …), anyWork says %v, reacquire %v", "Park(%v, …), anyWork는 %v, reacquire는 %v"), c.spinning, c.work, c.idle)
			check.Equal(t, call, check.Say("calls", "호출"), strings.Join(calls, " "), c.want, releaseFirst())
			check.True(t, nobody, call, check.Say("it counts as spinning while it looks again", "다시 보는 동안 스핀하는 것으로 셈"), check.Say("nobody spins then", "그때는 아무도 스핀하지 않음"), releaseFirst())
			check.Equal(t, call, "Park", got, c.spins, releaseFirst())
			check.Equal(t, call, check.Say("then Wake", "그 뒤 Wake"), s.Wake(), !c.spins, check.Say(
				"who goes on looking counts as spinning again, who sleeps does not", "다시 찾으러 가는 스레드는 스핀하는 것으로 세고, 자는 스레드는 세지 않습니다"))
			if c.spins {
				check.Equal(t, call, check.Say("then Found", "그 뒤 Found"), s.Found(), true, check.Say(
					"it counts once: when it has found work nobody spins, and it wakes the next", "한 번만 셉니다. 일을 찾고 나면 스핀하는 스레드가 없으므로 다음 스레드를 깨웁니다"))
			}
		}
	})
}

func TestModelOnlyOneWakes(t *testing.T) {
	check.Task(t, 6, func(t *testing.T) {
		explore(t, check.Say("nobody spins; two threads that submitted work call Wake()", "아무도 스핀하지 않음; 일을 내놓은 스레드 둘이 Wake()를 부름"), check.Say(
			"of several that ask at once, one wakes: to look and to count are one step",
			"동시에 물어도 하나만 깨웁니다. 확인하고 세기를 한 연산으로 해야 합니다"),
			func(m *interleave.Model) {
				var s steal.Spin
				m.Watch("spin", &s)
				m.Freeze()
				woken := 0
				for _, name := range []string{"a", "b"} {
					m.Go(name, func() {
						if s.Wake() {
							woken++
							m.Saw(name + " wakes")
						}
					})
				}
				m.After(func() {
					m.Check(woken == 1, "%d wake a thread, want 1", "깨우는 스레드가 %d개입니다. 1개여야 합니다", woken)
				})
			}, "a wakes", "b wakes")
	})
}

func TestModelTheLastOfTwoFoundWakes(t *testing.T) {
	check.Task(t, 6, func(t *testing.T) {
		explore(t, check.Say("two threads: May(100), then Found(); who is told to wake calls Cancel()", "스레드 둘: May(100), 그다음 Found(); 깨우라는 답을 받으면 Cancel()"), check.Say(
			"of two that have found work at the same moment, the one that ends its spinning last wakes another: if each believes that the other still spins, nobody looks for what is left",
			"둘이 동시에 일을 찾았으면 마지막으로 스핀을 끝내는 쪽이 다른 스레드를 깨웁니다. 서로 상대가 아직 스핀한다고 믿으면 남은 일을 아무도 찾지 않습니다"),
			func(m *interleave.Model) {
				var s steal.Spin
				m.Watch("spin", &s)
				m.Freeze()
				spun, woken := 0, 0
				for _, name := range []string{"a", "b"} {
					m.Go(name, func() {
						if !s.May(100) {
							return
						}
						if spun++; spun == 2 {
							m.Saw("both spin")
						}
						if s.Found() {
							woken++
							s.Cancel()
						}
					})
				}
				m.After(func() {
					m.Check(spun == 2, "May(100) says no to one of two", "May(100)이 둘 가운데 하나에게 안 된다고 합니다")
					m.Check(woken > 0, "both have found work, and neither wakes another", "둘 다 일을 찾았는데 아무도 다른 스레드를 깨우지 않습니다")
					m.Check(s.Wake(), "all have ended their spinning, and Wake says that one spins", "모두 스핀을 끝냈는데 Wake는 스핀하는 스레드가 있다고 합니다")
				})
			}, "both spin")
	})
}

func TestModelARefusedMayIsNoSpin(t *testing.T) {
	check.Task(t, 6, func(t *testing.T) {
		explore(t, check.Say("nobody spins; one thread calls May(0), another that submitted work Wake()", "아무도 스핀하지 않음; 한 스레드는 May(0), 일을 내놓은 다른 스레드는 Wake()"), check.Say(
			"a thread spins if May says true. One that is refused never counted: else the submitter believes that it looks", "May가 true일 때만 스핀하는 것으로 셉니다. 거절된 스레드는 한순간도 세지 않습니다. 그러지 않으면 일을 내놓은 쪽이 그 스레드가 찾으리라고 믿습니다"),
			func(m *interleave.Model) {
				var s steal.Spin
				m.Watch("spin", &s)
				m.Freeze()
				m.Go("M", func() { m.Check(!s.May(0), "May(0) says yes", "May(0)이 된다고 합니다") })
				m.Go("submitter", func() {
					m.Check(s.Wake(), "nobody spins, and Wake says no", "아무도 스핀하지 않는데 Wake가 false를 돌려줍니다")
				})
			})
	})
}

func TestModelAnyParkerMayStop(t *testing.T) {
	check.Task(t, 6, func(t *testing.T) {
		explore(t, check.Say("two that spin call Park, there is no work; one of them stops for ever", "스핀하던 둘이 Park을 부름, 일은 없음; 그중 하나가 영원히 멈춤"), lockFree(),
			func(m *interleave.Model) {
				m.Freeze()
				var s steal.Spin
				m.Watch("spin", &s)
				s.May(100)
				s.May(100)
				no := func() bool { return false }
				for _, name := range []string{"a", "b"} {
					m.Go(name, func() { s.Park(true, func() {}, no, no) })
				}
			})
	})
}

// crew is a model of Ms that look for work, each with a P of its own, or
// asleep without it. A unit of work keeps an M busy for ever.
type crew struct {
	*interleave.Model
	spin   steal.Spin
	lock   interleave.Mutex
	idle   []int // lock guards: whose P is idle
	notes  []interleave.Note
	take   func(m int) bool
	anyOne func() bool
}

// work lets M number i look until it has got a unit.
func (c *crew) work(i int, spinning bool) {
	for !c.take(i) {
		spinning = c.spin.Park(spinning,
			func() {
				c.lock.Lock()
				c.idle = append(c.idle, i)
				c.lock.Unlock()
			},
			c.anyOne,
			func() bool {
				c.lock.Lock()
				defer c.lock.Unlock()
				at := slices.Index(c.idle, i)
				if at < 0 {
					return false // somebody is about to wake us
				}
				c.idle = slices.Delete(c.idle, at, at+1)
				return true
			})
		if spinning {
			c.Saw("the second look finds work")
			continue
		}
		c.notes[i].Sleep()
		c.Saw("a sleeper is woken")
		spinning = true
	}
	if spinning && c.spin.Found() {
		c.wake()
	}
}

// wake wakes an M for an idle P, after a Wake that said so.
func (c *crew) wake() {
	c.lock.Lock()
	if len(c.idle) == 0 {
		c.spin.Cancel()
		c.lock.Unlock()
		c.Saw("no idle P")
		return
	}
	i := c.idle[0]
	c.idle = c.idle[1:]
	c.lock.Unlock()
	c.notes[i].Wakeup()
}

// units makes work a number.
func (c *crew) units() (submit func()) {
	work := new(atomic.Int32)
	c.Watch("work", work)
	c.Watch("spin", &c.spin)
	c.Watch("note", &c.notes)
	c.Watch("lock", &c.lock)
	c.take = func(int) bool {
		for {
			n := work.Load()
			if n == 0 {
				return false
			}
			if work.CompareAndSwap(n, n-1) {
				return true
			}
		}
	}
	c.anyOne = func() bool { return work.Load() > 0 }
	return func() {
		work.Add(1)
		if c.spin.Wake() {
			c.wake()
		}
	}
}

func TestModelSleepAndWake(t *testing.T) {
	check.Task(t, 6, func(t *testing.T) {
		explore(t, check.Say("one M spins, finds nothing and parks; another submits work: it appears, then Wake()", "M 하나는 스핀하다가 일을 찾지 못해 Park함; 다른 하나는 일을 보이게 한 뒤 Wake()를 부름"), releaseFirst(),
			func(m *interleave.Model) {
				c := &crew{Model: m, notes: make([]interleave.Note, 1)}
				submit := c.units()
				spins := c.spin.May(2)
				m.Go("M", func() { c.work(0, spins) })
				m.Go("submitter", submit)
			}, "the second look finds work", "a sleeper is woken")
	})
}

func TestModelParkWithoutSpinning(t *testing.T) {
	check.Task(t, 6, func(t *testing.T) {
		explore(t, check.Say("one M that does not spin parks; another submits work: it appears, then Wake()", "스핀하지 않는 M 하나가 Park함; 다른 하나는 일을 보이게 한 뒤 Wake()를 부름"), check.Say(
			"who does not spin looks again too. The submitter found no idle P, because this one was not released yet: nobody else will look",
			"스핀하지 않던 스레드도 다시 봅니다. 일을 내놓은 쪽은 이 P를 아직 내놓기 전이라 쉬는 P를 찾지 못했습니다. 다시 확인할 스레드가 달리 없습니다"),
			func(m *interleave.Model) {
				c := &crew{Model: m, notes: make([]interleave.Note, 1)}
				submit := c.units()
				m.Go("M", func() { c.work(0, false) })
				m.Go("submitter", submit)
			}, "the second look finds work", "a sleeper is woken", "no idle P")
	})
}

func TestModelTwoSleepersTwoUnits(t *testing.T) {
	check.Task(t, 6, func(t *testing.T) {
		explore(t, check.Say("a unit of work is there; two Ms look for work, one of them spins; another submits a second unit: both get one", "일이 하나 있음; M 둘이 일을 찾고 그중 하나는 스핀함; 다른 하나가 두 번째 일을 내놓음: 둘 다 일을 얻음"), check.Say(
			"no P is idle beside work: while one spins nobody else is woken, so when it finds work, Found must wake the next",
			"일이 있는데 노는 P가 있으면 안 됩니다. 하나가 스핀하는 동안 아무도 깨우지 않았으므로, 일을 찾으면 Found가 다음 스레드를 깨워야 합니다"),
			func(m *interleave.Model) {
				c := &crew{Model: m, notes: make([]interleave.Note, 2)}
				submit := c.units()
				spins := c.spin.May(3)
				submit()
				m.Go("M0", func() { c.work(0, spins) })
				m.Go("M1", func() { c.work(1, false) })
				m.Go("submitter", submit)
			}, "the second look finds work", "a sleeper is woken", "no idle P")
	})
}

func TestModelSleepBesideAQueue(t *testing.T) {
	check.Task(t, 6, func(t *testing.T) {
		explore(t, check.Say("a P runs g9, which starts g0 and g1 by PutNext; a thief without work steals, or parks", "P가 실행하는 g9가 PutNext로 g0과 g1을 시작함; 일이 없는 도둑은 훔치거나 Park함"), releaseFirst(),
			func(m *interleave.Model) {
				s := newScene(m, 2)
				victim, thief := s.queue("victim"), s.queue("thief")
				c := &crew{Model: m, notes: make([]interleave.Note, 1)}
				m.Watch("spin", &c.spin)
				m.Watch("note", &c.notes)
				m.Watch("lock", &c.lock)
				c.take = func(int) bool { return s.took("thief", thief.StealFrom(victim, true)) }
				c.anyOne = func() bool { return !victim.Empty() }
				spins := c.spin.May(2)
				m.Go("thief", func() { c.work(0, spins) })
				m.Go("owner", func() {
					for _, g := range s.gs {
						victim.PutNext(g)
						if c.spin.Wake() {
							c.wake()
						}
					}
				})
				s.rest("victim thief", victim, thief)
			}, "the second look finds work", "a sleeper is woken")
	})
}

// ---- all of it, on real threads ----

// world is a small scheduler of Ps and Ms: what the six tasks are for.
type world struct {
	order steal.Order
	spin  steal.Spin
	ps    []*steal.Queue

	lock    sync.Mutex
	changed *sync.Cond
	global  []*machine.G
	idle    []int // Ps
	woken   []int // Ps for which an M is awake, or will be
	asleep  int   // Ms
	ended   bool

	nidle  realatomic.Int32
	ran    []realatomic.Int32 // by G.ID
	steals realatomic.Int32
}

// submit puts g onto P p's queue.
func (w *world) submit(p int, g *machine.G, next bool) {
	if next {
		w.ps[p].PutNext(g)
	} else {
		w.ps[p].Put(g)
	}
	if w.spin.Wake() {
		w.wake()
	}
}

func (w *world) wake() {
	w.lock.Lock()
	defer w.lock.Unlock()
	if len(w.idle) == 0 {
		w.spin.Cancel()
		return
	}
	last := len(w.idle) - 1
	w.woken = append(w.woken, w.idle[last])
	w.idle = w.idle[:last]
	w.nidle.Add(-1)
	w.changed.Broadcast()
}

// m is the loop of an M: it sleeps until it is given a P.
func (w *world) m() {
	for {
		w.lock.Lock()
		w.asleep++
		w.changed.Broadcast()
		for len(w.woken) == 0 && !w.ended {
			w.changed.Wait()
		}
		w.asleep--
		if w.ended {
			w.lock.Unlock()
			return
		}
		p := w.woken[0]
		w.woken = w.woken[1:]
		w.lock.Unlock()
		spinning := true
		for p >= 0 {
			var g *machine.G
			if g, spinning = w.find(p, spinning); g != nil {
				if spinning {
					spinning = false
					if w.spin.Found() {
						w.wake()
					}
				}
				w.run(p, g)
				continue
			}
			spinning = w.spin.Park(spinning, func() {
				w.lock.Lock()
				defer w.lock.Unlock()
				w.idle = append(w.idle, p)
				w.nidle.Add(1)
				p = -1
			}, func() bool {
				for _, q := range w.ps {
					if !q.Empty() {
						return true
					}
				}
				w.lock.Lock()
				defer w.lock.Unlock()
				return len(w.global) > 0
			}, func() bool {
				w.lock.Lock()
				defer w.lock.Unlock()
				if len(w.idle) == 0 {
					return false
				}
				p = w.idle[0]
				w.idle = w.idle[1:]
				w.nidle.Add(-1)
				return true
			})
		}
	}
}

func (w *world) find(p int, spinning bool) (*machine.G, bool) {
	if g, _ := w.ps[p].Get(); g != nil {
		return g, spinning
	}
	w.lock.Lock()
	var g *machine.G
	if n := len(w.global); n > 0 {
		g, w.global = w.global[n-1], w.global[:n-1]
	}
	w.lock.Unlock()
	if g != nil {
		return g, spinning
	}
	if !spinning && !w.spin.May(len(w.ps)-int(w.nidle.Load())) {
		return nil, false
	}
	for pass := range 4 {
		for victim := range w.order.Visit(rand.Uint32()) {
			if victim == p {
				continue
			}
			if g := w.ps[p].StealFrom(w.ps[victim], pass == 3); g != nil {
				w.steals.Add(1)
				return g, true
			}
		}
		runtime.Gosched()
	}
	return nil, true
}

// run runs g: it starts two more, as the nodes of a tree.
func (w *world) run(p int, g *machine.G) {
	w.ran[g.ID].Add(1)
	for i, child := range []uint64{2*g.ID + 1, 2*g.ID + 2} {
		if child < uint64(len(w.ran)) {
			w.submit(p, &machine.G{ID: child}, i == 1)
		}
	}
	if g.ID%16 == 0 {
		runtime.Gosched()
	}
}

func TestSchedulerThreads(t *testing.T) {
	check.Task(t, 6, func(t *testing.T) {
		nodes, rounds := 1<<15, 10
		if testing.Short() || harness.Race() {
			nodes, rounds = 1<<12, 3
		}
		call := fmt.Sprintf(check.Say("4 Ps and 4 Ms run a tree of %d goroutines, each of which starts two", "P 4개와 M 4개가 고루틴 %d개짜리 트리를 실행함. 고루틴마다 둘을 시작함"), nodes-1)
		rule := check.Say(
			"every goroutine runs once; and when there is no more work all Ms sleep and nobody counts as spinning: an idle scheduler uses no CPU, and the next submitter wakes one",
			"모든 고루틴이 한 번씩 실행됩니다. 일이 없어지면 모든 M이 잠들고 스핀하는 스레드도 없습니다. 할 일이 없는 스케줄러는 CPU를 쓰지 않고, 다음에 일을 내놓는 쪽이 하나를 깨웁니다")
		// Sequentially first.
		var s steal.Spin
		check.Equal(t, check.Say("nobody spins", "아무도 스핀하지 않음"), "Wake", s.Wake(), true, spinning())
		for range rounds {
			const ms = 4
			w := &world{order: steal.NewOrder(ms), ran: make([]realatomic.Int32, nodes-1)}
			w.changed = sync.NewCond(&w.lock)
			for p := range ms {
				w.ps = append(w.ps, steal.NewQueue(16, func(b machine.Batch) {
					w.lock.Lock()
					defer w.lock.Unlock()
					for g, n := b.First, b.N; g != nil && n > 0; g, n = g.Link, n-1 {
						w.global = append(w.global, g)
					}
				}))
				w.idle = append(w.idle, p)
			}
			w.nidle.Store(ms)
			var stop realatomic.Bool // set by a panic
			awake := 0
			var free bool
			check.Within(t, call, rule, func() {
				fs := []func(){func() {
					for range 2 { // all, and from sleep once more
						w.lock.Lock()
						w.global = append(w.global, &machine.G{})
						w.lock.Unlock()
						if w.spin.Wake() {
							w.wake()
						}
						w.lock.Lock()
						for (w.asleep < ms || len(w.woken) > 0) && !w.ended {
							w.changed.Wait()
						}
						awake = ms - len(w.idle)
						w.lock.Unlock()
						if free = w.spin.Wake(); free {
							w.spin.Cancel()
						}
					}
					w.end()
				}}
				for range ms {
					fs = append(fs, func() { defer w.end(); w.m() })
				}
				threads(&stop, fs...)
			})
			wrong := 0
			for i := range w.ran {
				if w.ran[i].Load() != 2 {
					wrong++
				}
			}
			check.Equal(t, call+check.Say(", twice", ", 두 번"), check.Say("goroutines that did not run twice", "두 번 실행되지 않은 고루틴"), wrong, 0, rule)
			check.Equal(t, call, check.Say("Ps that are not idle at the end", "끝에 쉬지 않는 P"), awake, 0, rule)
			check.True(t, free, call, check.Say("at the end a thread counts as spinning", "끝에 스핀하는 것으로 센 스레드가 있음"), check.Say("none", "없음"), rule)
			t.Logf("%d steals", w.steals.Load())
		}
	})
}

func (w *world) end() {
	w.lock.Lock()
	defer w.lock.Unlock()
	w.ended = true
	w.changed.Broadcast()
}
