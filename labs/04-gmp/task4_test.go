package gmp_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gmplab/internal/check"
	"gmplab/internal/machine"
	"gmplab/internal/queuetest"
	gmp "gmplab/labs/04-gmp"
)

// ---- Task 4: Global ----

var (
	globalFIFO = check.Say(
		"the global queue is first in, first out, and a batch goes in as it is: who has waited longest leaves first",
		"전역 런큐도 먼저 들어온 것이 먼저 나갑니다. 묶음은 순서 그대로 들어갑니다. 가장 오래 기다린 고루틴이 먼저 나갑니다")
	fairShare = check.Say(
		"the fair share of a P is min(Len, Len/procs + 1, max): who takes all of it leaves the other Ps idle, who takes one at a time needs the lock for each",
		"P 하나의 공평한 몫은 min(Len, Len/procs + 1, max)입니다. 전부 가져가면 다른 P가 놀고, 하나씩 가져가면 매번 락이 필요합니다")
)

// linked makes a batch of gs.
func linked(gs ...*machine.G) machine.Batch {
	for i := range gs[1:] {
		gs[i].Link = gs[i+1]
	}
	gs[len(gs)-1].Link = nil
	return machine.Batch{First: gs[0], Last: gs[len(gs)-1], N: len(gs)}
}

// names says which goroutines a batch has to have.
func names(gs []*machine.G) string {
	s := fmt.Sprintf("N %d:", len(gs))
	for _, g := range gs {
		s += " " + queuetest.ID(g)
	}
	if len(gs) == 0 {
		s += " "
	}
	return s
}

// whole says which goroutines a batch has, and what is wrong with it.
func whole(b machine.Batch) string {
	s := queuetest.IDs(b)
	if b.N == 0 && (b.First != nil || b.Last != nil) {
		return s + check.Say(" (an empty batch has no First and no Last)", " (빈 묶음에는 First도 Last도 없습니다)")
	}
	if b.N > 0 && (b.Last == nil || !strings.HasSuffix(s, " "+queuetest.ID(b.Last))) {
		return s + check.Say(", but Last is ", ", 그런데 Last는 ") + queuetest.ID(b.Last)
	}
	return s
}

// inTime runs a test of task n whose every call ought to return at once.
func inTime(t *testing.T, n int, call, rule string, body func(t *testing.T)) {
	t.Helper()
	check.Task(t, n, func(t *testing.T) {
		t.Helper()
		check.Within(t, call, rule, func() { body(t) })
	})
}

func TestGlobalIsFirstInFirstOut(t *testing.T) {
	inTime(t, 4, "Put(g0) Put(g1) Put(g2) Take(100, 1) …", globalFIFO, func(t *testing.T) {
		var global gmp.Global
		g := queuetest.Gs(6)
		call := "Put(g0) Put(g1) Put(g2)"
		for _, g := range g[:3] {
			global.Put(g)
		}
		check.Equal(t, call, "Len()", global.Len(), 3, globalFIFO)
		call += " Take(100, 1)"
		check.Equal(t, call, "Take(100, 1)", whole(global.Take(100, 1)), names(g[:3]), globalFIFO)
		check.Equal(t, call, "Len()", global.Len(), 0, globalFIFO)
		call += " Take(100, 1)"
		check.Equal(t, call, "Take(100, 1)", whole(global.Take(100, 1)), names(nil), globalFIFO)
		call += " Put(g3) Take(1, 1) Put(g4) Put(g5) Take(1, 1) Take(1, 1)"
		global.Put(g[3])
		got := []string{whole(global.Take(1, 1))}
		global.Put(g[4])
		global.Put(g[5])
		got = append(got, whole(global.Take(1, 1)), whole(global.Take(1, 1)))
		check.Equal(t, call, check.Say("batches", "묶음"), got, []string{names(g[3:4]), names(g[4:5]), names(g[5:6])}, globalFIFO)
	})
}

