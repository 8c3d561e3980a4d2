package memory_test

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"gmplab/internal/check"
	"gmplab/internal/machine"
	memory "gmplab/labs/01-memory"
)

// ---- Task 3: Grow ----

var (
	toTheTop = check.Say(
		"a stack grows down from Hi, so what is in use is copied to the top of the new one: each word keeps its distance from Hi, and the new room is below",
		"스택은 Hi에서 아래로 자랍니다. 사용 중인 워드는 새 스택의 맨 위로 복사합니다. 워드마다 Hi까지의 거리가 그대로이고 새 자리는 아래쪽에 생깁니다")
	theChain = check.Say(
		"SP, BP and the saved BPs, frame by frame to the 0 that ends the chain, are the pointers into a stack: each moves as far as the stack did. One that is forgotten points into memory that is no longer ours",
		"스택을 가리키는 포인터는 SP, BP, 그리고 0으로 끝날 때까지 프레임마다 저장된 BP입니다. 모두 스택이 옮겨진 만큼 옮깁니다. 하나라도 잊으면 더는 우리 것이 아닌 메모리를 가리킵니다")
	onlyPointers = check.Say(
		"a number that looks like an address is a number: only where the convention puts a saved BP there is one. Go knows it by the compiler's stack maps",
		"주소처럼 보이는 수도 그저 수입니다. 저장된 BP는 호출 규약이 정한 자리에만 있습니다. Go는 컴파일러가 만든 스택 맵으로 그 자리를 압니다")
	nothingElse = check.Say(
		"a move changes where a goroutine's frames lie, and nothing else",
		"이동은 고루틴의 프레임이 놓인 곳만 바꾸고 다른 것은 바꾸지 않습니다")
	oneMove = check.Say(
		"a goroutine that moved goes on as if nothing had happened: whoever reads the old stack is wrong",
		"옮겨진 고루틴은 아무 일도 없었던 것처럼 이어서 실행되어야 합니다. 옛 스택을 읽는 것이 있다면 잘못입니다")
)

// The frames of handmade's goroutine: where the saved BPs lie, in words from
// Hi. The first frame's is 0.
var frames = []int{4, 10, 11, 19}

// handmade returns a saved goroutine with four frames and used words in use on
// a stack of n words. Every other word is filler, called with its distance
// from Hi.
func handmade(n, used int, filler func(s machine.Stack, fromHi int) uint64) *machine.G {
	s := machine.NewStack(n)
	for i := 1; i <= n; i++ {
		s.Set(s.Hi-uint64(i)*machine.Word, filler(s, i))
	}
	bp := uint64(0)
	for _, at := range frames {
		here := s.Hi - uint64(at)*machine.Word
		s.Set(here, bp)
		bp = here
	}
	return &machine.G{
		ID: 7, Stack: s, Ret: 0x7e7, Link: &machine.G{ID: 8},
		Context: machine.Context{PC: 0x123, SP: s.Hi - uint64(used)*machine.Word, BP: bp},
	}
}

// distinct fills with numbers that are no addresses.
func distinct(_ machine.Stack, fromHi int) uint64 { return 0x5000_0000 + uint64(fromHi) }

// addresses fills with numbers that look like addresses of the stack.
func addresses(s machine.Stack, fromHi int) uint64 {
	if fromHi%2 == 0 {
		return s.Hi - uint64(frames[fromHi/2%len(frames)])*machine.Word // as a saved BP does
	}
	return s.Hi - uint64(fromHi)*machine.Word // its own
}

// before is what a goroutine was.
type before struct {
	stack   machine.Stack
	context machine.Context
	words   []uint64
	chain   string
	saved   map[uint64]bool // where the saved BPs lie: distances from Hi
	link    *machine.G
	rest    string
}

func look(g *machine.G) *before {
	saved := map[uint64]bool{}
	for bp := g.Context.BP; bp != 0; bp = g.Stack.Get(bp) {
		saved[g.Stack.Hi-bp] = true
	}
	return &before{g.Stack, g.Context, slices.Clone(g.Stack.Words()), chain(g.Context.BP, g.Stack), saved, g.Link, rest(g)}
}

