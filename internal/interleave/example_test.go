package interleave_test

import (
	"fmt"

	"gmplab/internal/interleave"
	"gmplab/internal/interleave/atomic"
)

// Two threads increment a counter by a load and a store.
func ExampleExplore() {
	model := func(inc func(n *atomic.Uint32)) func(m *interleave.Model) {
		return func(m *interleave.Model) {
			var n atomic.Uint32
			m.Watch("n", &n)
			m.Go("a", func() { inc(&n) })
			m.Go("b", func() { inc(&n) })
			m.After(func() { m.Check(n.Load() == 2, "an increment is lost", "증가 하나가 사라졌습니다") })
		}
	}

	r := interleave.Explore(model(func(n *atomic.Uint32) { n.Store(n.Load() + 1) }))
	fmt.Println(r.Failure.Kind, "fails with", r.Failure.Preemptions, "preemption")

	r = interleave.Explore(model(func(n *atomic.Uint32) { n.Add(1) }))
	fmt.Println(r.Failure == nil, r.Orders)
	// Output:
	// check fails with 1 preemption
	// true 2
}

// A thread sleeps if it finds no work; the other brings work and wakes it.
func ExampleNote() {
	r := interleave.Explore(func(m *interleave.Model) {
		var work, asleep atomic.Bool
		var note interleave.Note
		m.Go("worker", func() {
			asleep.Store(true)
			if work.Load() { // look again, when others can see that we are about to sleep
				return
			}
			note.Sleep()
			m.Saw("woken")
		})
		m.Go("producer", func() {
			work.Store(true)
			if asleep.Load() {
				note.Wakeup()
			}
		})
	})
	fmt.Println(r.Failure == nil, r.Saw("woken") > 0)
	// Output: true true
}
