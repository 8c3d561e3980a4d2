package gmp_test

import (
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"gmplab/internal/check"
	"gmplab/internal/harness"
	"gmplab/internal/machine"
	"gmplab/internal/queuetest"
	gmp "gmplab/labs/04-gmp"
)

func TestMain(m *testing.M) {
	harness.Play(parts)
	check.Main(m)
}

func newQueue(capacity int, overflow func(machine.Batch)) machine.RunQueue {
	return gmp.NewQueue(capacity, overflow)
}

// ---- Task 1: the ring ----

func TestQueueIsFirstInFirstOut(t *testing.T) {
	check.Task(t, 1, func(t *testing.T) { queuetest.FirstInFirstOut(t, newQueue) })
}

func TestQueueGoesRound(t *testing.T) {
	check.Task(t, 1, func(t *testing.T) { queuetest.GoesRound(t, newQueue) })
}

func TestQueueKnowsWhenItIsEmpty(t *testing.T) {
	check.Task(t, 1, func(t *testing.T) { queuetest.KnowsWhenItIsEmpty(t, newQueue) })
}

func TestQueueAgainstAModel(t *testing.T) {
	check.Task(t, 1, func(t *testing.T) {
		queuetest.AgainstAModel(t, newQueue, "ring", check.Say(
			"a ring of free-running indices: slot = index % capacity, empty when head = tail, full when tail - head = capacity",
			"인덱스를 올리기만 하는 링입니다. 칸은 인덱스 % 용량, head = tail이면 비어 있고 tail - head = 용량이면 가득 찬 것입니다"))
	})
}

// ---- Task 2: runnext ----

func TestNextGoesFirst(t *testing.T) {
	check.Task(t, 2, func(t *testing.T) { queuetest.NextGoesFirst(t, newQueue) })
}

func TestNextKicksTheOldOne(t *testing.T) {
	check.Task(t, 2, func(t *testing.T) { queuetest.NextKicksTheOldOne(t, newQueue) })
}

func TestNextHasRoomBesideAFullRing(t *testing.T) {
	check.Task(t, 2, func(t *testing.T) { queuetest.NextHasRoomBesideAFullRing(t, newQueue) })
}

func TestNextAgainstAModel(t *testing.T) {
	check.Task(t, 2, func(t *testing.T) {
		queuetest.AgainstAModel(t, newQueue, "next", check.Say(
			"the seat of PutNext comes before the ring, whoever is kicked out of it goes to the tail",
			"PutNext의 자리는 링보다 앞이고, 거기서 밀려난 고루틴은 tail로 갑니다"))
	})
}

// ---- Task 3: overflow ----

func TestHalfAndTheNewcomerOverflow(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) { queuetest.HalfAndTheNewcomerOverflow(t, newQueue) })
}

func TestTheKickedOneOverflows(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) { queuetest.TheKickedOneOverflows(t, newQueue) })
}

func TestOverflowIsCalledLast(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) { queuetest.OverflowIsCalledLast(t, newQueue) })
}

func TestQueueAllocatesNothing(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) { queuetest.AllocatesNothing(t, newQueue) })
}

func TestOverflowAgainstAModel(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) {
		queuetest.AgainstAModel(t, newQueue, "overflow", check.Say(
			"half of a full ring and the newcomer leave as one batch, linked in their order; nobody is lost and nobody is in two places",
			"가득 찬 링의 절반과 새로 온 고루틴은 순서대로 이어진 한 묶음으로 나갑니다. 사라지는 고루틴도, 두 곳에 있는 고루틴도 없어야 합니다"))
	})
}

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

// ---- Task 5: P.Next ----

// schedLock is the scheduler's lock as a test sees it: while nobody holds it
// the global queue looks empty.
type schedLock struct {
	global *gmp.Global
	away   machine.Batch
	held   bool
	locks  int
	wrong  string
}

func (l *schedLock) Lock() {
	if l.held {
		l.note(check.Say("Lock while it is held: a real lock would wait for ever", "이미 잡은 락을 다시 Lock: 실제 락이라면 영원히 기다립니다"))
	}
	l.held = true
	l.locks++
	l.global.PutBatch(l.away)
	l.away = machine.Batch{}
}

func (l *schedLock) Unlock() {
	if !l.held {
		l.note(check.Say("Unlock while it is not held", "잡지 않은 락을 Unlock"))
	}
	l.held = false
	if l.global.Len() > 0 {
		l.away = l.global.Take(l.global.Len(), 1)
	}
}

func (l *schedLock) note(s string) {
	if l.wrong == "" {
		l.wrong = s
	}
}

