package ctxswitch_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"gmplab/internal/check"
	"gmplab/internal/clock"
	"gmplab/internal/machine"
	ctxswitch "gmplab/labs/03-context-switch"
)

func TestMain(m *testing.M) {
	check.Main(m)
}

// marked returns a CPU whose registers and PC all differ, using the stack of
// the goroutine it returns, of which every word differs too.
func marked(id uint64) (*machine.CPU, *machine.G) {
	s := machine.NewStack(64)
	for i := range s.Words() {
		s.Words()[i] = 0x5000 + uint64(i)
	}
	c := &machine.CPU{PC: 0x700 + id}
	c.Use(s)
	for i := range c.R {
		c.R[i] = 0x100*(id+1) + uint64(i)
	}
	c.R[machine.SP], c.R[machine.BP] = s.Lo+40*machine.Word, s.Lo+44*machine.Word
	return c, &machine.G{ID: id, Stack: s}
}

// strangers fills c as another goroutine would leave it.
func strangers(c *machine.CPU) {
	c.Use(machine.NewStack(64))
	c.PC = 0xbad
	for i := range c.R {
		c.R[i] = 0xbad000 + uint64(i)
	}
}

var (
	threeWords = check.Say(
		"a goroutine that gave way by itself goes on by three words, PC, SP and BP. One that is lost is a goroutine that goes on in the wrong place or on the wrong stack",
		"스스로 양보한 고루틴은 PC, SP, BP 세 워드만으로 이어서 실행됩니다. 하나라도 잃으면 엉뚱한 곳에서, 또는 엉뚱한 스택으로 이어지게 됩니다")
	nothingElse = check.Say(
		"a cooperative switch is cheap because it touches nothing else: the convention says that every other register is dead at a YIELD",
		"협력적 문맥 교환이 싼 까닭은 다른 것을 건드리지 않기 때문입니다. YIELD에서 나머지 레지스터는 호출 규약에 따라 모두 죽은 값입니다")
)

// ---- Task 1: Save and Load ----

func TestSaveKeepsThreeWords(t *testing.T) {
	check.Task(t, 1, func(t *testing.T) {
		c, g := marked(1)
		want := machine.Context{PC: c.PC, SP: c.R[machine.SP], BP: c.R[machine.BP]}
		registers, pc, words := c.R, c.PC, slices.Clone(g.Stack.Words())
		g.Full = true // as it may be from an earlier preemption
		c.Poison, c.Guard = true, 0x77
		g.Ret, g.Link = 0x66, &machine.G{ID: 99}
		g.Status.Store(machine.Running)
		rest := func() string {
			return fmt.Sprintf("c {Guard %#x, Poison %t, Stack %#x} g {ID %d, Status %d, Ret %#x, Link %s, Stack %#x}",
				c.Guard, c.Poison, c.Stack().Lo, g.ID, g.Status.Load(), g.Ret, id(g.Link), g.Stack.Lo)
		}
		before := rest()

		ctxswitch.Save(c, g)

		call := fmt.Sprintf("Save(c, g): PC = %#x, SP = %#x, BP = %#x", want.PC, want.SP, want.BP)
		check.Equal(t, call, "g.Context.PC", check.Addr(g.Context.PC), check.Addr(want.PC), threeWords)
		check.Equal(t, call, "g.Context.SP", check.Addr(g.Context.SP), check.Addr(want.SP), threeWords)
		check.Equal(t, call, "g.Context.BP", check.Addr(g.Context.BP), check.Addr(want.BP), threeWords)
		check.Equal(t, call, "g.Full", g.Full, false, check.Say(
			"Full says how g was saved last. If Save leaves it set, the scheduler looks for sixteen registers on a stack where there are none",
			"Full은 g가 마지막에 어떻게 저장되었는지를 나타냅니다. Save가 지우지 않으면 스케줄러가 있지도 않은 레지스터 열여섯 개를 스택에서 찾습니다"))
		sameRegisters(t, call, c, registers, nothingElse)
		check.Equal(t, call, check.Say("c's PC", "c의 PC"), c.PC, pc, nothingElse)
		check.True(t, slices.Equal(g.Stack.Words(), words), call,
			check.Say("words of the stack changed", "스택의 워드가 바뀌었습니다"),
			check.Say("the stack as it was", "그대로인 스택"), nothingElse)
		check.True(t, rest() == before, call, rest(), before, nothingElse)
	})
}

