package gmp_test

import (
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"gmplab/internal/check"
	"gmplab/internal/machine"
	"gmplab/internal/queuetest"
	gmp "gmplab/labs/04-gmp"
)

func raceDetector() bool {
	info, _ := debug.ReadBuildInfo()
	return info != nil && slices.ContainsFunc(info.Settings, func(s debug.BuildSetting) bool { return s.Key == "-race" && s.Value == "true" })
}

// ---- Task 6: Resize ----

var resizing = check.Say(
	"the first Ps stay as they are, new ones have the next IDs; whoever waits at a P that goes is put at the end of global, in the order in which its queue gives them. Nobody is lost, nobody is in two places",
	"앞의 P들은 그대로 남고 새 P는 다음 ID를 받습니다. 없어지는 P에서 기다리던 고루틴은 그 큐가 내주는 순서대로 전역 런큐의 끝으로 갑니다. 사라지는 고루틴도, 두 곳에 있는 고루틴도 없어야 합니다")

// processors says what a list of Ps is, pointer by pointer.
func processors(ps []*gmp.P) string {
	var s []string
	for _, p := range ps {
		switch {
		case p == nil:
			s = append(s, "nil")
		case p.Queue == nil:
			s = append(s, fmt.Sprintf(check.Say("P%d without a queue", "큐 없는 P%d"), p.ID))
		default:
			s = append(s, fmt.Sprintf("P%d", p.ID))
		}
	}
	return fmt.Sprint(s)
}

func TestResizeAddsPs(t *testing.T) {
	check.Task(t, 6, func(t *testing.T) {
		made := 0
		fresh := func() machine.RunQueue { made++; return &local{cap: 8} }
		var global gmp.Global
		call := "ps := Resize(nil, 2, …)"
		ps := resize(t, call, nil, 2, &global, fresh)
		check.Equal(t, call, "Ps", processors(ps), "[P0 P1]", resizing)
		g := queuetest.Gs(1)
		ps[1].Queue.Put(g[0])
		ps[1].Tick = 7
		before := slices.Clone(ps)
		call += "; Resize(ps, 4, …)"
		bigger := resize(t, call, ps, 4, &global, fresh)
		check.Equal(t, call, "Ps", processors(bigger), "[P0 P1 P2 P3]", resizing)
		check.True(t, bigger[0] == before[0] && bigger[1] == before[1], call, check.Say("other Ps with IDs 0 and 1", "ID가 0과 1인 다른 P"), check.Say("the same P0 and P1", "같은 P0과 P1"), resizing)
		check.Equal(t, call, "Ticks", []uint32{bigger[0].Tick, bigger[1].Tick, bigger[2].Tick, bigger[3].Tick}, []uint32{0, 7, 0, 0}, resizing)
		check.Equal(t, call, check.Say("calls of newQueue", "newQueue를 부른 횟수"), made, 4, check.Say("each new P has a queue of its own", "새 P마다 자기 큐가 하나씩 있습니다"))
		got, _ := bigger[1].Queue.Get()
		check.True(t, got == g[0], call+"; P1.Queue.Get()", queuetest.ID(got), "g0", resizing)
		check.Equal(t, call, "global.Len()", global.Len(), 0, resizing)
	})
}

// resize is Resize, within a limit of time.
func resize(t *testing.T, call string, ps []*gmp.P, procs int, global *gmp.Global, newQueue func() machine.RunQueue) (all []*gmp.P) {
	t.Helper()
	check.Within(t, call, resizing, func() { all = gmp.Resize(ps, procs, global, newQueue) })
	return all
}

