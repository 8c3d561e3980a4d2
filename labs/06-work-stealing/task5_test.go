package steal_test

import (
	"strings"
	"testing"

	"gmplab/internal/check"
	"gmplab/internal/interleave"
	"gmplab/internal/queuetest"
	steal "gmplab/labs/06-work-stealing"
)

// ---- Task 5: the seat, and what looks empty ----

func seatLast() string {
	return check.Say(
		"on the last pass, and if the ring is empty, the thief takes the one in the seat; owner and thief both take it by one Swap or CompareAndSwap, so only one of them has it",
		"마지막 바퀴이고 링이 비어 있으면 자리에 앉은 고루틴을 가져갑니다. 주인도 도둑도 Swap이나 CompareAndSwap 한 번으로 가져가므로 둘 중 하나만 갖습니다")
}

func TestLastPassTakesTheSeat(t *testing.T) {
	check.Task(t, 5, looped(5, func(t *testing.T) {
		gs := queuetest.Gs(3)
		victim, thief := steal.NewQueue(4, nil), steal.NewQueue(4, nil)
		victim.Put(gs[0])
		victim.PutNext(gs[1])
		call := "victim: Put(g0) PutNext(g1); thief.StealFrom(victim, true)"
		check.Equal(t, call, check.Say("returned", "돌려준 값"), queuetest.ID(thief.StealFrom(victim, true)), "g0", seatLast())
		call += " ×2"
		check.Equal(t, call, check.Say("the second returned", "두 번째가 돌려준 값"), queuetest.ID(thief.StealFrom(victim, true)), "g1", seatLast())
		call = strings.TrimSuffix(call, "2") + "3"
		check.Equal(t, call, check.Say("the third returned", "세 번째가 돌려준 값"), queuetest.ID(thief.StealFrom(victim, true)), "nil", seatLast())
		check.True(t, victim.Empty() && thief.Empty(), call, check.Say("a queue that is not Empty", "비지 않은 큐"), check.Say("both are Empty", "둘 다 비어 있음"), seatLast())
	}))
}

func TestModelSeat(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		explore(t, check.Say("in the seat g0; the owner calls PutNext(g1) Get() Get(), a thief StealFrom(victim, true)", "자리에 g0; 주인은 PutNext(g1) Get() Get(), 도둑은 StealFrom(victim, true)"), seatLast(),
			func(m *interleave.Model) {
				m.Freeze()
				s := newScene(m, 2)
				thief := s.queue("thief")
				victim := s.queue("victim")
				victim.PutNext(s.gs[0])
				m.Go("owner", func() {
					victim.PutNext(s.gs[1])
					for range 2 {
						if g, _ := victim.Get(); s.took("owner", g) {
							m.Saw("the owner gets one")
						}
					}
				})
				m.Go("thief", func() {
					g := thief.StealFrom(victim, true)
					s.took("thief", g)
					for _, g2 := range s.gs {
						if g == g2 {
							m.Saw("the thief gets " + queuetest.ID(g))
						}
					}
				})
				s.rest("victim thief", victim, thief)
			}, "the owner gets one", "the thief gets g0", "the thief gets g1")
	})
}

func TestModelTwoThievesAtTheSeat(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		explore(t, check.Say("in the seat g0; two thieves call StealFrom(victim, true)", "자리에 g0; 도둑 둘이 StealFrom(victim, true)를 부름"), seatLast(),
			func(m *interleave.Model) {
				m.Freeze()
				s := newScene(m, 1)
				victim := s.queue("victim")
				victim.PutNext(s.gs[0])
				a, b := s.queue("a"), s.queue("b")
				m.Go("a", func() {
					if s.took("a", a.StealFrom(victim, true)) {
						m.Saw("a gets it")
					}
				})
				m.Go("b", func() {
					if s.took("b", b.StealFrom(victim, true)) {
						m.Saw("b gets it")
					}
				})
				s.rest("victim a b", victim, a, b)
			}, "a gets it", "b gets it")
	})
}

// asks adds a thread that asks a queue which is never empty whether it is.
func (s *scene) asks(q *steal.Queue, en, ko string) {
	s.Go("asker", func() {
		s.Check(!q.Empty(), en, ko)
		s.Saw("asked")
	})
}