// rest is what a move has no business with.
func rest(g *machine.G) string {
	return fmt.Sprintf("%d, %#x, %v, %d", g.ID, g.Ret, g.Full, g.Status.Load())
}

// chain lists the saved BPs' places, in words from Hi, until a BP is 0 or no
// address of the stack.
func chain(bp uint64, s machine.Stack) string {
	var places []string
	for bp != 0 {
		if !s.Has(bp) {
			return strings.Join(append(places, fmt.Sprintf(check.Say("%#x, which is not on this stack", "%#x(이 스택의 주소가 아님)"), bp)), " → ")
		}
		places = append(places, fmt.Sprintf("Hi-%d", (s.Hi-bp)/machine.Word))
		if bp2 := s.Get(bp); bp2 != 0 && bp2 <= bp {
			return strings.Join(append(places, check.Say("and no further up", "더 위로 가지 않음")), " → ")
		}
		bp = s.Get(bp)
	}
	return strings.Join(append(places, "0"), " → ")
}

// moved checks that g is what it was, on another stack of want words.
func moved(t testing.TB, call string, was *before, g *machine.G, want int) {
	t.Helper()
	check.Equal(t, call, check.Say("size of g.Stack", "g.Stack의 크기"), words(size(g.Stack)), words(want), check.Say(
		"Grow doubles and Shrink halves. With doubling a deep recursion copies each word about twice in all; with a constant step it copies again and again",
		"Grow는 두 배로, Shrink는 절반으로 합니다. 두 배씩 키우면 깊은 재귀에서도 워드 하나를 통틀어 두 번쯤만 복사합니다. 일정한 크기씩 키우면 복사를 끝없이 되풀이합니다"))
	old, now := was.stack, g.Stack
	check.True(t, now.Lo != old.Lo, call, check.Say("the same stack", "같은 스택"), check.Say("another stack", "다른 스택"), toTheTop)
	fromHi := func(addr uint64, s machine.Stack) string {
		if addr < s.Lo || addr > s.Hi {
			return fmt.Sprintf(check.Say("%#x, which is not on this stack", "%#x(이 스택의 주소가 아님)"), addr)
		}
		return fmt.Sprintf("Hi-%d", (s.Hi-addr)/machine.Word)
	}
	check.Equal(t, call, check.Say("g.Context.SP, in words from Hi", "g.Context.SP, Hi에서 센 워드 수"),
		fromHi(g.Context.SP, now), fromHi(was.context.SP, old), toTheTop)
	for at := uint64(machine.Word); at <= old.Hi-was.context.SP; at += machine.Word {
		if was.saved[at] {
			continue
		}
		got, want := now.Get(now.Hi-at), was.words[(old.Hi-at-old.Lo)/machine.Word]
		check.Equal(t, call, fmt.Sprintf(check.Say("the word at Hi-%d", "Hi-%d의 워드"), at/machine.Word), check.Addr(got), check.Addr(want), broken(want, old))
	}
	check.Equal(t, call, check.Say("BP and the chain of saved BPs", "BP와 저장된 BP의 사슬"), chain(g.Context.BP, now), was.chain, theChain)
	check.Equal(t, call, "g.Context.PC", check.Addr(g.Context.PC), check.Addr(was.context.PC), nothingElse)
	check.Equal(t, call, "g.ID, Ret, Full, Status", rest(g), was.rest, nothingElse)
	check.True(t, g.Link == was.link, call, check.Say("g.Link changed", "g.Link가 바뀜"), check.Say("g.Link as it was", "그대로인 g.Link"), nothingElse)
}

// broken is the rule that a word copied wrongly breaks.
func broken(word uint64, old machine.Stack) string {
	if old.Has(word) {
		return onlyPointers
	}
	return toTheTop
}

