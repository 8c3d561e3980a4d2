package steal_test

import (
	"fmt"
	"reflect"
	"testing"

	"gmplab/internal/check"
	"gmplab/internal/interleave"
	"gmplab/internal/machine"
	"gmplab/internal/queuetest"
	steal "gmplab/labs/06-work-stealing"
)

// ---- Task 2: the ring and the seat ----

func TestQueueIsFirstInFirstOut(t *testing.T) {
	check.Task(t, 2, looped(2, func(t *testing.T) { queuetest.FirstInFirstOut(t, newQueue) }))
}

func TestQueueGoesRound(t *testing.T) {
	check.Task(t, 2, looped(2, func(t *testing.T) { queuetest.GoesRound(t, newQueue) }))
}

func TestQueueKnowsWhenItIsEmpty(t *testing.T) {
	check.Task(t, 2, looped(2, func(t *testing.T) { queuetest.KnowsWhenItIsEmpty(t, newQueue) }))
}

func TestNextGoesFirst(t *testing.T) {
	check.Task(t, 2, looped(2, func(t *testing.T) { queuetest.NextGoesFirst(t, newQueue) }))
}

func TestNextKicksTheOldOne(t *testing.T) {
	check.Task(t, 2, looped(2, func(t *testing.T) { queuetest.NextKicksTheOldOne(t, newQueue) }))
}

func TestNextHasRoomBesideAFullRing(t *testing.T) {
	check.Task(t, 2, looped(2, func(t *testing.T) { queuetest.NextHasRoomBesideAFullRing(t, newQueue) }))
}

func TestQueueAgainstAModel(t *testing.T) {
	check.Task(t, 2, looped(2, func(t *testing.T) {
		queuetest.AgainstAModel(t, newQueue, "next", check.Say(
			"lab 04's queue: slot = index % capacity, empty when head = tail; the seat of PutNext comes before the ring",
			"실습 04의 큐와 같습니다. 칸은 인덱스 % 용량이고 head = tail이면 비어 있습니다. PutNext의 자리는 링보다 앞입니다"))
	}))
}

// constants are the plain fields of a Queue that hold a function, or a number and
// never change it, a mask say. Whatever is put, taken and stolen, they stay what they were.
func constants() (names []string) {
	q, other := steal.NewQueue(4, func(machine.Batch) {}), steal.NewQueue(4, nil)
	numbers := func() map[string]string {
		all := map[string]string{}
		v := reflect.ValueOf(q).Elem()
		for i := range v.NumField() {
			if f := v.Field(i); (f.CanInt() || f.CanUint()) && !f.IsZero() {
				all[v.Type().Field(i).Name] = fmt.Sprint(f)
			}
		}
		return all
	}
	before := numbers()
	for range 5 {
		for _, g := range queuetest.Gs(7) {
			q.Put(g)
			q.PutNext(g)
		}
		other.StealFrom(q, false)
		for range 64 { // more than it holds: a Get that never empties it is told elsewhere
			if g, _ := other.Get(); g == nil {
				break
			}
		}
		for range 64 {
			if g, _ := q.Get(); g == nil {
				break
			}
		}
		q.PutNext(queuetest.Gs(1)[0])
		other.StealFrom(q, true)
		for name, was := range numbers() {
			if before[name] != was {
				delete(before, name)
			}
		}
	}
	for name := range before {
		names = append(names, name)
	}
	for f := range reflect.TypeFor[steal.Queue]().Fields() {
		if f.Type.Kind() == reflect.Func {
			names = append(names, f.Name)
		}
	}
	return names
}

func TestStateIsAtomic(t *testing.T) {
	check.Task(t, 2, looped(2, func(t *testing.T) {
		rule := check.Say(
			"all that changes is in a type of interleave/atomic, and nothing is locked: so the explorer sees every step that thieves and owner can come between",
			"변하는 것은 모두 interleave/atomic의 타입에 있고 락은 없습니다. 그래야 도둑과 주인이 끼어들 수 있는 모든 걸음을 탐색기가 봅니다")
		q := steal.NewQueue(4, nil)
		g := queuetest.Gs(1)
		q.Put(g[0])
		got, _ := q.Get()
		check.Equal(t, "q := NewQueue(4, …) Put(g0)", "Get()", queuetest.ID(got), "g0", rule)
		for _, err := range []error{
			interleave.Fields(q, constants()...),
			interleave.Fields(new(steal.Spin)),
		} {
			if err != nil {
				check.Fail(t, "steal.go", err.Error(), check.Say("fields of types such as atomic.Uint32, and no locks or channels", "atomic.Uint32 같은 타입의 필드만 있고 락과 채널은 없음"), rule)
			}
		}
	}))
}