func TestLoadBringsThreeWordsBack(t *testing.T) {
	check.Task(t, 1, func(t *testing.T) {
		c, g := marked(1)
		pc, sp, bp := c.PC, c.R[machine.SP], c.R[machine.BP]
		ctxswitch.Save(c, g)
		words := slices.Clone(g.Stack.Words())
		strangers(c)

		ctxswitch.Load(c, g)

		call := check.Say("Save(c, g), another goroutine runs, Load(c, g)", "Save(c, g), 다른 고루틴 실행, Load(c, g)")
		check.Equal(t, call, "c.PC", check.Addr(c.PC), check.Addr(pc), threeWords)
		check.Equal(t, call, "c.R[SP]", check.Addr(c.R[machine.SP]), check.Addr(sp), threeWords)
		check.Equal(t, call, "c.R[BP]", check.Addr(c.R[machine.BP]), check.Addr(bp), threeWords)
		check.Equal(t, call, "c.Stack().Lo", check.Addr(c.Stack().Lo), check.Addr(g.Stack.Lo), check.Say(
			"a CPU reads and writes one stack: Load must call c.Use(g.Stack), as Go's gogo sets g",
			"CPU는 스택 하나만 읽고 씁니다. Go의 gogo가 g를 설정하듯 Load는 c.Use(g.Stack)을 불러야 합니다"))
		check.Equal(t, call, "c.Guard", check.Addr(c.Guard), check.Addr(g.Stack.Lo+machine.GuardWords*machine.Word), check.Say(
			"the guard belongs to the stack: c.Use sets it, and it must stay so", "스택 가드는 스택에 딸린 값입니다. c.Use가 정한 그대로여야 합니다"))
		check.True(t, slices.Equal(g.Stack.Words(), words), call,
			check.Say("words of the stack changed", "스택의 워드가 바뀌었습니다"),
			check.Say("the stack as it was", "그대로인 스택"), nothingElse)
	})
}

// counting yields after each step; its only state is on its stack.
const counting = `
main:   ENTER 2             ; main(id, n): n times: log id, yield
        LOAD  R1, [BP+24]
        STORE [BP-8], R1    ; what must live through YIELD lives on the stack
loop:   LOAD  R1, [BP-8]
        JEQ   R1, 0, end
        SUB   R1, 1
        STORE [BP-8], R1
        LOAD  R1, [BP+16]
        STORE [SP], R1
        HOST  log
        YIELD
        JMP   loop
end:    RET
`

// logged assembles source with a HOST log that notes its argument.
func logged(t *testing.T, source string) (*machine.Program, *[]uint64) {
	t.Helper()
	log := new([]uint64)
	p := check.Program(t, "test.asm", source, map[string]machine.Host{
		"log": func(args []uint64) uint64 {
			*log = append(*log, args[0])
			return 0
		},
	})
	return p, log
}

func TestTwoGoroutinesTakeTurns(t *testing.T) {
	check.Task(t, 1, func(t *testing.T) {
		p, log := logged(t, counting)
		c := &machine.CPU{Poison: true}
		a := check.NewG(t, p, 1, "main", 64, 1, 3)
		b := check.NewG(t, p, 2, "main", 64, 2, 3)
		call := check.Say("Load(c, g), run, Save(c, g), for two goroutines in turn, until each has logged 3 times",
			"두 고루틴에 번갈아 Load(c, g), 실행, Save(c, g). 각각 세 번 기록할 때까지")
		for turn := range 6 {
			g := []*machine.G{a, b}[turn%2]
			ctxswitch.Load(c, g)
			trap := c.Run(p)
			check.True(t, trap.Kind == machine.Yield, call,
				fmt.Sprintf("%v (%v), log %v", trap.Kind, trap.Err, *log), "YIELD", threeWords)
			ctxswitch.Save(c, g)
		}
		check.Equal(t, call, "log", *log, []uint64{1, 2, 1, 2, 1, 2}, threeWords)
	})
}

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

// cost says how many times as long Push(Pop()) takes on a queue of n
// goroutines as on one of 10: the best of some rounds, taken in turn, so that a
// busy machine hits both. It is not ok if a goroutine gets lost.
func cost(n int) (ratio float64, ok bool) {
	const moves = 1000
	var best [2]time.Duration
	var queues [2]ctxswitch.Ready
	for i, length := range []int{10, n} {
		all := gs(length)
		for k := range all {
			queues[i].Push(&all[k])
		}
	}
	for range 20 {
		for i := range queues {
			start := clock.Now()
			for range moves {
				g := queues[i].Pop()
				if g == nil {
					return 0, false
				}
				queues[i].Push(g)
			}
			// 1 at least: a clock that goes in steps may see no time pass.
			if d := max(1, clock.Now()-start); best[i] == 0 || d < best[i] {
				best[i] = d
			}
		}
	}
	return float64(best[1]) / float64(best[0]), true
}

// ---- Task 3: Run ----

var loading = check.Say(
	"the scheduler does not panic, and as a goroutine was saved, so it is loaded: by LoadAll if g.Full is set, by Load if it is not. Loaded the other way it reads words that nobody saved",
	"스케줄러는 패닉을 일으키지 않습니다. 그리고 저장한 방식대로 불러옵니다. g.Full이면 LoadAll, 아니면 Load입니다. 다른 방식으로 불러오면 아무도 저장하지 않은 워드를 읽게 됩니다")

