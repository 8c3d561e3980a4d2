package steal_test

import (
	_ "embed"
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	realatomic "sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/anishathalye/porcupine"

	"gmplab/internal/check"
	"gmplab/internal/harness"
	"gmplab/internal/interleave"
	"gmplab/internal/interleave/atomic"
	"gmplab/internal/machine"
	"gmplab/internal/queuetest"
	steal "gmplab/labs/06-work-stealing"
)

func TestMain(m *testing.M) {
	harness.Play(parts)
	check.Main(m)
}

func newQueue(capacity int, overflow func(machine.Batch)) machine.RunQueue {
	return steal.NewQueue(capacity, overflow)
}

// looped is the body of a test that calls the learner's code outside of a
// model, where nobody else sees a loop without an end.
func looped(n int, body func(t *testing.T)) func(t *testing.T) {
	return func(t *testing.T) {
		t.Helper()
		ends(t, n)
		body(t)
	}
}

// ends runs through all that tasks 1 to n ask, and fails the test if
// that does not end. What comes of it the tests see.
func ends(t *testing.T, n int) {
	t.Helper()
	rule := check.Say(
		"with nobody else there every CompareAndSwap succeeds, from a value that was just read: read it again in each turn of the loop",
		"다른 스레드가 없으면 방금 읽은 값에서 시작하는 CompareAndSwap은 언제나 성공합니다. 반복할 때마다 값을 다시 읽어야 합니다")
	call := "Put, PutNext, Get, Empty"
	if n >= 4 {
		call += ", StealFrom"
	}
	if n == 1 {
		call = "NewOrder(8).Visit(3)"
		rule = check.Say("n visits, and the loop ends; it ends before that when yield returns false", "n번 들르면 반복이 끝납니다. yield가 false를 돌려주면 그 전에 끝납니다")
		check.Within(t, call, rule, func() {
			defer func() { _ = recover() }()
			left := 20
			steal.NewOrder(8).Visit(3)(func(int) bool { left--; return left > 0 })
		})
		return
	}
	check.Within(t, call, rule, func() {
		defer func() { _ = recover() }() // a panic is told by the test that meets it
		q, thief := steal.NewQueue(4, func(machine.Batch) {}), steal.NewQueue(4, nil)
		gs := queuetest.Gs(6)
		for i, g := range gs[:2+n] {
			if i < 4 || n >= 3 {
				q.Put(g)
			}
		}
		q.PutNext(gs[0])
		for range 8 {
			if n >= 4 {
				thief.StealFrom(q, n >= 5)
				thief.Get()
				thief.Get()
			}
			q.Get()
			q.Empty()
			thief.Empty()
		}
	})
}

// ---- Task 1: the order of visits ----

func everyP() string {
	return check.Say(
		"a thief looks at every P, and at each once: start, then add the stride modulo n. Whoever it leaves out keeps its work to itself",
		"도둑은 모든 P를 한 번씩 들여다봅니다. 시작한 곳에서 보폭을 더하고 n으로 나눈 나머지로 갑니다. 빠진 P의 일은 아무도 나누어 갖지 못합니다")
}

func TestVisitReachesEveryP(t *testing.T) {
	check.Task(t, 1, looped(1, func(t *testing.T) {
		for n := 1; n <= 64; n++ {
			order := steal.NewOrder(n)
			for i := range uint32(n * n) {
				r := i
				if i%2 == 1 {
					r = -i // up to 2^32-1
				}
				var got [64]int // the visits of each
				visits := 0
				order.Visit(r)(func(p int) bool {
					visits++
					if p >= 0 && p < n {
						got[p]++
					}
					return visits <= n
				})
				ok := visits == n
				for _, times := range got[:n] {
					ok = ok && times == 1
				}
				if ok {
					continue
				}
				var list []int
				order.Visit(r)(func(p int) bool { list = append(list, p); return len(list) <= n })
				check.Fail(t, fmt.Sprintf("NewOrder(%d).Visit(%d)", n, r), fmt.Sprint(list),
					fmt.Sprintf(check.Say("each of 0 to %d once", "0부터 %d까지 한 번씩"), n-1), everyP())
			}
		}
	}))
}

