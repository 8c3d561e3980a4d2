package memory_test

import (
	"errors"
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

func TestMain(m *testing.M) {
	check.Main(m)
}

// save and load are lab 03's, as far as this lab needs them.
func save(c *machine.CPU, g *machine.G) {
	g.Context = machine.Context{PC: c.PC, SP: c.R[machine.SP], BP: c.R[machine.BP]}
}

func load(c *machine.CPU, g *machine.G) {
	c.Use(g.Stack)
	c.PC, c.R[machine.SP], c.R[machine.BP] = g.Context.PC, g.Context.SP, g.Context.BP
}

func size(s machine.Stack) int { return len(s.Words()) }

// inUse is how many words g's frames take, from SP up.
func inUse(g *machine.G) int { return int(g.Stack.Hi-g.Context.SP) / machine.Word }

func words(n int) string { return fmt.Sprintf(check.Say("%d words", "%d워드"), n) }

// result words what Grow has done.
func result(err error, g *machine.G) string {
	return fmt.Sprintf(check.Say("error %v, a stack of %s", "오류 %v, 스택은 %s"), err, words(size(g.Stack)))
}

// ---- Task 1: Guard ----

var roomBelow = check.Say(
	"32 words below the guard stay free: one for the return address that CALL pushes without asking, and the 31 that are left then for a save of all registers, which may come at any instruction",
	"가드 아래 32워드는 늘 비어 있어야 합니다. 한 워드는 CALL이 확인 없이 쌓는 복귀 주소의 자리이고, 그러고도 남는 31워드는 아무 명령어에서나 일어날 수 있는 전체 레지스터 저장의 자리입니다")

func TestGuardIs32WordsAboveLo(t *testing.T) {
	check.Task(t, 1, func(t *testing.T) {
		for _, n := range []int{256, 512, 4096} {
			s := machine.NewStack(n)
			call := fmt.Sprintf(check.Say("Guard(stack of %d words), Lo = %#x", "Guard(%d워드 스택), Lo = %#x"), n, s.Lo)
			check.Equal(t, call, check.Say("result", "반환값"), check.Addr(memory.Guard(s)), check.Addr(s.Lo+32*8), roomBelow)
		}
	})
}

// deeper calls itself for ever.
const deeper = `
main:   ENTER 0
        CALL  main
        RET
`

// toTheGuard runs c, an instruction at a time, until it traps, and fails if
// there is ever less room below SP than a save needs.
func toTheGuard(t *testing.T, call string, c *machine.CPU, p *machine.Program) {
	t.Helper()
	s := c.Stack()
	c.Slice = 1
	trap := c.Run(p)
	for trap.Kind == machine.Stopped {
		room := (int64(c.R[machine.SP]) - int64(s.Lo)) / machine.Word
		check.True(t, room >= 31, call,
			fmt.Sprintf(check.Say("%d words left below SP = %#x, before %s", "SP = %#[2]x 아래에 %[1]d워드만 남음, %[3]s 앞"), room, c.R[machine.SP], p.Where(c.PC)),
			check.Say("31 words at least, before every instruction", "어느 명령어 앞에서나 31워드 이상"), roomBelow)
		trap = c.Run(p)
	}
	check.True(t, trap.Kind == machine.MoreStack, call, fmt.Sprintf("%v %v", trap.Kind, trap.Err), "MORESTACK", roomBelow)
}

func TestGuardLeavesRoomForASaveAtAnyInstruction(t *testing.T) {
	check.Task(t, 1, func(t *testing.T) {
		p := check.Program(t, "deeper.asm", deeper, nil)
		g := check.NewG(t, p, 1, "main", 256)
		c := &machine.CPU{Poison: true}
		load(c, g)
		c.Guard = memory.Guard(g.Stack)
		toTheGuard(t, check.Say("c.Guard = Guard(g.Stack), main calls itself until a trap",
			"c.Guard = Guard(g.Stack), 트랩이 날 때까지 main이 자신을 호출"), c, p)
	})
}

func TestGuardSetHighPreempts(t *testing.T) {
	check.Task(t, 1, func(t *testing.T) {
		p := check.Program(t, "deeper.asm", deeper, nil)
		g := check.NewG(t, p, 1, "main", 256)
		c := &machine.CPU{Poison: true}
		load(c, g)
		call := check.Say("c.Guard = the highest address, run, c.Guard = Guard(g.Stack), run",
			"c.Guard = 가장 높은 주소, 실행, c.Guard = Guard(g.Stack), 실행")
		rule := check.Say("a guard above every SP makes the next ENTER trap though there is room: so Go preempts cooperatively, and afterwards puts the real guard back",
			"가드를 모든 SP보다 높이면 자리가 있어도 다음 ENTER에서 트랩이 납니다. Go는 이렇게 협력적으로 선점하고, 그다음 원래 가드로 되돌립니다")
		c.Guard = ^uint64(0)
		trap := c.Run(p)
		check.True(t, trap.Kind == machine.MoreStack && c.R[machine.SP] == g.Context.SP, call, fmt.Sprintf("%v, SP = %#x", trap.Kind, c.R[machine.SP]), "MORESTACK", rule)
		c.Guard = memory.Guard(g.Stack)
		toTheGuard(t, call, c, p)
	})
}

// ---- Task 2: Pool ----

var powersOfTwo = check.Say(
	"stacks come in powers of two from 256 words (2 KB) up: few sizes, so that a stack that is given back fits the next who asks",
	"스택의 크기는 256워드(2 KB)부터 2의 거듭제곱입니다. 크기의 종류가 적어야 돌려받은 스택이 다음에 달라는 쪽에 맞습니다")

func TestGetRoundsUpToAPowerOfTwo(t *testing.T) {
	check.Task(t, 2, func(t *testing.T) {
		for _, test := range []struct{ ask, want int }{
			{256, 256}, {0, 256}, {1, 256}, {255, 256}, {257, 512}, {511, 512}, {512, 512}, {513, 1024}, {1000, 1024},
			{4096, 4096}, {4097, 8192}, {300_000, 524_288},
		} {
			s := new(memory.Pool).Get(test.ask)
			check.Equal(t, fmt.Sprintf("new(Pool).Get(%d)", test.ask), check.Say("size", "크기"), words(size(s)), words(test.want), powersOfTwo)
		}
	})
}

var reuse = check.Say(
	"a stack that was put back is handed out again, once, to whoever asks for its size: so a goroutine that begins does not wait for the allocator",
	"돌려받은 스택은 같은 크기를 달라는 쪽에 다시 내주되, 한 번만 내줍니다. 그래서 새로 시작하는 고루틴이 메모리 할당을 기다리지 않습니다")

var once = check.Say(
	"a stack goes to the pool once and is handed out once: two goroutines on one stack overwrite each other's frames",
	"스택은 풀에 한 번만 들어가고 한 번만 나옵니다. 두 고루틴이 한 스택을 쓰면 서로의 프레임을 덮어씁니다")

func TestGetTakesWhatWasPut(t *testing.T) {
	check.Task(t, 2, func(t *testing.T) {
		var p memory.Pool
		a, b := p.Get(256), p.Get(256)
		call := "a := p.Get(256), b := p.Get(256)"
		check.True(t, size(a) == 256 && size(b) == 256 && a.Lo != b.Lo, call, fmt.Sprintf("a.Lo = %#x, b.Lo = %#x", a.Lo, b.Lo),
			check.Say("two different stacks of 256 words", "서로 다른 256워드 스택 둘"), reuse)
		p.Put(a)
		p.Put(b)
		x, y, z := p.Get(256), p.Get(200), p.Get(256)
		call += ", p.Put(a), p.Put(b), x := p.Get(256), y := p.Get(200), z := p.Get(256)"
		both := (x.Lo == a.Lo && y.Lo == b.Lo) || (x.Lo == b.Lo && y.Lo == a.Lo)
		check.True(t, both, call, fmt.Sprintf("x.Lo = %#x, y.Lo = %#x", x.Lo, y.Lo),
			fmt.Sprintf(check.Say("a and b: %#x and %#x, in either order", "a와 b: %#x와 %#x, 순서는 상관없음"), a.Lo, b.Lo), reuse)
		check.True(t, z.Lo != a.Lo && z.Lo != b.Lo && size(z) == 256, call, fmt.Sprintf("z.Lo = %#x", z.Lo),
			check.Say("a new stack: x and y are in use", "새 스택. x와 y는 사용 중"), once)
	})
}

func TestPoolsShareNothing(t *testing.T) {
	check.Task(t, 2, func(t *testing.T) {
		var p, q memory.Pool
		a := p.Get(256)
		p.Put(a)
		s := q.Get(256)
		call := "var p, q Pool, a := p.Get(256), p.Put(a), s := q.Get(256)"
		check.True(t, size(s) == 256 && s.Lo != a.Lo, call, fmt.Sprintf(check.Say("%d words, s.Lo = %#x, a.Lo = %#x", "%d워드, s.Lo = %#x, a.Lo = %#x"), size(s), s.Lo, a.Lo),
			check.Say("a new stack of 256 words: q has none yet", "256워드짜리 새 스택. q에는 아직 스택이 없음"), check.Say(
				"each P has a pool of its own and uses it without a lock: two pools that share a list would need one",
				"P마다 자기 풀이 있고 락 없이 씁니다. 두 풀이 목록을 함께 쓰면 락이 필요해집니다"))
		check.Equal(t, call+", b := p.Get(256)", "b.Lo", check.Addr(p.Get(256).Lo), check.Addr(a.Lo), reuse)
	})
}

func TestPoolMixesNoSizes(t *testing.T) {
	check.Task(t, 2, func(t *testing.T) {
		var p memory.Pool
		sizes := []int{256, 512, 1024, 2048, 1 << 15, 1 << 20}
		lo := map[int]uint64{}
		for _, n := range sizes {
			s := p.Get(n)
			lo[n] = s.Lo
			p.Put(s)
		}
		for _, n := range []int{1024, 256, 1 << 20, 2048, 512, 1 << 15} {
			s := p.Get(n)
			check.True(t, size(s) == n && s.Lo == lo[n],
				fmt.Sprintf(check.Say("Get and Put of %v words, then Get(%d)", "%v워드를 Get하고 Put한 다음 Get(%d)"), sizes, n),
				fmt.Sprintf(check.Say("%d words, Lo = %#x", "%d워드, Lo = %#x"), size(s), s.Lo),
				fmt.Sprintf(check.Say("%d words, Lo = %#x", "%d워드, Lo = %#x"), n, lo[n]), reuse)
		}
	})
}

func TestPutDropsWhatIsNotGets(t *testing.T) {
	check.Task(t, 2, func(t *testing.T) {
		for _, n := range []int{0, 1, 64, 128, 255, 257, 300, 511, 768, 1000} {
			var p memory.Pool
			var odd machine.Stack
			if n > 0 {
				odd = machine.NewStack(n)
			}
			p.Put(odd)
			for _, ask := range []int{1, n, 256, 512, 1024} {
				s := p.Get(ask)
				want := 256
				for want < ask {
					want *= 2
				}
				check.Equal(t, fmt.Sprintf(check.Say("Put(a stack of %d words), Get(%d)", "Put(%d워드 스택), Get(%d)"), n, ask),
					check.Say("size", "크기"), words(size(s)), words(want), check.Say(
						"who asks for 256 words and gets a stack of another size writes beyond its end, or wastes it: what Get can't have made is dropped",
						"256워드를 달라고 했는데 다른 크기의 스택을 받으면 끝을 넘어 쓰거나 낭비하게 됩니다. Get이 만들 수 없는 크기는 버립니다"))
			}
		}
	})
}

func TestPoolAllocatesNothingWhenWarm(t *testing.T) {
	check.Task(t, 2, func(t *testing.T) {
		var p memory.Pool
		held := make([]machine.Stack, 0, 600)
		wrong := 0
		round := func() {
			for i := range cap(held) {
				s := p.Get(256 << (i % 3))
				if size(s) != 256<<(i%3) {
					wrong++
				}
				held = append(held, s)
			}
			for _, s := range held {
				p.Put(s)
			}
			held = held[:0]
		}
		round() // it gets warm
		n := testing.AllocsPerRun(10, round)
		call := check.Say("600 × Get, 200 of each of three sizes, and 600 × Put, again and again", "세 가지 크기를 200번씩 모두 600번 Get하고 600번 Put하기를 되풀이")
		check.Equal(t, call, check.Say("stacks of the wrong size", "크기가 틀린 스택"), wrong, 0, powersOfTwo)
		check.Equal(t, call, check.Say("allocations in a round", "한 바퀴의 할당 횟수"), n, 0.0, check.Say(
			"once there are as many stacks of each size as are in use at a time, nothing need be allocated any more: the pool keeps all that it is given, and its lists have room",
			"크기마다 한꺼번에 쓰는 수만큼 스택이 생기고 나면 더는 아무것도 할당할 필요가 없습니다. 풀은 받은 스택을 모두 보관하고, 목록에도 자리가 이미 있습니다"))
	})
}

func TestPoolAgainstAModel(t *testing.T) {
	check.Task(t, 2, func(t *testing.T) {
		// A wrong size breaks another rule than a wrong stack: it is looked for first.
		model := func(rt *rapid.T, sizes bool) (call, got, want string) {
			var p memory.Pool
			var held []machine.Stack
			free, inUse := map[int][]uint64{}, map[uint64]bool{}
			var calls []string
			for range rapid.IntRange(1, 30).Draw(rt, "calls") {
				if len(held) > 0 && rapid.Bool().Draw(rt, "put") {
					i := rapid.IntRange(0, len(held)-1).Draw(rt, "which")
					s := held[i]
					held = slices.Delete(held, i, i+1)
					calls = append(calls, fmt.Sprintf(check.Say("Put(%d words)", "Put(%d워드)"), size(s)))
					p.Put(s)
					free[size(s)] = append(free[size(s)], s.Lo)
					delete(inUse, s.Lo)
					continue
				}
				n := 256 << rapid.IntRange(0, 2).Draw(rt, "size")
				calls = append(calls, fmt.Sprintf("Get(%d)", n))
				s := p.Get(n)
				call = strings.Join(calls, " ")
				i := slices.Index(free[n], s.Lo)
				switch {
				case size(s) != n:
					return call, words(size(s)), words(n)
				case sizes:
				case inUse[s.Lo]:
					return call, check.Say("a stack that is in use", "사용 중인 스택"), check.Say("a free or a new one", "남는 스택이나 새 스택")
				case len(free[n]) > 0 && i < 0:
					return call, check.Say("a new stack", "새 스택"), check.Say("one that was put back", "돌려받은 스택")
				case i >= 0:
					free[n] = slices.Delete(free[n], i, i+1)
				}
				inUse[s.Lo] = true
				held = append(held, s)
			}
			return "", "", ""
		}
		check.Model(t, powersOfTwo, func(rt *rapid.T) (call, got, want string) { return model(rt, true) })
		check.Model(t, reuse, func(rt *rapid.T) (call, got, want string) { return model(rt, false) })
	})
}

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
