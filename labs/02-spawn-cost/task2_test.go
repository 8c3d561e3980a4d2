package spawn_test

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"gmplab/internal/check"
	"gmplab/internal/machine"
	spawn "gmplab/labs/02-spawn-cost"
)

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
