// Package queuetest is the test suite of a machine.RunQueue with one owner:
// what labs 04 and 06 ask of a P's local run queue. A lab calls its functions
// in tests of its own, so that each stands in the right task.
//
// Every function tries the queue twice: as New makes it, and with the indices
// of its ring just below 2^32, so that they wrap around. Put is never called
// from inside overflow; Get is.
package queuetest

import (
	"fmt"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"pgregory.net/rapid"

	"gmplab/internal/check"
	"gmplab/internal/machine"
)

// Make makes an empty queue: a lab's NewQueue.
type Make func(capacity int, overflow func(machine.Batch)) machine.RunQueue

// wrap is where indices begin that soon wrap around.
const wrap = ^uint32(0) - 2

// queue is a queue under test, with all that was called so far.
type queue struct {
	t testing.TB
	machine.RunQueue
	calls  []string
	popped func(machine.Batch) // what overflow does
}

// each runs f on a queue that begins at 0 and, if its indices only grow, on
// one that is about to wrap.
func (mk Make) each(t testing.TB, capacity int, f func(q *queue)) {
	t.Helper()
	f(mk.begin(t, capacity))
	q := mk.begin(t, capacity)
	if said := Wrap(q.RunQueue); said != "" {
		q.calls[0] += said
		f(q)
	}
}

func (mk Make) begin(t testing.TB, capacity int) *queue {
	q := &queue{t: t, popped: func(machine.Batch) {}}
	q.RunQueue = mk(capacity, func(b machine.Batch) { q.popped(b) })
	q.calls = []string{fmt.Sprintf("q := NewQueue(%d, overflow)", capacity)}
	return q
}

// turn puts and gets n times.
func turn(q machine.RunQueue, n uint32) {
	g := new(machine.G)
	for range n {
		q.Put(g)
		q.Get()
	}
}

// Wrap moves the indices of an empty queue, of whatever name, to where they soon
// wrap around, as if so many goroutines had been there, and says so. It says ""
// and moves nothing if the queue has none: those of 64 bits never wrap around,
// those that stay below a few times the capacity do so all the time, and beside
// them there may be a number that counts in another way. It first goes round as
// far as the slot of wrap, so that what the queue keeps elsewhere agrees.
func Wrap(q machine.RunQueue) string {
	fields := words(q)
	var before []uint32
	for _, f := range fields {
		before = append(before, f.Load())
	}
	size := uint32(q.Cap())
	n := 16*size + wrap%size
	if Try(func() { turn(q, n) }) != "" {
		return ""
	}
	var names []string
	var indices []field
	for i, f := range fields {
		switch f.Load() {
		case n:
			indices, names = append(indices, f), append(names, f.name)
		case before[i]:
		default:
			return ""
		}
	}
	if len(indices) < 2 {
		return ""
	}
	for _, f := range indices {
		f.Store(wrap)
	}
	return fmt.Sprintf(check.Say(", with %s = %#x,", ", 이때 %s = %#x,"), strings.Join(names, " = "), wrap)
}

// cell is a word that can be read and set: a uint32, or an atomic one.
type cell interface {
	Load() uint32
	Store(uint32)
}

type word uint32

func (w *word) Load() uint32   { return uint32(*w) }
func (w *word) Store(v uint32) { *w = word(v) }

// field is a word of the queue under test, and its name there.
type field struct {
	name string
	cell
}

// words are the queue's fields of 32 bits.
func words(q machine.RunQueue) (found []field) {
	v := reflect.ValueOf(q)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return nil
	}
	for i := range v.Elem().NumField() {
		f := v.Elem().Field(i)
		p := unsafe.Pointer(f.UnsafeAddr())
		var c cell
		if f.Kind() == reflect.Uint32 || f.Kind() == reflect.Int32 {
			c = (*word)(p)
		} else {
			c, _ = reflect.NewAt(f.Type(), p).Interface().(cell)
		}
		if c != nil {
			found = append(found, field{v.Elem().Type().Field(i).Name, c})
		}
	}
	return found
}