// local is a run queue of the test's own: it notes what comes in, and unlinks
// it, as a thief would that runs it at once.
type local struct {
	lock *schedLock
	next *machine.G
	gs   []*machine.G
	cap  int
}

func (q *local) Put(g *machine.G) {
	if q.lock != nil && q.lock.held {
		q.lock.note(check.Say("p.Queue.Put("+queuetest.ID(g)+") while the lock is held", "락을 잡은 채 p.Queue.Put("+queuetest.ID(g)+")"))
	}
	if slices.Contains(q.gs, g) || len(q.gs) == 1000 {
		panic(fmt.Sprintf(check.Say("p.Queue.Put(%[1]s) again and again: does your loop go on to the next Link?",
			"p.Queue.Put(%[1]s)이 되풀이됩니다. 반복문이 다음 Link로 넘어갑니까?"), queuetest.ID(g)))
	}
	g.Link = nil
	q.gs = append(q.gs, g)
}

func (q *local) PutNext(g *machine.G) {
	if q.next != nil {
		q.Put(q.next)
	}
	q.next = g
}

func (q *local) Get() (*machine.G, bool) {
	if q.lock != nil && q.lock.held {
		q.lock.note(check.Say("p.Queue.Get() while the lock is held", "락을 잡은 채 p.Queue.Get()"))
	}
	if g := q.next; g != nil {
		q.next = nil
		return g, true
	}
	if len(q.gs) == 0 {
		return nil, false
	}
	g := q.gs[0]
	q.gs = q.gs[1:]
	return g, false
}

func (q *local) Empty() bool { return q.next == nil && len(q.gs) == 0 }
func (q *local) Cap() int    { return q.cap }

// world is a P with its queue, and a global queue behind its lock.
type world struct {
	t      *testing.T
	p      *gmp.P
	queue  *local
	global gmp.Global
	lock   schedLock
	procs  int
	calls  string
}

func newWorld(t *testing.T, tick uint32, capacity, procs int) *world {
	w := &world{t: t, procs: procs}
	w.lock.global = &w.global
	w.queue = &local{lock: &w.lock, cap: capacity}
	w.p = &gmp.P{Queue: w.queue, Tick: tick}
	w.calls = fmt.Sprintf("p.Tick = %d, p.Queue.Cap() = %d:", tick, capacity)
	return w
}

func (w *world) toGlobal(gs ...*machine.G) {
	w.lock.Lock()
	for _, g := range gs {
		w.global.Put(g)
	}
	w.lock.Unlock()
	w.lock.locks = 0
}

var lockRule = check.Say(
	"the lock is held around each use of global, and never while Put, PutNext or Get of p.Queue is called: an overflow takes the same lock, and would wait for itself",
	"락은 global을 쓰는 동안에만 잡고, p.Queue의 Put, PutNext, Get을 부를 때는 잡지 않습니다. overflow도 같은 락을 잡기 때문에 자기 자신을 기다리게 됩니다")

func (w *world) pick(call, rule string) (g *machine.G, inherit bool) {
	w.t.Helper()
	check.Within(w.t, call, rule, func() { g, inherit = w.p.Next(&w.lock, &w.global, w.procs) })
	check.True(w.t, w.lock.wrong == "", call, w.lock.wrong, check.Say("lock, take from global, unlock", "락을 잡고, global에서 가져오고, 락을 품"), lockRule)
	check.True(w.t, !w.lock.held, call, check.Say("it returns with the lock held", "락을 잡은 채 돌아옴"), check.Say("the lock is free", "락이 풀려 있음"), lockRule)
	return g, inherit
}

// wants checks what Next returns, and the Tick after it. rule is why it is g;
// that of the Tick is always the same.
func (w *world) wants(g *machine.G, inherit bool, tick uint32, rule string) {
	w.t.Helper()
	w.calls += " Next()"
	got, in := w.pick(w.calls, rule)
	show := func(g *machine.G, inherit bool, tick uint32) string {
		return fmt.Sprintf(check.Say("%s, inherit = %v, and then p.Tick = %d", "%s, inherit = %v, 그다음 p.Tick = %d"), queuetest.ID(g), inherit, tick)
	}
	check.True(w.t, got == g, w.calls, show(got, in, w.p.Tick)+w.locked(), show(g, inherit, tick), rule)
	check.True(w.t, in == inherit && w.p.Tick == tick, w.calls, show(got, in, w.p.Tick), show(g, inherit, tick), ticks)
	w.calls += "=" + queuetest.ID(g)
}

