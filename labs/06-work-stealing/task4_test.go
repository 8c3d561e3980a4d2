package steal_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	realatomic "sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"gmplab/internal/check"
	"gmplab/internal/harness"
	"gmplab/internal/interleave"
	"gmplab/internal/machine"
	"gmplab/internal/queuetest"
	steal "gmplab/labs/06-work-stealing"
)

// ---- Task 4: to steal half ----

// everywhere runs f on a victim and a thief as they are made, and where their
// indices wrap around, if they do.
func everywhere(capacity int, f func(at string, victim, thief *steal.Queue)) {
	f("", steal.NewQueue(capacity, nil), steal.NewQueue(capacity, nil))
	victim, thief := steal.NewQueue(capacity, nil), steal.NewQueue(capacity, nil)
	if at := queuetest.Wrap(victim); at != "" && queuetest.Wrap(thief) != "" {
		f(strings.TrimPrefix(at, ", ")+" ", victim, thief)
	}
}

func halving() string {
	return check.Say(
		"half of the ring, rounded up, from the head on: of one, that one. The last of them runs at once, the others keep their order in the thief's queue",
		"링의 절반을 올림하여 head부터 가져갑니다. 하나뿐이면 그 하나입니다. 그 가운데 마지막은 바로 실행하고, 나머지는 순서대로 도둑의 큐에 들어갑니다")
}

// list takes all that a queue gives, and no more than limit.
func list(q *steal.Queue, limit int) []string {
	ids := []string{}
	for range limit {
		g, _ := q.Get()
		if g == nil {
			break
		}
		ids = append(ids, queuetest.ID(g))
	}
	return ids
}

func ids(gs []*machine.G) []string {
	s := []string{}
	for _, g := range gs {
		s = append(s, queuetest.ID(g))
	}
	return s
}

func TestStealTakesHalf(t *testing.T) {
	check.Task(t, 4, looped(4, func(t *testing.T) {
		sizes := make([]int, 257)
		for n := range sizes {
			sizes[n] = n
		}
		slices.Reverse(sizes[:5]) // with four the picture is clear; none is last
		for _, n := range sizes {
			everywhere(256, func(at string, victim, thief *steal.Queue) {
				gs := queuetest.Gs(n)
				links := make([]*machine.G, n)
				for i, g := range gs {
					victim.Put(g)
					links[i] = g.Link // until the Put g is the owner's
				}
				call := fmt.Sprintf(check.Say("%s%d goroutines in the ring: thief.StealFrom(victim, false)", "%s링에 고루틴 %d개: thief.StealFrom(victim, false)"), at, n)
				got := thief.StealFrom(victim, false)
				half := n - n/2
				want := "nil"
				if n > 0 {
					want = queuetest.ID(gs[half-1])
				}
				check.Equal(t, call, check.Say("returned", "돌려준 값"), queuetest.ID(got), want, halving())
				check.Equal(t, call, check.Say("in the thief's queue", "도둑의 큐"), list(thief, 300), ids(gs[:max(half-1, 0)]), halving())
				check.Equal(t, call, check.Say("left to the victim", "상대에게 남은 것"), list(victim, 300), ids(gs[half:]), halving())
				for i, g := range gs {
					check.True(t, g.Link == links[i], call, fmt.Sprintf(check.Say("g%d.Link was written", "g%d.Link를 씀"), i), check.Say("no Link is written", "Link는 쓰지 않음"), check.Say(
						"until the head has moved a goroutine is still the victim's: nothing in it may be touched",
						"head를 옮기기 전까지 고루틴은 아직 상대의 것입니다. 그 안의 어떤 것도 건드리면 안 됩니다"))
				}
			})
		}
	}))
}

func TestStealGoesRound(t *testing.T) {
	check.Task(t, 4, looped(4, func(t *testing.T) {
		everywhere(4, func(at string, victim, thief *steal.Queue) {
			gs := queuetest.Gs(64)
			call := at + check.Say("again and again 3 Puts and thief.StealFrom(victim, false), then both queues are emptied", "Put 세 번과 thief.StealFrom(victim, false), 두 큐 비우기를 되풀이")
			for i := 0; i+3 <= len(gs); i += 3 {
				for _, g := range gs[i : i+3] {
					victim.Put(g)
				}
				check.Equal(t, call, check.Say("returned", "돌려준 값"), queuetest.ID(thief.StealFrom(victim, false)), queuetest.ID(gs[i+1]), halving())
				check.Equal(t, call, check.Say("in the thief's queue", "도둑의 큐"), list(thief, 9), ids(gs[i:i+1]), halving())
				check.Equal(t, call, check.Say("left to the victim", "상대에게 남은 것"), list(victim, 9), ids(gs[i+2:i+3]), halving())
			}
		})
	}))
}

func TestStealLeavesTheSeat(t *testing.T) {
	check.Task(t, 4, looped(4, func(t *testing.T) {
		rule := check.Say(
			"the seat is not counted and not taken but on the last pass: who sits there runs in a moment, where its data is in the cache",
			"마지막 바퀴가 아니면 runnext 자리는 세지도 가져가지도 않습니다. 거기 앉은 고루틴은 자기 데이터가 캐시에 있는 그 P에서 곧 실행됩니다")
		gs := queuetest.Gs(3)
		victim, thief := steal.NewQueue(4, nil), steal.NewQueue(4, nil)
		victim.Put(gs[0])
		victim.Put(gs[1])
		victim.PutNext(gs[2])
		call := "victim: Put(g0) Put(g1) PutNext(g2); thief.StealFrom(victim, false)"
		check.Equal(t, call, check.Say("returned", "돌려준 값"), queuetest.ID(thief.StealFrom(victim, false)), "g0", rule)
		call += " ×2"
		check.Equal(t, call, check.Say("the second returned", "두 번째가 돌려준 값"), queuetest.ID(thief.StealFrom(victim, false)), "g1", rule)
		call = strings.TrimSuffix(call, "2") + "3"
		check.Equal(t, call, check.Say("the third returned", "세 번째가 돌려준 값"), queuetest.ID(thief.StealFrom(victim, false)), "nil", rule)
		check.Equal(t, call, check.Say("left to the victim", "상대에게 남은 것"), list(victim, 9), []string{"g2"}, rule)
	}))
}

