package gmp_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"gmplab/internal/check"
	"gmplab/internal/machine"
	"gmplab/internal/queuetest"
	gmp "gmplab/labs/04-gmp"
)

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
