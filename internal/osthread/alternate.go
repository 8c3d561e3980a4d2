package osthread

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"gmplab/internal/clock"
)

// A Kind is a way in which one thread hands over to another.
type Kind string

const (
	SchedYield Kind = "sched_yield" // write a word, then sched_yield until it is one's turn; Linux, Windows
	Futex      Kind = "futex"       // write a word and wake its waiter, then wait for it; Linux, Windows
	Pipe       Kind = "pipe"        // write a byte to one pipe, then read one from another; Unix, Windows
)

// An Alternation is what n hand-overs between two threads came to.
type Alternation struct {
	Elapsed  time.Duration // for all of them
	Switches int           // hand-overs, one way each: n

	// Switches that the kernel counted meanwhile, of both threads; on other
	// Unix systems of the whole process. Voluntary: the thread waited for
	// something. Involuntary: it was still able to run. Windows does not tell
	// them apart: there all are voluntary.
	Voluntary, Involuntary int64

	Counted bool // false: this kernel does not count, and both are 0
}

// warm is how many hand-overs precede the clock: after them both threads are
// certainly running their loops. Even, so that the first side starts the clock.
const warm = 16

// A baton is what two sides, 0 and 1, hand to one another. Hand-over i, from 0
// on, is made by side i%2. Each method is called by the side it names.
type baton interface {
	pass(side, i int) error
	await(side, i int) error // returns errGone once the other has left without hand-over i
	leave(side int)          // at the end, or too early
}

var errGone = errors.New("the other thread is gone")

// one at a time: GOMAXPROCS is shared.
var alternating sync.Mutex

// Alternate has two fresh threads hand over to one another n times. Pinned,
// both run on one CPU, the first allowed one, so that each hand-over is a
// switch of threads. Unpinned they run where the kernel likes, which measures
// wake-up and migration instead.
//
// GOMAXPROCS is at least 4 meanwhile and is then set to what it was, which ends
// the runtime's own updating of it. The error wraps [ErrUnsupported] where the
// platform has no such kind or can't pin.
func Alternate(kind Kind, pinned bool, n int) (Alternation, error) {
	if n < 1 || n > 1<<30 {
		return Alternation{}, fmt.Errorf("osthread: %d switches, want 1 to %d", n, 1<<30)
	}
	alternating.Lock()
	defer alternating.Unlock()
	cpu := -1
	if pinned {
		cpus, err := CPUs()
		if err != nil {
			return Alternation{}, err
		}
		cpu = cpus[0]
	}
	b, err := newBaton(kind)
	if err != nil {
		return Alternation{}, err
	}

	// A P for each side, one for the caller and one to spare: else a side that
	// comes back from the kernel might wait for a P and not for its partner.
	procs := runtime.GOMAXPROCS(0)
	runtime.GOMAXPROCS(max(4, procs))
	defer runtime.GOMAXPROCS(procs)

	var legs [2]leg
	var waits [2]func()
	for side := range legs {
		waits[side] = Go(func() { legs[side] = run(b, side, cpu, n) })
	}
	for _, wait := range waits {
		wait()
	}
	return sum(legs, n)
}

// A leg is what one side saw.
type leg struct {
	start, end             time.Duration // by clock.Now
	voluntary, involuntary int64
	uncounted              bool
	err                    error
}

func run(b baton, side, cpu, n int) (l leg) {
	defer b.leave(side)
	if cpu >= 0 {
		if l.err = Pin(cpu); l.err != nil {
			return l
		}
	}
	for i := range warm + n {
		if i == warm {
			if l.err = l.count(side, -1); l.err != nil {
				return l
			}
			l.start = clock.Now()
		}
		if i%2 == side {
			l.err = b.pass(side, i)
		} else {
			l.err = b.await(side, i)
		}
		if l.err != nil {
			return l
		}
	}
	l.end = clock.Now()
	l.err = l.count(side, 1)
	return l
}

// count adds the switches so far, times sign.
func (l *leg) count(side int, sign int64) error {
	v, inv, err := sideSwitches(side)
	if errors.Is(err, ErrUnsupported) {
		l.uncounted = true
		return nil
	}
	l.voluntary += sign * v
	l.involuntary += sign * inv
	return err
}

func sum(legs [2]leg, n int) (Alternation, error) {
	first, second := legs[0], legs[1]
	for _, err := range []error{first.err, second.err} {
		// Who leaves early is the cause, errGone the consequence.
		if err != nil && !errors.Is(err, errGone) {
			return Alternation{}, err
		}
	}
	if err := errors.Join(first.err, second.err); err != nil {
		return Alternation{}, err
	}
	return Alternation{
		Elapsed:     max(first.end, second.end) - first.start,
		Switches:    n,
		Voluntary:   first.voluntary + second.voluntary,
		Involuntary: first.involuntary + second.involuntary,
		Counted:     !first.uncounted && !second.uncounted,
	}, nil
}
