package spawn_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gmplab/internal/check"
	"gmplab/internal/harness"
	"gmplab/internal/machine"
	"gmplab/internal/osthread"
	spawn "gmplab/labs/02-spawn-cost"
)

// sideBySide runs f for each of two Ps, round after round, until one of them
// returns false. Each P has a thread and, where the platform lets us choose, a
// CPU of its own: the kernel likes to put two threads that wait for one another
// on one CPU, where they take turns and never race. A round begins for both at
// the same moment, for whoever is first keeps its CPU until the other is there.
// There are fewer rounds where CPUs are so busy that they would take a second.
// It says what the threads panicked with, "" if none did.
func sideBySide(rounds int, f func(p int) bool) (panics string) {
	procs := runtime.GOMAXPROCS(0)
	runtime.GOMAXPROCS(max(2, procs))
	defer runtime.GOMAXPROCS(procs)
	var (
		start   = time.Now()
		arrived atomic.Int64
		over    atomic.Bool
	)
	return onThreads(2, func(p int) {
		defer over.Store(true) // who leaves early takes the other along
		if cpus, err := osthread.CPUs(); err == nil && len(cpus) > 1 {
			_ = osthread.Pin(cpus[p]) // refused: then it takes more luck
		}
		for round := range int64(rounds) {
			if p == 0 && time.Since(start) > 800*time.Millisecond {
				return
			}
			for arrived.Add(1); arrived.Load() < 2*(round+1); {
				if over.Load() && arrived.Load() < 2*(round+1) {
					return
				}
			}
			if !f(p) {
				return
			}
		}
	})
}

// many is n, and a tenth of it with -short and under the race detector, which
// needs no luck to see a race.
func many(n int) int {
	if testing.Short() || harness.Race() {
		return n / 10
	}
	return n
}

// onThreads runs f for each of n Ps, on a real thread of its own, all at the
// same time. It says what they panicked with, "" if none did.
func onThreads(n int, f func(p int)) (panics string) {
	var (
		waits   []func()
		arrived atomic.Int32
		first   atomic.Pointer[string]
	)
	for p := range n {
		waits = append(waits, osthread.Go(func() {
			defer func() {
				if v := recover(); v != nil {
					text := fmt.Sprintf(check.Say("a panic: %v", "패닉: %v"), v)
					first.CompareAndSwap(nil, &text)
				}
			}()
			for arrived.Add(1); arrived.Load() < int32(n); {
				runtime.Gosched()
			}
			f(p)
		}))
	}
	for _, wait := range waits {
		wait()
	}
	if text := first.Load(); text != nil {
		panics = *text
	}
	return panics
}

// ---- Task 3: what a list gives away ----

var (
	grownBack = check.Say(
		"a stack of more than StackWords words has grown for one deep call. With its G it would be kept for ever, and most goroutines need 2 KB: it goes to PutStack, before anyone finds g",
		"StackWords 워드보다 큰 스택은 한 번의 깊은 호출 때문에 커진 것입니다. G에 남겨 두면 영원히 붙들고 있게 되는데, 고루틴 대부분은 2 KB면 충분합니다. 누가 g를 찾기 전에 PutStack에 돌려줍니다")
	batches = check.Say(
		"at 64 a list moves 33 to Shared and keeps 31; an empty one takes up to 32 from there. Batches of half a list mean one lock for about thirty goroutines, and none at the border",
		"64개가 되면 33개를 Shared로 옮기고 31개를 남깁니다. 비었으면 거기서 32개까지 가져옵니다. 절반씩 옮기므로 고루틴 서른 개쯤에 락을 한 번 잡고, 경계에서 오락가락해도 락을 잡지 않습니다")
)