// locked says how often Next took the lock since somebody was put on global.
func (w *world) locked() string {
	return fmt.Sprintf(check.Say("; times the lock was taken: %d", "; 락을 잡은 횟수 %d"), w.lock.locks)
}

var (
	unseen = check.Say(
		". While the lock is not held, global looks empty",
		". 락을 잡지 않으면 전역 런큐는 비어 보입니다")
	order = check.Say(
		"the order is: on every 61st tick one from global, then p's own queue, then a batch from global. Nobody may be found too late, and nobody twice",
		"순서는 61번째 틱마다 전역 런큐에서 하나, 그다음 자기 큐, 그다음 전역 런큐에서 한 묶음입니다. 너무 늦게 발견되거나 두 번 발견되는 고루틴이 없어야 합니다") + unseen
	ticks = check.Say(
		"Tick counts time slices. A goroutine that inherits runs in the slice of another, so Tick stands still: a monitor that sees the same Tick for too long preempts whoever runs there",
		"Tick은 타임 슬라이스를 셉니다. 물려받은 고루틴은 남의 슬라이스에서 실행되므로 Tick이 그대로입니다. 모니터는 Tick이 너무 오래 그대로이면 거기서 실행 중인 고루틴을 선점합니다")
	sixtyFirst = check.Say(
		"when Tick % 61 = 0, one goroutine comes from global, before p's own. Else a P that always has work of its own would never look there",
		"Tick % 61 = 0이면 자기 큐보다 먼저 전역 런큐에서 하나를 가져옵니다. 그러지 않으면 자기 일이 늘 있는 P는 전역 런큐를 영영 보지 않습니다") + unseen
)

func TestNextPrefersItsOwnQueue(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		w := newWorld(t, 1, 8, 1)
		g := queuetest.Gs(4)
		w.toGlobal(g[0])
		w.queue.Put(g[1])
		w.queue.Put(g[2])
		w.queue.PutNext(g[3])
		w.calls += check.Say(" g0 in global, g1 g2 in the ring, g3 in the seat:", " g0은 전역 런큐, g1 g2는 링, g3은 링 앞의 자리:")
		w.wants(g[3], true, 1, order)
		w.wants(g[1], false, 2, order)
		w.wants(g[2], false, 3, order)
		check.Equal(t, w.calls, check.Say("times that the lock was taken", "락을 잡은 횟수"), w.lock.locks, 0, check.Say(
			"a goroutine of p's own costs no lock: that is what a local queue is for",
			"자기 큐의 고루틴을 꺼낼 때는 락이 필요 없습니다. 그래서 로컬 런큐를 둡니다"))
		w.wants(g[0], false, 4, order)
		w.wants(nil, false, 4, order)
		w.wants(nil, false, 4, order)
	})
}

func TestNextTakesABatchFromGlobal(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		for _, c := range []struct {
			tick                           uint32
			length, capacity, procs, batch int
		}{
			{1, 10, 8, 1, 4}, {1, 3, 8, 1, 3}, {1, 10, 256, 4, 3}, {1, 1, 8, 4, 1}, {1, 300, 256, 1, 128}, {1, 9, 2, 1, 1},
			{61, 10, 8, 1, 1}, {0, 10, 8, 1, 1}, // one, also when there is nobody of p's own
		} {
			w := newWorld(t, c.tick, c.capacity, c.procs)
			g := queuetest.Gs(c.length)
			w.toGlobal(g...)
			w.calls += fmt.Sprintf(check.Say(" procs %d, g0 … g%d in global:", " procs %d, 전역 런큐에 g0 … g%d:"), c.procs, c.length-1)
			rule := check.Say(
				"an empty P takes its fair share of global, but at most half of its ring: the first runs, the others go to its queue in their order. Half a ring of room stays for what they start. Read Link before Put: after it, it may be gone",
				"빈 P는 전역 런큐에서 공평한 몫을 가져오되 자기 링의 절반까지만 가져옵니다. 첫 번째는 실행하고 나머지는 순서대로 자기 큐에 넣습니다. 그 고루틴들이 새로 시작할 고루틴을 위해 링의 절반은 비워 둡니다. Link는 Put하기 전에 읽습니다. 넣은 뒤에는 Link가 이미 바뀌었을 수 있습니다") + unseen
			if c.tick%61 == 0 {
				rule = sixtyFirst
			}
			w.wants(g[0], false, c.tick+1, rule)
			mine := names(g[1:c.batch])
			check.True(t, names(w.queue.gs) == mine, w.calls, "p.Queue = "+names(w.queue.gs)+w.locked(), "p.Queue = "+mine, rule)
			w.lock.Lock()
			check.Equal(t, w.calls, "global.Len()", w.global.Len(), c.length-c.batch, rule)
			w.lock.Unlock()
		}
	})
}

