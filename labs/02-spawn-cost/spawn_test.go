package spawn_test

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
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

func TestMain(m *testing.M) {
	harness.Play(parts)
	check.Main(m)
}

// dead returns n goroutines that have exited, each with a first stack, with
// ids from 1, and with what a life leaves behind in their fields.
func dead(n int) []*machine.G {
	all := make([]*machine.G, n)
	for i := range all {
		all[i] = &machine.G{
			ID: uint64(i + 1), Stack: machine.NewStack(spawn.StackWords), Full: true, Ret: 77,
			Context: machine.Context{PC: 7, SP: 8, BP: 16}, Link: &machine.G{ID: 9999},
		}
		all[i].Status.Store(machine.Running)
	}
	return all
}

func id(g *machine.G) string {
	if g == nil {
		return "nil"
	}
	return fmt.Sprintf("g%d", g.ID)
}

var (
	everyoneOnce = check.Say(
		"who was put can be taken, once. A goroutine that is handed out twice is two goroutines on one stack; one that is lost is made anew, for ever",
		"넣은 것은 꺼낼 수 있고, 단 한 번 꺼냅니다. 두 번 나간 고루틴은 한 스택을 쓰는 두 고루틴이 되고, 잃어버린 고루틴은 끝없이 새로 만들게 됩니다")
	noMemory = check.Say(
		"the list is there so that a go statement does not wait for the allocator. G.Link is a place for the list in every G",
		"프리 리스트가 있는 까닭은 go 문이 메모리 할당을 기다리지 않게 하려는 것입니다. 리스트로 잇는 데 쓸 자리는 모든 G에 G.Link로 마련되어 있습니다")
)

// ---- Task 1: Put and Get ----

func TestPutThenGet(t *testing.T) {
	check.Task(t, 1, func(t *testing.T) {
		var f spawn.FreeList
		all := dead(3)
		var first *machine.G
		none := check.Say(
			"nobody is dead yet: nil says that a goroutine has to be made",
			"아직 죽은 고루틴이 없습니다. nil은 새로 만들어야 한다는 뜻입니다")
		check.Within(t, "Get()", none, func() { first = f.Get() })
		check.Equal(t, "Get()", "g", id(first), "nil", none)
		check.Within(t, "Put(g1)", everyoneOnce, func() { f.Put(all[0]) })
		check.Equal(t, "Put(g1) Get()", "g", id(f.Get()), "g1", everyoneOnce)
		check.Equal(t, "Put(g1) Get() Get()", "g", id(f.Get()), "nil", everyoneOnce)
		for _, g := range all {
			f.Put(g)
		}
		var got []string
		for range 4 {
			got = append(got, id(f.Get()))
		}
		slices.Sort(got)
		check.Equal(t, "Put(g1) Put(g2) Put(g3) Get() Get() Get() Get()", check.Say("the four, sorted", "꺼낸 네 개(정렬)"),
			got, []string{"g1", "g2", "g3", "nil"}, everyoneOnce)
	})
}

func TestPutMarksDead(t *testing.T) {
	check.Task(t, 1, func(t *testing.T) {
		var f spawn.FreeList
		g, other := dead(2)[0], dead(2)[1]
		stack := g.Stack
		f.Put(other)
		f.Put(g)
		call := "Put(g2) Put(g1)"
		check.Equal(t, call, "g1.Status", g.Status.Load(), machine.Dead, check.Say(
			"a status says who may touch a goroutine. Dead (5): the free list, and nobody else",
			"상태는 누가 고루틴을 건드릴 수 있는지를 나타냅니다. Dead(5)면 프리 리스트뿐입니다"))
		for range 2 {
			call += " Get()"
			taken := f.Get()
			check.True(t, taken != nil, call, "nil", check.Say("a goroutine", "고루틴"), everyoneOnce)
			check.Equal(t, call, id(taken)+".Link", id(taken.Link), "nil", check.Say(
				"who is taken from a list is on none: whoever links it next must find none of ours",
				"리스트에서 꺼낸 고루틴은 어느 리스트에도 없습니다. 이 리스트의 Link가 남아 있으면 다음에 잇는 쪽이 잘못 따라갑니다"))
		}
		check.Equal(t, call, "g1.Stack.Lo", check.Addr(g.Stack.Lo), check.Addr(stack.Lo), check.Say(
			"a stack of the usual size stays with its G: that is half of what a dead goroutine is good for",
			"보통 크기의 스택은 G에 그대로 남습니다. 죽은 고루틴의 쓸모 가운데 절반이 스택입니다"))
	})
}

func TestFreeListAgainstAModel(t *testing.T) {
	check.Task(t, 1, func(t *testing.T) {
		psAgainstAModel(t, 1, 8, everyoneOnce)
	})
}

func TestFreeListAllocatesNothing(t *testing.T) {
	check.Task(t, 1, func(t *testing.T) {
		var f spawn.FreeList
		all := dead(60)
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
		call := check.Say("60 × Put, 60 × Get, on a list that has had 60 before", "60개를 담아 본 리스트에 Put 60번, Get 60번")
		check.Equal(t, call, check.Say("goroutines taken", "꺼낸 고루틴 수"), taken, 11*len(all), everyoneOnce)
		check.Equal(t, call, check.Say("allocations", "할당 횟수"), n, 0.0, noMemory)
	})
}

// ---- Task 2: New ----

// fresh returns stacks of the usual size, of which every word is dirty, and
// counts them.
func fresh(count *int) func() machine.Stack {
	return func() machine.Stack {
		*count++
		s := machine.NewStack(spawn.StackWords)
		poison(s)
		return s
	}
}

func poison(s machine.Stack) {
	for i := range s.Words() {
		s.Words()[i] = 0xdead_0000 + uint64(i)
	}
}

