package memory_test

import (
	"errors"
	"fmt"
	"testing"

	"gmplab/internal/check"
	"gmplab/internal/machine"
	memory "gmplab/labs/01-memory"
)

// ---- Task 4: the maximum ----

var (
	theMaximum = check.Say(
		"a recursion without end must end: no stack gets bigger than Pool.Max words (0: DefaultMax), and who needs more gets ErrOverflow. Go prints \"stack overflow\" and dies",
		"끝없는 재귀는 끝나야 합니다. 어떤 스택도 Pool.Max워드(0이면 DefaultMax)보다 커지지 않고, 더 필요하면 ErrOverflow를 받습니다. Go는 \"stack overflow\"를 출력하고 죽습니다")
	theVariable = check.Say(
		"whoever calls Grow compares with the variable ErrOverflow: another error with the same text is another error",
		"Grow를 부르는 쪽은 변수 ErrOverflow와 비교합니다. 글이 같아도 따로 만든 오류는 다른 오류입니다")
	wholeOnOverflow = check.Say(
		"Grow that fails changes nothing: the old stack still has every frame, for a traceback, or for going on with a higher maximum",
		"실패한 Grow는 아무것도 바꾸지 않습니다. 옛 스택에는 모든 프레임이 그대로 있어서 역추적을 출력할 수도, 최대 크기를 올려 이어서 실행할 수도 있습니다")
)

// refuses checks that Grow returns ErrOverflow.
func refuses(t testing.TB, call string, p *memory.Pool, g *machine.G) {
	t.Helper()
	err := callGrow(t, call, theMaximum, p, g)
	rule := theMaximum
	if err != nil {
		rule = theVariable
	}
	check.True(t, errors.Is(err, memory.ErrOverflow), call, result(err, g), check.Say("the error ErrOverflow", "오류 ErrOverflow"), rule)
}

// overflows checks that Grow refuses and leaves g alone.
func overflows(t testing.TB, call string, p *memory.Pool, g *machine.G) {
	t.Helper()
	was := look(g)
	refuses(t, call, p, g)
	same(t, call, was, g, wholeOnOverflow)
}

// barely returns a goroutine on a stack of n words of which it uses four: of a
// big one only the end is touched.
func barely(n int) *machine.G {
	s := machine.NewStack(n)
	return &machine.G{ID: 1, Stack: s, Context: machine.Context{SP: s.Hi - 4*machine.Word}}
}

// keeps checks that f, a call that refuses, leaves the pool as it was: it puts
// two stacks of each size into p, and gets them back after f. A stack that f
// made can be told by its address: no address is used twice, and they go up.
func keeps(t testing.TB, call, rule string, p *memory.Pool, sizes []int, f func()) {
	t.Helper()
	var put []machine.Stack
	for _, n := range sizes {
		put = append(put, p.Get(n), p.Get(n))
	}
	for _, s := range put {
		p.Put(s)
	}
	before := machine.NewStack(1).Lo
	f()
	after := machine.NewStack(1).Lo
	got := map[uint64]bool{}
	for _, n := range []int{256, 512, 1024, 2048} {
		call := fmt.Sprintf(check.Say("%s, then p.Get(%d) several times", "%s, 그다음 p.Get(%d) 여러 번"), call, n)
		for range 8 {
			s := p.Get(n)
			check.True(t, s.Lo < before || s.Lo > after, call, check.Say("a stack that the call made", "그 호출이 만든 스택"),
				check.Say("no stack that was not in the pool before", "그 전에 풀에 없던 스택은 나오지 않음"), rule)
			got[s.Lo] = true
		}
		for _, s := range put {
			check.True(t, size(s) != n || got[s.Lo], call, fmt.Sprintf(check.Say("the stack at %#x, which was in the pool, is gone", "풀에 있던 %#x의 스택이 사라짐"), s.Lo),
				check.Say("each stack that was in the pool", "풀에 있던 스택이 모두 나옴"), rule)
		}
	}
}

func TestGrowStopsAtTheMaximum(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		for _, test := range []struct{ max, last int }{{1024, 1024}, {1023, 512}, {1500, 1024}, {2047, 1024}, {2048, 2048}, {256, 256}, {100, 256}} {
			p := &memory.Pool{Max: test.max}
			g := handmade(256, 100, distinct)
			for size(g.Stack) < test.last {
				grow(t, fmt.Sprintf(check.Say("Pool{Max: %d}: Grow(p, g) from %d words", "Pool{Max: %d}: %d워드에서 Grow(p, g)"), test.max, size(g.Stack)), p, g)
			}
			overflows(t, fmt.Sprintf(check.Say("Pool{Max: %d}: Grow(p, g) from %d words", "Pool{Max: %d}: %d워드에서 Grow(p, g)"), test.max, test.last), p, g)
		}
	})
}