// Try calls f, the learner's code. If it panics, Try says of what and where.
func Try(f func()) (panicked string) {
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		panicked = fmt.Sprintf(check.Say("a panic: %v", "패닉: %v"), r)
		pcs := make([]uintptr, 50)
		frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
		for {
			f, more := frames.Next()
			if strings.HasPrefix(f.Function, "gmplab/labs/") && !strings.Contains(f.Function, "_test.") {
				panicked += fmt.Sprintf("\n  %s:%d", filepath.Base(f.File), f.Line)
			}
			if !more {
				return
			}
		}
	}()
	f()
	return ""
}

func noPanic() string { return check.Say("no panic", "패닉 없음") }

// Gs returns n goroutines, g0 to g(n-1), each with a Link left over from
// another life.
func Gs(n int) []*machine.G {
	stale := &machine.G{ID: 99999}
	all := make([]*machine.G, n)
	for i := range all {
		all[i] = &machine.G{ID: uint64(i), Link: stale}
	}
	return all
}

// ID names a goroutine.
func ID(g *machine.G) string {
	if g == nil {
		return "nil"
	}
	return fmt.Sprintf("g%d", g.ID)
}

// IDs names the goroutines of a batch, as far as its links lead, and no
// further than one beyond its N.
func IDs(b machine.Batch) string {
	var s []string
	for g := b.First; g != nil && len(s) <= b.N; g = g.Link {
		s = append(s, ID(g))
	}
	return fmt.Sprintf("N %d: %s", b.N, strings.Join(s, " "))
}

func (q *queue) call() string {
	if n := len(q.calls); n > 24 {
		return q.calls[0] + " … " + strings.Join(q.calls[n-20:], " ")
	}
	return strings.Join(q.calls, " ")
}

// safely calls f. If it panics or does not end, that is told with what was
// called before.
func (q *queue) safely(call string, f func()) {
	q.t.Helper()
	q.calls = append(q.calls, call)
	var panicked string
	rule := check.Say(
		"every index is taken modulo the capacity just before the slot is used, and only the difference of two says how many are in between; nothing else may be assumed of it",
		"인덱스는 칸에 접근하기 직전에 용량으로 나눈 나머지로 바꾸고, 몇 개가 들어 있는지는 두 인덱스의 차이로만 압니다. 그 밖의 가정은 할 수 없습니다")
	check.Within(q.t, q.call(), rule, func() { panicked = Try(f) })
	if q.t.Failed() { // inside overflow, in the goroutine of Within
		q.t.FailNow()
	}
	check.True(q.t, panicked == "", q.call(), panicked, noPanic(), rule)
}

func (q *queue) put(g *machine.G)     { q.safely("Put("+ID(g)+")", func() { q.Put(g) }) }
func (q *queue) putNext(g *machine.G) { q.safely("PutNext("+ID(g)+")", func() { q.PutNext(g) }) }

// wants checks that Get gives g, and by which way.
func (q *queue) wants(g *machine.G, inherit bool, rule string) {
	q.t.Helper()
	var got *machine.G
	var in bool
	q.safely("Get()", func() { got, in = q.Get() })
	show := func(g *machine.G, inherit bool) string { return fmt.Sprintf("%s, inherit = %v", ID(g), inherit) }
	check.True(q.t, got == g && in == inherit, q.call(), show(got, in), show(g, inherit), rule)
}

func (q *queue) empty(want bool, rule string) {
	q.t.Helper()
	var got bool
	q.safely("Empty()", func() { got = q.Empty() })
	check.Equal(q.t, q.call(), "Empty()", got, want, rule)
}

func fifo() string {
	return check.Say(
		"first in, first out: who has waited longest in the ring runs next. In any other order a goroutine may wait for ever",
		"먼저 들어온 것이 먼저 나갑니다. 링에서 가장 오래 기다린 고루틴이 다음에 실행됩니다. 다른 순서라면 어떤 고루틴은 영원히 기다릴 수 있습니다")
}

// FirstInFirstOut checks: Put and Get, up to a full ring.
func FirstInFirstOut(t testing.TB, mk Make) {
	t.Helper()
	g := Gs(4)
	mk.each(t, 4, func(q *queue) {
		q.put(g[0])
		q.wants(g[0], false, fifo())
		q.wants(nil, false, fifo())
		for i := range g {
			q.put(g[i])
		}
		for i := range g {
			q.wants(g[i], false, fifo())
		}
		q.wants(nil, false, fifo())
	})
}