var (
	asIfCalled = check.Say(
		"a new goroutine looks as if its entry had just been called, by exit: the return address at SP, the arguments above it, no frame before it (BP 0). Then ENTER and RET need no case for the first frame",
		"새 고루틴은 exit가 방금 entry를 부른 것처럼 보입니다. SP에 복귀 주소, 그 위에 인자, 앞선 프레임은 없음(BP 0). 그래서 ENTER와 RET에 첫 프레임을 위한 예외가 필요 없습니다")
	noFormerLife = check.Say(
		"nothing of a former life shows through. What is left over is a bug that appears only when a goroutine is reused, and a secret that one goroutine finds of another",
		"이전 삶의 흔적이 보여서는 안 됩니다. 남은 값은 재사용될 때만 나타나는 버그가 되고, 남의 비밀을 읽는 통로가 됩니다")
	onlyIfNone = check.Say(
		"a dead goroutine brings its stack along. Only a goroutine that has none asks stack() for one, once",
		"죽은 고루틴은 스택도 함께 가져옵니다. 스택이 없는 고루틴만, 한 번만 stack()으로 얻습니다")
	ownID = check.Say(
		"an id belongs to one life. With the id of another, living or dead, a trace tells two goroutines as one",
		"구조체를 다시 써도 번호는 새로 매깁니다. 살아 있든 죽었든 다른 고루틴이 쓰던 번호를 쓰면, 트레이스에서 두 고루틴이 하나로 보입니다")
)

// firstFrame fails unless g is as New promises.
func firstFrame(t *testing.T, call string, g *machine.G, entry, exit uint64, args ...uint64) {
	t.Helper()
	check.True(t, g != nil, call, "nil", check.Say("a goroutine", "고루틴"), asIfCalled)
	check.Equal(t, call, check.Say("words of g.Stack", "g.Stack의 워드 수"), len(g.Stack.Words()), spawn.StackWords, onlyIfNone)
	check.Equal(t, call, "g.Context.PC", g.Context.PC, entry, asIfCalled)
	sp := g.Stack.Hi - uint64(len(args)+1)*machine.Word
	check.Equal(t, call, "g.Context.SP", check.Addr(g.Context.SP), check.Addr(sp), asIfCalled)
	check.Equal(t, call, "g.Context.BP", check.Addr(g.Context.BP), check.Addr(0), asIfCalled)
	check.Equal(t, call, "[SP]", g.Stack.Get(sp), exit, asIfCalled)
	for i, arg := range args {
		at := uint64(i+1) * machine.Word
		check.Equal(t, call, fmt.Sprintf("[SP+%d]", at), g.Stack.Get(sp+at), arg, asIfCalled)
	}
	check.Equal(t, call, "g.Status", g.Status.Load(), machine.Runnable, check.Say(
		"a goroutine that is made can run: Runnable (1)", "만들어진 고루틴은 실행 가능합니다. Runnable(1)"))
	check.Equal(t, call, "g.Link", id(g.Link), "nil", noFormerLife)
	check.Equal(t, call, "g.Full", g.Full, false, noFormerLife)
	check.Equal(t, call, "g.Ret", g.Ret, uint64(0), noFormerLife)
	for addr := g.Stack.Lo; addr < sp; addr += machine.Word {
		check.Equal(t, call, fmt.Sprintf(check.Say("the word at %#x, %d below SP", "SP에서 %[2]d바이트 아래 %#[1]x의 워드"), addr, sp-addr),
			check.Addr(g.Stack.Get(addr)), check.Addr(0), noFormerLife)
	}
}

func TestNewMakesTheFirstFrame(t *testing.T) {
	check.Task(t, 2, func(t *testing.T) {
		for _, args := range [][]uint64{{11, 12}, {}, {1, 2, 3, 4, 5}} {
			stacks := 0
			call := fmt.Sprintf(check.Say("New(f, stack, entry 70, exit 80, args %v), f is empty, stack() returns a used stack",
				"빈 f로 New(f, stack, entry 70, exit 80, 인자 %v), stack()이 주는 것은 남이 쓰던 스택"), args)
			var g *machine.G
			check.Within(t, call, asIfCalled, func() { g = spawn.New(&spawn.FreeList{}, fresh(&stacks), 70, 80, args...) })
			firstFrame(t, call, g, 70, 80, args...)
			check.Equal(t, call, check.Say("calls of stack()", "stack() 호출 횟수"), stacks, 1, onlyIfNone)
		}
	})
}

// greeting logs its arguments and a local that it never wrote, and returns.
const greeting = `
done:   EXIT                ; nobody jumps here: it is for New's exit
main:   ENTER 3
        LOAD  R1, [BP+16]
        STORE [SP], R1
        LOAD  R1, [BP+24]
        STORE [SP+8], R1
        LOAD  R1, [BP-8]    ; a local that nobody has written yet
        STORE [SP+16], R1
        HOST  log
        RET
`

func TestNewRunsAndReturnsIntoExit(t *testing.T) {
	check.Task(t, 2, func(t *testing.T) {
		var log []string
		p := check.Program(t, "test.asm", greeting, map[string]machine.Host{
			"log": func(args []uint64) uint64 { log = append(log, fmt.Sprint(args)); return 0 },
		})
		entry, _ := p.Label("main")
		exit, _ := p.Label("done")
		var f spawn.FreeList
		stacks := 0
		for life := uint64(1); life <= 3; life++ {
			log = nil
			g := spawn.New(&f, fresh(&stacks), entry, exit, 10*life, 10*life+1)
			call := fmt.Sprintf(check.Say("life %d: New(f, stack, main, done, %d, %d), run", "%d번째 삶: New(f, stack, main, done, %d, %d), 실행"), life, 10*life, 10*life+1)
			check.True(t, g != nil, call, "nil", check.Say("a goroutine", "고루틴"), asIfCalled)
			c := &machine.CPU{Poison: true, Slice: 1000}
			c.Use(g.Stack)
			c.PC, c.R[machine.SP], c.R[machine.BP] = g.Context.PC, g.Context.SP, g.Context.BP
			trap := c.Run(p)
			check.True(t, trap.Kind == machine.Exit, call, fmt.Sprintf("%v (%v), log %v", trap.Kind, trap.Err, log), "EXIT", asIfCalled)
			check.Equal(t, call, check.Say("EXIT executed at", "EXIT를 실행한 주소"), c.PC-1, exit, asIfCalled)
			check.Equal(t, call, "log", log, []string{fmt.Sprintf("[%d %d 0]", 10*life, 10*life+1)}, check.Say(
				"it reads its own arguments, and finds 0 in a local that nobody wrote",
				"고루틴은 자기 인자를 읽어야 하고, 아무도 쓰지 않은 지역 변수의 값은 0이어야 합니다"))
			poison(g.Stack)
			f.Put(g)
		}
		check.Equal(t, check.Say("three lives, one after the other", "차례로 세 번의 삶"), check.Say("stacks made", "만든 스택 수"), stacks, 1, onlyIfNone)
	})
}