// run lets Run schedule gs on a CPU that stops after each slice of
// instructions (0: never), every register poisoned where it may be.
func run(t *testing.T, p *machine.Program, ready ctxswitch.Queue, slice int, gs ...*machine.G) (err error) {
	t.Helper()
	for _, g := range gs {
		ready.Push(g)
	}
	c := &machine.CPU{Poison: true, Slice: slice}
	check.Within(t, "Run(c, p, ready)", loading, func() { err = ctxswitch.Run(c, p, ready) })
	return err
}

func TestRunGoesRound(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) {
		p, log := logged(t, counting)
		err := run(t, p, new(ctxswitch.Ready), 0,
			check.NewG(t, p, 1, "main", 64, 1, 3),
			check.NewG(t, p, 2, "main", 64, 2, 3),
			check.NewG(t, p, 3, "main", 64, 3, 3))
		call := check.Say("Run(c, p, ready) with g1, g2, g3, each logs its id and yields, 3 times",
			"Run(c, p, ready): g1, g2, g3이 각각 자기 번호를 기록하고 양보하기를 세 번 반복")
		check.True(t, err == nil, call, fmt.Sprint(err), "nil", check.Say("YIELD and EXIT are no errors", "YIELD와 EXIT는 오류가 아닙니다"))
		check.Equal(t, call, "log", *log, []uint64{1, 2, 3, 1, 2, 3, 1, 2, 3}, check.Say(
			"who yields goes to the end of the queue, and the one at its front runs: round robin",
			"양보한 고루틴은 큐의 끝으로 가고 맨 앞의 고루틴이 실행됩니다. 이것이 라운드 로빈입니다"))
	})
}

func TestRunLosesNobodyWhenOthersExit(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) {
		p, log := logged(t, counting)
		for _, turns := range [][]uint64{{0, 0, 0}, {3, 2, 1}, {1, 2, 3}, {2, 3, 1}, {0, 3, 1}, {3, 0, 2}, {5, 1, 0}} {
			*log = nil
			var gs []*machine.G
			for i, n := range turns {
				gs = append(gs, check.NewG(t, p, uint64(i+1), "main", 64, uint64(i+1), n))
			}
			var ready ctxswitch.Ready
			err := run(t, p, &ready, 0, gs...)
			call := fmt.Sprintf(check.Say("Run(c, p, ready): g1, g2, g3 exit after %v turns", "Run(c, p, ready): g1, g2, g3이 각각 %v번 뒤에 종료"), turns)
			counts := make([]uint64, len(turns))
			for _, who := range *log {
				counts[who-1]++
			}
			rule := check.Say("every goroutine runs to its end, whichever ends first, and Run returns when none is left",
				"누가 먼저 끝나든 모든 고루틴이 끝까지 실행되고, 하나도 남지 않으면 Run이 끝납니다")
			check.True(t, err == nil, call, fmt.Sprint(err), "nil", rule)
			check.Equal(t, call, check.Say("turns", "실행 횟수"), counts, turns, rule)
			check.Equal(t, call, "ready.Pop()", id(ready.Pop()), "nil", rule)
		}
		check.Equal(t, "Run", check.Say("log of the last run", "마지막 실행의 기록"), *log, []uint64{1, 2, 1, 1, 1, 1}, fifo)
	})
}

// onlooker is a queue that plays the second thread of a real scheduler: what
// is pushed may be run by someone else at that very moment. So it looks at g
// when it is pushed, not later.
type onlooker struct {
	ctxswitch.Queue
	look func(g *machine.G)
}

func (o onlooker) Push(g *machine.G) {
	o.look(g)
	o.Queue.Push(g)
}

// fifoQueue is a queue of the test's own, so that task 3's tests of Run need no Ready.
type fifoQueue []*machine.G

func (q *fifoQueue) Push(g *machine.G) { *q = append(*q, g) }
func (q *fifoQueue) Pop() *machine.G {
	if len(*q) == 0 {
		return nil
	}
	g := (*q)[0]
	*q = (*q)[1:]
	return g
}

var publish = check.Say(
	"save before you publish: once g is on the queue, another thread may load it. If g.Context is still the old one, it runs the same steps twice, while we go on scribbling on its stack",
	"내놓기 전에 저장합니다. g가 큐에 올라간 순간부터 다른 스레드가 g를 실행할 수 있습니다. g.Context가 아직 옛것이라면 같은 곳을 두 번 실행하게 되고, 그동안 우리도 그 스택에 계속 씁니다")

