package gmp_test

import (
	"testing"

	"gmplab/internal/check"
	"gmplab/internal/queuetest"
)

// ---- Task 1: the ring ----

func TestQueueIsFirstInFirstOut(t *testing.T) {
	check.Task(t, 1, func(t *testing.T) { queuetest.FirstInFirstOut(t, newQueue) })
}

func TestQueueGoesRound(t *testing.T) {
	check.Task(t, 1, func(t *testing.T) { queuetest.GoesRound(t, newQueue) })
}

func TestQueueKnowsWhenItIsEmpty(t *testing.T) {
	check.Task(t, 1, func(t *testing.T) { queuetest.KnowsWhenItIsEmpty(t, newQueue) })
}

func TestQueueAgainstAModel(t *testing.T) {
	check.Task(t, 1, func(t *testing.T) {
		queuetest.AgainstAModel(t, newQueue, "ring", check.Say(
			"a ring of free-running indices: slot = index % capacity, empty when head = tail, full when tail - head = capacity",
			"인덱스를 올리기만 하는 링입니다. 칸은 인덱스 % 용량, head = tail이면 비어 있고 tail - head = 용량이면 가득 찬 것입니다"))
	})
}