func TestNewLeavesNothingOfAFormerLife(t *testing.T) {
	check.Task(t, 2, func(t *testing.T) {
		var f spawn.FreeList
		g := dead(1)[0]
		poison(g.Stack)
		f.Put(g)
		stacks := 0
		before := g.Stack.Lo
		call := check.Say("Put(g1), all of it dirty; New(f, stack, entry 70, exit 80, 5)", "모든 곳에 옛 값이 남은 g1을 Put, 그다음 New(f, stack, entry 70, exit 80, 5)")
		again := spawn.New(&f, fresh(&stacks), 70, 80, 5)
		check.True(t, again == g, call, check.Say("another G", "다른 G"), check.Say("the G that was put", "넣었던 바로 그 G"), check.Say(
			"a dead goroutine is a free one: make a G only when the list has none",
			"죽은 고루틴은 다시 쓸 수 있는 고루틴입니다. 리스트에 없을 때만 G를 새로 만듭니다"))
		check.True(t, stacks == 0 && g.Stack.Lo == before, call,
			fmt.Sprintf(check.Say("stack() called %d times, stack at %#x", "stack() 호출 %d번, 스택 주소 %#x"), stacks, g.Stack.Lo),
			fmt.Sprintf(check.Say("its own stack, at %#x", "자신의 스택, 주소 %#x"), before), onlyIfNone)
		firstFrame(t, call, again, 70, 80, 5)

		bare := dead(1)[0]
		bare.Stack = machine.Stack{}
		f.Put(bare)
		call = check.Say("Put(a g without a stack); New(f, stack, entry 70, exit 80)", "스택이 없는 g를 Put, 그다음 New(f, stack, entry 70, exit 80)")
		again = spawn.New(&f, fresh(&stacks), 70, 80)
		check.True(t, again == bare, call, check.Say("another G", "다른 G"), check.Say("the G that was put", "넣었던 바로 그 G"), everyoneOnce)
		firstFrame(t, call, again, 70, 80)
	})
}

func TestNewGivesEachLifeAnID(t *testing.T) {
	check.Task(t, 2, func(t *testing.T) {
		var shared spawn.Shared
		lists := []*spawn.FreeList{{}, {}, {Shared: &shared}, {Shared: &shared}, {Shared: new(spawn.Shared)}}
		seen := map[uint64]bool{}
		stacks := 0
		for life := 1; life <= 3; life++ {
			for i, f := range lists {
				g := spawn.New(f, fresh(&stacks), 1, 0)
				call := fmt.Sprintf(check.Say("New on list %d, its life %d", "리스트 %d에서 New, %d번째 삶"), i+1, life)
				check.True(t, g != nil, call, "nil", check.Say("a goroutine", "고루틴"), ownID)
				check.True(t, g.ID != 0, call, "g.ID = 0", check.Say("not 0", "0이 아님"), ownID)
				check.True(t, !seen[g.ID], call, fmt.Sprintf(check.Say("g.ID = %d, given before", "g.ID = %d: 이미 준 번호"), g.ID),
					check.Say("an id that nobody had", "아무도 쓰지 않은 번호"), ownID)
				seen[g.ID] = true
				f.Put(g)
			}
		}
	})
}

func TestNewAllocatesNothing(t *testing.T) {
	check.Task(t, 2, func(t *testing.T) {
		var f spawn.FreeList
		f.Put(dead(1)[0])
		stacks, lost := 0, 0
		stack := fresh(&stacks)
		n := testing.AllocsPerRun(100, func() {
			g := spawn.New(&f, stack, 70, 80, 1, 2)
			if g == nil {
				lost++
				return
			}
			f.Put(g)
		})
		call := check.Say("Put(g1); 100 × New and Put", "Put(g1), 그다음 New와 Put 100번")
		check.True(t, lost == 0, call, "New() = nil", check.Say("a goroutine", "고루틴"), everyoneOnce)
		check.Equal(t, call, check.Say("allocations", "할당 횟수"), n, 0.0, noMemory)
		check.Equal(t, call, check.Say("calls of stack()", "stack() 호출 횟수"), stacks, 0, onlyIfNone)
	})
}

func TestNewGivesEachLifeAnIDThreads(t *testing.T) {
	check.Task(t, 2, func(t *testing.T) {
		const lives = 500
		call := fmt.Sprintf(check.Say("2 threads at the same time, each with a list of its own: rounds of %d × New and Put",
			"스레드 2개가 동시에, 각자의 리스트로 New와 Put %d번씩 하기를 되풀이"), lives)
		rule := check.Say(
			"two Ps make goroutines at the same time. The count of ids is the one thing here that they share: read and add in one step (sync/atomic), or under a lock",
			"두 P가 동시에 고루틴을 만듭니다. 여기서 둘이 함께 쓰는 것은 번호를 세는 변수뿐입니다. 읽기와 더하기를 한 번에 하거나(sync/atomic) 락을 잡습니다")
		var (
			ids    [2][]uint64
			none   atomic.Bool
			panics string
		)
		stack := func() machine.Stack { return machine.NewStack(8) } // little to clear: IDs are what it is about
		check.Within(t, call, rule, func() {
			panics = sideBySide(100, func(p int) bool {
				var f spawn.FreeList
				mine := make([]uint64, 0, lives)
				for range lives {
					g := spawn.New(&f, stack, 1, 0)
					if g == nil {
						none.Store(true)
						return false
					}
					mine = append(mine, g.ID)
					f.Put(g)
				}
				ids[p] = append(ids[p], mine...)
				return true
			})
		})
		check.True(t, panics == "", call, panics, check.Say("no panic", "패닉 없음"), ownID)
		check.True(t, !none.Load(), call, "New() = nil", check.Say("a goroutine", "고루틴"), everyoneOnce)
		all := slices.Concat(ids[0], ids[1])
		slices.Sort(all)
		for i := range all[1:] {
			check.True(t, all[i] != all[i+1], call, fmt.Sprintf(check.Say("the id %d twice", "번호 %d이(가) 두 번"), all[i]),
				check.Say("each id once", "번호마다 한 번"), rule)
		}
	})
}

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

// ---- Task 4: Start ----