func TestGlobalTakesInBatches(t *testing.T) {
	inTime(t, 4, "PutBatch(g0 g1) Put(g2) PutBatch(empty) PutBatch(g3 g4 g5) Put(g6) Take(3, 1) Take(100, 1)", globalFIFO, func(t *testing.T) {
		var global gmp.Global
		g := queuetest.Gs(7)
		global.PutBatch(linked(g[0:2]...))
		global.Put(g[2])
		global.PutBatch(machine.Batch{})
		global.PutBatch(linked(g[3:6]...))
		global.Put(g[6])
		call := "PutBatch(g0 g1) Put(g2) PutBatch(empty) PutBatch(g3 g4 g5) Put(g6)"
		check.Equal(t, call, "Len()", global.Len(), 7, globalFIFO)
		call += " Take(3, 1) Take(100, 1)"
		got := []string{whole(global.Take(3, 1)), whole(global.Take(100, 1))}
		check.Equal(t, call, check.Say("batches", "묶음"), got, []string{names(g[:3]), names(g[3:])}, globalFIFO)
	})
}

func TestTakeIsTheFairShare(t *testing.T) {
	inTime(t, 4, check.Say("Take(max, procs) of 0 to 300 goroutines", "고루틴 0개부터 300개까지에서 Take(max, procs)"), fairShare, func(t *testing.T) {
		for _, c := range []struct{ length, max, procs, want int }{
			{0, 128, 4, 0}, {1, 128, 4, 1}, {2, 128, 1, 2}, {3, 128, 4, 1}, {4, 128, 4, 2}, {7, 128, 4, 2}, {8, 128, 4, 3},
			{10, 128, 1, 10}, {10, 128, 2, 6}, {300, 128, 1, 128}, {300, 128, 2, 128}, {300, 128, 3, 101}, {300, 1, 2, 1}, {1, 1, 8, 1}, {9, 4, 2, 4},
		} {
			var global gmp.Global
			g := queuetest.Gs(c.length)
			for _, g := range g {
				global.Put(g)
			}
			call := fmt.Sprintf(check.Say("Take(max %d, procs %d) of %d goroutines", "Take(max %d, procs %d), 고루틴 %d개"), c.max, c.procs, c.length)
			b := global.Take(c.max, c.procs)
			check.Equal(t, call, "N", b.N, c.want, fairShare)
			check.Equal(t, call, check.Say("the batch", "묶음"), whole(b), names(g[:c.want]), fairShare)
			check.Equal(t, call, "Len()", global.Len(), c.length-c.want, fairShare)
		}
	})
}

func TestGlobalAgainstAModel(t *testing.T) {
	inTime(t, 4, check.Say("random calls of Put, PutBatch, Take and Len", "아무렇게나 고른 Put, PutBatch, Take, Len"), globalFIFO, func(t *testing.T) {
		check.Model(t, globalFIFO, func(rt *rapid.T) (call, got, want string) {
			var global gmp.Global
			var model []*machine.G
			fresh := queuetest.Gs(200)
			var calls []string
			panicked := ""
			try := func(call string, f func()) bool { // false: it panicked
				calls = append(calls, call)
				panicked = queuetest.Try(f)
				return panicked == ""
			}
			for range rapid.IntRange(1, 20).Draw(rt, "calls") {
				var taken machine.Batch
				want, ok := names(nil), true
				switch rapid.IntRange(0, 2).Draw(rt, "call") {
				case 0:
					ok = try("Put("+queuetest.ID(fresh[0])+")", func() { global.Put(fresh[0]) })
					model, fresh = append(model, fresh[0]), fresh[1:]
				case 1:
					n := rapid.IntRange(1, 4).Draw(rt, "batch")
					ok = try("PutBatch("+names(fresh[:n])+")", func() { global.PutBatch(linked(fresh[:n]...)) })
					model, fresh = append(model, fresh[:n]...), fresh[n:]
				case 2:
					most, procs := rapid.IntRange(1, 8).Draw(rt, "max"), rapid.IntRange(1, 4).Draw(rt, "procs")
					n := min(len(model), len(model)/procs+1, most)
					want, model = names(model[:n]), model[n:]
					ok = try(fmt.Sprintf("Take(%d, %d)", most, procs), func() { taken = global.Take(most, procs) })
				}
				if !ok {
					return strings.Join(calls, " "), panicked, check.Say("no panic", "패닉 없음")
				}
				if a := whole(taken); a != want {
					return strings.Join(calls, " "), a, want
				}
				if global.Len() != len(model) {
					return strings.Join(calls, " "), fmt.Sprint("Len() = ", global.Len()), fmt.Sprint("Len() = ", len(model))
				}
			}
			return "", "", ""
		})
	})
}