func TestModelEmpty(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		explore(t, check.Say("in the seat g0; the owner calls PutNext(g1), which sends g0 to the ring, and Get(), which takes g1; another thread asks Empty()", "자리에 g0; 주인은 g0을 링으로 보내는 PutNext(g1)과 g1을 꺼내는 Get()을 부름; 다른 스레드가 Empty()를 물음"), check.Say(
			"Empty says true only if there was a moment at which nobody was there. Ring and seat are read one after the other, and in between g0 went from the seat, which you had not read, to the ring, which you had. A thread that believes it goes to sleep beside work",
			"Empty는 아무도 없던 순간이 있었을 때만 true입니다. 링과 자리는 하나씩 차례로 읽는데, 그 사이에 g0이 아직 읽지 않은 자리에서 이미 읽은 링으로 옮겨 갔습니다. 이 답을 믿은 스레드는 일이 있는데도 잠듭니다"),
			func(m *interleave.Model) {
				m.Freeze()
				s := newScene(m, 2)
				victim := s.queue("victim")
				victim.PutNext(s.gs[0])
				m.Go("owner", func() {
					victim.PutNext(s.gs[1])
					g, _ := victim.Get()
					s.took("owner", g)
					m.Saw("moved")
				})
				s.asks(victim, "Empty says true, but g0 was in the queue all the time", "Empty가 true라고 했지만 g0은 내내 큐에 있었습니다")
				s.rest("victim", victim)
			}, "moved", "asked")
	})
}

func TestModelEmptyWhileStolenFrom(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		explore(t, check.Say("in the ring g0; PutNext(g1), and then a thief steals g0; another thread asks Empty()", "링에 g0; PutNext(g1)을 부르고 나서 도둑이 g0을 훔침; 다른 스레드가 Empty()를 물음"), check.Say(
			"Empty says true only if there was a moment at which nobody was there. A seat that was free when you read it may be taken when you read the ring",
			"Empty는 아무도 없던 순간이 있었을 때만 true입니다. 읽을 때 비어 있던 자리도 링을 읽을 때는 차 있을 수 있습니다"),
			func(m *interleave.Model) {
				m.Freeze()
				s := newScene(m, 2)
				victim, thief := s.queue("victim", s.gs[0]), s.queue("thief")
				m.Go("others", func() {
					victim.PutNext(s.gs[1])
					if s.took("thief", thief.StealFrom(victim, false)) {
						m.Saw("stolen")
					}
				})
				s.asks(victim, "Empty says true, but first g0 and then g1 was in the queue", "Empty가 true라고 했지만 큐에는 g0이, 이어서 g1이 있었습니다")
				s.rest("victim thief", victim, thief)
			}, "stolen", "asked")
	})
}

func TestModelEmptyBesideAMove(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		explore(t, check.Say("in the ring g0; PutNext(g1), a thief steals g0, PutNext(g2) sends g1 to the ring, Get() takes g2; another thread asks Empty()", "링에 g0; PutNext(g1), 도둑이 g0을 훔침, PutNext(g2)가 g1을 링으로 보냄, Get()이 g2를 꺼냄; 다른 스레드가 Empty()를 물음"), check.Say(
			"Empty says true only if there was a moment at which nobody was there. If nobody went from the seat to the ring while you read both, the tail is still what it was: read it again, not the seat",
			"Empty는 아무도 없던 순간이 있었을 때만 true입니다. 둘을 읽는 동안 자리에서 링으로 옮겨 간 고루틴이 없다면 tail이 그대로입니다. 다시 읽을 것은 자리가 아니라 tail입니다"),
			func(m *interleave.Model) {
				m.Freeze()
				s := newScene(m, 3)
				victim, thief := s.queue("victim", s.gs[0]), s.queue("thief")
				m.Go("others", func() {
					victim.PutNext(s.gs[1])
					s.took("thief", thief.StealFrom(victim, false))
					victim.PutNext(s.gs[2])
					g, _ := victim.Get()
					s.took("owner", g)
					m.Saw("moved")
				})
				s.asks(victim, "Empty says true, but g0, then g1, then g2 and g1 were in the queue", "Empty가 true라고 했지만 큐에는 g0, 이어서 g1, 그다음 g2와 g1이 있었습니다")
				s.rest("victim thief", victim, thief)
			}, "moved", "asked")
	})
}