// refused checks that f panics, with a text of its own.
func refused(t *testing.T, call, rule string, f func()) {
	t.Helper()
	got, ok := check.Say("it returns", "그냥 돌아옴"), false
	func() {
		defer func() {
			if r := recover(); r != nil {
				got = fmt.Sprintf("%q", fmt.Sprint(r))
				ok = len(got) > 7 && !strings.Contains(got, "runtime error")
			}
		}()
		f()
	}()
	check.True(t, ok, call, got, check.Say(`it panics with a text such as "steal: …"`, `"steal: …"처럼 설명이 있는 패닉을 일으킴`), rule)
}

func TestStealIsNotMisused(t *testing.T) {
	check.Task(t, 4, looped(4, func(t *testing.T) {
		rule := check.Say(
			"a thief has nothing to run, so its queue is empty and has room; it never robs itself. Anything else is a mistake of the scheduler, told at once by a panic with a text",
			"도둑은 실행할 것이 없으므로 그 큐는 비어 있고 자리가 있습니다. 자기 자신에게서 훔치지도 않습니다. 그 밖의 호출은 스케줄러의 잘못이니 설명이 있는 패닉으로 바로 알립니다")
		g := queuetest.Gs(4)
		full := func(put func(q *steal.Queue)) *steal.Queue {
			q := steal.NewQueue(4, nil)
			put(q)
			return q
		}
		victim := full(func(q *steal.Queue) { q.Put(g[0]); q.Put(g[1]) })
		ring := full(func(q *steal.Queue) { q.Put(g[2]) })
		seat := full(func(q *steal.Queue) { q.PutNext(g[3]) })
		for _, c := range []struct {
			call string
			f    func()
		}{
			{"thief: Put(g2); thief.StealFrom(victim, false)", func() { ring.StealFrom(victim, false) }},
			{"thief: PutNext(g3); thief.StealFrom(victim, true)", func() { seat.StealFrom(victim, true) }},
			{"thief: Put(g2); thief.StealFrom(thief, true)", func() { ring.StealFrom(ring, true) }},
			{"thief: Put(g2); thief.StealFrom(nobody's, false)", func() { ring.StealFrom(steal.NewQueue(4, nil), false) }},
			{"thief: PutNext(g3); thief.StealFrom(victim, false)", func() { seat.StealFrom(victim, false) }},
			{"thief.StealFrom(thief, true)", func() { q := steal.NewQueue(4, nil); q.StealFrom(q, true) }},
		} {
			refused(t, c.call, rule, c.f)
		}
		check.Equal(t, check.Say("after these", "그 뒤"), check.Say("in the victim's queue", "상대의 큐"), list(victim, 9), []string{"g0", "g1"}, rule)
	}))
}

func TestStealAllocatesNothing(t *testing.T) {
	check.Task(t, 4, looped(4, func(t *testing.T) {
		gs := queuetest.Gs(256)
		victim, thief := steal.NewQueue(256, nil), steal.NewQueue(256, nil)
		stolen := 0
		n := testing.AllocsPerRun(10, func() {
			for _, g := range gs {
				victim.Put(g)
			}
			if thief.StealFrom(victim, false) != nil {
				stolen++
			}
			for _, q := range []*steal.Queue{victim, thief} {
				for range gs {
					q.Get()
				}
			}
		})
		check.True(t, stolen > 0, "thief.StealFrom(victim, false)", "nil", "g127", halving())
		check.Equal(t, "thief.StealFrom(victim, false)", check.Say("allocations", "할당"), n, 0.0, check.Say(
			"the batch goes straight into the slots behind the thief's own tail: nobody looks there yet",
			"묶음은 도둑의 tail 뒤의 칸으로 바로 들어갑니다. 거기는 아직 아무도 보지 않습니다"))
	}))
}

// explore runs a model in every order, and words its failure. Each of events
// must take place in one of them.
func explore(t *testing.T, call, rule string, f func(m *interleave.Model), events ...string) {
	t.Helper()
	r := interleave.Explore(f)
	if r.Failure != nil {
		check.Fail(t, call, r.Failure.Error(), check.Say("every order ends well", "모든 실행 순서가 바르게 끝남"), rule)
	}
	for _, e := range events {
		if r.Saw(e) == 0 {
			check.Fail(t, call, fmt.Sprintf(check.Say("in none of %d orders took place: %s", "실행 순서 %d개 가운데 어디에서도 일어나지 않은 일: %s"), r.Runs, e),
				check.Say("it takes place in some", "일어나는 순서가 있음"), rule)
		}
	}
	t.Logf("%s, %d runs", r.Scope(), r.Runs)
}

// scene is a model in which each goroutine may be taken once.
type scene struct {
	*interleave.Model
	gs    []*machine.G
	by    []string     // who took it
	links []*machine.G // what its taker has written into Link
	also  func()       // of the final check
}

func newScene(m *interleave.Model, n int) *scene {
	s := &scene{Model: m, gs: queuetest.Gs(n), by: make([]string, n), links: queuetest.Gs(n)}
	for _, g := range s.gs {
		m.Label(g, queuetest.ID(g))
	}
	return s
}