func TestRunSavesBeforeItPublishes(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) {
		p, log := logged(t, counting)
		yield := machine.Context{}
		for pc := range uint64(p.Len()) {
			if strings.HasSuffix(p.Where(pc), " YIELD") {
				yield.PC = pc + 1
			}
		}
		g := check.NewG(t, p, 1, "main", 64, 1, 3)
		yield.BP = g.Context.SP - machine.Word
		yield.SP = yield.BP - 2*machine.Word
		pushes := 0
		call := check.Say("Run(c, p, ready) with g1 and g2: the first YIELD of g1; the queue looks at g1 when Push gets it",
			"g1과 g2로 Run(c, p, ready): g1의 첫 YIELD. 큐는 Push가 g1을 받는 순간 g1을 살핍니다")
		// g2 is there so that g1 is never alone: who is alone may go on unpushed.
		other := check.NewG(t, p, 2, "main", 64, 2, 3)
		var seen machine.Context
		var full, dirty bool
		err := run(t, p, onlooker{&fifoQueue{}, func(pushed *machine.G) {
			if pushed != g {
				return
			}
			if pushes++; pushes == 2 { // the first Push is the test's own
				seen, full = g.Context, g.Full
			}
			if pushes > 1 {
				// What lies below SP belongs to nobody: a switch by three words
				// leaves it alone.
				for addr := g.Stack.Lo; addr < yield.SP; addr += machine.Word {
					dirty = dirty || g.Stack.Get(addr) != 0
				}
			}
		}}, 0, g, other)
		check.Equal(t, check.Say("Run(c, p, ready): g1 and g2 yield 3 times each", "Run(c, p, ready): g1과 g2가 세 번씩 양보"),
			check.Say("times that g1 is pushed, the test's own Push included", "g1의 Push 횟수(테스트가 처음 넣은 것 포함)"), pushes, 4, check.Say(
				"a goroutine that yields while others wait is pushed once, each time", "다른 고루틴이 기다릴 때 양보한 고루틴은 그때마다 한 번 큐에 들어갑니다"))
		check.Equal(t, call, "g1.Full", full, false, nothingElse)
		check.Equal(t, call, "g1.Context", context(seen), context(yield), publish)
		check.True(t, !dirty, call, check.Say("words below SP were written", "SP 아래의 워드에 무엇인가를 썼습니다"),
			check.Say("a save of three words, in g.Context", "g.Context에 세 워드만 저장"), nothingElse)
		check.True(t, err == nil, call, fmt.Sprint(err), "nil", publish)
		check.Equal(t, call, "log", *log, []uint64{1, 2, 1, 2, 1, 2}, publish)
	})
}

func context(c machine.Context) string {
	return fmt.Sprintf("{PC %d, SP %#x, BP %#x}", c.PC, c.SP, c.BP)
}

func TestRunLoadsWhatItPops(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) {
		p, log := logged(t, counting)
		g := check.NewG(t, p, 1, "main", 64, 1, 6)
		call := check.Say("Run(c, p, ready) with g1 alone, which logs 6 times: at each Push another thread runs g1 up to its next YIELD, then it is in the queue again",
			"g1 혼자 여섯 번 기록하는 Run(c, p, ready): Push마다 다른 스레드가 g1을 다음 YIELD까지 실행하고 다시 큐에 넣음")
		other := &machine.CPU{Poison: true}
		pushes := 0
		err := run(t, p, onlooker{&fifoQueue{}, func(g *machine.G) {
			if pushes++; pushes == 1 || pushes > 100 { // the first Push is the test's own
				return
			}
			before := g.Context
			ctxswitch.Load(other, g)
			if other.Run(p).Kind == machine.Yield {
				ctxswitch.Save(other, g)
			} else {
				g.Context = before // it exited there, and will again here
			}
		}}, 0, g)
		check.True(t, err == nil, call, fmt.Sprint(err), "nil", publish)
		check.Equal(t, call, check.Say("times logged", "기록한 횟수"), len(*log), 6, check.Say(
			"what was pushed may have gone on elsewhere: whoever pops it loads it, though it be the one that ran last",
			"큐에 넣은 고루틴은 다른 곳에서 이미 더 나아갔을 수 있습니다. 방금까지 실행하던 고루틴이라도 꺼냈으면 다시 불러와야 합니다"))
	})
}

