package ctxswitch_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gmplab/internal/check"
	"gmplab/internal/machine"
	ctxswitch "gmplab/labs/03-context-switch"
)

// ---- Task 2: Ready ----

func gs(n int) []machine.G {
	all := make([]machine.G, n)
	for i := range all {
		all[i].ID = uint64(i + 1)
	}
	return all
}

func id(g *machine.G) string {
	if g == nil {
		return "nil"
	}
	return fmt.Sprintf("g%d", g.ID)
}

var fifo = check.Say(
	"first in, first out: who has waited longest runs next. In any other order a goroutine may wait for ever",
	"먼저 들어온 것이 먼저 나갑니다. 가장 오래 기다린 고루틴이 다음에 실행됩니다. 다른 순서라면 어떤 고루틴은 영원히 기다릴 수 있습니다")

// play pushes and pops as script says: "+2" pushes g2, "1" wants g1 popped,
// "-" wants nil.
func play(t *testing.T, script, rule string) {
	t.Helper()
	var r ctxswitch.Ready
	all := gs(9)
	stale := &machine.G{ID: 99}
	calls := []string{check.Say("(each g comes with g99 in its Link)", "(모든 g의 Link에는 g99가 남아 있음)")}
	for step := range strings.FieldsSeq(script) {
		if number, ok := strings.CutPrefix(step, "+"); ok {
			g := &all[number[0]-'1']
			g.Link = stale // a Link left over from an earlier life means nothing
			calls = append(calls, "Push("+id(g)+")")
			r.Push(g)
			continue
		}
		calls = append(calls, "Pop()")
		call := strings.Join(calls, " ")
		g := r.Pop()
		want := "nil"
		if step != "-" {
			want = "g" + step
		}
		check.True(t, id(g) == want, call, id(g), want, rule)
		if g != nil {
			check.Equal(t, call, id(g)+".Link", id(g.Link), "nil", check.Say(
				"a goroutine that is on no queue has no Link: whoever links it next must find none of ours",
				"어느 큐에도 없는 고루틴에는 Link가 없어야 합니다. 이 큐의 Link가 남아 있으면 다음에 잇는 쪽이 잘못 따라갑니다"))
		}
	}
}

func TestReadyIsFirstInFirstOut(t *testing.T) {
	check.Task(t, 2, func(t *testing.T) {
		play(t, "+1 1 -", fifo)
		play(t, "+1 +2 +3 1 2 3 -", fifo)
		play(t, "+1 +2 1 +3 2 +1 3 1 -", fifo)

		// More than fit into any array of a fixed size, and a second queue beside.
		const n = 200_000
		var long, other ctxswitch.Ready
		all, others := gs(n), gs(3)
		for i := range all {
			long.Push(&all[i])
			if i < len(others) {
				other.Push(&others[i])
			}
		}
		for i := range all {
			if g := long.Pop(); g != &all[i] {
				call := fmt.Sprintf(check.Say("Push of g1 to g%d, then Pop number %d, while another queue holds three", "g1부터 g%d까지 Push, 다른 큐에 셋이 있는 채로 %d번째 Pop"), n, i+1)
				check.Fail(t, call, id(g), id(&all[i]), fifo)
			}
		}
		g := other.Pop()
		check.True(t, g == &others[0], check.Say("the other queue: Pop()", "다른 큐: Pop()"), id(g), "g1", check.Say(
			"each Ready is a queue of its own: nothing is shared between two", "Ready는 저마다 따로인 큐입니다. 둘이 공유하는 것은 없습니다"))
	})
}

func TestReadyFillsAgainAfterItWasEmpty(t *testing.T) {
	check.Task(t, 2, func(t *testing.T) {
		rule := check.Say(
			"when the last one leaves, the queue is as new: what is pushed then is the first and the last. A stale head or tail loses it",
			"마지막 하나가 나가면 큐는 처음과 같습니다. 그때 넣는 것이 첫 번째이자 마지막입니다. 옛 head나 tail이 남아 있으면 새로 넣은 고루틴을 잃습니다")
		play(t, "+1 1 +2 2 - +3 +4 3 4 - - +5 5 -", rule)
	})
}

func TestReadyAgainstAModel(t *testing.T) {
	check.Task(t, 2, func(t *testing.T) {
		check.Model(t, fifo, func(rt *rapid.T) (call, got, want string) {
			var r ctxswitch.Ready
			var model, free []*machine.G
			all := gs(5)
			for i := range all {
				free = append(free, &all[i])
			}
			var calls []string
			for range rapid.IntRange(1, 30).Draw(rt, "calls") {
				if len(free) > 0 && rapid.Bool().Draw(rt, "push") {
					g := free[0]
					free = free[1:]
					calls = append(calls, "Push("+id(g)+")")
					r.Push(g)
					model = append(model, g)
					continue
				}
				calls = append(calls, "Pop()")
				popped := r.Pop()
				var first *machine.G
				if len(model) > 0 {
					first, model = model[0], model[1:]
					free = append(free, first)
				}
				if popped != first {
					return strings.Join(calls, " "), id(popped), id(first)
				}
			}
			return "", "", ""
		})
	})
}

func TestReadyAllocatesNothing(t *testing.T) {
	check.Task(t, 2, func(t *testing.T) {
		// A new queue for each batch: memory that a queue keeps for later is
		// memory of its own too. AllocsPerRun runs once more, to warm up.
		const runs = 10
		queues := make([]ctxswitch.Ready, runs+1)
		all := gs(100)
		popped := 0
		n := testing.AllocsPerRun(runs, func() {
			r := &queues[0]
			queues = queues[1:]
			for i := range all {
				r.Push(&all[i])
			}
			for range all {
				if r.Pop() != nil {
					popped++
				}
			}
		})
		call := check.Say("100 × Push, 100 × Pop", "Push 100번, Pop 100번")
		check.Equal(t, call, check.Say("goroutines popped", "꺼낸 고루틴 수"), popped, (runs+1)*len(all), fifo)
		check.Equal(t, call, check.Say("allocations", "할당 횟수"), n, 0.0, check.Say(
			"the queue is linked through G.Link, so a switch never waits for the memory allocator",
			"큐는 G.Link로 이어져 있습니다. 그래서 문맥 교환이 메모리 할당을 기다리는 일이 없습니다"))
	})
}

func TestReadyCostsTheSameHoweverLong(t *testing.T) {
	check.Task(t, 2, func(t *testing.T) {
		call := func(n int) string {
			return fmt.Sprintf(check.Say("Push(Pop()) on a queue of 10 and on one of %d", "길이가 10인 큐와 %d인 큐에서 Push(Pop())"), n)
		}
		// A walk along the queue is seen at 2,000 already, long before it would
		// take minutes to fill the long queue.
		for _, n := range []int{2000, 100_000} {
			ratio, ok := cost(n)
			check.True(t, ok, call(n), check.Say("Pop() = nil from a queue that is not empty", "비어 있지 않은 큐에서 Pop() = nil"), "g", fifo)
			check.True(t, ratio < 50, call(n),
				fmt.Sprintf(check.Say("%.0f times as long", "%.0f배"), ratio),
				check.Say("under 50 times", "50배 미만"),
				check.Say("O(1): the cost of a switch must not grow with the number of goroutines. Does Push or Pop walk along the queue, or copy it? Remember where it ends",
					"O(1): 문맥 교환의 비용이 고루틴의 수에 따라 늘어서는 안 됩니다. Push나 Pop이 큐를 처음부터 따라가거나 복사하고 있지 않습니까? 큐의 끝을 기억해 두면 됩니다"))
		}
	})
}
