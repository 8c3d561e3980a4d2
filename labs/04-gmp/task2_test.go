package gmp_test

import (
	"testing"

	"gmplab/internal/check"
	"gmplab/internal/queuetest"
)

// ---- Task 2: runnext ----

func TestNextGoesFirst(t *testing.T) {
	check.Task(t, 2, func(t *testing.T) { queuetest.NextGoesFirst(t, newQueue) })
}

func TestNextKicksTheOldOne(t *testing.T) {
	check.Task(t, 2, func(t *testing.T) { queuetest.NextKicksTheOldOne(t, newQueue) })
}

func TestNextHasRoomBesideAFullRing(t *testing.T) {
	check.Task(t, 2, func(t *testing.T) { queuetest.NextHasRoomBesideAFullRing(t, newQueue) })
}

func TestNextAgainstAModel(t *testing.T) {
	check.Task(t, 2, func(t *testing.T) {
		queuetest.AgainstAModel(t, newQueue, "next", check.Say(
			"the seat of PutNext comes before the ring, whoever is kicked out of it goes to the tail",
			"PutNext의 자리는 링보다 앞이고, 거기서 밀려난 고루틴은 tail로 갑니다"))
	})
}