func TestPutGivesAGrownStackBack(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) {
		check.Equal(t, "StackWords", check.Say("bytes", "바이트"), spawn.StackWords*machine.Word, 2048, check.Say(
			"a goroutine begins with 2 KB", "고루틴은 2 KB로 시작합니다"))
		for _, words := range []int{2 * spawn.StackWords, spawn.StackWords + 1, spawn.StackWords, spawn.StackWords / 2, 0} {
			var back []uint64
			f := spawn.FreeList{PutStack: func(s machine.Stack) { back = append(back, s.Lo) }}
			g := dead(1)[0]
			g.Stack = machine.Stack{}
			if words > 0 {
				g.Stack = machine.NewStack(words)
			}
			lo := g.Stack.Lo
			f.Put(g)
			call := fmt.Sprintf(check.Say("Put(g) with a stack of %d words", "%d워드 스택이 있는 g를 Put"), words)
			if words <= spawn.StackWords {
				check.Equal(t, call, check.Say("stacks given to PutStack", "PutStack에 준 스택 수"), len(back), 0, grownBack)
				check.Equal(t, call, "g.Stack.Lo", check.Addr(g.Stack.Lo), check.Addr(lo), grownBack)
				continue
			}
			check.True(t, slices.Equal(back, []uint64{lo}), call,
				fmt.Sprintf(check.Say("PutStack got stacks at %#x", "PutStack이 받은 스택의 주소 %#x"), back),
				fmt.Sprintf(check.Say("the grown one, once: %#x", "커진 스택 한 번: %#x"), lo), grownBack)
			check.True(t, g.Stack.Hi == 0 && g.Stack.Lo == 0, call, fmt.Sprintf("g.Stack = [%#x, %#x)", g.Stack.Lo, g.Stack.Hi),
				check.Say("the zero Stack", "제로 값 Stack"), check.Say(
					"what is given back is no longer ours: somebody else writes on it soon",
					"돌려준 것은 더는 우리 것이 아닙니다. 곧 다른 누군가가 거기에 씁니다"))
			taken := f.Get()
			check.Equal(t, call+", Get()", "g", id(taken), "g1", check.Say("the G itself is kept", "G 자체는 남깁니다"))
		}
		var f spawn.FreeList // nobody wants stacks
		g := dead(1)[0]
		g.Stack = machine.NewStack(2 * spawn.StackWords)
		f.Put(g)
		check.Equal(t, check.Say("Put(g) with a grown stack, PutStack nil", "PutStack이 nil일 때 커진 스택이 있는 g를 Put"), "g.Stack.Hi",
			check.Addr(g.Stack.Hi), check.Addr(0), grownBack)
	})
}

// drain takes all that a list can get, at most 1,000, and says how many.
func drain(t *testing.T, f *spawn.FreeList) (n int) {
	t.Helper()
	check.Within(t, check.Say("Get() until nil", "nil이 나올 때까지 Get()"), shared(f), func() { n = getAll(f) })
	return n
}

// shared is the rule for what f shares.
func shared(f *spawn.FreeList) string {
	if f.Shared == nil {
		return check.Say("without Shared there is no lock to take", "Shared가 없으면 잡을 락도 없습니다")
	}
	return batches
}

func getAll(f *spawn.FreeList) (n int) {
	for n < 1000 && f.Get() != nil {
		n++
	}
	return n
}

// fill puts n goroutines, each with a stack.
func fill(t *testing.T, f *spawn.FreeList, n int) {
	t.Helper()
	check.Within(t, fmt.Sprintf("%d × Put", n), shared(f), func() {
		for _, g := range dead(n) {
			f.Put(g)
		}
	})
}