// same checks that g and its stack are untouched.
func same(t testing.TB, call string, was *before, g *machine.G, rule string) {
	t.Helper()
	check.Equal(t, call, "g.Stack.Lo", check.Addr(g.Stack.Lo), check.Addr(was.stack.Lo), rule)
	check.Equal(t, call, "g.Context", fmt.Sprintf("%#x", g.Context), fmt.Sprintf("%#x", was.context), rule)
	check.Equal(t, call, "g.ID, Ret, Full, Status", rest(g), was.rest, rule)
	check.True(t, g.Link == was.link, call, check.Say("g.Link changed", "g.Link가 바뀜"), check.Say("g.Link as it was", "그대로인 g.Link"), rule)
	check.True(t, slices.Equal(g.Stack.Words(), was.words), call,
		check.Say("words of the stack changed", "스택의 워드가 바뀌었습니다"), check.Say("the stack as it was", "그대로인 스택"), rule)
}

// scribble overwrites a stack that is ours.
func scribble(s machine.Stack) {
	for i := range s.Words() {
		s.Words()[i] = 0xdead_dead_dead_dead
	}
}

// spoil overwrites the stack that a goroutine has left, so that whoever still
// reads it is found out. It takes it from the pool first and puts it back:
// the words of a stack that lies in a pool are the pool's.
func spoil(p *memory.Pool, old machine.Stack) {
	var taken []machine.Stack
	for range 16 { // few of a size are in a test's pool
		s := p.Get(size(old))
		taken = append(taken, s)
		if s.Lo == old.Lo {
			break
		}
	}
	scribble(old)
	for _, s := range taken {
		p.Put(s)
	}
}

// running says that a call of Grow or Shrink has not come back: it may follow a
// chain that has no end.
var running atomic.Bool

// back runs f, such a call; rule is what a panic in it breaks. When one has not
// come back in an earlier test, this one fails at once, instead of waiting as
// long.
func back(t testing.TB, call, rule string, f func()) {
	t.Helper()
	check.True(t, !running.Load(), call, check.Say("not called: an earlier call still runs", "호출하지 않음: 앞의 호출이 아직 끝나지 않았습니다"),
		check.Say("every call returns", "모든 호출이 끝남"), check.Say(
			"the first failure says where the earlier call is: a chain of saved BPs ends at the 0, and the way up is always higher",
			"앞의 호출이 어디에 있는지는 첫 번째 실패에 나옵니다. 저장된 BP의 사슬은 0에서 끝나고, 위로 갈수록 주소가 높아집니다"))
	running.Store(true)
	check.Within(t, call, rule, func() {
		defer running.Store(false)
		f()
	})
}

func callGrow(t testing.TB, call, rule string, pool *memory.Pool, g *machine.G) (err error) {
	t.Helper()
	back(t, call, rule, func() { err = memory.Grow(pool, g) })
	return err
}

func callShrink(t testing.TB, call, rule string, pool *memory.Pool, g *machine.G) (ok bool) {
	t.Helper()
	back(t, call, rule, func() { ok = memory.Shrink(pool, g) })
	return ok
}

// grow calls Grow and checks all of its contract; then it spoils the old stack.
func grow(t testing.TB, call string, pool *memory.Pool, g *machine.G) {
	t.Helper()
	was := look(g)
	err := callGrow(t, call, theChain, pool, g)
	check.True(t, err == nil, call, result(err, g), check.Say("no error", "오류 없음"), check.Say(
		"there is room for a stack of twice the size: the maximum is not reached", "두 배 크기의 스택을 만들 수 있습니다. 최대 크기에 이르지 않았습니다"))
	moved(t, call, was, g, 2*size(was.stack))
	spoil(pool, was.stack)
}

func TestGrowCopiesToTheTop(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) {
		for _, used := range []int{20, 21, 100, 225, 256} {
			g := handmade(256, used, distinct)
			grow(t, fmt.Sprintf(check.Say("Grow(p, g): g uses %d of 256 words", "Grow(p, g): g는 256워드 중 %d워드를 사용"), used), new(memory.Pool), g)
		}
	})
}

func TestGrowLeavesIntegersAlone(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) {
		g := handmade(256, 224, addresses)
		call := check.Say("Grow(p, g): every local of g looks like an address of its stack", "Grow(p, g): g의 지역 변수가 모두 스택의 주소처럼 보임")
		var pool memory.Pool
		grow(t, call, &pool, g)
		grow(t, call, &pool, g) // what looked like an address of the first stack still does
	})
}