// queue adds a queue of capacity 4 that holds gs. What overflows is taken.
func (s *scene) queue(name string, gs ...*machine.G) *steal.Queue {
	return s.queueOf(4, name, gs...)
}

func (s *scene) queueOf(capacity int, name string, gs ...*machine.G) *steal.Queue {
	q := steal.NewQueue(capacity, func(b machine.Batch) {
		s.Saw("overflow")
		s.Check(b.N == capacity/2+1 && b.Last != nil && b.Last.Link == nil, "overflow(%s): want 3 that are linked", "overflow(%s): 이어진 3개여야 합니다", queuetest.IDs(b))
		for g, n := b.First, b.N; n > 0; n-- {
			s.Check(g != nil, "overflow(%s): fewer are linked than N says", "overflow(%s): 이어진 것이 N보다 적습니다", queuetest.IDs(b))
			link := g.Link
			s.took("overflow", g)
			g = link
		}
	})
	for _, g := range gs {
		q.Put(g)
	}
	s.Watch(name, q)
	return q
}

// took notes that a thread has taken g, to run it.
func (s *scene) took(by string, g *machine.G) bool {
	if g == nil {
		return false
	}
	before := s.by[g.ID]
	s.Check(before == "", "g%d is taken by %s, and now by %s too: it would run twice",
		"g%d을 %s이(가) 가져갔는데 이제 %s도 가져갔습니다. 두 번 실행됩니다", g.ID, before, by)
	s.by[g.ID] = by
	g.Link = s.links[g.ID] // it is the taker's now
	return true
}

// rest sets the final check: what is left in the queues is taken once, and
// then all are.
func (s *scene) rest(names string, qs ...*steal.Queue) {
	s.After(func() {
		for i, q := range qs {
			for range 2 * len(s.gs) {
				g, _ := q.Get()
				if !s.took(check.Say("at the end, ", "마지막에 ")+strings.Fields(names)[i], g) {
					break
				}
			}
		}
		if s.also != nil {
			s.also()
		}
		for id, by := range s.by {
			s.Check(by == "" || s.gs[id].Link == s.links[id], "g%[1]d.Link was written after %[2]s had taken g%[1]d: it may have been in a list by then",
				"%[2]s이(가) 가져간 뒤에 g%[1]d.Link를 썼습니다. g%[1]d은(는) 이미 다른 리스트에 들어 있었을 수 있습니다", id, by)
			s.Check(by != "", "g%d is nowhere: nobody took it, and it is in no queue: it never runs",
				"g%d이(가) 사라졌습니다. 아무도 가져가지 않았고 어느 큐에도 없습니다. 영원히 실행되지 않습니다", id)
		}
	})
}

func oneOwner() string {
	return check.Say(
		"whoever moves the head by CompareAndSwap, from the value it read before it copied, has taken what the head passed, and nobody else has. A plain Store, or a value read later, lets two take the same",
		"복사하기 전에 읽은 값에서 head를 CompareAndSwap으로 옮긴 쪽만이 head가 지나간 고루틴을 가져간 것입니다. 그냥 Store하거나 나중에 읽은 값을 쓰면 둘이 같은 고루틴을 가져갑니다")
}

func TestModelOwnerAndThief(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		explore(t, check.Say("in the ring g0 g1 g2; the owner calls Get() twice, a thief StealFrom(victim, false)", "링에 g0 g1 g2; 주인은 Get() 두 번, 도둑은 StealFrom(victim, false)"), oneOwner(),
			func(m *interleave.Model) {
				m.Freeze()
				s := newScene(m, 3)
				thief := s.queue("thief")
				victim := s.queue("victim", s.gs...)
				m.Go("owner", func() {
					for range 2 {
						if g, _ := victim.Get(); s.took("owner", g) {
							m.Saw("the owner gets one")
						}
					}
				})
				m.Go("thief", func() {
					if g := thief.StealFrom(victim, false); s.took("thief", g) {
						m.Saw("a goroutine is stolen")
						if g == s.gs[1] && s.by[0] == "" {
							m.Saw("two are stolen")
						}
					}
				})
				s.rest("victim thief", victim, thief)
			}, "the owner gets one", "a goroutine is stolen", "two are stolen")
	})
}

func TestModelPutIsSeenWhole(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		explore(t, check.Say("the ring is empty; the owner calls Put(g0) Put(g1), a thief StealFrom(victim, false)", "링은 비어 있음; 주인은 Put(g0) Put(g1), 도둑은 StealFrom(victim, false)"), check.Say(
			"the slot is written first, then the tail: from the moment the tail says so, thieves look into the slot",
			"칸에 먼저 쓰고 그다음 tail을 올립니다. tail이 올라간 순간부터 도둑이 그 칸을 들여다봅니다"),
			func(m *interleave.Model) {
				m.Freeze()
				s := newScene(m, 2)
				thief := s.queue("thief")
				victim := s.queue("victim")
				m.Go("owner", func() {
					victim.Put(s.gs[0])
					victim.Put(s.gs[1])
					m.Saw("put")
				})
				m.Go("thief", func() {
					if s.took("thief", thief.StealFrom(victim, false)) {
						m.Saw("stolen")
					}
				})
				s.rest("victim thief", victim, thief)
			}, "put", "stolen")
	})
}