var (
	itsOwnThread = check.Say(
		"a started function has a thread to itself: its goroutine is locked (runtime.LockOSThread), so no other goroutine can come upon that thread, nor this one upon another",
		"시작한 함수는 스레드를 혼자 씁니다. 고루틴을 스레드에 잠그면(runtime.LockOSThread) 다른 고루틴이 그 스레드에 올라오지 않고, 이 고루틴도 다른 스레드로 옮겨 가지 않습니다")
	reuse = check.Say(
		"a thread whose function has returned parks, and the next Start wakes it: one thread is made only if none is idle",
		"함수가 끝난 스레드는 파킹되고 다음 Start가 그 스레드를 깨웁니다. 파킹된 스레드가 없을 때만 새로 만듭니다")
	lastIn = check.Say(
		"last in, first out: who parked last has its stack and its data in the caches still",
		"마지막에 파킹된 것이 먼저 깨어납니다. 방금까지 일한 스레드의 스택과 데이터는 아직 캐시에 있습니다")
	noThreadLost = check.Say(
		"a panic ends the function, not its thread: OnPanic is told, on that thread, and the thread parks as after any other function",
		"패닉이 나면 함수만 끝나고 스레드는 끝나지 않습니다. 그 스레드에서 OnPanic을 부르고, 다른 함수가 끝났을 때처럼 파킹합니다")
	closeEnds = check.Say(
		"Close ends the idle threads at once and each other one when its function has returned, and waits for these functions, and for OnPanic",
		"Close는 파킹된 스레드를 바로 끝내고, 나머지는 함수가 끝나면 끝냅니다. 그리고 그 함수들과 OnPanic을 기다립니다")
)

// place is where a function runs.
type place struct {
	goroutine, thread string
	locked            bool
}

func thisThread() place {
	at := here()
	at.thread = threadID()
	return at
}

func here() place {
	buf := make([]byte, 200)
	header, _, _ := bytes.Cut(buf[:runtime.Stack(buf, false)], []byte("\n"))
	words := strings.Fields(string(header)) // goroutine 7 [running, locked to thread]:
	return place{goroutine: words[1], locked: bytes.Contains(header, []byte("locked to thread"))}
}

// stuck names the test in which the learner's code did not come to what was
// waited for. Those after it would wait as long.
var stuck string

// becomes waits until what is want, and looks by now, which calls the
// learner's code.
func becomes[T comparable](t *testing.T, call, what, rule string, want T, now func() T) {
	t.Helper()
	var got T
	check.Within(t, call+", "+what, rule, func() {
		for begin := time.Now(); ; runtime.Gosched() {
			if got = now(); got == want || time.Since(begin) > check.Deadline*4/5 {
				return
			}
		}
	})
	if got != want {
		stuck = t.Name()
		check.Fail(t, call, fmt.Sprintf(check.Say("%s = %v, still after %v", "%[1]s = %[2]v, %[3]v가 지나도 그대로"), what, got, check.Deadline*4/5), fmt.Sprintf("%s = %v", what, want), rule)
	}
}

// pool is the Threads under test and the functions that it was given.
type pool struct {
	spawn.Threads
	t    *testing.T
	jobs []*job
}

// newPool returns threads that are closed when the test is over, whatever it
// has left running.
func newPool(t *testing.T) *pool {
	t.Helper()
	if stuck != "" {
		t.Fatalf(check.Say("not run, since in %s something did not come about, for which this test would wait too", "%s에서 기다리던 일이 일어나지 않아 실행하지 않습니다. 이 테스트도 똑같이 기다리게 됩니다"), stuck)
	}
	p := &pool{t: t}
	t.Cleanup(func() {
		for _, j := range p.jobs {
			j.end()
		}
		if !t.Failed() {
			check.Within(t, check.Say("the test is over: Close()", "테스트가 끝나고 Close()"), closeEnds, p.Close)
			return
		}
		done := make(chan struct{}) // whatever is broken has been told
		go func() {
			defer close(done)
			defer func() { _ = recover() }()
			p.Close()
		}()
		select {
		case <-done:
		case <-time.After(time.Second):
		}
	})
	return p
}

// job is a function that says where it runs, and then waits until it may end.
type job struct {
	place
	end func()
}

// add has Threads run a job. It returns what Idle and Created were right after
// Start, and how to wait until the job runs.
func (p *pool) add(call, rule string) (j *job, idle, created int, runs func()) {
	p.t.Helper()
	where, gate := make(chan place, 1), make(chan struct{})
	j = &job{end: sync.OnceFunc(func() { close(gate) })}
	p.jobs = append(p.jobs, j)
	var locked bool
	check.Within(p.t, call, check.Say("Start does not wait for the function that it starts", "Start는 시작한 함수가 끝나기를 기다리지 않습니다"), func() {
		p.Start(func() {
			where <- thisThread()
			<-gate
		})
		idle, created = p.Idle(), p.Created()
		locked = here().locked
	})
	check.True(p.t, created > 0, call, fmt.Sprintf("Created() = %d", created), check.Say("1 or more", "1 이상"), reuse)
	check.True(p.t, !locked, call, check.Say("who called Start is locked to its thread", "Start를 부른 고루틴이 스레드에 잠겨 있음"),
		check.Say("not locked", "잠기지 않음"), check.Say(
			"the goroutine that calls f locks its thread, and not the one that calls Start: that one would be slow for ever, and would take a thread along when it ends",
			"스레드를 잠그는 것은 f를 부르는 고루틴입니다. Start를 부른 고루틴이 잠기면 내내 느려지고, 끝날 때 스레드까지 없앱니다"))
	return j, idle, created, func() {
		p.t.Helper()
		check.Within(p.t, call+check.Say(", f runs", ", f의 실행"), rule, func() { j.place = <-where })
	}
}

// start has Threads run a job, and returns when it runs.
func (p *pool) start(call, rule string) *job {
	p.t.Helper()
	j, _, _, runs := p.add(call, rule)
	runs()
	return j
}

// idle waits until n threads are parked.
func (p *pool) idle(call string, n int, rule string) {
	p.t.Helper()
	becomes(p.t, call, "Idle()", rule, n, p.Idle)
}

// now is a count, by p.Idle or p.Created: no lock was left behind.
func (p *pool) now(call string, count func() int) (n int) {
	p.t.Helper()
	check.Within(p.t, call, check.Say(
		"a lock is held only while a list or a count is read or changed, and is let go on every way out",
		"락은 리스트나 수를 읽거나 바꾸는 동안만 잡고, 함수를 어디서 빠져나가든 놓습니다"), func() { n = count() })
	return n
}