func TestResizeMakesNewPsAnew(t *testing.T) {
	check.Task(t, 6, func(t *testing.T) {
		fresh := func() machine.RunQueue { return &local{cap: 8} }
		var global gmp.Global
		call := "ps := Resize(nil, 3, …)"
		ps := resize(t, call, nil, 3, &global, fresh)
		check.Equal(t, call, "Ps", processors(ps), "[P0 P1 P2]", resizing)
		for i, p := range ps {
			p.Tick = uint32(5 + i)
		}
		old := slices.Clone(ps)
		queues := []machine.RunQueue{old[1].Queue, old[2].Queue}
		call += "; P0.Tick, P1.Tick, P2.Tick = 5, 6, 7; ps = Resize(ps, 1, …); ps = Resize(ps, 3, …)"
		ps = resize(t, call, ps, 1, &global, fresh)
		check.Equal(t, call, check.Say("Ps after Resize(ps, 1, …)", "Resize(ps, 1, …) 뒤의 P"), processors(ps), "[P0]", resizing)
		ps = resize(t, call, ps, 3, &global, fresh)
		rule := check.Say(
			"a P that went does not come back: the new ones have Tick 0 and a queue of newQueue. Go keeps the Ps that go, and takes them up again with their old schedtick; yours are new. Look where your slice has them from: a shortened slice still has the old ones behind its end",
			"없어진 P는 돌아오지 않습니다. 새 P는 Tick이 0이고 newQueue가 만든 큐를 가집니다. Go는 없어진 P도 보관했다가 schedtick까지 그대로 다시 쓰지만, 여러분의 것은 새로 만듭니다. 슬라이스를 줄여도 그 뒤에는 옛 P가 남아 있으니 어디서 온 P인지 확인합니다")
		check.Equal(t, call, "Ps", processors(ps), "[P0 P1 P2]", resizing)
		check.Equal(t, call, "Ticks", []uint32{ps[0].Tick, ps[1].Tick, ps[2].Tick}, []uint32{5, 0, 0}, rule)
		for _, p := range ps[1:] {
			check.True(t, !slices.Contains(old, p), call, fmt.Sprintf(check.Say("the old P%d", "옛 P%d"), p.ID), fmt.Sprintf(check.Say("a new P%d", "새 P%d"), p.ID), rule)
			check.True(t, !slices.Contains(queues, p.Queue), call, fmt.Sprintf(check.Say("P%d with an old queue", "옛 큐를 가진 P%d"), p.ID),
				fmt.Sprintf(check.Say("P%d with a queue of newQueue", "newQueue가 만든 큐를 가진 P%d"), p.ID), rule)
		}
		check.True(t, ps[0] == old[0], call, check.Say("another P0", "다른 P0"), check.Say("the same P0", "같은 P0"), resizing)
	})
}

func TestResizeMovesGoroutinesToGlobal(t *testing.T) {
	check.Task(t, 6, func(t *testing.T) {
		var global gmp.Global
		g := queuetest.Gs(9)
		ps := make([]*gmp.P, 3)
		queues := make([]*local, 3)
		for i := range ps {
			queues[i] = &local{cap: 8}
			ps[i] = &gmp.P{ID: i, Queue: queues[i], Tick: uint32(10 + i)}
		}
		global.Put(g[0])
		queues[0].Put(g[1])
		queues[1].Put(g[2])
		queues[1].Put(g[3])
		queues[1].PutNext(g[4])
		queues[2].Put(g[5])
		queues[2].PutNext(g[6])
		before := slices.Clone(ps)
		call := check.Say("g0 in global, g1 at P0, g2 g3 and in the seat g4 at P1, g5 and in the seat g6 at P2: Resize(ps, 1, …)",
			"g0은 전역 런큐, g1은 P0, g2 g3과 링 앞의 자리의 g4는 P1, g5와 링 앞의 자리의 g6은 P2: Resize(ps, 1, …)")
		smaller := resize(t, call, ps, 1, &global, func() machine.RunQueue { return &local{cap: 8} })
		check.Equal(t, call, "Ps", processors(smaller), "[P0]", resizing)
		check.True(t, smaller[0] == before[0] && smaller[0].Tick == 10, call, check.Say("another P0, or another Tick", "다른 P0 또는 다른 Tick"), check.Say("the same P0", "같은 P0"), resizing)
		check.Equal(t, call, "P0", names(queues[0].gs), names(g[1:2]), resizing)
		check.True(t, before[1].Queue.Empty() && before[2].Queue.Empty(), call, check.Say("goroutines left at P1 or P2", "P1이나 P2에 남은 고루틴"), check.Say("empty queues", "빈 큐"), resizing)
		want := names([]*machine.G{g[0], g[4], g[2], g[3], g[6], g[5]})
		check.Equal(t, call, "global", whole(global.Take(100, 1)), want, resizing)
	})
}