func TestModelTwoThieves(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		explore(t, check.Say("in the ring g0 g1 g2 g3; two thieves call StealFrom(victim, false), the owner Get()", "링에 g0 g1 g2 g3; 도둑 둘은 StealFrom(victim, false), 주인은 Get()"), oneOwner(),
			func(m *interleave.Model) {
				m.Freeze()
				s := newScene(m, 4)
				a, b := s.queue("a"), s.queue("b")
				victim := s.queue("victim", s.gs...)
				stolen := 0
				rob := func(name string, q *steal.Queue) func() {
					return func() {
						if g := q.StealFrom(victim, false); s.took(name, g) {
							if stolen++; stolen == 2 {
								m.Saw("both steal")
							}
						}
					}
				}
				m.Go("a", rob("a", a))
				m.Go("b", rob("b", b))
				m.Go("owner", func() { g, _ := victim.Get(); s.took("owner", g) })
				s.rest("victim a b", victim, a, b)
			}, "both steal")
	})
}

// robbed checks that a thief has taken half of what was in the ring at one
// moment: g and what is in its queue is one of these.
func (s *scene) robbed(thief *steal.Queue, g *machine.G, batches ...string) {
	got := ""
	for next, _ := thief.Get(); next != nil; next, _ = thief.Get() {
		got += queuetest.ID(next) + " "
		s.took("thief", next)
	}
	got += queuetest.ID(g)
	s.Check(slices.Contains(batches, got), "the thief takes %s, which is half of the ring at no moment: want one of %s",
		"도둑이 %s을(를) 가져갔습니다. 어느 순간의 링에서도 절반이 아닙니다. 다음 가운데 하나여야 합니다: %s", got, strings.Join(batches, ", "))
	s.took("thief", g)
}

func TestModelHalfOfOneMoment(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		rule := check.Say("half is half of what is in the ring at one moment: each try reads the head and then the tail, and counts anew",
			"절반은 한순간 링에 있던 것의 절반입니다. 시도할 때마다 head를 읽고 tail을 읽어 다시 셉니다")
		for _, c := range []struct {
			call    string
			n       int
			owner   func(victim *steal.Queue, s *scene)
			batches []string
		}{
			{check.Say("in the ring g0 g1 g2 g3; the owner calls Get(), a thief StealFrom(victim, false)", "링에 g0 g1 g2 g3; 주인은 Get(), 도둑은 StealFrom(victim, false)"), 4,
				func(victim *steal.Queue, s *scene) { g, _ := victim.Get(); s.took("owner", g) },
				[]string{"g0 g1", "g1 g2"}},
			{check.Say("in the ring g0 g1; the owner calls Put(g2) Put(g3) Get(), a thief StealFrom(victim, false)", "링에 g0 g1; 주인은 Put(g2) Put(g3) Get(), 도둑은 StealFrom(victim, false)"), 2,
				func(victim *steal.Queue, s *scene) {
					victim.Put(s.gs[2])
					victim.Put(s.gs[3])
					g, _ := victim.Get()
					s.took("owner", g)
				},
				[]string{"g0", "g0 g1", "g1 g2"}},
		} {
			explore(t, c.call, rule, func(m *interleave.Model) {
				m.Freeze()
				s := newScene(m, 4)
				victim, thief := s.queue("victim", s.gs[:c.n]...), s.queue("thief")
				m.Go("owner", func() { c.owner(victim, s) })
				m.Go("thief", func() { s.robbed(thief, thief.StealFrom(victim, false), c.batches...) })
				s.rest("victim thief", victim, thief)
			})
		}
	})
}

func TestModelOverflowWhileStealing(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		explore(t, check.Say("in the ring g0 g1 g2 g3, it is full; the owner calls Put(g4), a thief StealFrom(victim, false)", "링에 g0 g1 g2 g3, 가득 참; 주인은 Put(g4), 도둑은 StealFrom(victim, false)"), check.Say(
			"the half that overflows is taken by CompareAndSwap too, as a thief takes its half. Did it fail, then a thief has made room: look again. Before it succeeded no Link may be written",
			"넘치는 절반도 도둑처럼 CompareAndSwap으로 가져갑니다. 실패했다면 도둑이 자리를 만든 것이니 다시 봅니다. 성공하기 전에는 어떤 Link도 쓰면 안 됩니다"),
			func(m *interleave.Model) {
				m.Freeze()
				s := newScene(m, 5)
				thief := s.queue("thief")
				victim := s.queue("victim", s.gs[:4]...)
				stale := s.gs[0].Link
				m.Go("owner", func() { victim.Put(s.gs[4]); m.Saw("put") })
				m.Go("thief", func() {
					g := thief.StealFrom(victim, false)
					if g == s.gs[1] {
						m.Saw("a thief is before the overflow")
						for _, g := range s.gs[:2] {
							m.Check(g.Link == stale, "the owner wrote g%d.Link, and a thief has taken g%d", "주인이 g%d.Link를 썼지만 g%d은(는) 도둑이 가져갔습니다", g.ID, g.ID)
						}
					}
					s.took("thief", g)
				})
				s.also = func() {
					m.Check(s.by[1] != "thief" || !slices.Contains(s.by, "overflow"), "a thief has taken two of four, there is room, and the ring overflows",
						"도둑이 넷 가운데 둘을 가져가 자리가 있는데도 링이 넘칩니다")
				}
				s.rest("victim thief", victim, thief)
			}, "put", "overflow", "a thief is before the overflow")
	})
}