// GoesRound checks: the slots of the ring are used again and again, and the indices
// pass 2^32.
func GoesRound(t testing.TB, mk Make) {
	t.Helper()
	rule := check.Say(
		"the slot of an index is index % capacity. head and tail are only ever raised, and wrap around: after 2^32-1 comes 0. So they are never compared by <, only by == and by their difference",
		"인덱스의 칸은 인덱스 % 용량입니다. head와 tail은 올리기만 하며, 2^32-1 다음은 0으로 되감깁니다. 그래서 <로 비교하지 않고 ==와 차이만 봅니다")
	for _, capacity := range []int{4, 8, 256} {
		g := Gs(capacity)
		mk.each(t, capacity, func(q *queue) {
			for fill := 1; fill <= capacity; fill = 2*fill + 1 {
				n := min(fill, capacity)
				for i := range n {
					q.put(g[i])
				}
				q.empty(false, rule)
				for i := range n {
					q.wants(g[i], false, rule)
				}
				q.empty(true, rule)
			}
			for _, g := range g {
				q.put(g)
			}
			for i := range 3 * capacity {
				q.wants(g[i%capacity], false, rule)
				q.put(g[i%capacity])
			}
		})
	}
}

// KnowsWhenItIsEmpty checks: Empty goes with Get.
func KnowsWhenItIsEmpty(t testing.TB, mk Make) {
	t.Helper()
	rule := check.Say(
		"Empty says whether Get would return nil, and takes nothing. A P that is wrongly taken for empty is left alone with its goroutines",
		"Empty는 Get이 nil을 돌려줄지를 알려 줄 뿐 아무것도 꺼내지 않습니다. Empty가 비었다고 잘못 답하면 그 P의 고루틴은 아무도 가져가지 않습니다")
	g := Gs(2)
	mk.each(t, 4, func(q *queue) {
		q.empty(true, rule)
		q.put(g[0])
		q.empty(false, rule)
		q.empty(false, rule)
		q.put(g[1])
		q.wants(g[0], false, rule)
		q.empty(false, rule)
		q.wants(g[1], false, rule)
		q.empty(true, rule)
	})
}

func seat() string {
	return check.Say(
		"PutNext gives the seat in front of the ring: who sits there runs next and inherits the time slice; who sat there before goes to the tail",
		"PutNext는 고루틴을 링 앞의 자리에 앉힙니다. 거기 앉은 고루틴이 다음에 실행되며 타임 슬라이스를 물려받습니다. 먼저 앉아 있던 고루틴은 tail로 갑니다")
}

// NextGoesFirst checks: the seat of PutNext.
func NextGoesFirst(t testing.TB, mk Make) {
	t.Helper()
	g := Gs(4)
	mk.each(t, 4, func(q *queue) {
		q.putNext(g[0])
		q.empty(false, seat())
		q.wants(g[0], true, seat())
		q.wants(nil, false, seat())
		q.empty(true, seat())
		q.put(g[0])
		q.put(g[1])
		q.putNext(g[2])
		q.wants(g[2], true, seat())
		q.wants(g[0], false, seat())
		q.putNext(g[3])
		q.wants(g[3], true, seat())
		q.wants(g[1], false, seat())
		q.wants(nil, false, seat())
	})
}

// NextKicksTheOldOne checks: a second PutNext.
func NextKicksTheOldOne(t testing.TB, mk Make) {
	t.Helper()
	g := Gs(5)
	mk.each(t, 4, func(q *queue) {
		for _, g := range g { // as five go statements do
			q.putNext(g)
		}
		q.wants(g[4], true, seat())
		for _, g := range g[:4] {
			q.wants(g, false, seat())
		}
		q.wants(nil, false, seat())
		q.put(g[0])
		q.putNext(g[1])
		q.putNext(g[2])
		q.wants(g[2], true, seat())
		q.wants(g[0], false, seat())
		q.wants(g[1], false, seat())
		q.wants(nil, false, seat())
	})
}