func TestStartGivesAThreadThreads(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		p := newPool(t)
		a := p.start("Start(f)", itsOwnThread)
		check.Equal(t, "Start(f)", "Created()", p.now("Created()", p.Created), 1, reuse)
		check.Equal(t, "Start(f)", "Idle()", p.now("Idle()", p.Idle), 0, check.Say("a thread whose function runs is not idle", "함수를 실행 중인 스레드는 파킹된 스레드로 세지 않습니다"))
		check.True(t, a.locked, "Start(f)", check.Say("f's goroutine is not locked to its thread", "f의 고루틴이 스레드에 잠겨 있지 않음"),
			check.Say("[running, locked to thread] in its stack's header", "스택 덤프의 머리글에 [running, locked to thread]"), itsOwnThread)
		b := p.start("Start(f) Start(g)", itsOwnThread)
		check.Equal(t, "Start(f) Start(g)", "Created()", p.now("Created()", p.Created), 2, reuse)
		check.True(t, b.locked && b.thread != a.thread, "Start(f) Start(g)",
			fmt.Sprintf(check.Say("threads %s and %s, the second locked: %v", "스레드 %s와 %s, 두 번째가 잠겼는지: %v"), a.thread, b.thread, b.locked),
			check.Say("two threads, both locked", "서로 다른 두 스레드, 둘 다 잠김"), itsOwnThread)
	})
}

func TestStartReusesAParkedThreadThreads(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		p := newPool(t)
		first := p.start("Start(f)", reuse)
		call := check.Say("Start(f), f returns", "Start(f), f가 끝남")
		for n := 2; n <= 4; n++ {
			p.jobs[len(p.jobs)-1].end()
			p.idle(call, 1, reuse)
			call += fmt.Sprintf(check.Say(", Start number %d", ", %d번째 Start"), n)
			again := p.start(call, reuse)
			check.True(t, again.thread == first.thread && again.locked, call,
				fmt.Sprintf(check.Say("thread %s, locked: %v", "스레드 %s, 잠겼는지: %v"), again.thread, again.locked),
				fmt.Sprintf(check.Say("thread %s, locked", "스레드 %s, 잠김"), first.thread), reuse)
			check.Equal(t, call, "Created()", p.now("Created()", p.Created), 1, reuse)
			check.Equal(t, call, "Idle()", p.now("Idle()", p.Idle), 0, check.Say("a thread that was woken is not idle", "깨운 스레드는 더는 파킹된 스레드로 세지 않습니다"))
			call += check.Say(", it returns", ", 끝남")
		}
	})
}

func TestStartWakesWhoParkedLastThreads(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		p := newPool(t)
		var running, woken []string
		for range 4 {
			running = append(running, p.start("Start × 4", itsOwnThread).thread)
		}
		for i, which := range []int{2, 0, 3, 1} { // the order of parking
			p.jobs[which].end()
			p.idle(check.Say("Start × 4, they return one by one", "Start 4번, 하나씩 끝남"), i+1, reuse)
		}
		call := check.Say("4 threads, of which the 3rd, 1st, 4th and 2nd parked, in this order; Start × 4", "스레드 4개가 3, 1, 4, 2번 순서로 파킹됨. 그다음 Start 4번")
		for range 4 {
			woken = append(woken, p.start(call, reuse).thread)
		}
		check.Equal(t, call, check.Say("threads", "스레드"), woken, []string{running[1], running[3], running[0], running[2]}, lastIn)
		check.Equal(t, call, "Created()", p.now("Created()", p.Created), 4, reuse)
	})
}

func TestStartMakesOnlyWhatIsMissingThreads(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		p := newPool(t)
		for range 3 {
			p.start("Start × 3", itsOwnThread)
		}
		p.jobs[0].end()
		p.jobs[1].end()
		p.idle(check.Say("3 run, 2 return", "3개 실행, 2개 끝남"), 2, reuse)
		call := check.Say("1 runs, 2 are idle; Start × 4", "1개 실행 중, 2개 파킹. 그다음 Start 4번")
		seen := map[string]bool{p.jobs[2].thread: true}
		for range 4 {
			j := p.start(call, itsOwnThread)
			check.True(t, !seen[j.thread], call, fmt.Sprintf(check.Say("thread %s for two functions at once", "스레드 %s에 함수 두 개가 동시에"), j.thread),
				check.Say("a thread for each", "함수마다 스레드 하나"), itsOwnThread)
			seen[j.thread] = true
		}
		check.Equal(t, call, "Created()", p.now("Created()", p.Created), 5, reuse)
		check.Equal(t, call, "Idle()", p.now("Idle()", p.Idle), 0, reuse)
	})
}

func TestStartCountsBeforeItReturnsThreads(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		// One P: nobody else runs between Start and the look.
		procs := runtime.GOMAXPROCS(1)
		t.Cleanup(func() { runtime.GOMAXPROCS(procs) })
		p := newPool(t)
		const n = 50
		for round := 1; round <= 2; round++ {
			for i := 1; i <= n; i++ {
				_, idle, created, _ := p.add(fmt.Sprintf("Start × %d", i+(round-1)*n), itsOwnThread)
				if round == 1 {
					call := fmt.Sprintf(check.Say("Start × %d; right after it", "Start %d번, 그 직후"), i)
					check.Equal(t, call, "Created()", created, i, check.Say(
						"the thread that Start makes counts before Start returns: count where it is made, not in its own goroutine",
						"새 스레드는 Start가 반환하기 전에 셉니다. 스레드의 고루틴이 아니라 만드는 곳에서 셉니다"))
					continue
				}
				call := fmt.Sprintf(check.Say("%d threads are idle; Start × %d; right after it", "스레드 %d개가 파킹됨. Start %d번, 그 직후"), n, i)
				check.Equal(t, call, "Idle()", idle, n-i, check.Say(
					"a thread that was woken is no longer idle, even before it runs: Start itself takes it off the list",
					"깨운 스레드는 아직 실행되지 않았어도 파킹된 것이 아닙니다. 리스트에서 떼어 내는 일은 Start가 직접 합니다"))
				check.Equal(t, call, "Created()", created, n, reuse)
			}
			if round == 1 {
				for _, j := range p.jobs {
					j.end()
				}
				p.idle(fmt.Sprintf(check.Say("Start × %d, all return", "Start %d번, 모두 끝남"), n), n, check.Say(
					"no thread ends before Close, however many are idle", "스레드가 아무리 많이 파킹되어 있어도 Close 전에는 끝내지 않습니다"))
			}
		}
	})
}