func TestModelChainedSteals(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		explore(t, check.Say("in the ring g0 g1 g2 g3; a steals from the victim and runs what it has, b steals from a", "링에 g0 g1 g2 g3; a는 victim에게서 훔쳐 실행하고 b는 a에게서 훔침"), check.Say(
			"the Store of the tail publishes: only when the batch is taken may others see it. From then on a thief is a victim like any other",
			"tail의 Store가 공개하는 순간입니다. 묶음을 가져간 다음에야 남에게 보여야 합니다. 그때부터는 도둑도 다른 P와 똑같이 도둑맞을 수 있습니다"),
			func(m *interleave.Model) {
				m.Freeze()
				s := newScene(m, 6)
				victim := s.queue("victim", s.gs[:4]...)
				a, b := s.queue("a", s.gs[4:]...), s.queue("b")
				for range 2 { // a had two of its own
					g, _ := a.Get()
					s.took("a", g)
				}
				m.Go("a", func() {
					s.took("a", a.StealFrom(victim, false))
					g, _ := a.Get()
					s.took("a", g)
				})
				m.Go("b", func() {
					for range 2 {
						g := b.StealFrom(a, false)
						if !s.took("b", g) {
							return
						}
						m.Saw("the stolen is stolen")
					}
				})
				m.Go("owner", func() { g, _ := victim.Get(); s.took("owner", g) })
				s.rest("victim a b", victim, a, b)
			}, "the stolen is stolen")
	})
}

func TestModelSlotsAreReused(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		explore(t, check.Say("in a ring of two g0 g1; the owner calls Get() and Put() of another, four times: every slot is used again; a thief StealFrom(victim, false)", "두 칸짜리 링에 g0 g1; 주인은 Get()과 다른 고루틴의 Put()을 네 번 되풀이해 모든 칸을 다시 씀; 도둑은 StealFrom(victim, false)"), check.Say(
			"indices only grow. A head that came back to its old value would let a CompareAndSwap succeed though all has changed (ABA), and the copies that the thief holds are of another time",
			"인덱스는 커지기만 합니다. head가 옛 값으로 돌아오면 모두 바뀌었는데도 CompareAndSwap이 성공합니다(ABA). 도둑이 쥔 복사본은 이미 지난 것입니다"),
			func(m *interleave.Model) {
				s := newScene(m, 6)
				thief := s.queueOf(2, "thief")
				victim := s.queueOf(2, "victim", s.gs[:2]...)
				m.Go("owner", func() {
					for _, g := range s.gs[2:] {
						old, _ := victim.Get()
						s.took("owner", old)
						victim.Put(g)
					}
					m.Saw("round")
				})
				m.Go("thief", func() {
					g := thief.StealFrom(victim, false)
					m.Check(g != nil, "the thief comes back with nil, but the ring was never empty", "도둑의 StealFrom이 nil을 돌려주었지만 링은 한순간도 비지 않았습니다")
					if s.took("thief", g); g.ID >= 2 {
						m.Saw("one of the second round is stolen")
					}
				})
				s.rest("victim thief", victim, thief)
			}, "round", "one of the second round is stolen")
	})
}

func TestModelIndicesOnlyGrow(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		explore(t, check.Say("in the ring g0 g1; the owner calls Get() three times, then Put(g2) Put(g3); a thief StealFrom(victim, false)", "링에 g0 g1; 주인은 Get() 세 번, 그다음 Put(g2) Put(g3); 도둑은 StealFrom(victim, false)"), check.Say(
			"indices only grow, also where the queue is empty: set back to 0, they show a thief goroutines that are gone, and let its CompareAndSwap succeed",
			"큐가 비었을 때도 인덱스는 커지기만 합니다. 0으로 되돌리면 도둑이 이미 없는 고루틴을 보게 되고, 도둑의 CompareAndSwap도 성공해 버립니다"),
			func(m *interleave.Model) {
				m.Freeze()
				s := newScene(m, 4)
				thief := s.queue("thief")
				victim := s.queue("victim", s.gs[:2]...)
				m.Go("owner", func() {
					for range 3 {
						g, _ := victim.Get()
						s.took("owner", g)
					}
					victim.Put(s.gs[2])
					victim.Put(s.gs[3])
					m.Saw("put")
				})
				m.Go("thief", func() {
					if s.took("thief", thief.StealFrom(victim, false)) {
						m.Saw("stolen")
					}
				})
				s.rest("victim thief", victim, thief)
			}, "put", "stolen")
	})
}

func TestModelNeverEmpty(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		explore(t, check.Say("in the ring g0; the owner calls Put(g1) Get() Put(g2): the ring is never empty; a thief StealFrom(victim, false)", "링에 g0; 주인은 Put(g1) Get() Put(g2), 링은 한순간도 비지 않음; 도둑은 StealFrom(victim, false)"), check.Say(
			"nil says that there was a moment at which the ring was empty. Read the head first: then the tail that you read is not older than it",
			"nil은 링이 비어 있던 순간이 있었다는 뜻입니다. head를 먼저 읽어야 합니다. 그래야 읽은 tail이 head보다 오래된 값이 되지 않습니다"),
			func(m *interleave.Model) {
				m.Freeze()
				s := newScene(m, 3)
				thief := s.queue("thief")
				victim := s.queue("victim", s.gs[0])
				m.Go("owner", func() {
					victim.Put(s.gs[1])
					g, _ := victim.Get()
					m.Check(g != nil, "the owner's Get() returns nil, but the ring was never empty", "주인의 Get()이 nil을 돌려주었지만 링은 한순간도 비지 않았습니다")
					s.took("owner", g)
					victim.Put(s.gs[2])
					m.Saw("put")
				})
				m.Go("thief", func() {
					g := thief.StealFrom(victim, false)
					m.Check(g != nil, "the thief comes back with nil, but the ring was never empty", "도둑의 StealFrom이 nil을 돌려주었지만 링은 한순간도 비지 않았습니다")
					s.took("thief", g)
					m.Saw("stolen")
				})
				s.rest("victim thief", victim, thief)
			}, "put", "stolen")
	})
}