func TestNextLooksAtGlobalEvery61stTick(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		// Two of its own that are always runnable, and three in global.
		w := newWorld(t, 0, 8, 1)
		g := queuetest.Gs(5)
		w.toGlobal(g[:3]...)
		w.queue.Put(g[3])
		w.queue.Put(g[4])
		var at []uint32
		call := check.Say("200 × Next, p.Tick from 0: g0 g1 g2 in global, g3 g4 of p's own are put again each time", "p.Tick 0부터 Next 200번: g0 g1 g2는 전역 런큐, 자기 큐의 g3 g4는 매번 다시 들어감")
		for range 200 {
			tick := w.p.Tick
			g, inherit := w.pick(call, sixtyFirst)
			check.True(t, g != nil && !inherit && w.p.Tick == tick+1, call, fmt.Sprintf("Next() = %s, inherit = %v, p.Tick %d → %d", queuetest.ID(g), inherit, tick, w.p.Tick),
				check.Say("a goroutine, inherit = false, p.Tick one up", "고루틴 하나, inherit = false, p.Tick은 1 증가"), sixtyFirst)
			if g.ID < 3 {
				at = append(at, tick)
				continue
			}
			w.queue.Put(g)
		}
		show := func(at []uint32) string {
			return fmt.Sprintf(check.Say("one came from global at the ticks %v", "전역 런큐에서 나온 틱 %v"), at)
		}
		want := []uint32{0, 61, 122}
		check.True(t, slices.Equal(at, want), call, show(at)+w.locked(), show(want), sixtyFirst)
	})
}

func TestNextFallsBackOnA61stTick(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		w := newWorld(t, 122, 8, 1)
		g := queuetest.Gs(3)
		w.queue.Put(g[0])
		w.queue.PutNext(g[1])
		w.calls += check.Say(" nobody in global, g0 in the ring, g1 in the seat:", " 전역 런큐는 비어 있고 g0은 링, g1은 링 앞의 자리:")
		w.wants(g[1], true, 122, order)
		w.toGlobal(g[2])
		w.calls += check.Say(" then g2 to global:", " 그다음 g2를 전역 런큐에:")
		w.wants(g[2], false, 123, sixtyFirst)
		w.wants(g[0], false, 124, order)
		w.wants(nil, false, 124, order)
	})
}

func TestThreeHundredRunAsInGo(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		// main, on Go's own scheduler: for i := range 300 { go … }, then it
		// blocks. What the harness sees there is what must come here.
		w := newWorld(t, 6, 256, 1)
		ring := gmp.NewQueue(256, func(b machine.Batch) {
			w.lock.Lock()
			w.global.PutBatch(b)
			w.lock.Unlock()
		})
		w.p.Queue = ring
		for _, g := range queuetest.Gs(300) {
			ring.PutNext(g)
		}
		var ran []uint64
		var fromGlobal []int
		call := check.Say("a queue of 256, 300 × PutNext(g0 … g299), p.Tick = 6, then Next until nobody is left", "용량 256인 큐에 PutNext(g0 … g299) 300번, p.Tick = 6, 그다음 아무도 없을 때까지 Next")
		for range 300 {
			g, _ := w.pick(call, order)
			if g == nil {
				break
			}
			// 0 to 127 and 256 overflowed; until the ring is empty they come singly.
			if len(ran) < 171 && (g.ID < 128 || g.ID == 256) {
				fromGlobal = append(fromGlobal, len(ran))
			}
			ran = append(ran, g.ID)
		}
		check.Equal(t, call, check.Say("goroutines that ran", "실행된 고루틴 수"), len(ran), 300, order)
		check.Equal(t, call, check.Say("the first five", "처음 다섯"), ran[:5], []uint64{299, 128, 129, 130, 131}, order)
		check.Equal(t, call, check.Say("positions of single ones from global", "전역 런큐에서 하나씩 나온 위치"), fromGlobal, []int{56, 117}, sixtyFirst)
		slices.Sort(ran)
		check.Equal(t, call, check.Say("different ones", "서로 다른 고루틴"), len(slices.Compact(ran)), 300, order)
	})
}