func TestRunNamesAnyOtherTrap(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) {
		for _, test := range []struct{ code, kind string }{
			{"CHAN", "CHAN"}, {"SYS sleep", "SYS"}, {"GO main, 0", "GO"}, {"SEND", "SEND"}, {"RECV", "RECV"},
			{"CALL main", "MORESTACK"},
			{"LOAD R1, [SP-8000]", "FAULT"},
		} {
			p, _ := logged(t, "main: ENTER 0\n "+test.code+"\n RET")
			g := check.NewG(t, p, 1, "main", 64)
			other := check.NewG(t, p, 2, "main", 64)
			var ready ctxswitch.Ready
			err := run(t, p, &ready, 0, g, other)
			call := fmt.Sprintf("Run(c, p, ready): %s", test.code)
			rule := check.Say(
				"what the scheduler has no answer to must not pass in silence: it is an error that names the trap",
				"스케줄러가 처리하지 못하는 일이 조용히 지나가서는 안 됩니다. 트랩의 이름이 들어 있는 오류가 됩니다")
			check.True(t, err != nil && strings.Contains(err.Error(), test.kind), call,
				fmt.Sprintf("error %v", err), fmt.Sprintf(check.Say("an error that contains %q", "오류 문자열에 %q 포함"), test.kind), rule)
			check.True(t, !strings.Contains(err.Error(), "%!"), call, fmt.Sprintf("error %v", err),
				check.Say("a text without %!: only a FAULT brings an Err to wrap", "%!가 없는 문자열. 감쌀 Err는 FAULT에만 있습니다"), rule)
			if test.kind == "FAULT" {
				var fault *machine.FaultError
				check.True(t, errors.As(err, &fault), call, fmt.Sprintf("error %v", err),
					check.Say("an error that wraps the trap's Err, by %w", "트랩의 Err를 %w로 감싼 오류"), check.Say(
						"a FAULT brings an Err that names the source line: who gets your error can reach it by errors.As only if it is wrapped",
						"FAULT에는 소스의 줄을 알려 주는 Err가 따라옵니다. 감싸 두어야 오류를 받은 쪽이 errors.As로 꺼낼 수 있습니다"))
			}
			check.Equal(t, call, check.Say("left in the queue", "큐에 남은 고루틴"), id(ready.Pop())+" "+id(ready.Pop()), "g2 nil", check.Say(
				"Run ends at once: g1 is not pushed again, and the others are as they were",
				"Run은 바로 끝납니다. g1은 다시 넣지 않고 다른 고루틴은 그대로 둡니다"))
		}
	})
}

// ---- Task 4: SaveAll and LoadAll ----

var allSixteen = check.Say(
	"a preempted goroutine was stopped between any two instructions: all sixteen registers and the PC may be alive, and each must come back",
	"선점된 고루틴은 아무 명령어 사이에서나 멈춥니다. 레지스터 열여섯 개와 PC가 모두 살아 있을 수 있으므로 하나도 빠짐없이 돌아와야 합니다")

// sameRegisters tells the first of c's registers that differs.
func sameRegisters(t *testing.T, call string, c *machine.CPU, want [16]uint64, rule string) {
	t.Helper()
	for i := range want {
		name := fmt.Sprintf("c.R[%d]", i)
		switch i {
		case machine.SP:
			name = "c.R[SP]"
		case machine.BP:
			name = "c.R[BP]"
		}
		check.Equal(t, call, name, check.Addr(c.R[i]), check.Addr(want[i]), rule)
	}
}

func TestSaveAllKeepsAllSixteenAndThePC(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		c, g := marked(1)
		registers, pc, words := c.R, c.PC, slices.Clone(g.Stack.Words())
		sp := c.R[machine.SP]
		used := (sp - g.Stack.Lo) / machine.Word // words below SP

		ctxswitch.SaveAll(c, g)

		call := fmt.Sprintf("SaveAll(c, g): SP = %#x", sp)
		check.Equal(t, call, "g.Full", g.Full, true, check.Say(
			"Full tells whoever loads g that sixteen registers lie on its stack",
			"Full은 g의 스택에 레지스터 열여섯 개가 놓여 있음을 불러오는 쪽에 알립니다"))
		dump := check.Say("Context.PC and Context.BP say where g was stopped: a dump of its frames begins there",
			"Context.PC와 Context.BP는 g가 멈춘 곳입니다. 프레임을 출력할 때 여기서 시작합니다")
		check.Equal(t, call, "g.Context.PC", check.Addr(g.Context.PC), check.Addr(pc), dump)
		check.Equal(t, call, "g.Context.BP", check.Addr(g.Context.BP), check.Addr(registers[machine.BP]), dump)
		check.True(t, slices.Equal(g.Stack.Words()[used:], words[used:]), call,
			check.Say("words at or above SP changed", "SP와 그 위의 워드가 바뀌었습니다"),
			check.Say("only words below SP are written", "SP 아래의 워드에만 씀"),
			check.Say("the words from SP up are g's frames", "SP부터 위쪽은 g의 프레임입니다"))
		lowest := g.Context.SP
		check.True(t, g.Stack.Has(lowest) && lowest < sp && sp-lowest <= 31*machine.Word, call,
			fmt.Sprintf("g.Context.SP = %#x", lowest),
			fmt.Sprintf(check.Say("at most 31 words below SP: %#x to %#x", "SP에서 31워드 아래까지: %#x부터 %#x"), sp-31*machine.Word, sp-machine.Word),
			check.Say("g.Context.SP is the lowest word used, and the guard keeps 32 words free, one of them for CALL",
				"g.Context.SP는 사용한 가장 낮은 워드입니다. 가드가 비워 두는 것은 32워드이고 그중 하나는 CALL의 몫입니다"))

		// What lies below the lowest word used is nobody's: scribble on it.
		for addr := g.Stack.Lo; addr < lowest; addr += machine.Word {
			g.Stack.Set(addr, 0xdead)
		}
		strangers(c)
		ctxswitch.LoadAll(c, g)

		call = check.Say("SaveAll(c, g), another goroutine runs, LoadAll(c, g)", "SaveAll(c, g), 다른 고루틴 실행, LoadAll(c, g)")
		check.Equal(t, call, "c.PC", check.Addr(c.PC), check.Addr(pc), allSixteen)
		sameRegisters(t, call, c, registers, allSixteen)
		check.Equal(t, call, "c.Stack().Lo", check.Addr(c.Stack().Lo), check.Addr(g.Stack.Lo), check.Say(
			"LoadAll must call c.Use(g.Stack), as Load does", "Load와 마찬가지로 LoadAll도 c.Use(g.Stack)을 불러야 합니다"))
	})
}