func lockFree() string {
	return check.Say(
		"a thread may stop for ever before any of its steps, as one does that the kernel takes off its CPU, and the others must still end. So nobody waits for another: no lock, no flag that says 'I am at it'",
		"커널이 CPU에서 내려 버린 스레드처럼, 스레드는 어느 걸음 앞에서든 영원히 멈출 수 있습니다. 그래도 나머지는 끝나야 합니다. 그러니 아무도 남을 기다리지 않습니다. 락도, 작업 중이라는 표시도 없습니다")
}

func TestModelAnyThreadMayStop(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		explore(t, check.Say("the ring is full of g0 g1 g2 g3; the owner calls Put(g4) PutNext(g5) Get(), two thieves StealFrom(victim, false); any of them stops for ever", "링에 g0 g1 g2 g3, 가득 참; 주인은 Put(g4) PutNext(g5) Get(), 도둑 둘은 StealFrom(victim, false); 그중 아무나 영원히 멈춤"), lockFree(),
			func(m *interleave.Model) {
				m.Freeze()
				s := newScene(m, 6)
				a, b := s.queue("a"), s.queue("b")
				victim := s.queue("victim", s.gs[:4]...)
				m.Go("owner", func() {
					victim.Put(s.gs[4])
					victim.PutNext(s.gs[5])
					g, _ := victim.Get()
					s.took("owner", g)
				})
				m.Go("a", func() {
					if s.took("a", a.StealFrom(victim, false)) {
						m.Saw("stolen")
					}
				})
				m.Go("b", func() { s.took("b", b.StealFrom(victim, false)) })
				s.rest("victim a b", victim, a, b)
			}, "overflow", "stolen")
	})
}

func TestModelThreeThieves(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		explore(t, check.Say("in the ring g0 g1 g2 g3; three thieves call StealFrom(victim, false): they take 2, 1 and 1", "링에 g0 g1 g2 g3; 도둑 셋이 StealFrom(victim, false)를 부름: 2개, 1개, 1개를 가져감"), oneOwner(),
			func(m *interleave.Model) {
				m.Freeze()
				s := newScene(m, 4)
				thieves := []*steal.Queue{s.queue("a"), s.queue("b"), s.queue("c")}
				victim := s.queue("victim", s.gs...)
				for i, thief := range thieves {
					name := []string{"a", "b", "c"}[i]
					m.Go(name, func() {
						g := thief.StealFrom(victim, false)
						m.Check(g != nil, "%s comes back with nil, but the ring was not empty", "%s의 StealFrom이 nil을 돌려주었지만 링은 비어 있지 않았습니다", name)
						s.took(name, g)
						m.Saw(name + " steals")
					})
				}
				s.rest("victim a b c", append([]*steal.Queue{victim}, thieves...)...)
			}, "a steals", "b steals", "c steals")
	})
}

func TestModelLosesAsOftenAsOthersLike(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		explore(t, check.Say("in a ring of eight g0 … g7; the owner calls Get(); three thieves on one thread call StealFrom(victim, false), one after the other: they take 4, 2 and 1, and one is left for Get", "여덟 칸짜리 링에 g0 … g7; 주인은 Get(); 한 스레드에서 도둑 셋이 차례로 StealFrom(victim, false)를 부름: 4개, 2개, 1개를 가져가고 Get의 몫이 하나 남음"), check.Say(
			"whoever loses a CompareAndSwap tries again, as often as the others like. It may give up only if it sees the ring empty",
			"CompareAndSwap에서 진 쪽은 몇 번을 지든 다시 시도합니다. 링이 빈 것을 보았을 때만 그만둘 수 있습니다"),
			func(m *interleave.Model) {
				m.Freeze()
				s := newScene(m, 8)
				thieves := []*steal.Queue{s.queueOf(8, "a"), s.queueOf(8, "b"), s.queueOf(8, "c")}
				victim := s.queueOf(8, "victim", s.gs...)
				m.Go("owner", func() {
					g, _ := victim.Get()
					m.Check(g != nil, "the owner's Get() returns nil, but the ring was never empty", "주인의 Get()이 nil을 돌려주었지만 링은 한순간도 비지 않았습니다")
					s.took("owner", g)
				})
				m.Go("thieves", func() {
					for _, thief := range thieves {
						s.took("a thief", thief.StealFrom(victim, false))
					}
					m.Saw("all three steal")
				})
				s.rest("victim a b c", append([]*steal.Queue{victim}, thieves...)...)
			}, "all three steal")
	})
}

func TestModelRobEachOther(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		explore(t, check.Say("a has g0, b has g1 g2 g3; each calls Get() twice, and when it gets nil StealFrom(the other, false)", "a에는 g0, b에는 g1 g2 g3; 각자 Get()을 두 번 부르고, nil이면 상대에게 StealFrom을 부름"), check.Say(
			"a thief is a victim like any other: while it steals from b, b may steal from it. What it has not published yet nobody sees",
			"도둑도 다른 P와 똑같이 도둑맞을 수 있습니다. b에게서 훔치는 동안 b도 훔쳐 갈 수 있습니다. 아직 공개하지 않은 것은 아무도 볼 수 없습니다"),
			func(m *interleave.Model) {
				m.Freeze()
				s := newScene(m, 4)
				a, b := s.queue("a", s.gs[0]), s.queue("b", s.gs[1:]...)
				live := func(name string, own, other *steal.Queue) func() {
					return func() {
						for range 2 {
							g, _ := own.Get()
							if g == nil {
								if g = own.StealFrom(other, false); g != nil {
									m.Saw(name + " steals")
								}
							}
							s.took(name, g)
						}
					}
				}
				m.Go("a", live("a", a, b))
				m.Go("b", live("b", b, a))
				s.rest("a b", a, b)
			}, "a steals", "b steals")
	})
}