func TestPutGivesTheStackBackBeforeAnyoneFindsG(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) {
		own, ownCalls := "nil", 0
		var alone spawn.FreeList
		alone.PutStack = func(machine.Stack) {
			ownCalls++
			own = id(alone.Get())
		}
		lone := dead(1)[0]
		lone.Stack = machine.NewStack(2 * spawn.StackWords)
		call := check.Say("Put(g1) with a grown stack; PutStack calls Get() on the same list", "커진 스택이 있는 g1을 Put. PutStack 안에서 같은 리스트에 Get()")
		check.Within(t, call, grownBack, func() { alone.Put(lone) })
		check.Equal(t, call, check.Say("calls of PutStack", "PutStack 호출 횟수"), ownCalls, 1, grownBack)
		check.Equal(t, call, check.Say("found in the list", "리스트에서 찾은 것"), own, "nil", grownBack)
		check.Equal(t, call+check.Say("; then Get()", ", 그다음 Get()"), "g", id(alone.Get()), "g1", everyoneOnce)

		var shared spawn.Shared
		other := spawn.FreeList{Shared: &shared}
		found, calls := "nil", 0
		f := spawn.FreeList{Shared: &shared, PutStack: func(machine.Stack) {
			calls++
			found = id(other.Get())
		}}
		fill(t, &f, 63)
		g := dead(1)[0]
		g.Stack = machine.NewStack(2 * spawn.StackWords)
		call = check.Say("63 × Put, Put(g) with a grown stack; PutStack looks into Shared by another list's Get()",
			"Put 63번, 커진 스택이 있는 g를 Put. PutStack 안에서 다른 리스트의 Get()으로 Shared를 들여다봄")
		check.Within(t, call, grownBack, func() { f.Put(g) })
		check.Equal(t, call, check.Say("calls of PutStack", "PutStack 호출 횟수"), calls, 1, grownBack)
		check.Equal(t, call, check.Say("found in Shared", "Shared에서 찾은 것"), found, "nil", grownBack)
	})
}

func TestPutMovesHalfAt64(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) {
		var shared spawn.Shared
		f, other := spawn.FreeList{Shared: &shared}, spawn.FreeList{Shared: &shared}
		newIsEmpty := func(call string) {
			t.Helper()
			check.Equal(t, call, check.Say("in a new Shared", "새 Shared에 있는 수"), drain(t, &spawn.FreeList{Shared: new(spawn.Shared)}), 0, check.Say(
				"each Shared has goroutines of its own, and the zero value has none: they belong in its fields, for a variable of the package is the same for all",
				"Shared마다 고루틴이 따로 있고 제로 값에는 하나도 없습니다. 고루틴은 필드에 둡니다. 패키지 변수에 두면 모든 Shared가 같은 것을 보게 됩니다"))
		}
		newIsEmpty(check.Say("before all else", "아무것도 하기 전"))
		fill(t, &f, 63)
		check.Equal(t, "63 × Put", check.Say("in Shared", "Shared에 있는 수"), drain(t, &other), 0, batches)
		fill(t, &f, 1)
		newIsEmpty("64 × Put")
		check.Equal(t, "64 × Put", check.Say("in Shared", "Shared에 있는 수"), drain(t, &other), 33, batches)
		check.Equal(t, "64 × Put", check.Say("kept", "남긴 수"), drain(t, &f), 31, batches)

		fill(t, &f, 64+33)
		check.Equal(t, check.Say("97 × Put: 64, then 33 more", "Put 97번: 64번, 그리고 33번 더"), check.Say("in Shared", "Shared에 있는 수"), drain(t, &other), 66, batches)
		check.Equal(t, check.Say("97 × Put: 64, then 33 more", "Put 97번: 64번, 그리고 33번 더"), check.Say("kept", "남긴 수"), drain(t, &f), 31, batches)
	})
}

