//lint:file-ignore U1000 fields that are looked at by reflection

package interleave

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	real "sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"gmplab/internal/interleave/atomic"
	"gmplab/internal/interleave/internal/hook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeT ends the goroutine that fails it, as a testing.T does.
type fakeT struct{ said string }

func (f *fakeT) Helper() {}
func (f *fakeT) Errorf(format string, args ...any) {
	f.said = strings.TrimSpace(f.said + fmt.Sprintf(format, args...))
}
func (f *fakeT) FailNow() { runtime.Goexit() }
func (f *fakeT) Fatalf(format string, args ...any) {
	f.Errorf(format, args...)
	f.FailNow()
}

// set sets a limit for this test.
func set[T any](t *testing.T, limit *T, v T) {
	old := *limit
	*limit = v
	t.Cleanup(func() { *limit = old })
}

// fails explores f, which must fail so and say so, in both languages.
func fails(t *testing.T, want Kind, says string, f func(*Model)) *Failure {
	t.Helper()
	r := Explore(f)
	require.NotNil(t, r.Failure, "nothing found")
	en, ko := r.Failure.render(false), r.Failure.render(true)
	t.Log(en)
	require.Equal(t, want, r.Failure.Kind, en)
	require.Contains(t, en, says)
	require.NotEqual(t, en, ko)
	require.NotContains(t, en+ko, "%!", "formats")
	goleak.VerifyNone(t, goleak.IgnoreCurrent())
	return r.Failure
}

// two makes a model of two threads that do f between two operations.
func two(f func()) func(*Model) {
	return func(m *Model) {
		var n atomic.Uint32
		m.Watch("n", &n)
		for _, name := range []string{"a", "b"} {
			m.Go(name, func() {
				n.Add(1)
				f()
				n.Add(1)
			})
		}
	}
}

func TestSpinWithoutPause(t *testing.T) {
	f := fails(t, Livelock, "must call interleave.Pause", func(m *Model) {
		var set atomic.Bool
		m.Watch("set", &set)
		m.Go("waits", func() {
			for !set.Load() {
			}
		})
		m.Go("sets", func() { set.Store(true) })
	})
	require.Less(t, strings.Count(f.render(false), "\n"), 30, "the trace is short")
}

func TestGoexit(t *testing.T) {
	var last *fakeT
	for _, end := range []func(){
		func() { runtime.Goexit() },
		func() { last = new(fakeT); require.Equal(last, 1, 2) },
	} {
		f := fails(t, Misuse, "use m.Check", two(end))
		require.Contains(t, f.render(false), "add n: 0 -> 1", "the schedule")
		require.Contains(t, f.render(false), "a: runtime.Goexit")
		fails(t, Misuse, "the final check: runtime.Goexit", func(m *Model) {
			two(func() {})(m)
			m.After(end)
		})
		fails(t, Misuse, "use m.Check", func(m *Model) { end() })
	}
	require.Contains(t, last.said, "Not equal")
}

func TestPanic(t *testing.T) {
	f := fails(t, Panicked, "a: panic: boom (faults_test.go:", two(func() { panic("boom") }))
	require.Contains(t, f.render(false), "add n: 0 -> 1")
	fails(t, Panicked, "a: panic: runtime error: invalid memory address or nil pointer dereference (faults_test.go:", two(func() {
		var p *Failure
		p.Runs++
	}))
	fails(t, Panicked, "the final check: panic: boom", func(m *Model) {
		two(func() {})(m)
		m.After(func() { panic("boom") })
	})
	fails(t, Panicked, "panic: boom", func(m *Model) { panic("boom") })
	// A thread that recovers does not hide a failure, and is ended nevertheless.
	fails(t, Broken, "never", func(m *Model) {
		two(func() {
			defer func() { _ = recover() }()
			m.Check(false, "never", "안 됨")
		})(m)
	})
}

func TestLockOSThread(t *testing.T) {
	fails(t, Misuse, "called runtime.LockOSThread", two(runtime.LockOSThread))
	fails(t, Misuse, "called runtime.LockOSThread", two(func() { runtime.LockOSThread(); runtime.LockOSThread() }))
	// Where only a later schedule comes to it, it is undone.
	var n atomic.Uint32
	r := Explore(func(m *Model) {
		n.Store(0)
		for _, name := range []string{"a", "b"} {
			m.Go(name, func() {
				old := n.Load()
				if n.Add(1) != old+1 {
					runtime.LockOSThread()
				}
			})
		}
	})
	require.Nil(t, r.Failure)
}