func TestGlobalNeedsNoMemoryAndNoWalk(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		rule := check.Say("the queue is linked through G.Link and remembers its end and how many there are: whoever holds the scheduler's lock keeps all other Ps waiting, so it allocates nothing and walks no further than the goroutines that Take takes",
			"큐는 G.Link로 이어지고 끝과 개수를 기억합니다. 스케줄러의 락을 잡고 있는 동안 다른 P가 모두 기다리므로, 메모리를 할당하지 않고 Take도 가져갈 고루틴까지만 Link를 따라갑니다")

		// Whoever walks along falls into a trap: a Link that is hidden where
		// nobody need look, while the call runs.
		hide := func(g *machine.G, f func()) {
			link := g.Link
			g.Link = nil
			f()
			g.Link = link
		}

		var global gmp.Global
		g := queuetest.Gs(6)
		call := check.Say("Put(g0) Put(g1) Put(g2), g0.Link hidden: Put(g3) PutBatch(g4 g5), g0.Link as it was: Take(100, 1)",
			"Put(g0) Put(g1) Put(g2), g0.Link를 숨긴 채 Put(g3) PutBatch(g4 g5), g0.Link를 되돌리고 Take(100, 1)")
		all := ""
		check.Within(t, call, rule, func() {
			for _, g := range g[:3] {
				global.Put(g)
			}
			hide(g[0], func() {
				global.Put(g[3])
				global.PutBatch(linked(g[4:]...))
			})
			all = whole(global.Take(100, 1))
		})
		check.Equal(t, call, check.Say("the batch", "묶음"), all, names(g), rule)

		g = queuetest.Gs(6)
		call = check.Say("Put(g0), then, with g2.Link hidden, PutBatch(g1 g2 g3 g4 g5); g2.Link as it was: Take(100, 1)",
			"Put(g0), g2.Link를 숨긴 채 PutBatch(g1 g2 g3 g4 g5), g2.Link를 되돌리고 Take(100, 1)")
		length := 0
		check.Within(t, call, rule, func() {
			global.Put(g[0])
			b := linked(g[1:]...)
			hide(g[2], func() { global.PutBatch(b) })
			length, all = global.Len(), whole(global.Take(100, 1))
		})
		check.Equal(t, call, check.Say("Len() before Take", "Take 전의 Len()"), length, 6, rule)
		check.Equal(t, call, check.Say("the batch", "묶음"), all, names(g), rule)

		g = queuetest.Gs(10)
		call = check.Say("Put(g0) … Put(g9), then, with g6.Link hidden, Take(3, 1) and Len(); g6.Link as it was: Take(100, 1)",
			"Put(g0) … Put(g9), g6.Link를 숨긴 채 Take(3, 1)과 Len(), g6.Link를 되돌리고 Take(100, 1)")
		three := ""
		check.Within(t, call, rule, func() {
			for _, g := range g {
				global.Put(g)
			}
			hide(g[6], func() { three, length = whole(global.Take(3, 1)), global.Len() })
			all = whole(global.Take(100, 1))
		})
		check.Equal(t, call, check.Say("the first batch", "첫 묶음"), three, names(g[:3]), rule)
		check.Equal(t, call, "Len()", length, 7, rule)
		check.Equal(t, call, check.Say("the second batch", "둘째 묶음"), all, names(g[3:]), rule)

		g = queuetest.Gs(100)
		globals := make([]gmp.Global, 11)
		taken, n := 0, 0.0
		call = check.Say("50 × Put, PutBatch of 50, Take(100, 1)", "Put 50번, 50개 PutBatch, Take(100, 1)")
		check.Within(t, call, rule, func() {
			n = testing.AllocsPerRun(10, func() {
				global := &globals[0]
				globals = globals[1:]
				for _, g := range g[:50] {
					global.Put(g)
				}
				global.PutBatch(linked(g[50:]...))
				taken += global.Take(100, 1).N
			})
		})
		check.Equal(t, call, check.Say("goroutines taken", "꺼낸 고루틴 수"), taken, 1100, globalFIFO)
		check.Equal(t, call, check.Say("allocations", "할당 횟수"), n, 0.0, rule)
	})
}