func TestModelVictimIsLeftAlone(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		explore(t, check.Say("in the ring g0 g1 g2 g3; a steals from the victim; its owner takes two, robs a in its turn, puts what it has got and calls Get()", "링에 g0 g1 g2 g3; a가 victim에게서 훔침; 주인은 둘을 꺼내고, 이번에는 a를 털어 얻은 것을 Put하고 Get()을 부름"), check.Say(
			"nothing of the victim is changed but its head: a slot that the head has passed is the owner's again, who may have put another there, or the same",
			"상대의 것 가운데 바꾸는 것은 head뿐입니다. head가 지나간 칸은 다시 주인의 것이어서 다른 고루틴이, 또는 같은 고루틴이 이미 들어가 있을 수 있습니다"),
			func(m *interleave.Model) {
				s := newScene(m, 4)
				victim, a := s.queue("victim", s.gs...), s.queue("a")
				m.Go("a", func() { a.StealFrom(victim, false) })
				m.Go("owner", func() {
					for range 2 {
						victim.Get()
					}
					if !victim.Empty() {
						return
					}
					if g := victim.StealFrom(a, false); g != nil {
						m.Saw("robbed in turn")
						victim.Put(g)
						g, _ = victim.Get()
						m.Check(g != nil, "the goroutine that was put is gone", "Put한 고루틴이 사라졌습니다")
					}
				})
			}, "robbed in turn")
	})
}

func TestModelAroundTheWrap(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		explore(t, check.Say("the indices are 0xfffffffd, and then Put(g0) Put(g1) Put(g2); the owner calls Get() Put(g3) Put(g4), a thief StealFrom(victim, false)", "인덱스가 0xfffffffd인 곳에서 Put(g0) Put(g1) Put(g2); 주인은 Get() Put(g3) Put(g4), 도둑은 StealFrom(victim, false)"), check.Say(
			"indices wrap around at 2^32, and only their difference counts: tail - head is how many there are, also when tail is the smaller number",
			"인덱스는 2^32에서 0으로 돌아가고, 뜻이 있는 것은 차이뿐입니다. tail이 더 작은 수여도 tail - head가 개수입니다"),
			func(m *interleave.Model) {
				m.Freeze()
				s := newScene(m, 5)
				thief, victim := s.queue("thief"), s.queue("victim")
				queuetest.Wrap(thief) // if they don't wrap it is a model as any other
				queuetest.Wrap(victim)
				for _, g := range s.gs[:3] {
					victim.Put(g)
				}
				m.Go("owner", func() {
					g, _ := victim.Get()
					s.took("owner", g)
					victim.Put(s.gs[3])
					victim.Put(s.gs[4])
				})
				m.Go("thief", func() {
					if s.took("thief", thief.StealFrom(victim, false)) {
						m.Saw("stolen")
					}
				})
				s.rest("victim thief", victim, thief)
			}, "stolen")
	})
}

// threads runs fs at the same time, and panics with the first panic of one. stop
// is set then, so that the others end.
func threads(stop *realatomic.Bool, fs ...func()) {
	var all sync.WaitGroup
	failed := make(chan any, len(fs))
	for _, f := range fs {
		all.Go(func() {
			defer func() {
				if r := recover(); r != nil {
					failed <- r
					stop.Store(true)
				}
			}()
			f()
		})
	}
	all.Wait()
	select {
	case r := <-failed:
		panic(r)
	default:
	}
}

func TestStampedeThreads(t *testing.T) {
	check.Task(t, 4, looped(4, func(t *testing.T) {
		const perRound = 50_000
		rounds := 20
		if testing.Short() || harness.Race() {
			rounds = 1
		}
		call := fmt.Sprintf(check.Say("one owner puts %d goroutines, 8 thieves steal", "주인 하나가 고루틴 %d개를 넣고 도둑 8명이 훔침"), rounds*perRound)
		rule := check.Say("nobody is lost, and nobody is taken twice", "사라지는 고루틴도, 두 번 나가는 고루틴도 없어야 합니다")
		// Sequentially first.
		gs := queuetest.Gs(perRound)
		victim, thief := steal.NewQueue(256, nil), steal.NewQueue(256, nil)
		victim.Put(gs[0])
		check.Equal(t, "victim.Put(g0); thief.StealFrom(victim, false)", check.Say("returned", "돌려준 값"), queuetest.ID(thief.StealFrom(victim, false)), "g0", halving())
		taken := make([]realatomic.Int32, perRound)
		var steals realatomic.Int64
		check.Within(t, call, rule, func() {
			for range rounds {
				var stop realatomic.Bool
				take := func(g *machine.G) bool {
					if g != nil {
						taken[g.ID].Add(1)
					}
					return g != nil
				}
				victim := steal.NewQueue(256, func(b machine.Batch) {
					for g, n := b.First, b.N; g != nil && n > 0; n-- {
						link := g.Link
						take(g)
						g = link
					}
				})
				fs := []func(){func() {
					defer stop.Store(true)
					for i, g := range gs {
						victim.Put(g)
						if i%3 == 0 {
							g, _ := victim.Get()
							take(g)
						}
						if i%64 == 0 {
							runtime.Gosched()
						}
					}
					for !victim.Empty() && !stop.Load() {
						g, _ := victim.Get()
						take(g)
					}
				}}
				for range 8 {
					thief := steal.NewQueue(256, nil)
					fs = append(fs, func() {
						for !stop.Load() {
							if !take(thief.StealFrom(victim, false)) {
								runtime.Gosched()
								continue
							}
							steals.Add(1)
							for {
								if g, _ := thief.Get(); !take(g) {
									break
								}
							}
						}
					})
				}
				threads(&stop, fs...)
			}
		})
		wrong := 0
		for i := range taken {
			if taken[i].Load() != int32(rounds) {
				wrong++
			}
		}
		check.Equal(t, call, check.Say("goroutines that were not taken once a round", "라운드마다 정확히 한 번 나가지 않은 고루틴 수"), wrong, 0, rule)
		t.Logf("%d steals", steals.Load())
	}))
}