func TestVisitIsFair(t *testing.T) {
	check.Task(t, 1, looped(1, func(t *testing.T) {
		rule := check.Say(
			"r says both: the start by its remainder, the stride by its quotient. Every pair comes equally often, so thieves spread over their victims, and two that begin at one P go on apart",
			"r이 둘 다 정합니다. 나머지가 시작, 몫이 보폭입니다. 모든 조합이 똑같이 자주 나와야 도둑들이 여러 P로 흩어지고, 같은 P에서 시작한 둘도 곧 갈라집니다")
		for n := 1; n <= 64; n++ {
			strides := 0
			for i := 1; i <= n; i++ {
				a, b := i, n
				for b != 0 {
					a, b = b, a%b
				}
				if a == 1 {
					strides++
				}
			}
			order := steal.NewOrder(n)
			seen := map[[2]int]int{}
			for r := range uint32(n * strides) {
				at := [2]int{-1, -1} // the first two
				i := 0
				for p := range order.Visit(r) {
					if i == 2 {
						break
					}
					at[i] = p
					i++
				}
				seen[at]++
			}
			delete(seen, [2]int{-1, -1})
			check.Equal(t, fmt.Sprintf(check.Say("NewOrder(%d).Visit(r), r = 0 … %d", "NewOrder(%d).Visit(r), r = 0 … %d"), n, n*strides-1),
				check.Say("different pairs of start and stride", "서로 다른 시작과 보폭의 조합"), len(seen), n*strides, rule)
		}
	}))
}

func TestVisitStopsWhenTold(t *testing.T) {
	check.Task(t, 1, looped(1, func(t *testing.T) {
		calls := 0
		steal.NewOrder(8).Visit(3)(func(int) bool { calls++; return calls < 3 })
		check.Equal(t, check.Say("Visit(3), whose third yield returns false", "Visit(3), 세 번째 yield가 false를 돌려줌"),
			check.Say("calls of yield", "yield를 부른 횟수"), calls, 3, check.Say(
				"when yield returns false, stop: the thief has found something and looks no further",
				"yield가 false를 돌려주면 멈춥니다. 도둑이 이미 찾았으니 더 볼 필요가 없습니다"))
	}))
}

// ---- Task 2: the ring and the seat ----

func TestQueueIsFirstInFirstOut(t *testing.T) {
	check.Task(t, 2, looped(2, func(t *testing.T) { queuetest.FirstInFirstOut(t, newQueue) }))
}

func TestQueueGoesRound(t *testing.T) {
	check.Task(t, 2, looped(2, func(t *testing.T) { queuetest.GoesRound(t, newQueue) }))
}

func TestQueueKnowsWhenItIsEmpty(t *testing.T) {
	check.Task(t, 2, looped(2, func(t *testing.T) { queuetest.KnowsWhenItIsEmpty(t, newQueue) }))
}

func TestNextGoesFirst(t *testing.T) {
	check.Task(t, 2, looped(2, func(t *testing.T) { queuetest.NextGoesFirst(t, newQueue) }))
}

func TestNextKicksTheOldOne(t *testing.T) {
	check.Task(t, 2, looped(2, func(t *testing.T) { queuetest.NextKicksTheOldOne(t, newQueue) }))
}

func TestNextHasRoomBesideAFullRing(t *testing.T) {
	check.Task(t, 2, looped(2, func(t *testing.T) { queuetest.NextHasRoomBesideAFullRing(t, newQueue) }))
}

func TestQueueAgainstAModel(t *testing.T) {
	check.Task(t, 2, looped(2, func(t *testing.T) {
		queuetest.AgainstAModel(t, newQueue, "next", check.Say(
			"lab 04's queue: slot = index % capacity, empty when head = tail; the seat of PutNext comes before the ring",
			"실습 04의 큐와 같습니다. 칸은 인덱스 % 용량이고 head = tail이면 비어 있습니다. PutNext의 자리는 링보다 앞입니다"))
	}))
}

//go:embed steal.go
var source string

