package memory_test

import (
	"fmt"
	"strings"
	"testing"

	"gmplab/internal/check"
	"gmplab/internal/machine"
	memory "gmplab/labs/01-memory"
)

// ---- Task 5: Shrink ----

var (
	halves = check.Say(
		"a stack of which less than a quarter is used gives half of it back, and more than half of the rest is free still: so the next call does not grow it at once",
		"4분의 1도 쓰지 않는 스택은 절반을 돌려줍니다. 줄인 스택도 절반 넘게 비어 있으므로 다음 호출에서 바로 다시 자라지 않습니다")
	refused = check.Say(
		"who is Full has registers on its stack, and who is in a system call may have given addresses away: nobody knows where all of their pointers are, so they don't move",
		"Full인 고루틴은 스택에 레지스터가 놓여 있고, 시스템 콜 중인 고루틴은 주소를 밖에 넘겼을 수 있습니다. 포인터가 모두 어디에 있는지 알 수 없으므로 옮기지 않습니다")
)

// shrinks checks that Shrink halves g's stack; then it spoils the old one.
func shrinks(t testing.TB, call string, p *memory.Pool, g *machine.G, rule string) {
	t.Helper()
	was := look(g)
	ok := callShrink(t, call, rule, p, g)
	check.Equal(t, call, check.Say("result", "반환값"), ok, true, rule)
	moved(t, call, was, g, size(was.stack)/2)
	spoil(p, was.stack)
}

// stays checks that Shrink leaves g alone.
func stays(t testing.TB, call string, p *memory.Pool, g *machine.G, rule string) {
	t.Helper()
	was := look(g)
	ok := callShrink(t, call, rule, p, g)
	check.Equal(t, call, check.Say("result", "반환값"), ok, false, rule)
	same(t, call, was, g, rule)
}

func TestShrinkHalves(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		for _, fill := range []func(machine.Stack, int) uint64{distinct, addresses} {
			g := handmade(2048, 60, fill)
			first := g.Stack
			var p memory.Pool
			spare := p.Get(1024)
			p.Put(spare)
			for _, n := range []int{2048, 1024, 512} {
				shrinks(t, fmt.Sprintf(check.Say("Shrink(p, g): g uses 60 of %d words", "Shrink(p, g): g는 %d워드 중 60워드를 사용"), n), &p, g, halves)
				if n == 2048 {
					check.Equal(t, check.Say("a stack of 1024 words is in the pool, Shrink(p, g) from 2048 words", "풀에 1024워드 스택이 있을 때 2048워드에서 Shrink(p, g)"),
						"g.Stack.Lo", check.Addr(g.Stack.Lo), check.Addr(spare.Lo), reuse)
				}
			}
			check.Equal(t, "Shrink(p, g), p.Get(2048)", "Lo", check.Addr(p.Get(2048).Lo), check.Addr(first.Lo), check.Say(
				"the old stack is given back, as by Grow", "Grow와 마찬가지로 옛 스택을 돌려줍니다"))
		}
	})
}

func TestShrinkCountsTheGuard(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		rule := check.Say("what counts is the words in use and the 32 of the guard, which must stay free: under a quarter of the stack, not a quarter",
			"사용 중인 워드에 늘 비워 두는 가드의 32워드를 더해서 셉니다. 스택의 4분의 1과 같으면 안 되고 그보다 적어야 합니다")
		for _, test := range []struct {
			size, used int
			ok         bool
		}{{1024, 223, true}, {1024, 224, false}, {1024, 225, false}, {1024, 300, false}, {1024, 1000, false}, {512, 95, true}, {512, 96, false}, {4096, 991, true}, {4096, 992, false}} {
			g := handmade(test.size, test.used, distinct)
			call := fmt.Sprintf(check.Say("Shrink(p, g): g uses %d of %d words", "Shrink(p, g): g는 %[2]d워드 중 %[1]d워드를 사용"), test.used, test.size)
			if test.ok {
				shrinks(t, call, new(memory.Pool), g, rule)
			} else {
				stays(t, call, new(memory.Pool), g, rule)
			}
		}
	})
}

func TestShrinkNeverBelow2KB(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		g := handmade(512, 20, distinct)
		var p memory.Pool
		shrinks(t, check.Say("Shrink(p, g): g uses 20 of 512 words", "Shrink(p, g): g는 512워드 중 20워드를 사용"), &p, g, halves)
		stays(t, check.Say("Shrink(p, g): g uses 20 of 256 words", "Shrink(p, g): g는 256워드 중 20워드를 사용"), &p, g, check.Say(
			"256 words (2 KB) is the smallest stack: less would save little and grow again at once",
			"가장 작은 스택은 256워드(2 KB)입니다. 더 줄여도 얻는 것이 거의 없고 곧 다시 자랍니다"))
	})
}