func TestGrowBeforeTheFirstFrame(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) {
		p := check.Program(t, "big.asm", `
main:   ENTER 1000          ; needs a bigger stack before it has a frame
        STORE [SP], 42
        LOAD  R0, [BP-8000]
        STORE [SP], R0
        HOST  log
        RET
`, map[string]machine.Host{"log": func(args []uint64) uint64 { return args[0] }})
		g := check.NewG(t, p, 1, "main", 256)
		call := check.Say("a goroutine whose first frame has 1,000 words: Grow(p, g) until it fits", "첫 프레임이 1,000워드인 고루틴: 맞을 때까지 Grow(p, g)")
		sizes := finish(t, call, p, new(memory.Pool), g, nil)
		check.Equal(t, call, check.Say("sizes", "크기"), fmt.Sprint(sizes), "[256 512 1024 2048]", check.Say(
			"MORESTACK leaves the PC at the ENTER, so it runs again after each Grow and asks again if the room is not enough",
			"MORESTACK은 PC를 ENTER에 그대로 둡니다. 그래서 Grow 뒤에 ENTER가 다시 실행되고, 자리가 모자라면 다시 요청합니다"))
	})
}

// finish runs g to its EXIT, growing at each MORESTACK with all checks, and
// returns the sizes that its stack had. atYield is called when g yields.
func finish(t testing.TB, call string, p *machine.Program, pool *memory.Pool, g *machine.G, atYield func()) (sizes []int) {
	t.Helper()
	c := &machine.CPU{Poison: true}
	sizes = []int{size(g.Stack)}
	for {
		load(c, g)
		trap := c.Run(p)
		save(c, g)
		switch {
		case trap.Kind == machine.MoreStack && len(sizes) < 40:
			grow(t, call, pool, g)
			sizes = append(sizes, size(g.Stack))
		case trap.Kind == machine.Yield && atYield != nil:
			atYield()
		case trap.Kind == machine.Exit:
			return sizes
		default:
			check.Fail(t, call, fmt.Sprintf("%v %v", trap.Kind, trap.Err), check.Say("MORESTACK, and in the end EXIT", "MORESTACK, 마지막에는 EXIT"), oneMove)
		}
	}
}

// sum adds 1 … n by recursion, and yields at the bottom.
const sum = `
main:   ENTER 2             ; main(n, x): x is only a number
        LOAD  R0, [BP+16]
        STORE [SP], R0
        LOAD  R0, [BP+24]
        STORE [BP-8], R0
        CALL  sum
        STORE [SP], R0
        HOST  log           ; sum, x
        RET
sum:    ENTER 1
        LOAD  R0, [BP+16]
        JEQ   R0, 0, bottom
        SUB   R0, 1
        STORE [SP], R0
        CALL  sum
        LOAD  R1, [BP+16]
        ADD   R0, R1
        RET
bottom: YIELD
        MOV   R0, 0
        RET
`

// logged assembles source with a HOST log that notes its arguments.
func logged(t testing.TB, source string) (*machine.Program, *[]uint64) {
	t.Helper()
	log := new([]uint64)
	return check.Program(t, "test.asm", source, map[string]machine.Host{"log": func(args []uint64) uint64 {
		*log = append(*log, args...)
		return 0
	}}), log
}

func TestGrowAtEveryDepth(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) {
		p, log := logged(t, sum)
		for depth := range 60 {
			*log = nil
			g := check.NewG(t, p, 1, "main", 256, uint64(depth), 0)
			x := g.Stack.Hi - 10*machine.Word // looks like an address
			g.Stack.Set(g.Stack.Hi-machine.Word, x)
			call := fmt.Sprintf(check.Say("sum(%d), Grow(p, g) at the bottom, the old stack overwritten, to the end", "sum(%d), 바닥에서 Grow(p, g), 옛 스택을 덮어쓰고 끝까지 실행"), depth)
			var pool memory.Pool
			finish(t, call, p, &pool, g, func() { grow(t, call, &pool, g) })
			check.Equal(t, call, check.Say("sum and x", "합과 x"), *log, []uint64{uint64(depth * (depth + 1) / 2), x}, oneMove)
		}
	})
}