func TestSaveAllUsesEachGoroutinesOwnStack(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		ca, a := marked(1)
		cb, b := marked(2)
		wantA, wantB := ca.R, cb.R
		ctxswitch.SaveAll(ca, a)
		ctxswitch.SaveAll(cb, b)
		call := "SaveAll(c1, g1), SaveAll(c2, g2), LoadAll(c, g1), LoadAll(c, g2)"
		rule := check.Say("two goroutines may be preempted at once: what is saved lies on each one's own stack",
			"두 고루틴이 동시에 선점된 상태일 수 있습니다. 저장한 값은 각자의 스택에 있어야 합니다")
		// All that g2 is, but at another address: only what is on its stack and in
		// its fields can bring it back.
		twin := &machine.G{ID: b.ID, Context: b.Context, Stack: machine.NewStack(64), Full: b.Full}
		copy(twin.Stack.Words(), b.Stack.Words())
		twin.Context.SP += twin.Stack.Lo - b.Stack.Lo
		twin.Context.BP += twin.Stack.Lo - b.Stack.Lo

		c := &machine.CPU{}
		ctxswitch.LoadAll(c, a)
		sameRegisters(t, call+": g1", c, wantA, rule)
		ctxswitch.LoadAll(c, b)
		sameRegisters(t, call+": g2", c, wantB, rule)

		strangers(c)
		ctxswitch.LoadAll(c, twin)
		for i := range 14 { // BP and SP are where the copy of the stack is
			check.Equal(t, check.Say("SaveAll(c2, g2), a copy of g2 and its stack, LoadAll(c, copy)", "SaveAll(c2, g2), g2와 그 스택을 복사, LoadAll(c, 복사본)"),
				fmt.Sprintf("c.R[%d]", i), check.Addr(c.R[i]), check.Addr(wantB[i]), rule)
		}
	})
}

// busy keeps values in registers for as long as the convention allows, so that
// a lost register is a wrong result: sum(n) by recursion, times and by a loop.
const busy = `
main:   ENTER 2             ; main(id, n)
        LOAD  R1, [BP+24]
        STORE [SP], R1
        CALL  sum
        STORE [BP-8], R0    ; 1 + … + n
        LOAD  R2, [BP+24]
        MOV   R0, 0
        MOV   R3, 1
        MOV   R4, 2
        MOV   R5, 3
        MOV   R6, 4
        MOV   R7, 5
        MOV   R8, 6
        MOV   R9, 7
        MOV   R10, 8
        MOV   R11, 9
        MOV   R12, 10
        MOV   R13, 11
loop:   ADD   R0, R3
        ADD   R0, R4
        ADD   R0, R5
        ADD   R0, R6
        ADD   R0, R7
        ADD   R0, R8
        ADD   R0, R9
        ADD   R0, R10
        ADD   R0, R11
        ADD   R0, R12
        ADD   R0, R13       ; 66 a round
        SUB   R2, 1
        JNE   R2, 0, loop
        LOAD  R1, [BP-8]
        MUL   R1, 1000
        ADD   R0, R1
        LOAD  R1, [BP+16]
        MUL   R1, 1000000
        ADD   R0, R1
        STORE [SP], R0
        HOST  log           ; id, sum, 66 n
        RET
sum:    ENTER 1
        LOAD  R0, [BP+16]
        JEQ   R0, 0, end
        SUB   R0, 1
        STORE [SP], R0
        CALL  sum
        LOAD  R1, [BP+16]
        ADD   R0, R1
end:    RET
`