func TestShrinkRefusesWhoseStackMayNotMove(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		for _, test := range []struct {
			name   string
			full   bool
			status machine.Status
			ok     bool
		}{
			{"g.Full = true", true, machine.Runnable, false},
			{"g.Status = Syscall", false, machine.Syscall, false},
			{"g.Status = Waiting", false, machine.Waiting, true},
			{"g.Status = Runnable", false, machine.Runnable, true},
			{"g.Status = Running", false, machine.Running, true},
			{"g.Status = Idle", false, machine.Idle, true},
			{"g.Status = Dead", false, machine.Dead, true},
		} {
			g := handmade(1024, 40, distinct)
			g.Full = test.full
			g.Status.Store(test.status)
			call := test.name + ", Shrink(p, g)"
			if test.ok {
				shrinks(t, call, new(memory.Pool), g, check.Say(
					"only who is Full or in a system call is refused: whoever has another status is moved if little of the stack is used",
					"Full이거나 시스템 콜 중인 고루틴만 거절합니다. 그 밖의 상태라면 스택을 조금만 쓸 때 옮깁니다"))
			} else {
				stays(t, call, new(memory.Pool), g, refused)
			}
		}
	})
}

func TestAShrinkThatRefusesLeavesThePoolAsItWas(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		shrinks(t, "Shrink(p, g)", new(memory.Pool), handmade(1024, 30, distinct), halves)
		rule := check.Say("a Shrink that refuses takes nothing from the pool and puts nothing into it: ask who may move before you ask for a stack",
			"거절하는 Shrink는 풀에서 아무것도 꺼내지 않고 아무것도 넣지 않습니다. 스택을 달라고 하기 전에 옮겨도 되는지부터 확인합니다")
		for _, test := range []struct {
			name       string
			size, used int
			full       bool
		}{{"g.Full = true", 1024, 40, true}, {check.Say("224 of 1024 words in use", "1024워드 중 224워드를 사용"), 1024, 224, false}, {check.Say("20 of 256 words in use", "256워드 중 20워드를 사용"), 256, 20, false}} {
			for _, sizes := range [][]int{{1024, 2048}, {256, 512, 1024, 2048}} {
				g := handmade(test.size, test.used, distinct)
				g.Full = test.full
				var p memory.Pool
				call := fmt.Sprintf(check.Say("two stacks each of %v words in the pool, %s, Shrink(p, g)", "풀에 %v워드 스택이 둘씩, %s, Shrink(p, g)"), sizes, test.name)
				keeps(t, call, rule, &p, sizes, func() { stays(t, call, &p, g, rule) })
			}
		}
	})
}

func TestShrinkAfterADeepCall(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		p, log := logged(t, strings.Replace(sum, `        HOST  log           ; sum, x`, `        HOST  log
        YIELD               ; up again: the test shrinks here
        YIELD
        LOAD  R0, [BP+16]   ; and deep once more
        STORE [SP], R0
        CALL  sum
        STORE [SP], R0
        HOST  log`, 1))
		g := check.NewG(t, p, 1, "main", 256, 5000, 5)
		call := check.Say("sum(5000), Shrink(p, g) as often as it does, sum(5000) again", "sum(5000), 되는 만큼 Shrink(p, g), 다시 sum(5000)")
		var pool memory.Pool
		var shrunk []int
		finish(t, call, p, &pool, g, func() {
			for len(shrunk) < 20 {
				old := g.Stack
				if !callShrink(t, call, halves, &pool, g) {
					return
				}
				shrunk = append(shrunk, size(g.Stack))
				spoil(&pool, old)
			}
		})
		check.Equal(t, call, check.Say("sizes", "크기"), fmt.Sprint(shrunk), "[8192 4096 2048 1024 512 256]", halves)
		check.Equal(t, call, check.Say("sum and x, twice", "합과 x, 두 번"), *log, []uint64{5000 * 5001 / 2, 5, 5000 * 5001 / 2, 5}, oneMove)
	})
}

func TestMovesAgainstAStackThatNeverMoves(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		shrinks(t, "Shrink(p, g)", new(memory.Pool), handmade(1024, 30, distinct), halves)
		against(t, oneMove, []string{"Grow", "Shrink"}, func(t testing.TB, call, op string, p *memory.Pool, g *machine.G) {
			if op == "Shrink" {
				memory.Shrink(p, g)
			} else if size(g.Stack) < 4096 {
				memory.Grow(p, g)
			}
		})
	})
}