// NextHasRoomBesideAFullRing checks: the seat is no slot of the ring.
func NextHasRoomBesideAFullRing(t testing.TB, mk Make) {
	t.Helper()
	g := Gs(5)
	mk.each(t, 4, func(q *queue) {
		q.popped = func(b machine.Batch) {
			check.Fail(q.t, q.call(), "overflow("+IDs(b)+")", check.Say("no overflow", "overflow 호출 없음"), seat())
		}
		for _, g := range g[:4] {
			q.put(g)
		}
		q.putNext(g[4])
		q.wants(g[4], true, seat())
		for _, g := range g[:4] {
			q.wants(g, false, seat())
		}
		q.wants(nil, false, seat())
	})
}

func half() string {
	return check.Say(
		"a full ring sends away its first half and the newcomer behind them, in one batch: the next capacity/2 Puts need no lock of the global queue, so it is taken once in capacity/2 + 1",
		"가득 찬 링은 앞쪽 절반과 그 뒤에 새로 온 고루틴을 한 묶음으로 내보냅니다. 그러면 다음 Put 용량/2번은 전역 런큐의 락이 필요 없고, 락은 Put 용량/2 + 1번에 한 번만 잡습니다")
}

func batchOf(gs []*machine.G) string {
	var s []string
	for _, g := range gs {
		s = append(s, ID(g))
	}
	return fmt.Sprintf("N %d: %s", len(gs), strings.Join(s, " "))
}

// overflows lets the queue note its batches and unlink their goroutines, as
// another thread would that runs them at once.
func (q *queue) overflows() *[]string {
	batches := new([]string)
	q.popped = func(b machine.Batch) {
		s := IDs(b)
		if b.N > 0 && (b.Last == nil || b.Last.Link != nil || !strings.HasSuffix(s, " "+ID(b.Last))) {
			s += fmt.Sprintf(check.Say(", but Last is %s", ", 그런데 Last는 %s"), ID(b.Last))
			if b.Last != nil {
				s += fmt.Sprintf(check.Say(" and its Link %s", "이고 그 Link는 %s"), ID(b.Last.Link))
			}
		}
		*batches = append(*batches, s)
		for g, n := b.First, b.N; g != nil && n > 0; n-- {
			link := g.Link
			g.Link = &machine.G{ID: 88888}
			g = link
		}
	}
	return batches
}

// HalfAndTheNewcomerOverflow checks: a Put to a full ring.
func HalfAndTheNewcomerOverflow(t testing.TB, mk Make) {
	t.Helper()
	for _, capacity := range []int{2, 4, 8, 256} {
		g := Gs(2*capacity + 2)
		mk.each(t, capacity, func(q *queue) {
			batches := q.overflows()
			for _, g := range g[:capacity] {
				q.put(g)
			}
			check.Equal(t, q.call(), check.Say("batches that overflowed", "내보낸 묶음"), len(*batches), 0, half())
			h := capacity / 2
			q.put(g[capacity])
			want := []string{batchOf(append(g[:h:h], g[capacity]))}
			check.Equal(t, q.call(), check.Say("batches that overflowed", "내보낸 묶음"), *batches, want, half())
			// Half of the ring is free again, and what is in it kept its order.
			for _, g := range g[capacity+1 : capacity+1+h] {
				q.put(g)
			}
			check.Equal(t, q.call(), check.Say("batches that overflowed", "내보낸 묶음"), *batches, want, half())
			for _, g := range append(g[h:capacity:capacity], g[capacity+1:capacity+1+h]...) {
				q.wants(g, false, half())
			}
			q.wants(nil, false, half())
		})
	}
}

// TheKickedOneOverflows checks: PutNext to a full ring, whose seat is taken.
func TheKickedOneOverflows(t testing.TB, mk Make) {
	t.Helper()
	rule := check.Say(
		"who is kicked out of the seat is put as by Put: if the ring is full, that one is the newcomer, and the new one has the seat",
		"자리에서 밀려난 고루틴은 Put한 것과 똑같이 링에 들어갑니다. 링이 가득 차 있으면 밀려난 고루틴이 묶음의 맨 뒤에 붙어 나가고, 자리에는 PutNext로 온 고루틴이 앉습니다")
	g := Gs(6)
	mk.each(t, 4, func(q *queue) {
		batches := q.overflows()
		for _, g := range g[:4] {
			q.put(g)
		}
		q.putNext(g[4])
		q.putNext(g[5])
		check.Equal(t, q.call(), check.Say("batches that overflowed", "내보낸 묶음"), *batches, []string{"N 3: g0 g1 g4"}, rule)
		q.wants(g[5], true, rule)
		q.wants(g[2], false, rule)
		q.wants(g[3], false, rule)
		q.wants(nil, false, rule)
	})
}

