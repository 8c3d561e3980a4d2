package osthread

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

var kinds = []Kind{SchedYield, Futex, Pipe}

func TestAlternate(t *testing.T) {
	files := openFiles()
	for _, kind := range kinds {
		for _, pinned := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/pinned=%v", kind, pinned), func(t *testing.T) {
				for _, n := range []int{1, 2, 3, 1000} {
					a, err := Alternate(kind, pinned, n)
					if errors.Is(err, ErrUnsupported) {
						t.Skip(err)
					}
					require.NoError(t, err)
					require.Equal(t, n, a.Switches)
					require.Positive(t, a.Elapsed)
					if pinned && n == 1000 && a.Counted {
						require.GreaterOrEqual(t, a.Voluntary+a.Involuntary, int64(n*9/10),
							"of two threads on one CPU one runs only when the other is switched away from")
					}
				}
			})
		}
	}
	require.Equal(t, files, openFiles(), "open files: a pipe is not closed")
}

func TestAlternateRefuses(t *testing.T) {
	for _, n := range []int{-1, 0, 1<<30 + 1} {
		_, err := Alternate(Pipe, false, n)
		require.ErrorContains(t, err, fmt.Sprintf("%d switches, want 1 to", n))
	}
	_, err := Alternate("telepathy", false, 1)
	require.ErrorContains(t, err, `no kind "telepathy"`)
}

func TestAlternateRestoresGOMAXPROCS(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, procs := range []int{1, 2, 7} {
		runtime.GOMAXPROCS(procs)
		_, err := Alternate(Pipe, false, 10)
		if !errors.Is(err, ErrUnsupported) {
			require.NoError(t, err)
		}
		require.Equal(t, procs, runtime.GOMAXPROCS(0))
	}
}

// A stop-the-world must find every side able to stop: one that is blocked in
// the kernel waits for a partner who may be stopped already.
func TestAlternateStampede(t *testing.T) {
	var done atomic.Bool
	var gc, callers sync.WaitGroup
	gc.Go(func() {
		for !done.Load() {
			runtime.GC()
		}
	})
	errs := make([]error, 2*len(kinds))
	for i := range errs {
		callers.Go(func() {
			for range 3 {
				if _, errs[i] = Alternate(kinds[i/2], i%2 == 0, 2000); errs[i] != nil {
					return
				}
			}
		})
	}
	callers.Wait()
	done.Store(true)
	gc.Wait()
	for _, err := range errs {
		if !errors.Is(err, ErrUnsupported) {
			require.NoError(t, err)
		}
	}
}

// Whoever leaves, and whenever: the other one returns.
func TestPartnerLeaves(t *testing.T) {
	for _, kind := range kinds {
		for staying := range 2 {
			for hands := range 5 { // that the other takes part in before it leaves
				b, err := newBaton(kind)
				if errors.Is(err, ErrUnsupported) {
					t.Log(err)
					break
				}
				require.NoError(t, err)
				var l leg
				stays := Go(func() { l = run(b, staying, -1, 100) })
				leaves := Go(func() {
					defer b.leave(1 - staying)
					for i := range hands {
						if i%2 != staying {
							b.pass(1-staying, i)
						} else {
							b.await(1-staying, i)
						}
					}
				})
				stays()
				leaves()
				require.ErrorIs(t, l.err, errGone, "%s: side %d stays, the other leaves after %d hand-overs", kind, staying, hands)
			}
		}
	}
}