// ---- histories of real threads ----

// step is a call in a history: of Put the batch that overflowed, of Get and
// StealFrom those that came.
type step struct {
	call string // "Put", "Get" or "StealFrom"
	g    uint64
}

// ring is what the calls of a history must look like, one after the other.
func ring(capacity int) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return []uint64(nil) },
		Equal: func(a, b any) bool {
			return slices.Equal(a.([]uint64), b.([]uint64))
		},
		Step: func(state, input, output any) (bool, any) {
			have, in, out := state.([]uint64), input.(step), output.([]uint64)
			n := 0 // leave from the front
			switch in.call {
			case "Put":
				now := append(slices.Clone(have), in.g)
				if len(have) < capacity {
					return len(out) == 0, now
				}
				h := capacity / 2
				return slices.Equal(out, append(slices.Clone(have[:h]), in.g)), slices.Clone(have[h:])
			case "Get":
				n = min(1, len(have))
			case "StealFrom":
				n = len(have) - len(have)/2
			}
			return slices.Equal(out, have[:n]), slices.Clone(have[n:])
		},
		DescribeOperation: func(input, output any) string {
			return fmt.Sprintf("%s g%d: %v", input.(step).call, input.(step).g, output)
		},
	}
}

func TestHistoriesThreads(t *testing.T) {
	check.Task(t, 4, looped(4, func(t *testing.T) {
		const capacity = 4
		puts, histories := 150, 40
		if testing.Short() || harness.Race() {
			puts, histories = 100, 10
		}
		call := fmt.Sprintf(check.Say("%d histories: the owner calls Put and Get, three thieves StealFrom", "기록 %d개: 주인은 Put과 Get, 도둑 셋은 StealFrom을 부름"), histories)
		rule := check.Say(
			"each call takes effect at one moment between its begin and its end (linearizability): the history reads like one of calls one after the other, in which each steal takes exactly half",
			"모든 호출은 시작과 끝 사이의 한순간에 일어난 것으로 볼 수 있어야 합니다(선형화 가능성). 기록은 호출을 하나씩 차례로 한 것처럼 읽히고, 거기서 훔칠 때마다 정확히 절반을 가져갑니다")
		stolen := 0
		for range histories {
			var clock realatomic.Int64
			var lock sync.Mutex
			var history []porcupine.Operation
			note := func(client int, in step, f func() []uint64) []uint64 {
				begin := clock.Add(1)
				out := f()
				end := clock.Add(1)
				lock.Lock()
				history = append(history, porcupine.Operation{ClientId: client, Input: in, Call: begin, Output: out, Return: end})
				lock.Unlock()
				return out
			}
			var over []uint64
			victim := steal.NewQueue(capacity, func(b machine.Batch) {
				for g, n := b.First, b.N; g != nil && n > 0; g, n = g.Link, n-1 {
					over = append(over, g.ID)
				}
			})
			var stop realatomic.Bool
			gs := queuetest.Gs(puts)
			fs := []func(){func() {
				defer stop.Store(true)
				for i, g := range gs {
					note(0, step{"Put", g.ID}, func() []uint64 { over = nil; victim.Put(g); return over })
					if i%2 == 0 {
						note(0, step{call: "Get"}, func() []uint64 {
							if g, _ := victim.Get(); g != nil {
								return []uint64{g.ID}
							}
							return nil
						})
					}
					if i%8 == 0 {
						runtime.Gosched()
					}
				}
			}}
			for client := 1; client <= 3; client++ {
				thief := steal.NewQueue(capacity, nil)
				fs = append(fs, func() {
					for tries := 0; tries < puts && !stop.Load(); tries++ {
						out := note(client, step{call: "StealFrom"}, func() []uint64 {
							last := thief.StealFrom(victim, false)
							if last == nil {
								return nil
							}
							var out []uint64
							for range capacity {
								g, _ := thief.Get()
								if g == nil {
									break
								}
								out = append(out, g.ID)
							}
							return append(out, last.ID)
						})
						if out == nil {
							runtime.Gosched()
						}
					}
				})
			}
			check.Within(t, call, rule, func() { threads(&stop, fs...) })
			for _, op := range history {
				if op.Input.(step).call == "StealFrom" && len(op.Output.([]uint64)) > 0 {
					stolen++
				}
			}
			switch porcupine.CheckOperationsTimeout(ring(capacity), history, 20*time.Second) {
			case porcupine.Ok:
			case porcupine.Illegal:
				check.Fail(t, call, check.Say("a history that no order of its calls explains", "호출을 어떤 순서로 놓아도 설명되지 않는 기록"), check.Say("one that some order explains", "설명하는 순서가 있는 기록"), rule)
			default:
				check.Fail(t, call, fmt.Sprintf(check.Say("the check of a history of %d calls did not end", "호출 %d개짜리 기록의 검사가 끝나지 않음"), len(history)), check.Say("it ends", "끝남"), check.Say(
					"an unfinished check is no pass: run the test again", "끝나지 않은 검사는 통과가 아닙니다. 테스트를 다시 실행합니다"))
			}
		}
		// Even where threads take turns on one CPU the thieves get a turn.
		check.True(t, stolen > 0, call, check.Say("nothing was stolen", "아무것도 훔치지 않음"), check.Say("steals", "고루틴을 훔침"), halving())
	}))
}
