package memory_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gmplab/internal/check"
	"gmplab/internal/machine"
	memory "gmplab/labs/01-memory"
)

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