func TestSaveAllAtEveryInstruction(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		p, log := logged(t, busy)
		steps := 0
		for stop := 1; ; stop++ {
			*log = nil
			g := check.NewG(t, p, 1, "main", 64, 1, 3)
			c := &machine.CPU{Poison: true, Slice: stop}
			c.Use(g.Stack)
			c.PC, c.R[machine.SP] = g.Context.PC, g.Context.SP
			trap := c.Run(p)
			if trap.Kind == machine.Exit {
				break // stop is beyond the program's end
			}
			steps = stop
			where := p.Where(c.PC)
			ctxswitch.SaveAll(c, g)
			strangers(c)
			c.Slice = 0
			ctxswitch.LoadAll(c, g)
			trap = c.Run(p)
			call := fmt.Sprintf(check.Say("stop after %d instructions, before %s: SaveAll(c, g), another goroutine runs, LoadAll(c, g), to the end",
				"명령어 %d개를 실행하고 %s 앞에서 멈춤: SaveAll(c, g), 다른 고루틴 실행, LoadAll(c, g), 끝까지 실행"), stop, where)
			check.True(t, trap.Kind == machine.Exit, call, fmt.Sprintf("%v %v", trap.Kind, trap.Err), "EXIT", allSixteen)
			check.Equal(t, call, check.Say("result", "결과 값"), *log, []uint64{1_006_198}, allSixteen)
		}
		require.Greater(t, steps, 50, "the program is long enough to be worth it")
	})
}

func TestSaveAllHasItsRoom(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		// The deepest that a goroutine can be: SP at the guard, and CALL has
		// pushed one word more. 31 words are left.
		c, g := marked(1)
		c.R[machine.SP] = c.Guard - machine.Word
		c.R[machine.BP] = c.R[machine.SP] + 2*machine.Word
		want := c.R
		ctxswitch.SaveAll(c, g)
		strangers(c)
		ctxswitch.LoadAll(c, g)
		sameRegisters(t, check.Say("SaveAll(c, g), LoadAll(c, g) with 31 words left below SP", "SP 아래에 31워드만 남았을 때 SaveAll(c, g), LoadAll(c, g)"),
			c, want, allSixteen)
	})
}

// ---- Task 5: Run with preemption ----

func TestRunPreemptsAtEveryInstruction(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		p, log := logged(t, busy)
		for slice := 1; slice <= 120; slice++ {
			*log = nil
			err := run(t, p, new(ctxswitch.Ready), slice,
				check.NewG(t, p, 1, "main", 64, 1, 1),
				check.NewG(t, p, 2, "main", 64, 2, 2),
				check.NewG(t, p, 3, "main", 64, 3, 3))
			call := fmt.Sprintf(check.Say("Run(c, p, ready) with g1, g2, g3 and a slice of %d instructions", "Run(c, p, ready): g1, g2, g3, 타임 슬라이스는 명령어 %d개"), slice)
			check.True(t, err == nil, call, fmt.Sprint(err), "nil", check.Say(
				"STOPPED is no error: the goroutine's slice is over, and it goes on later",
				"STOPPED는 오류가 아닙니다. 타임 슬라이스가 끝났을 뿐이고 나중에 이어서 실행됩니다"))
			slices.Sort(*log)
			check.Equal(t, call, check.Say("results", "결과 값"), *log, []uint64{1_001_066, 2_003_132, 3_006_198}, allSixteen)
		}
	})
}

func TestRunStopsAHog(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		p, log := logged(t, counting+`
hog:    ENTER 1             ; never yields
        STORE [SP], 9
        HOST  log
        MOV   R1, 1000
spin:   SUB   R1, 1
        JNE   R1, 0, spin
        STORE [SP], 9
        HOST  log
        RET`)
		err := run(t, p, new(ctxswitch.Ready), 100,
			check.NewG(t, p, 9, "hog", 64),
			check.NewG(t, p, 1, "main", 64, 1, 3))
		call := check.Say("Run(c, p, ready), slice 100: g9 counts to 1000 and never yields, g1 logs 3 times",
			"Run(c, p, ready), 타임 슬라이스 100: g9는 양보하지 않고 1000까지 세고 g1은 세 번 기록")
		check.True(t, err == nil, call, fmt.Sprint(err), "nil", allSixteen)
		check.Equal(t, call, "log", *log, []uint64{9, 1, 1, 1, 9}, check.Say(
			"a goroutine whose slice is over goes to the end of the queue: one that never yields can't keep the others waiting",
			"타임 슬라이스가 끝난 고루틴은 큐의 끝으로 갑니다. 양보하지 않는 고루틴도 다른 고루틴을 계속 기다리게 할 수 없습니다"))
	})
}