// constants are the plain fields of a Queue that hold a number and never change
// it, a mask say. Whatever is put, taken and stolen, they stay what they were.
func constants() (names []string) {
	q, other := steal.NewQueue(4, func(machine.Batch) {}), steal.NewQueue(4, nil)
	numbers := func() map[string]string {
		all := map[string]string{}
		v := reflect.ValueOf(q).Elem()
		for i := range v.NumField() {
			if f := v.Field(i); (f.CanInt() || f.CanUint()) && !f.IsZero() {
				all[v.Type().Field(i).Name] = fmt.Sprint(f)
			}
		}
		return all
	}
	before := numbers()
	for range 5 {
		for _, g := range queuetest.Gs(7) {
			q.Put(g)
			q.PutNext(g)
		}
		other.StealFrom(q, false)
		for range 64 { // more than it holds: a Get that never empties it is told elsewhere
			if g, _ := other.Get(); g == nil {
				break
			}
		}
		q.Get()
		for name, was := range numbers() {
			if before[name] != was {
				delete(before, name)
			}
		}
	}
	for name := range before {
		names = append(names, name)
	}
	return names
}

func TestStateIsAtomic(t *testing.T) {
	check.Task(t, 2, looped(2, func(t *testing.T) {
		rule := check.Say(
			"all that changes is in a type of interleave/atomic, and nothing is locked: so the explorer sees every step that thieves and owner can come between",
			"변하는 것은 모두 interleave/atomic의 타입에 있고 락은 없습니다. 그래야 도둑과 주인이 끼어들 수 있는 모든 걸음을 탐색기가 봅니다")
		q := steal.NewQueue(4, nil)
		g := queuetest.Gs(1)
		q.Put(g[0])
		got, _ := q.Get()
		check.Equal(t, "q := NewQueue(4, …) Put(g0)", "Get()", queuetest.ID(got), "g0", rule)
		for _, err := range []error{
			interleave.Imports("steal.go", source),
			interleave.Fields(q, append(constants(), "overflow")...),
			interleave.Fields(new(steal.Spin)),
		} {
			if err != nil {
				check.Fail(t, "steal.go", err.Error(), check.Say("fields of types such as atomic.Uint32, and no locks or channels", "atomic.Uint32 같은 타입의 필드만 있고 락과 채널은 없음"), rule)
			}
		}
	}))
}

// ---- Task 3: overflow ----

func TestHalfAndTheNewcomerOverflow(t *testing.T) {
	check.Task(t, 3, looped(3, func(t *testing.T) { queuetest.HalfAndTheNewcomerOverflow(t, newQueue) }))
}

func TestTheKickedOneOverflows(t *testing.T) {
	check.Task(t, 3, looped(3, func(t *testing.T) { queuetest.TheKickedOneOverflows(t, newQueue) }))
}

func TestOverflowIsCalledLast(t *testing.T) {
	check.Task(t, 3, looped(3, func(t *testing.T) { queuetest.OverflowIsCalledLast(t, newQueue) }))
}

func TestQueueAllocatesNothing(t *testing.T) {
	check.Task(t, 3, looped(3, func(t *testing.T) { queuetest.AllocatesNothing(t, newQueue) }))
}

func TestOverflowAgainstAModel(t *testing.T) {
	check.Task(t, 3, looped(3, func(t *testing.T) {
		queuetest.AgainstAModel(t, newQueue, "overflow", check.Say(
			"half of a full ring and the newcomer leave as one batch, linked in their order; nobody is lost and nobody is in two places",
			"가득 찬 링의 절반과 새로 온 고루틴은 순서대로 이어진 한 묶음으로 나갑니다. 사라지는 고루틴도, 두 곳에 있는 고루틴도 없어야 합니다"))
	}))
}

// ---- Task 4: to steal half ----

// index returns a queue's index of that name, nil if it has none.
func index(q *steal.Queue, name string) *atomic.Uint32 {
	f := reflect.ValueOf(q).Elem().FieldByName(name)
	if !f.IsValid() || f.Type() != reflect.TypeFor[atomic.Uint32]() {
		return nil
	}
	return (*atomic.Uint32)(unsafe.Pointer(f.UnsafeAddr()))
}

