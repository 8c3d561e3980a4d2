package steal_test

import (
	_ "embed"
	"testing"

	"gmplab/internal/check"
	"gmplab/internal/harness"
	"gmplab/internal/machine"
	"gmplab/internal/queuetest"
	steal "gmplab/labs/06-work-stealing"
)

//go:embed steal.go
var source string

func TestMain(m *testing.M) {
	harness.Play(parts)
	check.Main(m, "06-work-stealing", "steal.go", source)
}

func newQueue(capacity int, overflow func(machine.Batch)) machine.RunQueue {
	return steal.NewQueue(capacity, overflow)
}

// looped is the body of a test that calls the learner's code outside of a
// model, where nobody else sees a loop without an end.
func looped(n int, body func(t *testing.T)) func(t *testing.T) {
	return func(t *testing.T) {
		t.Helper()
		ends(t, n)
		body(t)
	}
}

// ends runs through all that tasks 1 to n ask, and fails the test if
// that does not end. What comes of it the tests see.
func ends(t *testing.T, n int) {
	t.Helper()
	rule := check.Say(
		"with nobody else there every CompareAndSwap succeeds, from a value that was just read: read it again in each turn of the loop",
		"다른 스레드가 없으면 방금 읽은 값에서 시작하는 CompareAndSwap은 언제나 성공합니다. 반복할 때마다 값을 다시 읽어야 합니다")
	call := "Put, PutNext, Get, Empty"
	if n >= 4 {
		call += ", StealFrom"
	}
	if n == 1 {
		call = "NewOrder(8).Visit(3)"
		rule = check.Say("n visits, and the loop ends; it ends before that when yield returns false", "n번 들르면 반복이 끝납니다. yield가 false를 돌려주면 그 전에 끝납니다")
		check.Within(t, call, rule, func() {
			defer func() { _ = recover() }()
			left := 20
			steal.NewOrder(8).Visit(3)(func(int) bool { left--; return left > 0 })
		})
		return
	}
	check.Within(t, call, rule, func() {
		defer func() { _ = recover() }() // a panic is told by the test that meets it
		q, thief := steal.NewQueue(4, func(machine.Batch) {}), steal.NewQueue(4, nil)
		gs := queuetest.Gs(6)
		for i, g := range gs[:2+n] {
			if i < 4 || n >= 3 {
				q.Put(g)
			}
		}
		q.PutNext(gs[0])
		for range 8 {
			if n >= 4 {
				thief.StealFrom(q, n >= 5)
				thief.Get()
				thief.Get()
			}
			q.Get()
			q.Empty()
			thief.Empty()
		}
	})
}

// ---- Task 1: the order of visits ----

func everyP() string {
	return check.Say(
		"a thief looks at every P, and at each once: start, then add the stride modulo n. Whoever it leaves out keeps its work to itself",
		"도둑은 모든 P를 한 번씩 들여다봅니다. 시작한 곳에서 보폭을 더하고 n으로 나눈 나머지로 갑니다. 빠진 P의 일은 아무도 나누어 갖지 못합니다")
}