func TestGetRefillsTo32(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) {
		var shared spawn.Shared
		a, b, c := spawn.FreeList{Shared: &shared}, spawn.FreeList{Shared: &shared}, spawn.FreeList{Shared: &shared}
		fill(t, &a, 64+33) // 66 in Shared, 31 kept
		have := check.Say("66 in Shared: ", "Shared에 66개: ")
		check.True(t, b.Get() != nil, have+"Get()", "nil", check.Say("a goroutine", "고루틴"), batches)
		check.Equal(t, have+"Get()", check.Say("left in Shared", "Shared에 남은 수"), drain(t, &c), 34, batches)
		check.Equal(t, have+"Get()", check.Say("left in the list", "리스트에 남은 수"), drain(t, &b), 31, batches)

		fill(t, &b, 64) // 33 in Shared, 31 kept
		have = check.Say("33 in Shared and 31 in the list: ", "Shared에 33개, 리스트에 31개: ")
		for range 31 {
			b.Get()
		}
		check.Equal(t, have+"31 × Get()", check.Say("left in Shared", "Shared에 남은 수"), drain(t, &c), 33, check.Say(
			"a list that is not empty leaves Shared, and its lock, alone", "비지 않은 리스트는 Shared도, 그 락도 건드리지 않습니다"))
		fill(t, &b, 64)
		check.Equal(t, check.Say("33 in Shared: Get() until nil", "Shared에 33개: nil이 나올 때까지 Get()"), check.Say("taken", "꺼낸 수"), drain(t, &c), 33, check.Say(
			"32 and then the last one: what is in Shared can all be had", "32개, 그다음 마지막 하나. Shared에 있는 것은 모두 꺼낼 수 있습니다"))
		check.Equal(t, check.Say("the list that never gave any away", "한 번도 내놓지 않은 리스트"), check.Say("kept", "남긴 수"), drain(t, &a), 31, batches)
	})
}

func TestWithoutSharedAListKeepsAll(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) {
		var f spawn.FreeList
		fill(t, &f, 200)
		check.Equal(t, check.Say("200 × Put, Shared nil", "Shared가 nil일 때 Put 200번"), check.Say("kept", "남긴 수"), drain(t, &f), 200, everyoneOnce)
		shared := spawn.FreeList{Shared: new(spawn.Shared)}
		fill(t, &shared, 200)
		kept, other := 0, spawn.FreeList{Shared: shared.Shared}
		kept = drain(t, &other)
		check.Equal(t, check.Say("200 × Put, with Shared", "Shared가 있을 때 Put 200번"), check.Say("in Shared", "Shared에 있는 수"), kept, 5*33, batches)
	})
}

// psAgainstAModel has ps Ps put and take, up to burst in a row, and holds
// their lists against counts: how many each has, how many are in Shared.
func psAgainstAModel(t *testing.T, ps, burst int, rule string) {
	t.Helper()
	check.Model(t, rule, func(rt *rapid.T) (call, got, want string) {
		var shared spawn.Shared
		alive := make([]*machine.G, 6*burst) // without stacks, which nobody asks for here
		for i := range alive {
			alive[i] = &machine.G{ID: uint64(i + 1)}
		}
		lists := make([]spawn.FreeList, ps)
		for i := range lists {
			if ps > 1 {
				lists[i].Shared = &shared
			}
		}
		local, inShared := make([]int, ps), 0
		free := map[*machine.G]bool{} // on some list
		var calls []string
		for range rapid.IntRange(1, 12).Draw(rt, "calls") {
			p := rapid.IntRange(0, ps-1).Draw(rt, "p")
			n := rapid.IntRange(1, burst).Draw(rt, "n")
			if rapid.Bool().Draw(rt, "put") {
				n = min(n, len(alive))
				calls = append(calls, fmt.Sprintf("P%d: %d × Put", p, n))
				for range n {
					g := alive[0]
					alive = alive[1:]
					lists[p].Put(g)
					free[g] = true
					if local[p]++; ps > 1 && local[p] == 64 {
						local[p] -= 33
						inShared += 33
					}
				}
				continue
			}
			for i := range n {
				call := fmt.Sprintf("%s\nP%d: %s %d", strings.Join(calls, "\n"), p, "Get", i+1)
				g := lists[p].Get()
				if local[p] == 0 {
					batch := min(32, inShared)
					local[p] += batch
					inShared -= batch
				}
				if local[p] == 0 {
					if g != nil {
						return call, id(g), check.Say("nil: neither this P nor Shared has one", "nil: 이 P에도 Shared에도 없음")
					}
					break
				}
				local[p]--
				if g == nil || !free[g] {
					what := id(g)
					if g != nil {
						what = fmt.Sprintf(check.Say("g%d, which is alive", "살아 있는 g%d"), g.ID)
					}
					return call, what, check.Say("a dead goroutine", "죽은 고루틴")
				}
				delete(free, g)
				alive = append(alive, g)
			}
			calls = append(calls, fmt.Sprintf("P%d: %d × Get", p, n))
		}
		return "", "", ""
	})
}