// What blocks or loops out of the explorer's sight is told by the watchdog.
// release then lets it go on, so that nothing is left behind.
func TestStuck(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the watchdog")
	}
	set(t, &patience, 500*time.Millisecond)
	var mu sync.Mutex // guards locks: the replay is another goroutine
	var locks []*sync.Mutex
	var stop chan int
	var end real.Bool
	for _, c := range []struct {
		name, says, traced string
		f                  func(*Model)
		release            func()
	}{
		{"hidden mutex", "blocked in a real lock of package sync", "add n: 1 -> 2", func(m *Model) {
			var n atomic.Uint32
			var hidden sync.Mutex
			m.Watch("n", &n)
			for _, name := range []string{"a", "b"} {
				m.Go(name, func() {
					n.Add(1)
					hidden.Lock()
					n.Add(1)
					hidden.Unlock()
				})
			}
			mu.Lock()
			locks = append(locks, &hidden)
			mu.Unlock()
		}, func() {
			for _, l := range locks {
				l.TryLock() // whoever holds it, it is held now,
				l.Unlock()  // and free for who waits
			}
		}},
		{"channel", "blocked in a real channel operation", "add n: 0 -> 1", two(func() { <-stop }), func() { close(stop) }},
		{"endless loop", "an endless loop", "add n: 0 -> 1", two(func() {
			for !end.Load() {
			}
		}), func() { end.Store(true) }},
		{"model", "blocked in a real channel operation", "", func(*Model) { <-stop }, func() { close(stop) }},
		{"final check", "the final check: It is blocked in a real channel operation", "", func(m *Model) {
			two(func() {})(m)
			m.After(func() { <-stop })
		}, func() { close(stop) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			stop = make(chan int)
			r := Explore(c.f)
			require.NotNil(t, r.Failure)
			en := r.Failure.render(false)
			t.Log(en)
			require.Equal(t, Stuck, r.Failure.Kind)
			require.Contains(t, en, c.says)
			require.Contains(t, en, c.traced)
			require.Contains(t, en, "faults_test.go:", "the stack")
			require.NotEqual(t, en, r.Failure.render(true))
			require.True(t, hookOff(), "later code runs outside")
			require.Nil(t, Explore(two(func() {})).Failure, "another exploration")
			c.release()
		})
	}
}

func TestIdle(t *testing.T) {
	fails(t, Idle, "no threads", func(*Model) {})
	fails(t, Idle, "the thread idle did not do one operation", func(m *Model) {
		var n atomic.Uint32
		m.Go("works", func() { n.Add(1) })
		m.Go("idle", func() {})
	})
	// One that does something in some schedule only is not idle.
	r := Explore(func(m *Model) {
		var n, done atomic.Uint32
		m.Go("a", func() { n.Add(1); n.Add(1) })
		m.Go("b", func() {
			if n.Load() > 0 {
				m.Saw("late")
			}
		})
		m.Go("c", func() {
			if n.Load() == 1 {
				done.Add(1)
			}
		})
	})
	require.Nil(t, r.Failure)
	require.Positive(t, r.Saw("late"))
	require.Less(t, r.Saw("late"), r.Runs)
}

func TestUnfinished(t *testing.T) {
	set(t, &maxRuns, 100)
	set(t, &budget, 1000)
	fails(t, Unfinished, "unfinished is no pass", func(m *Model) {
		var n atomic.Uint32
		for i := range 3 {
			m.Go(fmt.Sprint(i), func() {
				for range 10 {
					n.Add(1)
				}
			})
		}
	})
}

// A budget that is spent is told, and not taken for all orders.
func TestScope(t *testing.T) {
	r := Explore(two(func() {}))
	require.True(t, r.Every)
	require.Equal(t, "every order: 6 classes of orders", r.Scope().EN)
	set(t, &budget, 1)
	r = Explore(two(func() {}))
	require.Nil(t, r.Failure)
	require.False(t, r.Every)
	require.Equal(t, "every order with at most 2 preemptions: 6 orders", r.Scope().EN)
	require.Contains(t, r.Scope().KO, "선점이 2번까지인")
	ft := new(fakeT)
	done := make(chan int)
	go func() {
		defer close(done)
		Test(ft, two(func() {}))
	}()
	<-done
	require.Contains(t, ft.said, "not every order was tried")
}

// tellsGoroutinesApart skips t where the explorer can't.
func tellsGoroutinesApart(t *testing.T) {
	t.Helper()
	other := make(chan uintptr)
	go func() { other <- hook.Self() }()
	if <-other == hook.Self() {
		t.Skipf("on %s the explorer can't tell a goroutine from another: there is no assembly for it", runtime.GOARCH)
	}
}