// everywhere runs f on a victim and a thief as they are made, and where their
// indices wrap around, if they do.
func everywhere(capacity int, f func(at string, victim, thief *steal.Queue)) {
	victim, thief := steal.NewQueue(capacity, nil), steal.NewQueue(capacity, nil)
	f("", victim, thief)
	// Whoever counts in another way has nothing that wraps.
	probe := steal.NewQueue(4, nil)
	g := queuetest.Gs(1)[0]
	for range 6 {
		probe.Put(g)
		probe.Get()
	}
	if head := index(probe, "head"); head == nil || head.Load() != 6 {
		return
	}
	const wrap = ^uint32(0) - 1
	victim, thief = steal.NewQueue(capacity, nil), steal.NewQueue(capacity, nil)
	for _, q := range []*steal.Queue{victim, thief} {
		for _, name := range []string{"head", "tail"} {
			if i := index(q, name); i != nil {
				i.Store(wrap)
			}
		}
	}
	f(fmt.Sprintf("head = tail = %#x, ", wrap), victim, thief)
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
					links[i] = g.Link
					victim.Put(g)
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

// explore runs a model, and words its failure.
func explore(t *testing.T, bound int, call, rule string, f func(m *interleave.Model), events ...string) {
	t.Helper()
	r := interleave.Explore(bound, f)
	if r.Failure != nil {
		want := fmt.Sprintf(check.Say("every order with at most %d preemptions ends well", "선점이 %d번까지인 모든 실행 순서가 바르게 끝남"), bound)
		check.Fail(t, call, r.Failure.Error(), want, rule)
	}
	for _, e := range events {
		if r.Saw(e) == 0 {
			check.Fail(t, call, fmt.Sprintf(check.Say("in none of %d orders took place: %s", "실행 순서 %d개 가운데 어디에서도 일어나지 않은 일: %s"), r.Runs, e),
				check.Say("it takes place in some", "일어나는 순서가 있음"), rule)
		}
	}
	t.Logf("%d schedules", r.Schedules)
}

// deeper is two preemptions more where there is time.
func deeper() int {
	if testing.Short() || harness.Race() {
		return 2
	}
	return 4
}

// scene is a model in which each goroutine may be taken once.
type scene struct {
	*interleave.Model
	gs []*machine.G
	by []string // who took it
}

func newScene(m *interleave.Model, n int) *scene {
	s := &scene{Model: m, gs: queuetest.Gs(n), by: make([]string, n)}
	for _, g := range s.gs {
		m.Label(g, queuetest.ID(g))
	}
	return s
}

// queue adds a queue of capacity 4 that holds gs. What overflows is taken.
func (s *scene) queue(name string, gs ...*machine.G) *steal.Queue {
	q := steal.NewQueue(4, func(b machine.Batch) {
		s.Saw("overflow")
		s.Check(b.N == 3 && b.Last != nil && b.Last.Link == nil, "overflow(%s): want 3 that are linked", "overflow(%s): 이어진 3개여야 합니다", queuetest.IDs(b))
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
		for id, by := range s.by {
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
		explore(t, deeper(), check.Say("in the ring g0 g1 g2; the owner calls Get() twice, a thief StealFrom(victim, false)", "링에 g0 g1 g2; 주인은 Get() 두 번, 도둑은 StealFrom(victim, false)"), oneOwner(),
			func(m *interleave.Model) {
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
		explore(t, deeper(), check.Say("the ring is empty; the owner calls Put(g0) Put(g1), a thief StealFrom(victim, false)", "링은 비어 있음; 주인은 Put(g0) Put(g1), 도둑은 StealFrom(victim, false)"), check.Say(
			"the slot is written first, then the tail: from the moment the tail says so, thieves look into the slot",
			"칸에 먼저 쓰고 그다음 tail을 올립니다. tail이 올라간 순간부터 도둑이 그 칸을 들여다봅니다"),
			func(m *interleave.Model) {
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
		explore(t, 2, check.Say("in the ring g0 g1 g2 g3; two thieves call StealFrom(victim, false), the owner Get()", "링에 g0 g1 g2 g3; 도둑 둘은 StealFrom(victim, false), 주인은 Get()"), oneOwner(),
			func(m *interleave.Model) {
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

func TestModelOverflowWhileStealing(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		explore(t, deeper(), check.Say("in the ring g0 g1 g2 g3, it is full; the owner calls Put(g4), a thief StealFrom(victim, false)", "링에 g0 g1 g2 g3, 가득 참; 주인은 Put(g4), 도둑은 StealFrom(victim, false)"), check.Say(
			"the half that overflows is taken by CompareAndSwap too, as a thief takes its half. Did it fail, then a thief has made room: look again. Before it succeeded no Link may be written",
			"넘치는 절반도 도둑처럼 CompareAndSwap으로 가져갑니다. 실패했다면 도둑이 자리를 만든 것이니 다시 봅니다. 성공하기 전에는 어떤 Link도 쓰면 안 됩니다"),
			func(m *interleave.Model) {
				s := newScene(m, 5)
				thief := s.queue("thief")
				victim := s.queue("victim", s.gs[:4]...)
				stale := s.gs[0].Link
				m.Go("owner", func() { victim.Put(s.gs[4]); m.Saw("put") })
				m.Go("thief", func() {
					g := thief.StealFrom(victim, false)
					s.took("thief", g)
					if g == s.gs[1] {
						m.Saw("a thief is before the overflow")
						for _, g := range s.gs[:2] {
							m.Check(g.Link == stale, "the owner wrote g%d.Link, and a thief has taken g%d", "주인이 g%d.Link를 썼지만 g%d은(는) 도둑이 가져갔습니다", g.ID, g.ID)
						}
					}
				})
				s.rest("victim thief", victim, thief)
			}, "put", "overflow", "a thief is before the overflow")
	})
}

func TestModelChainedSteals(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		explore(t, 2, check.Say("in the ring g0 g1 g2 g3; a steals from the victim and runs what it has, b steals from a", "링에 g0 g1 g2 g3; a는 victim에게서 훔쳐 실행하고 b는 a에게서 훔침"), check.Say(
			"the Store of the tail publishes: only when the batch is taken may others see it. From then on a thief is a victim like any other",
			"tail의 Store가 공개하는 순간입니다. 묶음을 가져간 다음에야 남에게 보여야 합니다. 그때부터는 도둑도 다른 P와 똑같이 도둑맞을 수 있습니다"),
			func(m *interleave.Model) {
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
		explore(t, 2, check.Say("in the ring g0 g1 g2 g3; the owner calls Get() and Put() of another, eight times: every slot is used again; a thief StealFrom(victim, false)", "링에 g0 g1 g2 g3; 주인은 Get()과 다른 고루틴의 Put()을 여덟 번 되풀이해 모든 칸을 다시 씀; 도둑은 StealFrom(victim, false)"), check.Say(
			"indices only grow. A head that came back to its old value would let a CompareAndSwap succeed though all has changed (ABA), and the copies that the thief holds are of another time",
			"인덱스는 커지기만 합니다. head가 옛 값으로 돌아오면 모두 바뀌었는데도 CompareAndSwap이 성공합니다(ABA). 도둑이 쥔 복사본은 이미 지난 것입니다"),
			func(m *interleave.Model) {
				s := newScene(m, 12)
				thief := s.queue("thief")
				victim := s.queue("victim", s.gs[:4]...)
				m.Go("owner", func() {
					for _, g := range s.gs[4:] {
						old, _ := victim.Get()
						s.took("owner", old)
						victim.Put(g)
					}
					m.Saw("round")
				})
				m.Go("thief", func() {
					if g := thief.StealFrom(victim, false); s.took("thief", g) && g.ID >= 4 {
						m.Saw("one of the second round is stolen")
					}
				})
				s.rest("victim thief", victim, thief)
			}, "round", "one of the second round is stolen")
	})
}

func TestModelIndicesOnlyGrow(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		explore(t, 2, check.Say("in the ring g0 g1; the owner calls Get() three times, then Put(g2) Put(g3); a thief StealFrom(victim, false)", "링에 g0 g1; 주인은 Get() 세 번, 그다음 Put(g2) Put(g3); 도둑은 StealFrom(victim, false)"), check.Say(
			"indices only grow, also where the queue is empty: set back to 0, they show a thief goroutines that are gone, and let its CompareAndSwap succeed",
			"큐가 비었을 때도 인덱스는 커지기만 합니다. 0으로 되돌리면 도둑이 이미 없는 고루틴을 보게 되고, 도둑의 CompareAndSwap도 성공해 버립니다"),
			func(m *interleave.Model) {
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
		explore(t, deeper(), check.Say("in the ring g0; the owner calls Put(g1) Get() Put(g2): the ring is never empty; a thief StealFrom(victim, false)", "링에 g0; 주인은 Put(g1) Get() Put(g2), 링은 한순간도 비지 않음; 도둑은 StealFrom(victim, false)"), check.Say(
			"nil says that there was a moment at which the ring was empty. Read the head first: then the tail that you read is not older than it",
			"nil은 링이 비어 있던 순간이 있었다는 뜻입니다. head를 먼저 읽어야 합니다. 그래야 읽은 tail이 head보다 오래된 값이 되지 않습니다"),
			func(m *interleave.Model) {
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
		bound := 2
		if harness.Race() {
			bound = 1 // a hundred thousand schedules take too long there
		}
		explore(t, bound, check.Say("the ring is full of g0 g1 g2 g3; the owner calls Put(g4) PutNext(g5) Get(), two thieves StealFrom(victim, false); any of them stops for ever", "링에 g0 g1 g2 g3, 가득 참; 주인은 Put(g4) PutNext(g5) Get(), 도둑 둘은 StealFrom(victim, false); 그중 아무나 영원히 멈춤"), lockFree(),
			func(m *interleave.Model) {
				s := newScene(m, 6)
				a, b := s.queue("a"), s.queue("b")
				victim := s.queue("victim", s.gs[:4]...)
				m.Freeze()
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
		explore(t, deeper(), check.Say("in the seat g0; the owner calls PutNext(g1) Get() Get(), a thief StealFrom(victim, true)", "자리에 g0; 주인은 PutNext(g1) Get() Get(), 도둑은 StealFrom(victim, true)"), seatLast(),
			func(m *interleave.Model) {
				s := newScene(m, 2)
				thief := s.queue("thief")
				victim := s.queue("victim")
				victim.PutNext(s.gs[0])
				m.Freeze()
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
		explore(t, deeper(), check.Say("in the seat g0; two thieves call StealFrom(victim, true)", "자리에 g0; 도둑 둘이 StealFrom(victim, true)를 부름"), seatLast(),
			func(m *interleave.Model) {
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

func TestModelEmpty(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		explore(t, deeper(), check.Say("in the seat g0; the owner calls PutNext(g1), which sends g0 to the ring, and Get(), which takes g1; another thread asks Empty()", "자리에 g0; 주인은 g0을 링으로 보내는 PutNext(g1)과 g1을 꺼내는 Get()을 부름; 다른 스레드가 Empty()를 물음"), check.Say(
			"Empty says true only if there was a moment at which nobody was there. Ring and seat are read one after the other, and in between g0 went from the seat, which you had not read, to the ring, which you had. A thread that believes it goes to sleep beside work",
			"Empty는 아무도 없던 순간이 있었을 때만 true입니다. 링과 자리는 하나씩 차례로 읽는데, 그 사이에 g0이 아직 읽지 않은 자리에서 이미 읽은 링으로 옮겨 갔습니다. 이 답을 믿은 스레드는 일이 있는데도 잠듭니다"),
			func(m *interleave.Model) {
				s := newScene(m, 2)
				victim := s.queue("victim")
				victim.PutNext(s.gs[0])
				m.Freeze("owner")
				m.Go("owner", func() {
					victim.PutNext(s.gs[1])
					g, _ := victim.Get()
					s.took("owner", g)
					m.Saw("moved")
				})
				m.Go("asker", func() {
					m.Check(!victim.Empty(), "Empty says true, but g0 was in the queue all the time", "Empty가 true라고 했지만 g0은 내내 큐에 있었습니다")
					m.Saw("asked")
				})
				s.rest("victim", victim)
			}, "moved", "asked")
	})
}

func TestModelEmptyWhileStolenFrom(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		explore(t, deeper(), check.Say("in the ring g0; PutNext(g1), and then a thief steals g0; another thread asks Empty()", "링에 g0; PutNext(g1)을 부르고 나서 도둑이 g0을 훔침; 다른 스레드가 Empty()를 물음"), check.Say(
			"Empty says true only if there was a moment at which nobody was there. A seat that was free when you read it may be taken when you read the ring",
			"Empty는 아무도 없던 순간이 있었을 때만 true입니다. 읽을 때 비어 있던 자리도 링을 읽을 때는 차 있을 수 있습니다"),
			func(m *interleave.Model) {
				s := newScene(m, 2)
				victim, thief := s.queue("victim", s.gs[0]), s.queue("thief")
				m.Go("others", func() {
					victim.PutNext(s.gs[1])
					if s.took("thief", thief.StealFrom(victim, false)) {
						m.Saw("stolen")
					}
				})
				m.Go("asker", func() {
					m.Check(!victim.Empty(), "Empty says true, but first g0 and then g1 was in the queue", "Empty가 true라고 했지만 큐에는 g0이, 이어서 g1이 있었습니다")
					m.Saw("asked")
				})
				s.rest("victim thief", victim, thief)
			}, "stolen", "asked")
	})
}

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
		"release the P, spin no longer, and only then look again. Whoever submits work makes it visible, and then sees whether one spins: so one of the two sees the other. In any other order both may look too early, and the work lies there beside a thread that sleeps",
		"P를 내놓고, 스핀을 그만두고, 그다음에 다시 봅니다. 일을 내놓는 쪽은 일을 큐에 넣어 보이게 한 다음 스핀하는 스레드가 있는지 봅니다. 그래서 둘 중 하나는 반드시 상대가 한 일을 봅니다. 순서가 다르면 둘 다 너무 일찍 확인해서, 스레드가 잠든 채 일이 남습니다")
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
		}
	})
}

func TestModelOnlyOneWakes(t *testing.T) {
	check.Task(t, 6, func(t *testing.T) {
		explore(t, deeper(), check.Say("nobody spins; two threads that submitted work call Wake()", "아무도 스핀하지 않음; 일을 내놓은 스레드 둘이 Wake()를 부름"), check.Say(
			"of several that ask at once, one wakes: to look and to count are one step",
			"동시에 물어도 하나만 깨웁니다. 확인하고 세기를 한 연산으로 해야 합니다"),
			func(m *interleave.Model) {
				var s steal.Spin
				m.Watch("spin", &s)
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
		explore(t, deeper(), check.Say("two threads: May(100), then Found(); who is told to wake calls Cancel()", "스레드 둘: May(100), 그다음 Found(); 깨우라는 답을 받으면 Cancel()"), check.Say(
			"of two that have found work at the same moment, the one that ends its spinning last wakes another: if each believes that the other still spins, nobody looks for what is left",
			"둘이 동시에 일을 찾았으면 마지막으로 스핀을 끝내는 쪽이 다른 스레드를 깨웁니다. 서로 상대가 아직 스핀한다고 믿으면 남은 일을 아무도 찾지 않습니다"),
			func(m *interleave.Model) {
				var s steal.Spin
				m.Watch("spin", &s)
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
					m.Check(spun == 2 && woken > 0, "%d have found work, and none of them wakes another", "%d개가 일을 찾았는데 아무도 다른 스레드를 깨우지 않습니다", spun)
				})
			}, "both spin")
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
		explore(t, deeper(), check.Say("one M spins, finds nothing and parks; another submits work: it appears, then Wake()", "M 하나는 스핀하다가 일을 찾지 못해 Park함; 다른 하나는 일을 보이게 한 뒤 Wake()를 부름"), releaseFirst(),
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
		explore(t, deeper(), check.Say("one M that does not spin parks; another submits work: it appears, then Wake()", "스핀하지 않는 M 하나가 Park함; 다른 하나는 일을 보이게 한 뒤 Wake()를 부름"), check.Say(
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
		explore(t, 2, check.Say("two Ms look for work, one of them spins; another submits work twice: both get some", "M 둘이 일을 찾고 그중 하나는 스핀함; 다른 하나가 일을 두 번 내놓음: 둘 다 일을 얻음"), check.Say(
			"no P is idle beside work: while one spins nobody else is woken, so when it finds work, Found must wake the next",
			"일이 있는데 노는 P가 있으면 안 됩니다. 하나가 스핀하는 동안 아무도 깨우지 않았으므로, 일을 찾으면 Found가 다음 스레드를 깨워야 합니다"),
			func(m *interleave.Model) {
				c := &crew{Model: m, notes: make([]interleave.Note, 2)}
				submit := c.units()
				spins := c.spin.May(3)
				m.Go("M0", func() { c.work(0, spins) })
				m.Go("M1", func() { c.work(1, false) })
				m.Go("submitter", func() { submit(); submit() })
			}, "the second look finds work", "a sleeper is woken", "no idle P")
	})
}

func TestModelSleepBesideAQueue(t *testing.T) {
	check.Task(t, 6, func(t *testing.T) {
		explore(t, 2, check.Say("a P runs g9, which starts g0 and g1 by PutNext; a thief without work steals, or parks", "P가 실행하는 g9가 PutNext로 g0과 g1을 시작함; 일이 없는 도둑은 훔치거나 Park함"), releaseFirst(),
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