func TestIdleThreadsUseNoCPUThreads(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		p := newPool(t)
		j := p.start("Start(f)", reuse)
		j.end()
		p.idle("Start(f)", 1, reuse)
		call := check.Say("Start(f), f returns, the thread is idle", "Start(f), f가 끝나고 스레드가 파킹됨")
		// A goroutine that waits is in a state such as [chan receive]; one that
		// looks again and again is running, runnable, or asleep between two looks.
		buf := make([]byte, 1<<20)
		rule := check.Say(
			"a parked thread waits to be woken: on a channel, say, or a sync.Cond. One that spins takes a CPU from those who work; one that looks every millisecond keeps a computer awake for nothing",
			"파킹된 스레드는 깨워 줄 때까지 기다립니다. 채널이나 sync.Cond를 쓰면 됩니다. 스핀하는 스레드는 일하는 쪽의 CPU를 빼앗고, 1밀리초마다 들여다보는 스레드는 쓸데없이 컴퓨터를 깨웁니다")
		becomes(t, call, check.Say("it looks for work again and again", "일이 있는지 계속 들여다봄"), rule, false, func() bool {
			dump := string(buf[:runtime.Stack(buf, true)])
			_, state, _ := strings.Cut(dump, "goroutine "+j.goroutine+" [")
			state, _, _ = strings.Cut(state, "]")
			return strings.HasPrefix(state, "run") || strings.HasPrefix(state, "sleep")
		})
		// One that waits for a timer looks like one that waits. But the kernel
		// counts how often a thread goes to sleep: one that stays parked never again.
		// In a window a timer of ours fires 25 times, so that a poller's has had its
		// turns too, however busy the machine is.
		check.True(t, staysAsleep(j.thread, 10), call,
			check.Say("it has slept and woken again, in each of 10 windows of 50 ms", "50밀리초씩 열 번을 지켜보는 동안 번번이 깨었다가 다시 잠듦"),
			check.Say("in one of them it stays asleep", "그 가운데 한 번은 내내 잠들어 있음"), rule)
	})
}

func TestAStartedFunctionMayStartThreads(t *testing.T) {
	check.Task(t, 4, func(t *testing.T) {
		p := newPool(t)
		inner := make(chan place, 1)
		outer := make(chan place, 1)
		call := check.Say("Start(f), f calls Start(g), Idle and Created", "Start(f), f 안에서 Start(g), Idle, Created")
		rule := check.Say("the lock guards the list of threads, not the functions: hold it for as long as a list is changed",
			"락이 지키는 것은 스레드의 리스트이지 함수가 아닙니다. 리스트를 바꾸는 동안만 잡습니다")
		check.Within(t, call, rule, func() {
			p.Start(func() {
				p.Start(func() { inner <- thisThread() })
				p.Idle()
				p.Created()
				outer <- thisThread()
			})
		})
		check.True(t, p.now("Created()", p.Created) > 0, call, "Created() = 0", "2", rule)
		var a, b place
		check.Within(t, call, rule, func() { a, b = <-outer, <-inner })
		check.True(t, a.thread != b.thread, call, fmt.Sprintf(check.Say("both on thread %s", "둘 다 스레드 %s에서"), a.thread), check.Say("two threads", "서로 다른 스레드"), itsOwnThread)
		p.idle(call, 2, reuse)
		check.Equal(t, call, "Created()", p.now("Created()", p.Created), 2, reuse)
	})
}

// ---- Task 5: Close and panics ----

func TestAPanicLosesNoThreadThreads(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		p := newPool(t)
		type told struct {
			value  any
			thread string
			locked bool
		}
		reports := make(chan told, 10)
		p.OnPanic = func(v any) { reports <- told{v, threadID(), here().locked} }
		first := p.start("Start(f)", reuse)
		first.end()
		p.idle("Start(f)", 1, reuse)
		for _, value := range []any{"boom", 42} {
			call := fmt.Sprintf(check.Say("Start(f), f panics with %v", "Start(f), f가 %v로 패닉"), value)
			check.Within(t, call, noThreadLost, func() { p.Start(func() { panic(value) }) })
			var r told
			check.Within(t, call, noThreadLost, func() { r = <-reports })
			check.True(t, r.value == value && r.thread == first.thread && r.locked, call,
				fmt.Sprintf(check.Say("OnPanic(%v) on thread %s", "스레드 %[2]s에서 OnPanic(%[1]v)"), r.value, r.thread),
				fmt.Sprintf(check.Say("OnPanic(%v) on thread %s", "스레드 %[2]s에서 OnPanic(%[1]v)"), value, first.thread), noThreadLost)
			p.idle(call, 1, noThreadLost)
			j := p.start(call+", Start(g)", noThreadLost)
			check.True(t, j.thread == first.thread && j.locked && p.now("Created()", p.Created) == 1, call+", Start(g)",
				fmt.Sprintf(check.Say("thread %s, locked: %v, Created() = %d", "스레드 %s, 잠겼는지: %v, Created() = %d"), j.thread, j.locked, p.now("Created()", p.Created)),
				fmt.Sprintf(check.Say("thread %s, locked, Created() = 1", "스레드 %s, 잠김, Created() = 1"), first.thread), noThreadLost)
			j.end()
			p.idle(call+", Start(g)", 1, noThreadLost)
		}
		check.Equal(t, check.Say("two panics", "패닉 두 번"), check.Say("more reports", "남은 보고 수"), len(reports), 0, check.Say(
			"a function that returns is no panic", "정상적으로 끝난 함수는 패닉이 아닙니다"))
	})
}