func TestStranger(t *testing.T) {
	tellsGoroutinesApart(t)
	fails(t, Stranger, "a go statement in the code under test is not scheduled", func(m *Model) {
		var n atomic.Uint32
		done := make(chan int)
		m.Go("a", func() {
			n.Add(1)
			go func() { n.Add(1); close(done) }()
			<-done
			n.Add(1)
		})
	})
	// Others may use atomics of their own meanwhile.
	stop := make(chan int)
	var wg sync.WaitGroup
	wg.Go(func() {
		var n atomic.Uint32
		var mu Mutex
		var note Note
		for {
			select {
			case <-stop:
				return
			default:
				mu.Lock()
				note.Wakeup()
				note.Sleep()
				n.Add(1)
				mu.Unlock()
				Pause()
			}
		}
	})
	for range 20 {
		require.Nil(t, Explore(two(func() {})).Failure)
	}
	close(stop)
	wg.Wait()
}

func TestUnsteady(t *testing.T) {
	runs := 0
	fails(t, Unsteady, "under the same schedule", func(m *Model) {
		runs++
		var n atomic.Uint32
		for i := range 2 {
			m.Go(fmt.Sprint(i), func() {
				for range 1 + runs%3 {
					n.Add(1)
				}
			})
		}
	})
	runs = 0
	fails(t, Broken, "Run again under the same schedule", func(m *Model) {
		runs++
		two(func() { m.Check(runs != 3, "third", "세 번째") })(m)
	})
}

func TestExploreInside(t *testing.T) {
	fails(t, Panicked, "Explore inside a model", two(func() { Explore(two(func() {})) }))
}

func TestParallel(t *testing.T) {
	tellsGoroutinesApart(t)
	for i := range 8 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			for range 20 {
				r := Explore(counter(func(n *atomic.Uint32) { n.Add(1) }))
				require.Nil(t, r.Failure)
			}
		})
	}
}

func TestMutexMisuse(t *testing.T) {
	fails(t, Broken, "a Mutex that is not locked", func(m *Model) {
		var mu Mutex
		m.Go("a", func() { mu.Unlock() })
	})
	r := Explore(func(m *Model) {
		var mu Mutex
		n := 0
		for i := range 2 {
			m.Go(fmt.Sprint(i), func() {
				if !mu.TryLock() {
					m.Saw("busy")
					mu.Lock()
				}
				n++
				mu.Unlock()
			})
		}
		m.After(func() { m.Check(n == 2, "n = %d", "n = %d", n) })
	})
	require.Nil(t, r.Failure)
	require.Positive(t, r.Saw("busy"))
}

func TestEvents(t *testing.T) {
	test := func(f func(*Model), events ...string) string {
		ft := new(fakeT)
		done := make(chan int)
		go func() {
			defer close(done)
			Test(ft, f, events...)
		}()
		<-done
		return ft.said
	}
	require.Empty(t, test(two(func() {})))
	require.Contains(t, test(two(func() {}), "steal"), "steal")
	require.Contains(t, test(counter(func(n *atomic.Uint32) { n.Store(n.Load() + 1) })), "load n: 0")
	require.Empty(t, test(func(m *Model) { two(func() { m.Saw("steal") })(m) }, "steal"))
}

// Outside an exploration, real threads wait for each other.
func TestOutside(t *testing.T) {
	var mu Mutex
	var ping, pong Note
	var turns atomic.Uint32
	n := 0
	var wg sync.WaitGroup
	wg.Go(func() {
		for range 500 {
			ping.Sleep()
			mu.Lock()
			n++
			mu.Unlock()
			pong.Wakeup()
		}
	})
	for range 500 {
		ping.Wakeup()
		pong.Sleep()
		if mu.TryLock() {
			n++
			mu.Unlock()
		}
		turns.Add(1)
	}
	wg.Wait()
	for turns.Load() != 500 {
		Pause()
	}
	require.Equal(t, 1000, n)
	var l sync.Locker = &mu
	l.Lock()
	require.False(t, mu.TryLock())
	l.Unlock()
}

type plain struct {
	head  atomic.Uint32
	slots []atomic.Pointer[int]
	pairs [2]struct{ a, b atomic.Bool }
	mu    Mutex
	note  Note
	_     [64]byte

	tail  uint32
	lock  sync.Mutex
	n     real.Uint32
	ring  []int
	mask  uint32
	inner struct {
		c chan int
		x atomic.Uint32
	}
}

func TestFields(t *testing.T) {
	err := Fields(&plain{}, "mask")
	require.Error(t, err)
	for _, bad := range []string{"tail uint32", "lock sync.Mutex", "n atomic.Uint32", "ring []int", "inner.c chan int"} {
		require.Contains(t, err.Error(), bad)
	}
	for _, good := range []string{"head", "slots", "pairs", "mu ", "note", "mask", "_", "inner.x"} {
		require.NotContains(t, err.Error(), " "+good)
	}
	require.NoError(t, Fields(plain{}, "mask", "tail", "lock", "n", "ring", "inner.c"))
	require.Error(t, Fields(3))
}