// OverflowIsCalledLast checks: the batch is off the queue when overflow sees
// it, off the ring and off the seat.
func OverflowIsCalledLast(t testing.TB, mk Make) {
	t.Helper()
	rule := check.Say(
		"take the batch off the ring first, then call overflow: from that moment on another thread may run its goroutines. Whoever is in both queues runs twice",
		"먼저 링에서 덜어 낸 다음 overflow를 부릅니다. 그 순간부터 다른 스레드가 그 고루틴들을 실행할 수 있습니다. 두 큐에 모두 있는 고루틴은 두 번 실행됩니다")
	g := Gs(5)
	mk.each(t, 4, func(q *queue) {
		called := false
		q.popped = func(machine.Batch) {
			called = true
			q.calls = append(q.calls, check.Say("(inside overflow:)", "(overflow 안에서:)"))
			q.wants(g[2], false, rule)
			q.wants(g[3], false, rule)
			q.wants(nil, false, rule)
		}
		for _, g := range g {
			q.put(g)
		}
		check.True(t, called, q.call(), check.Say("overflow was not called", "overflow가 불리지 않음"), "overflow(N 3: g0 g1 g4)", half())
	})
	rule = check.Say(
		"who is kicked out of the seat has left it before it is put: Put may call overflow, and from that moment on another thread may run the batch. Whoever still has the seat runs twice",
		"밀려난 고루틴은 Put하기 전에 이미 자리를 떠나 있어야 합니다. Put이 overflow를 부를 수 있고, 그 순간부터 다른 스레드가 그 묶음을 실행할 수 있습니다. 아직 자리에 앉아 있는 고루틴은 두 번 실행됩니다")
	g = Gs(6)
	mk.each(t, 4, func(q *queue) {
		called := false
		q.popped = func(b machine.Batch) {
			called = true
			gone := map[*machine.G]bool{}
			for g, n := b.First, b.N; g != nil && n > 0; g, n = g.Link, n-1 {
				gone[g] = true
			}
			q.calls = append(q.calls, check.Say("(inside overflow("+IDs(b)+"):)", "(overflow("+IDs(b)+") 안에서:)"))
			for range len(g) {
				var got *machine.G
				q.safely("Get()", func() { got, _ = q.Get() })
				if got == nil {
					return
				}
				check.True(q.t, !gone[got], q.call(), ID(got)+check.Say(", which is in the batch", ", 묶음에 들어 있는 고루틴"), check.Say("nobody of the batch", "묶음에 없는 고루틴"), rule)
			}
		}
		for _, g := range g[:4] {
			q.put(g)
		}
		q.putNext(g[4])
		q.putNext(g[5])
		check.True(t, called, q.call(), check.Say("overflow was not called", "overflow가 불리지 않음"), "overflow(N 3: g0 g1 g4)", half())
	})
}

// AllocatesNothing checks: neither Put, PutNext and Get nor an overflow.
func AllocatesNothing(t testing.TB, mk Make) {
	t.Helper()
	total := 0
	q := mk(8, func(b machine.Batch) { total += b.N })
	g := Gs(40)
	got := 0
	const runs = 10
	call := check.Say("40 × Put or PutNext on a queue of 8, then Get until it is empty", "용량 8인 큐에 Put 또는 PutNext를 40번 하고 빌 때까지 Get")
	n := 0.0
	check.Within(t, call, half(), func() {
		n = testing.AllocsPerRun(runs, func() {
			for i, g := range g {
				if i%2 == 0 {
					q.Put(g)
				} else {
					q.PutNext(g)
				}
			}
			for range len(g) {
				if g, _ := q.Get(); g != nil {
					got++
				}
			}
		})
	})
	check.Equal(t, call, check.Say("goroutines seen", "나온 고루틴 수"), got+total, (runs+1)*len(g), half())
	check.Equal(t, call, check.Say("allocations", "할당 횟수"), n, 0.0, check.Say(
		"the ring is there already, and a batch is linked through G.Link: who starts a goroutine does not wait for the memory allocator",
		"링은 이미 있고 묶음은 G.Link로 이어집니다. 고루틴을 시작하는 일이 메모리 할당을 기다리지 않습니다"))
}