func TestRecursion100000DeepFrom2KB(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) {
		p, log := logged(t, sum)
		const depth = 100_000
		g := check.NewG(t, p, 1, "main", 256, depth, 5)
		call := check.Say("sum(100000) from a stack of 256 words", "256워드 스택에서 sum(100000)")
		copied, deepest := 0, 0
		c := &machine.CPU{Poison: true}
		var pool memory.Pool
		for done := false; !done; {
			load(c, g)
			trap := c.Run(p)
			save(c, g)
			switch trap.Kind {
			case machine.MoreStack:
				copied += inUse(g)
				was := size(g.Stack)
				old := g.Stack
				err := callGrow(t, call, theChain, &pool, g)
				check.True(t, err == nil && size(g.Stack) == 2*was, call, "Grow: "+result(err, g), words(2*was), theChain)
				spoil(&pool, old)
			case machine.Yield:
				deepest = inUse(g)
			case machine.Exit:
				done = true
			default:
				check.Fail(t, call, fmt.Sprintf("%v %v", trap.Kind, trap.Err), "MORESTACK", oneMove)
			}
		}
		check.Equal(t, call, check.Say("sum and x", "합과 x"), *log, []uint64{depth * (depth + 1) / 2, 5}, oneMove)
		check.True(t, copied > 0 && copied <= 2*deepest, call, fmt.Sprintf(check.Say("%d words copied", "%d워드 복사"), copied),
			fmt.Sprintf(check.Say("more than 0, and no more than twice the %d words in use in the end", "0보다 많고, 마지막에 사용한 %d워드의 두 배 이하"), deepest),
			check.Say("doubling makes the copies cheap: spread over all calls they cost each a constant (amortised O(1))",
				"두 배씩 키우므로 복사가 쌉니다. 복사 비용을 모든 호출에 나누면 호출 하나에 일정합니다(분할 상환 O(1))"))
	})
}

func TestGrowGivesTheOldStackBack(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) {
		g := handmade(256, 100, distinct)
		first := g.Stack
		var p memory.Pool
		grow(t, "Grow(p, g)", &p, g)
		second := g.Stack
		grow(t, "Grow(p, g), Grow(p, g)", &p, g)
		back := check.Say("the old stack is free as soon as nothing points to it, and goes to the list of its own size",
			"아무도 가리키지 않는 옛 스택은 이제 쓰이지 않으므로 풀에 돌려줍니다. 자기 크기의 목록으로 돌아갑니다")
		for _, old := range []machine.Stack{first, second} {
			call := fmt.Sprintf(check.Say("Grow(p, g) from 256 to 512 and 1024 words, then p.Get(%d)", "256워드에서 512, 1024워드로 Grow(p, g), 그다음 p.Get(%d)"), size(old))
			check.Equal(t, call, "Lo", check.Addr(p.Get(size(old)).Lo), check.Addr(old.Lo), back)
			again := p.Get(size(old))
			check.True(t, again.Lo != old.Lo && again.Lo != g.Stack.Lo, call+check.Say(", once more", ", 한 번 더"),
				fmt.Sprintf("Lo = %#x", again.Lo), check.Say("a new stack: the old one is handed out already, and g uses the other", "새 스택. 옛 스택은 이미 나갔고 다른 하나는 g가 사용 중"), once)
		}
		s := p.Get(1024)
		check.True(t, s.Lo != g.Stack.Lo, "Grow(p, g), p.Get(1024)", check.Say("g's own stack", "g가 쓰고 있는 스택"), check.Say("another", "다른 스택"), once)
	})
}

