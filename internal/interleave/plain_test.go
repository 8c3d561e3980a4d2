package interleave

import (
	"testing"

	"github.com/stretchr/testify/require"

	"gmplab/internal/interleave/atomic"
)

// What is written after the operation that publishes it is written too late,
// though no operation comes between the two.
func TestPlainWriteAfterPublishing(t *testing.T) {
	published := func(early bool) func(m *Model) {
		return func(m *Model) {
			var ready atomic.Bool
			value := 0
			m.Watch("ready", &ready)
			m.Go("producer", func() {
				if early {
					value = 7
				}
				ready.Store(true) // its last operation
				value = 7
			})
			m.Go("consumer", func() {
				if ready.Load() {
					m.Check(value == 7, "value %d, want 7", "value %d, 기대값 7", value)
					m.Saw("published")
				}
			})
		}
	}
	f := fails(t, Broken, "value 0, want 7", published(false))
	require.Contains(t, f.render(false), "stands still: between its operation and the plain code behind it")
	require.True(t, Test(t, published(true), "published").Every)
}

// A plain write before the operation that decides, though it has not decided
// yet: what is written may be another's already.
func TestPlainWriteTooEarly(t *testing.T) {
	fails(t, Broken, "written", func(m *Model) {
		var head, other atomic.Uint32
		m.Watch("head", &head)
		link := 0
		m.Go("a", func() {
			other.Load()
			link = 1 // before a knows that it has won
			head.CompareAndSwap(0, 1)
		})
		m.Go("b", func() {
			if head.CompareAndSwap(0, 2) {
				m.Check(link == 0, "b's link is written by a", "b의 link를 a가 썼습니다")
			}
		})
	})
}

// Threads that decide by plain memory, in no order, are told so.
func TestUnordered(t *testing.T) {
	fails(t, Unordered, "share what is in plain memory", func(m *Model) {
		var n, k atomic.Uint32
		m.Watch("n", &n)
		m.Watch("k", &k)
		gone := false
		m.Go("a", func() { n.Add(1); gone = true; n.Add(1) })
		m.Go("b", func() {
			k.Add(1)
			if gone {
				k.Add(1)
			}
		})
	})
}

// lose is a CompareAndSwap loop that gives up after so many losses.
func lose(most int, pause bool) func(m *Model) {
	return func(m *Model) {
		var n atomic.Uint32
		m.Watch("n", &n)
		m.Go("a", func() {
			for range most {
				old := n.Load()
				if n.CompareAndSwap(old, old+1) {
					return
				}
				if pause {
					Pause()
				}
			}
			m.Check(false, "gave up", "포기했습니다")
		})
		m.Go("b", func() {
			for range 3 {
				n.Add(1)
			}
		})
	}
}

// A thread loses as often as the others like, also if it pauses in between:
// what made it lose has changed what it had looked at.
func TestGivesUp(t *testing.T) {
	for _, pause := range []bool{false, true} {
		fails(t, Broken, "gave up", lose(3, pause))
		require.True(t, Test(t, lose(4, pause)).Every)
	}
}

// Two that make way for each other may go on so for ever: there is no end to
// the orders.
func TestPolite(t *testing.T) {
	r := Explore(func(m *Model) {
		var flags [2]atomic.Bool
		for i := range 2 {
			m.Go([]string{"a", "b"}[i], func() {
				for {
					flags[i].Store(true)
					if !flags[1-i].Load() {
						break
					}
					flags[i].Store(false)
					Pause()
				}
				flags[i].Store(false)
			})
		}
	})
	require.Nil(t, r.Failure)
	require.False(t, r.Every)
}

// Two that wait for each other by a flag, and give up if it stays: so they do
// when nobody else can move.
func TestGivesUpWhenNobodyMoves(t *testing.T) {
	fails(t, Broken, "gave up", func(m *Model) {
		var busy atomic.Bool
		m.Watch("busy", &busy)
		m.Freeze()
		for _, name := range []string{"a", "b"} {
			m.Go(name, func() {
				for range 3 {
					if busy.CompareAndSwap(false, true) {
						busy.Store(false)
						return
					}
					Pause()
				}
				m.Check(false, "gave up", "포기했습니다")
			})
		}
	})
}