// AgainstAModel tries random calls; upTo limits them to those of a task:
// "ring", "next" or "overflow".
func AgainstAModel(t testing.TB, mk Make, upTo, rule string) {
	t.Helper()
	check.Within(t, check.Say("random calls, one after the other", "아무렇게나 고른 호출을 차례로"), rule, func() { againstAModel(t, mk, upTo, rule) })
}

func againstAModel(t testing.TB, mk Make, upTo, rule string) {
	t.Helper()
	canWrap := Wrap(mk(4, func(machine.Batch) {})) != ""
	check.Model(t, rule, func(rt *rapid.T) (call, got, want string) {
		capacity := rapid.SampledFrom([]int{2, 4, 8}).Draw(rt, "capacity")
		var batches []string
		q := mk(capacity, func(b machine.Batch) { batches = append(batches, IDs(b)) })
		calls := []string{fmt.Sprintf("q := NewQueue(%d, overflow)", capacity)}
		if canWrap && rapid.Bool().Draw(rt, "wrap") {
			calls[0] += Wrap(q)
		}
		var ring []*machine.G
		var next *machine.G
		var sent []string
		panicked := ""
		try := func(call string, f func()) bool { // false: it panicked
			calls = append(calls, call)
			panicked = Try(f)
			return panicked == ""
		}
		put := func(g *machine.G) {
			if len(ring) == capacity {
				h := capacity / 2
				sent = append(sent, batchOf(append(ring[:h:h], g)))
				ring = ring[h:]
				return
			}
			ring = append(ring, g)
		}
		fresh := Gs(60)
		for i := range rapid.IntRange(1, 40).Draw(rt, "calls") {
			switch what := rapid.IntRange(0, 4).Draw(rt, "call"); {
			case what == 0 && upTo != "ring":
				old := next
				if old != nil && len(ring) == capacity && upTo == "next" {
					continue
				}
				next = fresh[i]
				if !try("PutNext("+ID(next)+")", func() { q.PutNext(next) }) {
					return strings.Join(calls, " "), panicked, noPanic()
				}
				if old != nil {
					put(old)
				}
			case what <= 2:
				if len(ring) == capacity && upTo != "overflow" {
					continue
				}
				if !try("Put("+ID(fresh[i])+")", func() { q.Put(fresh[i]) }) {
					return strings.Join(calls, " "), panicked, noPanic()
				}
				put(fresh[i])
			default:
				var g, first *machine.G
				var inherit bool
				if !try("Get()", func() { g, inherit = q.Get() }) {
					return strings.Join(calls, " "), panicked, noPanic()
				}
				seated := next != nil
				if seated {
					first, next = next, nil
				} else if len(ring) > 0 {
					first, ring = ring[0], ring[1:]
				}
				if g != first || inherit != seated {
					return strings.Join(calls, " "), fmt.Sprintf("%s, inherit = %v", ID(g), inherit), fmt.Sprintf("%s, inherit = %v", ID(first), seated)
				}
			}
			if a, b := fmt.Sprint(batches), fmt.Sprint(sent); a != b {
				return strings.Join(calls, " "), "overflow: " + a, "overflow: " + b
			}
			var a bool
			if !try("Empty()", func() { a = q.Empty() }) {
				return strings.Join(calls, " "), panicked, noPanic()
			}
			if b := next == nil && len(ring) == 0; a != b {
				return strings.Join(calls, " "), fmt.Sprint("Empty() = ", a), fmt.Sprint("Empty() = ", b)
			}
			calls = calls[:len(calls)-1]
		}
		return "", "", ""
	})
}