func TestOnPanicMayStartThreads(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		p := newPool(t)
		type told struct{ idle, before, after int }
		reports, ran := make(chan told, 1), make(chan struct{}, 1)
		p.OnPanic = func(any) {
			r := told{idle: p.Idle(), before: p.Created()}
			p.Start(func() { ran <- struct{}{} })
			r.after = p.Created()
			reports <- r
		}
		call := check.Say("Start(f), f panics, OnPanic calls Idle, Created, Start(g) and Created", "Start(f), f가 패닉, OnPanic 안에서 Idle, Created, Start(g), Created")
		rule := check.Say("no lock is held while OnPanic runs, and the thread on which it runs is not idle yet",
			"OnPanic이 실행되는 동안에는 락을 잡지 않습니다. OnPanic을 실행하는 스레드는 아직 파킹된 스레드가 아닙니다")
		var r told
		check.Within(t, call, rule, func() { p.Start(func() { panic("boom") }) })
		check.True(t, p.now("Created()", p.Created) > 0, call, "Created() = 0", "1", rule)
		check.Within(t, call, rule, func() { r = <-reports; <-ran })
		check.Equal(t, call, check.Say("Idle(), Created() and, after Start(g), Created()", "Idle(), Created(), 그리고 Start(g) 뒤의 Created()"),
			fmt.Sprint(r.idle, r.before, r.after), "0 1 2", rule)
		p.idle(call, 2, noThreadLost)
	})
}

// parts["panic"] is this test's other half.
func TestAPanicWithoutOnPanicEndsTheProgramThreads(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), check.Deadline)
		defer cancel()
		cmd := harness.Child(ctx, t, "panic", 0)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		err := cmd.Run()
		harness.Started(t, cmd, err)
		got, _, _ := strings.Cut(stderr.String(), "\n\n") // what the program says before the stacks
		check.True(t, err != nil && ctx.Err() == nil && strings.Contains(got, "boom") && !strings.Contains(got, "nil pointer"),
			check.Say(`OnPanic is nil, Start(f), f panics with "boom"; in a program of its own`, `OnPanic이 nil일 때 Start(f), f가 "boom"으로 패닉. 따로 띄운 프로그램에서`),
			fmt.Sprintf(check.Say("%v, stderr: %q", "%v, 표준 오류: %q"), cmd.ProcessState, got),
			check.Say(`exit status 2, "boom" on stderr and no second panic`, `exit status 2, 표준 오류에 "boom"이 있고 다른 패닉은 없음`), check.Say(
				"nobody wants to be told: then the program ends by the panic of f, as with any goroutine. A recover would swallow the bug, and a call of the nil OnPanic would be a bug of its own: recover only if OnPanic is set",
				"알려 달라는 곳이 없으면 여느 고루틴처럼 f의 패닉으로 프로그램이 끝납니다. recover하면 버그를 삼키게 되고, nil인 OnPanic을 부르면 또 다른 패닉이 납니다. OnPanic이 있을 때만 recover합니다"))
	})
}

func TestCloseEndsTheThreadsThreads(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		var none spawn.Threads
		check.Within(t, check.Say("Close() of Threads that started nothing", "아무것도 시작하지 않은 Threads에 Close()"), closeEnds, none.Close)

		p := newPool(t)
		for range 4 {
			p.start("Start × 4", itsOwnThread)
		}
		for _, j := range p.jobs {
			j.end()
		}
		p.idle(check.Say("Start × 4, all return", "Start 4번, 모두 끝남"), 4, reuse)
		call := check.Say("Start × 4, all return, Close()", "Start 4번, 모두 끝남, Close()")
		check.Within(t, call, closeEnds, p.Close)
		check.Equal(t, call, "Idle()", p.now("Idle()", p.Idle), 0, closeEnds)
		check.Equal(t, call, "Created()", p.now("Created()", p.Created), 4, check.Say("Created counts those that have ended too", "Created는 끝난 스레드도 셉니다"))
		for _, j := range p.jobs {
			becomes(t, call, fmt.Sprintf(check.Say("thread %s is gone", "스레드 %s가 사라졌는지"), j.thread), check.Say(
				"a goroutine that ends while it is locked takes its thread along: return from it, and don't unlock",
				"잠긴 채로 끝나는 고루틴은 스레드도 함께 끝냅니다. 잠금을 풀지 말고 그대로 반환합니다"), true, func() bool { return gone(j.thread) })
		}
		check.Within(t, call+" Close()", closeEnds, p.Close)
	})
}

// closesEarly has one thread idle and one in f, which calls block. It calls
// Close so many times at once, and reports whether the last one was over while
// f was in block.
func (p *pool) closesEarly(call string, closes int, f func(block func())) bool {
	p.t.Helper()
	idle := p.start(call, reuse)
	started, gate, over, seen := make(chan struct{}), make(chan struct{}), make(chan struct{}), make(chan struct{})
	open := sync.OnceFunc(func() { close(gate) })
	p.t.Cleanup(open)
	var early atomic.Bool
	block := func() {
		defer close(seen)
		close(started)
		<-gate
		for range 2000 { // a Close that does not wait is over long before
			select {
			case <-over:
				early.Store(true)
				return
			default:
				runtime.Gosched()
			}
		}
	}
	check.Within(p.t, call, closeEnds, func() {
		p.Start(func() { f(block) })
		<-started
	})
	idle.end()
	p.idle(call, 1, reuse)
	var all sync.WaitGroup
	for n := range closes {
		all.Go(func() {
			if n == closes-1 {
				defer close(over)
			}
			p.Close()
		})
		becomes(p.t, call, "Idle()", closeEnds, 0, p.Idle) // by now the first one has begun
	}
	open()
	check.Within(p.t, call, closeEnds, func() {
		all.Wait()
		<-seen
	})
	return early.Load()
}

func TestCloseWaitsForFunctionsThatRunThreads(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		p := newPool(t)
		call := check.Say("one thread runs f, one is idle: Close(), then f returns", "한 스레드는 f를 실행 중, 하나는 파킹: Close(), 그 뒤에 f가 끝남")
		var running place
		ended := false
		early := p.closesEarly(call, 1, func(block func()) {
			running = thisThread()
			block()
			ended = true
		})
		check.True(t, ended && !early, call, check.Say("Close() returned while f was running", "f가 실행되는 동안 Close()가 끝남"),
			check.Say("Close() returns after f", "f가 끝난 뒤에 Close()가 끝남"), closeEnds)
		check.Equal(t, call, "Idle()", p.now("Idle()", p.Idle), 0, check.Say(
			"a thread whose function returns after Close must not park: nobody would wake it again",
			"Close 뒤에 함수가 끝난 스레드는 파킹해서는 안 됩니다. 다시 깨워 줄 이가 없습니다"))
		becomes(t, call, fmt.Sprintf(check.Say("thread %s is gone", "스레드 %s가 사라졌는지"), running.thread), closeEnds, true, func() bool { return gone(running.thread) })
	})
}