func TestPsAgainstAModel(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) {
		for ps := 2; ps <= 4; ps++ {
			psAgainstAModel(t, ps, 70, batches)
		}
	})
}

func TestBatchesAllocateNothing(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) {
		var shared spawn.Shared
		f := spawn.FreeList{Shared: &shared}
		all := dead(200)
		taken := 0
		n := testing.AllocsPerRun(10, func() {
			for _, g := range all {
				f.Put(g)
			}
			for range all {
				if f.Get() != nil {
					taken++
				}
			}
		})
		call := check.Say("200 × Put, 200 × Get, on lists that have had 200 before", "200개를 담아 본 리스트에 Put 200번, Get 200번")
		check.Equal(t, call, check.Say("goroutines taken", "꺼낸 고루틴 수"), taken, 11*len(all), everyoneOnce)
		check.Equal(t, call, check.Say("allocations", "할당 횟수"), n, 0.0, noMemory)
	})
}

func TestSharedBetweenPsThreads(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) {
		const ps, each = 4, 100
		call := fmt.Sprintf(check.Say("%d Ps on threads of their own: rounds of %d × Put and as many Get", "저마다 다른 스레드에서 실행되는 P %d개: Put %d번, 그리고 Get도 그만큼 하기를 되풀이"), ps, each)
		var shared spawn.Shared
		smoke := spawn.FreeList{Shared: &shared}
		fill(t, &smoke, 64)
		check.Equal(t, "64 × Put", check.Say("taken again", "다시 꺼낸 수"), drain(t, &smoke), 64, everyoneOnce)

		rounds := many(12_000)
		all := dead(ps * each)
		var held [ps*each + 1]atomic.Int32 // by id: whose it is, 1 + P; 0: a list's
		var doubled atomic.Uint64
		var kept [ps]int
		panics := ""
		check.Within(t, call, batches, func() {
			panics = onThreads(ps, func(p int) {
				f := spawn.FreeList{Shared: &shared}
				mine := slices.Clone(all[p*each : (p+1)*each])
				for _, g := range mine {
					held[g.ID].Store(int32(p + 1))
				}
				for range rounds {
					for _, g := range mine {
						held[g.ID].Store(0)
						f.Put(g)
					}
					mine = mine[:0]
					for len(mine) < 2*each && doubled.Load() == 0 {
						g := f.Get()
						if g == nil {
							break
						}
						if !held[g.ID].CompareAndSwap(0, int32(p+1)) {
							doubled.Store(g.ID)
						}
						mine = append(mine, g)
					}
					if doubled.Load() != 0 {
						return
					}
				}
				kept[p] = len(mine) + getAll(&f)
			})
		})
		rule := check.Say("Shared belongs to all Ps, so whoever moves a batch holds its lock for the whole of it",
			"Shared는 모든 P의 것입니다. 묶음을 옮기는 동안 내내 락을 잡고 있어야 합니다")
		check.True(t, panics == "", call, panics, check.Say("no panic", "패닉 없음"), rule)
		check.True(t, doubled.Load() == 0, call, fmt.Sprintf(check.Say("g%d is with two Ps", "g%d이(가) 두 P에 있음"), doubled.Load()),
			check.Say("each goroutine with one", "고루틴마다 한 P"), rule)
		total := drain(t, &smoke)
		for _, n := range kept {
			total += n
		}
		check.Equal(t, call, check.Say("goroutines in the end", "마지막에 남은 고루틴 수"), total, ps*each, rule)
	})
}
