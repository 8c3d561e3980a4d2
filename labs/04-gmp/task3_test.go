package gmp_test

import (
	"testing"

	"gmplab/internal/check"
	"gmplab/internal/queuetest"
)

// ---- Task 3: overflow ----

func TestHalfAndTheNewcomerOverflow(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) { queuetest.HalfAndTheNewcomerOverflow(t, newQueue) })
}

func TestTheKickedOneOverflows(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) { queuetest.TheKickedOneOverflows(t, newQueue) })
}

func TestOverflowIsCalledLast(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) { queuetest.OverflowIsCalledLast(t, newQueue) })
}

func TestQueueAllocatesNothing(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) { queuetest.AllocatesNothing(t, newQueue) })
}

func TestOverflowAgainstAModel(t *testing.T) {
	check.Task(t, 3, func(t *testing.T) {
		queuetest.AgainstAModel(t, newQueue, "overflow", check.Say(
			"half of a full ring and the newcomer leave as one batch, linked in their order; nobody is lost and nobody is in two places",
			"가득 찬 링의 절반과 새로 온 고루틴은 순서대로 이어진 한 묶음으로 나갑니다. 사라지는 고루틴도, 두 곳에 있는 고루틴도 없어야 합니다"))
	})
}