func TestZeroMaxIsTheDefault(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		check.Equal(t, "DefaultMax", "DefaultMax", words(memory.DefaultMax), words(32<<20/machine.Word), theMaximum)
		grows(t, "Pool{}", theMaximum, new(memory.Pool), memory.DefaultMax/2)
		refuses(t, check.Say("Pool{}: Grow(p, g) from DefaultMax words", "Pool{}: DefaultMax워드에서 Grow(p, g)"), new(memory.Pool), barely(memory.DefaultMax))
	})
}

// grows checks that Grow doubles a stack of n words.
func grows(t testing.TB, pool, rule string, p *memory.Pool, n int) {
	t.Helper()
	g := barely(n)
	call := fmt.Sprintf(check.Say("%s: Grow(p, g) from %d words", "%s: %d워드에서 Grow(p, g)"), pool, n)
	err := callGrow(t, call, rule, p, g)
	check.True(t, err == nil && size(g.Stack) == 2*n, call, result(err, g), words(2*n), rule)
}

func TestMaxMayBeMoreThanTheDefault(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		p := &memory.Pool{Max: 2 * memory.DefaultMax}
		grows(t, "Pool{Max: 2*DefaultMax}", check.Say(
			"Pool.Max alone decides when it is not 0, above DefaultMax too: neither the limit nor the pool's lists may end at the default",
			"Pool.Max가 0이 아니면 DefaultMax보다 커도 그 값이 최대입니다. 제한도 풀의 목록도 기본값에서 끝나면 안 됩니다"), p, memory.DefaultMax)
	})
}

func TestAnOverflowLeavesThePoolAsItWas(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		rule := check.Say("a Grow that fails takes nothing from the pool and puts nothing into it: compare the size before you ask for a stack",
			"실패하는 Grow는 풀에서 아무것도 꺼내지 않고 아무것도 넣지 않습니다. 스택을 달라고 하기 전에 크기부터 비교합니다")
		for _, sizes := range [][]int{{256, 512, 1024}, {256, 512, 1024, 2048}} {
			p := &memory.Pool{Max: 1024}
			call := fmt.Sprintf(check.Say("Pool{Max: 1024} with two stacks each of %v words, Grow(p, g) from 1024 words", "%v워드 스택이 둘씩 든 Pool{Max: 1024}, 1024워드에서 Grow(p, g)"), sizes)
			g := handmade(1024, 100, distinct)
			keeps(t, call, rule, p, sizes, func() { overflows(t, call, p, g) })
		}
	})
}

func TestAGoroutineSurvivesItsOverflow(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		p, log := logged(t, sum)
		g := check.NewG(t, p, 1, "main", 256, 2000, 5)
		pool := &memory.Pool{Max: 1024}
		c := &machine.CPU{Poison: true}
		call := check.Say("sum(2000) with Max 1024", "Max 1024에서 sum(2000)")
		for {
			load(c, g)
			trap := c.Run(p)
			save(c, g)
			check.True(t, trap.Kind == machine.MoreStack, call, fmt.Sprintf("%v %v", trap.Kind, trap.Err), "MORESTACK", oneMove)
			if size(g.Stack) >= 1024 {
				break
			}
			grow(t, call, pool, g)
		}
		for range 3 {
			overflows(t, call+check.Say(": Grow(p, g) at 1024 words", ": 1024워드에서 Grow(p, g)"), pool, g)
		}
		mine := g.Stack.Lo
		s := pool.Get(1024)
		check.True(t, s.Lo != mine, call+", ErrOverflow, p.Get(1024)", check.Say("g's own stack", "g가 쓰고 있는 스택"), check.Say("another", "다른 스택"),
			check.Say("g still uses its stack after an overflow: it must not be on a list", "오버플로가 나도 g는 여전히 자기 스택을 씁니다. 목록에 들어가 있으면 안 됩니다"))
		scribble(s)
		pool.Max = 1 << 14
		call += check.Say(", ErrOverflow, then Max 16384 and on to the end", ", ErrOverflow, 그다음 Max 16384로 끝까지 실행")
		finish(t, call, p, pool, g, func() {})
		check.Equal(t, call, check.Say("sum and x", "합과 x"), *log, []uint64{2000 * 2001 / 2, 5}, wholeOnOverflow)
	})
}
