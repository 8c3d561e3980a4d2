package regswitch

import (
	"io"
	"runtime"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSwitchCounts(t *testing.T) {
	for _, s := range Sets() {
		for _, n := range []int{0, 1, 2, 3, 1000, maxRun, maxRun + 1, 3*maxRun - 1} {
			took, err := Switch(s, n)
			if err != nil {
				require.ErrorIs(t, err, ErrUnsupported, "Switch(%s, %d)", s, n)
				require.NotContains(t, err.Error(), "\n")
				t.Logf("%v", err)
				break
			}
			require.GreaterOrEqual(t, took, time.Duration(0), "Switch(%s, %d)", s, n)
		}
	}
}

func TestSwitchRefuses(t *testing.T) {
	_, err := Switch("some", 10)
	require.Error(t, err)
	_, err = Switch(Three, -1)
	require.ErrorContains(t, err, "-1 switches, want 0 or more")
}

// A profiler's signals and garbage collections arrive while the CPU is on stacks that the
// runtime does not know, in several threads at once.
func TestSwitchStampede(t *testing.T) {
	// On Windows the profiler stops the thread, looks for the g whose stack SP is
	// in, finds none, and walks the stack of that (profilem in
	// runtime/os_windows.go): the process ends. Elsewhere a signal comes, and the
	// g is known by the thread.
	if runtime.GOOS != "windows" {
		if err := pprof.StartCPUProfile(io.Discard); err == nil { // else go test -cpuprofile is at it
			defer pprof.StopCPUProfile()
		}
	}
	var done atomic.Bool
	var gc, tasks sync.WaitGroup
	gc.Go(func() {
		for !done.Load() {
			runtime.GC()
		}
	})
	errs := make([]error, 4*len(Sets()))
	for i := range errs {
		tasks.Go(func() {
			for range 100 {
				if _, errs[i] = Switch(Sets()[i%len(Sets())], maxRun); errs[i] != nil {
					return
				}
			}
		})
	}
	tasks.Wait()
	done.Store(true)
	gc.Wait()
	for _, err := range errs {
		if err != nil {
			require.ErrorIs(t, err, ErrUnsupported)
		}
	}
}