func TestModelSeatIsTakenBeforeGet(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		explore(t, check.Say("in the seat g0; the owner calls Put(g1) and then Get(), a thief StealFrom(victim, true)", "자리에 g0; 주인은 Put(g1)을 부르고 나서 Get(), 도둑은 StealFrom(victim, true)"), check.Say(
			"Get returns nil only if nobody is there. If a thief was quicker at the seat, the ring may still have work",
			"Get은 아무도 없을 때만 nil을 돌려줍니다. 자리를 도둑이 먼저 가져갔더라도 링에는 일이 남아 있을 수 있습니다"),
			func(m *interleave.Model) {
				m.Freeze()
				s := newScene(m, 2)
				thief, victim := s.queue("thief"), s.queue("victim")
				victim.PutNext(s.gs[0])
				m.Go("owner", func() {
					victim.Put(s.gs[1])
					g, inherit := victim.Get()
					m.Check(g != nil, "the owner's Get() returns nil, but the queue was never empty", "주인의 Get()이 nil을 돌려주었지만 큐는 한순간도 비지 않았습니다")
					m.Check(!inherit || g == s.gs[0], "Get() says inherit, but what it returns did not sit in the seat", "Get()이 inherit라고 했지만 돌려준 것은 자리에 있던 고루틴이 아닙니다")
					s.took("owner", g)
				})
				m.Go("thief", func() {
					if g := thief.StealFrom(victim, true); s.took("thief", g) && g == s.gs[0] {
						m.Saw("the thief takes the seat")
					}
				})
				s.rest("victim thief", victim, thief)
			}, "the thief takes the seat")
	})
}

func TestModelSeatIsNeverFree(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		explore(t, check.Say("in the seat g0; the owner calls PutNext(g1), a thief StealFrom(victim, true)", "자리에 g0; 주인은 PutNext(g1), 도둑은 StealFrom(victim, true)"), check.Say(
			"on the last pass the thief takes the one in the seat, if there is one: also if it is another by now than the one it saw",
			"마지막 바퀴에는 자리에 누가 있으면 가져갑니다. 처음 본 고루틴이 아니라 그사이 바뀐 고루틴이어도 가져갑니다"),
			func(m *interleave.Model) {
				m.Freeze()
				s := newScene(m, 2)
				thief, victim := s.queue("thief"), s.queue("victim")
				victim.PutNext(s.gs[0])
				m.Go("owner", func() { victim.PutNext(s.gs[1]) })
				m.Go("thief", func() {
					g := thief.StealFrom(victim, true)
					m.Check(g != nil, "the thief comes back with nil, but somebody sat in the seat all the time", "도둑의 StealFrom이 nil을 돌려주었지만 자리는 한순간도 비지 않았습니다")
					if s.took("thief", g); g == s.gs[1] {
						m.Saw("the thief takes the second")
					}
				})
				s.rest("victim thief", victim, thief)
			}, "the thief takes the second")
	})
}

func TestModelSeatBesideARing(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		explore(t, check.Say("in the ring g0 g1 g2; the owner calls Get() PutNext(g3), a thief StealFrom(victim, true)", "링에 g0 g1 g2; 주인은 Get() PutNext(g3), 도둑은 StealFrom(victim, true)"), check.Say(
			"the seat is the thief's only if it sees the ring empty: whoever sits there runs in a moment, and the ring has others",
			"링이 빈 것을 보았을 때만 자리를 가져갑니다. 자리의 고루틴은 곧 실행될 참이고, 링에는 다른 고루틴이 있습니다"),
			func(m *interleave.Model) {
				m.Freeze()
				s := newScene(m, 4)
				thief, victim := s.queue("thief"), s.queue("victim", s.gs[:3]...)
				m.Go("owner", func() {
					g, _ := victim.Get()
					s.took("owner", g)
					victim.PutNext(s.gs[3])
					m.Saw("put")
				})
				m.Go("thief", func() {
					g := thief.StealFrom(victim, true)
					m.Check(g != s.gs[3], "the thief takes g3 out of the seat, and the ring was never empty", "도둑이 자리의 g3을 가져갔지만 링은 한순간도 비지 않았습니다")
					s.took("thief", g)
				})
				s.rest("victim thief", victim, thief)
			}, "put")
	})
}

func TestModelWhatIsStolenIsTaken(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		explore(t, check.Say("in the victim's seat g0; a calls StealFrom(victim, true), b StealFrom(a, true)", "victim의 자리에 g0; a는 StealFrom(victim, true), b는 StealFrom(a, true)"), check.Say(
			"the one that is returned was on no queue in between: nobody else can take it", "돌려주는 고루틴은 그사이 어느 큐에도 있지 않아서 아무도 가져갈 수 없습니다"),
			func(m *interleave.Model) {
				m.Freeze()
				s := newScene(m, 1)
				victim, a, b := s.queue("victim"), s.queue("a"), s.queue("b")
				victim.PutNext(s.gs[0])
				m.Go("a", func() {
					g := a.StealFrom(victim, true)
					m.Check(g != nil, "a comes back with nil, and nobody else robs the victim", "a가 nil로 돌아왔지만 victim을 터는 다른 도둑은 없습니다")
					s.took("a", g)
					m.Saw("a steals")
				})
				m.Go("b", func() { s.took("b", b.StealFrom(a, true)) })
				s.rest("victim a b", victim, a, b)
			}, "a steals")
	})
}