func TestAPairCannotStarveAThird(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		// g0 and g1 wake one another by PutNext, for ever; g2 waits in the ring.
		// The test is the monitor, Go's sysmon: when Tick has not moved for 10
		// turns, the one that runs is preempted, and goes to the global queue.
		const slice = 10
		w := newWorld(t, 1, 8, 1)
		g := queuetest.Gs(3)
		w.queue.Put(g[0])
		w.queue.Put(g[2])
		seen, still, ran, preempted := w.p.Tick, 0, []string{}, 0
		call := check.Say("g0 and g1 wake one another by PutNext, g2 waits in the ring; who runs when Tick has stood still for 10 turns is preempted",
			"g0과 g1이 PutNext로 서로를 깨우고 g2는 링에서 기다림. Tick이 10번 동안 그대로이면 실행 중인 고루틴을 선점함")
		for turn := 0; turn < 10*slice; turn++ {
			now, _ := w.pick(call, order)
			if now == nil {
				break
			}
			ran = append(ran, queuetest.ID(now))
			if now == g[2] {
				break
			}
			if w.p.Tick != seen {
				seen, still = w.p.Tick, 0
			}
			if still++; still == slice {
				preempted++
				w.toGlobal(now)
				continue
			}
			w.queue.PutNext(g[1-now.ID]) // it wakes the other, and blocks
		}
		check.True(t, len(ran) > 0 && ran[len(ran)-1] == "g2" && preempted == 1, call,
			fmt.Sprintf(check.Say("%d preemptions; ran: %s", "선점 %d번, 실행 순서: %s"), preempted, strings.Join(ran[:min(len(ran), 25)], " ")),
			check.Say("1 preemption, and then g2", "선점 1번, 그다음 g2"), ticks)
	})
}

func TestNextThreads(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		// Four Ms, each with its P. A goroutine that runs for the first time is
		// put again: on the P's queue, into its seat, or on the global queue.
		all := 1_000_000
		if testing.Short() || raceDetector() {
			all = 50_000
		}
		call := fmt.Sprintf(check.Say("4 Ms with a P each call Next until it is nil; %d goroutines that run twice", "P를 하나씩 가진 M 4개가 nil이 나올 때까지 Next를 부름. 고루틴 %d개가 두 번씩 실행됨"), all)
		gs := make([]machine.G, all)
		runs := make([]atomic.Int32, all)
		var lock sync.Mutex
		var global gmp.Global
		for i := range gs {
			gs[i].ID = uint64(i)
			global.Put(&gs[i])
		}
		var total atomic.Int64
		threads := check.Say(
			"four Ms share global under the lock, and each has a queue of its own. If they do not end: does each of them take the lock and give it back, does every loop end, or does each call walk the whole queue?",
			"M 넷은 락을 잡고 전역 런큐를 함께 쓰고, 큐는 저마다 하나씩 있습니다. 끝나지 않는다면 락을 잡고 나서 푸는지, 반복문이 끝나는지, 또는 부를 때마다 큐 전체를 따라가지 않는지 확인합니다")
		check.Within(t, call, threads, func() {
			panics := make(chan any, 4)
			var ms sync.WaitGroup
			for id := range 4 {
				ms.Go(func() {
					defer func() {
						if r := recover(); r != nil {
							panics <- r
						}
					}()
					p := &gmp.P{ID: id}
					p.Queue = gmp.NewQueue(8, func(b machine.Batch) {
						lock.Lock()
						defer lock.Unlock()
						global.PutBatch(b)
					})
					for {
						g, _ := p.Next(&lock, &global, 4)
						if g == nil {
							return // what others put on global they take themselves
						}
						total.Add(1)
						if runs[g.ID].Add(1) != 1 {
							continue
						}
						switch g.ID % 3 {
						case 0:
							p.Queue.Put(g)
						case 1:
							p.Queue.PutNext(g)
						case 2:
							lock.Lock()
							global.Put(g)
							lock.Unlock()
						}
					}
				})
			}
			ms.Wait()
			select {
			case r := <-panics:
				panic(r)
			default:
			}
		})
		wrong := 0
		for i := range runs {
			if runs[i].Load() != 2 {
				wrong++
			}
		}
		check.True(t, wrong == 0 && total.Load() == int64(2*all), call,
			fmt.Sprintf(check.Say("%d runs, %d goroutines that did not run twice", "%d번 실행, 두 번 실행되지 않은 고루틴 %d개"), total.Load(), wrong),
			fmt.Sprintf(check.Say("%d runs, 0 goroutines", "%d번 실행, 0개"), 2*all), check.Say(
				"nobody is lost and nobody runs twice at once: what is shared is touched under the lock only",
				"사라지는 고루틴도, 동시에 두 번 실행되는 고루틴도 없어야 합니다. 함께 쓰는 것은 반드시 락을 잡고 건드립니다"))
	})
}

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