// mixed is preempted in its loop, with a value in a register, and yields too.
const mixed = `
main:   ENTER 2             ; main(id, n)
        STORE [BP-8], 0
turn:   MOV   R1, 5
        MOV   R2, 0
add:    ADD   R2, R1        ; 5 + 4 + 3 + 2 + 1
        SUB   R1, 1
        JNE   R1, 0, add
        LOAD  R1, [BP-8]
        ADD   R1, R2
        STORE [BP-8], R1
        YIELD
        LOAD  R1, [BP+24]
        SUB   R1, 1
        STORE [BP+24], R1
        JNE   R1, 0, turn
        LOAD  R1, [BP-8]
        LOAD  R2, [BP+16]
        MUL   R2, 1000
        ADD   R1, R2
        STORE [SP], R1
        HOST  log
        RET
`

func TestRunMixesYieldAndPreemption(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		p, log := logged(t, mixed)
		for slice := 1; slice <= 60; slice++ {
			*log = nil
			err := run(t, p, new(ctxswitch.Ready), slice,
				check.NewG(t, p, 1, "main", 64, 1, 4),
				check.NewG(t, p, 2, "main", 64, 2, 5))
			call := fmt.Sprintf(check.Say("Run(c, p, ready), slice %d: g1 and g2 yield and are preempted", "Run(c, p, ready), 타임 슬라이스 %d: g1과 g2가 양보하기도 하고 선점되기도 함"), slice)
			check.True(t, err == nil, call, fmt.Sprint(err), "nil", loading)
			slices.Sort(*log)
			check.Equal(t, call, check.Say("results", "결과 값"), *log, []uint64{1_060, 2_075}, loading)
		}
	})
}

func TestRunSavesAPreemptedOneBeforeItPublishes(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		p, log := logged(t, mixed)
		g := check.NewG(t, p, 1, "main", 64, 1, 2)
		longer := check.NewG(t, p, 2, "main", 64, 2, 3) // so that g is never alone
		call := check.Say("Run(c, p, ready) with g1 and g2, slice 1: at each Push of g1 another thread runs it for one instruction, and stops it again",
			"g1과 g2로 Run(c, p, ready), 타임 슬라이스 1: g1을 Push할 때마다 다른 스레드가 g1을 명령어 하나만큼 실행하고 다시 멈춤")
		// The onlooker takes g at the moment it is pushed and runs it on a CPU of
		// its own, as another thread would; what Run does to g afterwards is too late.
		var queue fifoQueue
		pushes := 0
		other := &machine.CPU{Poison: true, Slice: 1}
		err := run(t, p, onlooker{&queue, func(pushed *machine.G) {
			if pushed != g {
				return
			}
			if pushes++; pushes == 1 || pushes > 500 {
				return
			}
			if g.Full {
				ctxswitch.LoadAll(other, g)
			} else {
				ctxswitch.Load(other, g)
			}
			switch trap := other.Run(p); trap.Kind {
			case machine.Stopped:
				ctxswitch.SaveAll(other, g)
			case machine.Yield:
				ctxswitch.Save(other, g)
			}
		}}, 1, g, longer)
		check.True(t, pushes > 20, call, fmt.Sprintf(check.Say("%d pushes", "Push %d번"), pushes), check.Say("more than 20", "20번보다 많음"), publish)
		check.True(t, err == nil, call, fmt.Sprint(err), "nil", publish)
		check.Equal(t, call, check.Say("results", "결과 값"), *log, []uint64{1_030, 2_045}, publish)
	})
}

func TestRunStopsWhenAnotherThreadAsks(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		// The same from outside: Preempt, called while the machine runs, as
		// sysmon does for a goroutine that has run for 10 ms.
		c := &machine.CPU{Poison: true}
		var log []string
		p := check.Program(t, "test.asm", `
main:   ENTER 1
        MOV   R3, 7
        HOST  a
        RET
`, map[string]machine.Host{"a": func([]uint64) uint64 {
			if log = append(log, "host"); len(log) == 1 {
				c.Preempt()
			}
			return 0
		}})
		var ready fifoQueue
		stops := 0
		ready.Push(check.NewG(t, p, 1, "main", 64))
		ready.Push(check.NewG(t, p, 2, "main", 64))
		var err error
		check.Within(t, "Run(c, p, ready)", loading, func() {
			err = ctxswitch.Run(c, p, onlooker{&ready, func(*machine.G) { stops++ }})
		})
		call := check.Say("Run(c, p, ready) with g1 and g2: c.Preempt() while g1 runs", "g1과 g2로 Run(c, p, ready): g1이 실행되는 동안 c.Preempt()")
		check.True(t, err == nil, call, fmt.Sprint(err), "nil", allSixteen)
		check.Equal(t, call, check.Say("HOST calls", "HOST 호출"), log, []string{"host", "host"}, allSixteen)
		check.Equal(t, call, check.Say("times preempted", "선점된 횟수"), stops, 1, check.Say(
			"who is stopped is pushed again, once", "멈춘 고루틴은 한 번 다시 큐에 들어갑니다"))
	})
}