func TestResizeToTheSameIsNothing(t *testing.T) {
	check.Task(t, 6, func(t *testing.T) {
		var global gmp.Global
		made := 0
		fresh := func() machine.RunQueue { made++; return &local{cap: 8} }
		call := "ps := Resize(nil, 3, …); Resize(ps, 3, …)"
		ps := resize(t, call, nil, 3, &global, fresh)
		check.Equal(t, call, "Ps", processors(ps), "[P0 P1 P2]", resizing)
		g := queuetest.Gs(1)
		ps[2].Queue.Put(g[0])
		before := slices.Clone(ps)
		same := resize(t, call, ps, 3, &global, fresh)
		check.True(t, slices.Equal(before, same), call, processors(same), check.Say("the same three", "같은 P 셋"), resizing)
		check.True(t, !same[2].Queue.Empty() && global.Len() == 0 && made == 3, call, check.Say("a goroutine or a queue was moved", "고루틴이나 큐가 옮겨짐"), check.Say("nothing moves", "아무것도 옮겨지지 않음"), resizing)
	})
}

func TestResizeLosesAndDoublesNothing(t *testing.T) {
	inTime(t, 6, check.Say("ps := Resize(nil, 2, …), then random calls of Put, PutNext, Next and Resize", "ps := Resize(nil, 2, …), 그다음 아무렇게나 고른 Put, PutNext, Next, Resize"), resizing, func(t *testing.T) {
		check.Model(t, resizing, func(rt *rapid.T) (call, got, want string) {
			var global gmp.Global
			var lock sync.Mutex
			fresh := func() machine.RunQueue {
				return gmp.NewQueue(4, func(b machine.Batch) {
					lock.Lock()
					defer lock.Unlock()
					global.PutBatch(b)
				})
			}
			var ps []*gmp.P
			var calls []string
			panicked := ""
			try := func(call string, f func()) bool { // false: it panicked
				calls = append(calls, call)
				panicked = queuetest.Try(f)
				return panicked == ""
			}
			if !try("ps := Resize(nil, 2, …)", func() { ps = gmp.Resize(nil, 2, &global, fresh) }) {
				return calls[0], panicked, check.Say("no panic", "패닉 없음")
			}
			if processors(ps) != "[P0 P1]" {
				return calls[0], processors(ps), "[P0 P1]"
			}
			waiting := map[uint64]bool{}
			for i, g := range queuetest.Gs(40)[:rapid.IntRange(1, 40).Draw(rt, "calls")] {
				p := ps[rapid.IntRange(0, len(ps)-1).Draw(rt, "p")]
				ok := true
				switch rapid.IntRange(0, 5).Draw(rt, "call") {
				case 0, 1:
					ok = try(fmt.Sprintf("P%d.Queue.Put(g%d)", p.ID, i), func() { p.Queue.Put(g) })
					waiting[g.ID] = true
				case 2:
					ok = try(fmt.Sprintf("P%d.Queue.PutNext(g%d)", p.ID, i), func() { p.Queue.PutNext(g) })
					waiting[g.ID] = true
				case 3:
					var g *machine.G
					ok = try(fmt.Sprintf("P%d.Next()", p.ID), func() { g, _ = p.Next(&lock, &global, len(ps)) })
					if g != nil {
						if !waiting[g.ID] {
							return strings.Join(calls, " "), queuetest.ID(g) + check.Say(", which has run already", ", 이미 실행된 고루틴"), check.Say("one that waits", "기다리는 고루틴")
						}
						delete(waiting, g.ID)
					}
				default:
					n := rapid.IntRange(1, 5).Draw(rt, "procs")
					if ok = try(fmt.Sprintf("Resize(ps, %d, …)", n), func() { ps = gmp.Resize(ps, n, &global, fresh) }); !ok {
						break
					}
					var ids []string
					for i := range n {
						ids = append(ids, fmt.Sprintf("P%d", i))
					}
					if a, b := processors(ps), fmt.Sprint(ids); a != b {
						return strings.Join(calls, " "), a, b
					}
				}
				if !ok {
					return strings.Join(calls, " "), panicked, check.Say("no panic", "패닉 없음")
				}
			}
			var left []uint64
			for _, p := range ps {
				for range 50 {
					g, _ := p.Queue.Get()
					if g == nil {
						break
					}
					left = append(left, g.ID)
				}
			}
			for g, n := global.Take(1000, 1).First, 0; g != nil && n < 50; g, n = g.Link, n+1 {
				left = append(left, g.ID)
			}
			var all []uint64
			for id := range waiting {
				all = append(all, id)
			}
			slices.Sort(left)
			slices.Sort(all)
			return strings.Join(calls, " "), fmt.Sprint(check.Say("waiting ", "기다리는 고루틴 "), left), fmt.Sprint(check.Say("waiting ", "기다리는 고루틴 "), all)
		})
	})
}
