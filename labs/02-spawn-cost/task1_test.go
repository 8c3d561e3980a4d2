package spawn_test

import (
	"slices"
	"testing"

	"gmplab/internal/check"
	"gmplab/internal/machine"
	spawn "gmplab/labs/02-spawn-cost"
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
