//go:build linux || windows

package osthread

import (
	"fmt"
	"sync/atomic"
)

func newBaton(kind Kind) (baton, error) {
	switch kind {
	case SchedYield:
		return &yielding{}, nil
	case Futex:
		return &futex{}, nil
	case Pipe:
		return newPipes()
	}
	return nil, fmt.Errorf("osthread: no kind %q, want %s, %s or %s", kind, SchedYield, Futex, Pipe)
}

// A counter is the hand-overs made so far, and a bit that says that a side has
// left: in one word, so that a futex can't sleep through either.
type counter struct{ word atomic.Uint32 }

const left = 1 << 31

// has reports whether hand-over i is made, and what the word was.
func (c *counter) has(i int) (seen uint32, made bool, err error) {
	seen = c.word.Load()
	switch {
	case seen&^left > uint32(i):
		return seen, true, nil
	case seen&left != 0:
		return seen, false, errGone
	}
	return seen, false, nil
}

// yielding hands over by sched_yield; on Windows SwitchToThread.
type yielding struct{ counter }

func (y *yielding) pass(int, int) error { y.word.Add(1); return nil }

func (y *yielding) await(_, i int) error {
	for {
		if _, made, err := y.has(i); made || err != nil {
			return err
		}
		schedYield()
	}
}

func (y *yielding) leave(int) { y.word.Or(left) }

// A futex hands over by a wait for the word to change. Linux has FUTEX_WAIT and
// FUTEX_WAKE for that, Windows WaitOnAddress and WakeByAddressSingle.
type futex struct {
	counter
	seen [2]uint32 // by side: what it has seen last
}

func (f *futex) pass(int, int) error { f.word.Add(1); return wake(&f.word) }

func (f *futex) leave(int) { f.word.Or(left); wake(&f.word) }

func (f *futex) await(side, i int) error {
	for {
		seen, made, err := f.has(i)
		if made || err != nil {
			return err
		}
		f.seen[side] = seen
		if err := waitWhile(&f.word, &f.seen[side]); err != nil {
			return err
		}
	}
}