func TestGrowTakesTheNewStackFromThePool(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) {
		var p memory.Pool
		spare := p.Get(512)
		scribble(spare)
		p.Put(spare)
		g := handmade(256, 100, distinct)
		call := check.Say("a stack of 512 words is in the pool, Grow(p, g) from 256 words", "풀에 512워드 스택이 있을 때 256워드에서 Grow(p, g)")
		grow(t, call, &p, g)
		check.Equal(t, call, "g.Stack.Lo", check.Addr(g.Stack.Lo), check.Addr(spare.Lo), reuse)
		check.True(t, p.Get(512).Lo != spare.Lo, call+", p.Get(512)", check.Say("g's own stack", "g가 쓰고 있는 스택"), check.Say("another", "다른 스택"), once)
	})
}

// walk does what its hosts say: a frame keeps a number that its caller gave
// it and tells it after each call that it made, and before it returns.
const walk = `
main:   ENTER 1
        STORE [SP], 1
        CALL  walk
        RET
walk:   ENTER 2             ; walk(number)
        LOAD  R0, [BP+16]
        STORE [BP-8], R0
loop:   YIELD               ; here the test moves the stack
        HOST  next
        JEQ   R0, 0, end
        STORE [SP], R0      ; a number for the callee
        CALL  walk
        LOAD  R0, [BP-8]
        STORE [SP], R0
        HOST  log
        JMP   loop
end:    LOAD  R0, [BP-8]
        STORE [SP], R0
        HOST  log
        RET
`

// against runs a random walk twice: on a stack that is big enough and never
// moves, and on one that begins with 256 words and moves as ops say.
func against(t *testing.T, rule string, ops []string, move func(t testing.TB, call string, op string, p *memory.Pool, g *machine.G)) {
	check.Model(t, rule, func(rt *rapid.T) (call, got, want string) {
		script := rapid.SliceOfN(rapid.SampledFrom(append([]string{"call", "call", "return"}, ops...)), 1, 150).Draw(rt, "script")
		call = strings.Join(script, " ")
		var log []uint64
		left := script
		number := uint64(0)
		next := func([]uint64) uint64 {
			if len(left) == 0 {
				return 0
			}
			op := left[0]
			left = left[1:]
			if op != "call" {
				return 0
			}
			number += 8
			return 0x10000 + number // looks like an address, of an early stack
		}
		p := check.Program(t, "walk.asm", walk, map[string]machine.Host{
			"next": next,
			"log":  func(args []uint64) uint64 { log = append(log, args[0]); return 0 },
		})
		still := func() string { // the naive model
			left, number, log = script, 0, nil
			g := check.NewG(t, p, 1, "main", 1<<12)
			c := &machine.CPU{Poison: true}
			load(c, g)
			for {
				trap := c.Run(p)
				for len(left) > 0 && slices.Contains(ops, left[0]) {
					left = left[1:]
				}
				if trap.Kind != machine.Yield {
					return fmt.Sprintf("%v %x", trap.Kind, log)
				}
			}
		}
		want = still()
		left, number, log = script, 0, nil
		g := check.NewG(t, p, 1, "main", 256)
		var pool memory.Pool
		c := &machine.CPU{Poison: true}
		for {
			load(c, g)
			trap := c.Run(p)
			save(c, g)
			if trap.Kind == machine.MoreStack {
				was := size(g.Stack)
				if err := memory.Grow(&pool, g); err != nil || size(g.Stack) != 2*was {
					return call, "Grow: " + result(err, g), words(2 * was)
				}
				continue
			}
			for len(left) > 0 && slices.Contains(ops, left[0]) {
				old := g.Stack
				move(t, call, left[0], &pool, g)
				if g.Stack.Lo != old.Lo {
					spoil(&pool, old)
				}
				left = left[1:]
			}
			if trap.Kind != machine.Yield {
				return call, fmt.Sprintf("%v %x", trap.Kind, log), want
			}
		}
	})
}

func TestGrowAgainstAStackThatNeverMoves(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) {
		grown := handmade(256, 30, distinct)
		grow(t, "Grow(p, g)", new(memory.Pool), grown)
		against(t, oneMove, []string{"Grow"}, func(t testing.TB, call, op string, p *memory.Pool, g *machine.G) {
			if size(g.Stack) < 4096 {
				memory.Grow(p, g)
			}
		})
	})
}
