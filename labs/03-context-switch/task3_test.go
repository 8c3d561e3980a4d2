package ctxswitch_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"gmplab/internal/check"
	"gmplab/internal/clock"
	"gmplab/internal/machine"
	ctxswitch "gmplab/labs/03-context-switch"
)

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

// stranger is a queue whose goroutines another thread runs as soon as they are
// pushed: it changes them, and looks at Pop whether somebody else has.
type stranger struct {
	ctxswitch.Queue
	was     map[*machine.G]machine.Context
	touched string
}

func (s *stranger) Push(g *machine.G) {
	s.was[g] = g.Context
	g.Context = machine.Context{PC: 0xbad, SP: 0xbad, BP: 0xbad}
	g.Status.Store(machine.Waiting)
	s.Queue.Push(g)
}

func (s *stranger) Pop() *machine.G {
	g := s.Queue.Pop()
	if g == nil {
		return nil
	}
	if g.Context.PC != 0xbad || g.Context.SP != 0xbad || g.Context.BP != 0xbad || g.Status.Load() != machine.Waiting || g.Full {
		s.touched = fmt.Sprintf("g%d {PC %#x, SP %#x, BP %#x, Status %d, Full %t}", g.ID, g.Context.PC, g.Context.SP, g.Context.BP, g.Status.Load(), g.Full)
	}
	g.Context = s.was[g]
	return g
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

func TestRunLetsGoOfWhatItPushed(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) {
		p, log := logged(t, counting)
		queue := &stranger{Queue: &fifoQueue{}, was: map[*machine.G]machine.Context{}}
		err := run(t, p, queue, 0, check.NewG(t, p, 1, "main", 64, 1, 3), check.NewG(t, p, 2, "main", 64, 2, 3))
		call := check.Say("Run(c, p, ready) with g1 and g2: what is pushed another thread changes at once (Context 0xbad, Status 3)",
			"g1과 g2로 Run(c, p, ready): Push한 고루틴을 다른 스레드가 바로 바꿈(Context 0xbad, Status 3)")
		check.True(t, queue.touched == "", call, check.Say("after its Push: ", "Push 뒤: ")+queue.touched, check.Say("as the other thread left it, not Full", "다른 스레드가 둔 그대로, Full 아님"), publish)
		check.True(t, err == nil, call, fmt.Sprint(err), "nil", publish)
		check.Equal(t, call, "log", *log, []uint64{1, 2, 1, 2, 1, 2}, publish)
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