func TestCloseWaitsForOnPanicThreads(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		p := newPool(t)
		call := check.Say("one thread runs OnPanic, one is idle: Close(), then OnPanic returns", "한 스레드는 OnPanic을 실행 중, 하나는 파킹: Close(), 그 뒤에 OnPanic이 끝남")
		p.OnPanic = func(block any) { block.(func())() }
		early := p.closesEarly(call, 1, func(block func()) { panic(block) })
		check.True(t, !early, call, check.Say("Close() returned while OnPanic was running", "OnPanic이 실행되는 동안 Close()가 끝남"),
			check.Say("Close() returns after OnPanic", "OnPanic이 끝난 뒤에 Close()가 끝남"), closeEnds)
	})
}

func TestEveryCloseWaitsThreads(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		p := newPool(t)
		call := check.Say("one thread runs f, one is idle: Close(), Close() by another goroutine, then f returns", "한 스레드는 f를 실행 중, 하나는 파킹: Close(), 다른 고루틴에서 또 Close(), 그 뒤에 f가 끝남")
		early := p.closesEarly(call, 2, func(block func()) { block() })
		check.True(t, !early, call, check.Say("the second Close() returned while f was running", "f가 실행되는 동안 두 번째 Close()가 끝남"),
			check.Say("it returns after f, as the first does", "첫 번째처럼 f가 끝난 뒤에 끝남"), check.Say(
				"when a Close has returned, whichever it is, no function runs any more: who called it may rely on that",
				"어느 Close든 끝났다면 실행 중인 함수가 더는 없습니다. Close를 부른 쪽은 그렇게 믿습니다"))
	})
}

func TestCloseRightAfterStartThreads(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		for round := range 300 {
			n := 1 + round%3
			call := fmt.Sprintf(check.Say("new Threads, %d × Start(f), Close() at once", "새 Threads에 Start(f) %d번, 바로 Close()"), n)
			var p spawn.Threads
			var ran atomic.Int32
			check.Within(t, call, closeEnds, func() {
				for range n {
					p.Start(func() { ran.Add(1) })
				}
				p.Close()
			})
			check.Equal(t, call, check.Say("functions that have run", "실행된 함수 수"), ran.Load(), int32(n), check.Say(
				"Close waits for every function that was started, also for one whose thread has not run at all: count the thread in Start, before its goroutine is there",
				"Close는 시작한 함수를 모두 기다립니다. 스레드가 아직 한 번도 실행되지 않았어도 그렇습니다. 스레드는 고루틴이 생기기 전에 Start에서 셉니다"))
		}
	})
}

func TestStartAfterClosePanicsThreads(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		p := newPool(t)
		p.start("Start(f)", reuse).end()
		p.idle("Start(f)", 1, reuse)
		check.Within(t, "Start(f) Close()", closeEnds, p.Close)
		var value any
		ran := make(chan struct{}, 1)
		check.Within(t, "Start(f) Close() Start(g)", closeEnds, func() {
			defer func() { value = recover() }()
			p.Start(func() { ran <- struct{}{} })
		})
		check.True(t, value != nil, "Start(f) Close() Start(g)", check.Say("no panic", "패닉 없음"), check.Say("a panic", "패닉"), check.Say(
			"there is no thread any more that could run g, and none may be made: to lose g in silence would be worse than to panic",
			"g를 실행할 스레드가 더는 없고 새로 만들 수도 없습니다. 조용히 g를 잃는 것보다 패닉이 낫습니다"))
		check.Within(t, "Start(f) Close() Start(g) Idle() Close()", check.Say("a panic leaves no lock behind: defer its Unlock", "패닉이 나도 락이 남아서는 안 됩니다. Unlock은 defer로 부릅니다"), func() {
			p.Idle()
			p.Close()
		})
		check.Equal(t, "Start(f) Close() Start(g)", "Created()", p.now("Created()", p.Created), 1, check.Say("a refused Start makes no thread", "거절된 Start는 스레드를 만들지 않습니다"))
	})
}

func TestStampedeThreads(t *testing.T) {
	check.Task(t, 5, func(t *testing.T) {
		p := newPool(t)
		p.start("Start(f)", reuse).end()
		p.idle("Start(f)", 1, reuse)

		const starters = 4
		each := many(2000)
		call := fmt.Sprintf(check.Say("%d goroutines, each %d times: Start(f) and wait for f; every 10th f panics", "고루틴 %d개가 각각 %d번: Start(f) 뒤에 f를 기다림. 열에 하나는 패닉"), starters, each)
		var ran, panics, shared, loose atomic.Int64
		var busy sync.Map // thread: a function runs on it
		p.OnPanic = func(any) { panics.Add(1) }
		check.Within(t, call, reuse, func() {
			var all sync.WaitGroup
			for range starters {
				all.Go(func() {
					for i := range each {
						done := make(chan struct{})
						p.Start(func() {
							defer close(done)
							thread := threadID()
							if _, taken := busy.LoadOrStore(thread, true); taken {
								shared.Add(1)
							}
							defer busy.Delete(thread)
							if i%100 == 0 && !here().locked {
								loose.Add(1)
							}
							ran.Add(1)
							if i%10 == 0 {
								panic("one in ten")
							}
						})
						<-done
					}
				})
			}
			all.Wait()
		})
		check.Equal(t, call, check.Say("functions that ran", "실행된 함수 수"), ran.Load(), int64(starters*each), check.Say("every function runs once", "함수마다 한 번 실행됩니다"))
		check.Equal(t, call, check.Say("functions on a thread where another ran", "다른 함수가 실행 중인 스레드에서 실행된 함수 수"), shared.Load(), int64(0), itsOwnThread)
		check.Equal(t, call, check.Say("functions that were not locked", "잠기지 않은 함수 수"), loose.Load(), int64(0), itsOwnThread)
		becomes(t, call, check.Say("Idle() - Created()", "Idle() - Created()"), noThreadLost, 0, func() int { return p.Idle() - p.Created() })
		becomes(t, call, check.Say("panics told", "보고된 패닉 수"), noThreadLost, int64(starters*((each+9)/10)), panics.Load)
		check.Within(t, call+" Close()", closeEnds, p.Close)
	})
}
