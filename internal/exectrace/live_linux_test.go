package exectrace

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	rt "runtime/trace"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gmplab/internal/harness"
	"gmplab/internal/timeline"
)

func init() {
	play["picture"] = func() { recorded(picture) }
	play["calls"] = func() { recorded(calls) }
	play["collections"] = func() { recorded(collections) }
	play["long"] = func() { recorded(func() int { return naps(130, 10*time.Millisecond) }) }
}

// recorded writes the trace of load to stdout, and what load returns to stderr.
// The trace waits in memory: else its writing would be in it.
func recorded(load func() int) {
	debug.SetGCPercent(-1)
	var data bytes.Buffer
	if err := rt.Start(&data); err != nil {
		panic(err)
	}
	n := load()
	rt.Stop()
	fmt.Fprint(os.Stderr, n)
	os.Stdout.Write(data.Bytes())
}

// compute is busy for d.
func compute(d time.Duration) {
	for began := time.Now(); time.Since(began) < d; {
	}
}

// beside starts f, which closes done at its end, beside two goroutines that
// compute in turns.
func beside(f func(done chan<- bool)) {
	var stop atomic.Bool
	var others sync.WaitGroup
	done := make(chan bool)
	go f(done)
	for range 2 {
		others.Go(func() {
			for !stop.Load() {
				compute(100 * time.Microsecond)
				runtime.Gosched()
			}
		})
	}
	<-done
	stop.Store(true)
	others.Wait()
}

// picture is one blocking call between two computations.
func picture() int {
	beside(napper)
	return 1
}

func napper(done chan<- bool) {
	defer close(done)
	compute(2 * around)
	nap(700 * time.Microsecond)
	compute(2 * around)
}

// nap blocks its thread in a system call, and returns how many it made.
func nap(d time.Duration) (made int) {
	t := syscall.NsecToTimespec(d.Nanoseconds())
	for {
		made++
		if syscall.Nanosleep(&t, &t) != syscall.EINTR {
			return made
		}
	}
}

// calls is 500 short calls, and 8 long ones of four goroutines.
func calls() int {
	var made atomic.Int64
	beside(func(done chan<- bool) {
		defer close(done)
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for range 2 {
					made.Add(int64(nap(3 * time.Millisecond)))
				}
			})
		}
		for range 500 {
			brief()
		}
		all.Wait()
	})
	return int(made.Load())
}

// collections is 10 calls, during which the world is stopped again and again.
func collections() int {
	var stop atomic.Bool
	var other sync.WaitGroup
	other.Go(func() {
		for !stop.Load() {
			runtime.GC()
			compute(100 * time.Microsecond)
		}
	})
	made := naps(10, 2*time.Millisecond)
	stop.Store(true)
	other.Wait()
	return made
}

func naps(n int, d time.Duration) (made int) {
	for range n {
		made += nap(d)
	}
	return made
}

func brief() { syscall.Syscall(syscall.SYS_GETPID, 0, 0, 0) }

// child runs this program in a process of its own and returns the trace and
// what else it said.
func child(t *testing.T, load string, env ...string) (trace []byte, said string) {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(append(os.Environ(), env...), "EXECTRACE_PLAY="+load)
	var errs strings.Builder
	cmd.Stderr = &errs
	trace, err = cmd.Output()
	harness.Started(t, cmd, err)
	require.NoError(t, err, errs.String())
	return trace, errs.String()
}

func TestLive(t *testing.T) {
	for _, procs := range []string{"1", "4"} {
		t.Run("procs="+procs, func(t *testing.T) {
			data, made := child(t, "calls", "GOMAXPROCS="+procs)
			tr := read(t, data)
			consistent(t, tr)
			require.Len(t, tr.CallsBy("brief"), 500)
			naps := tr.CallsBy("nap")
			require.Equal(t, made, fmt.Sprint(len(naps)))
			for _, c := range naps {
				require.NotEqual(t, Never, c.Resumed, "all have ended: %+v", c)
				require.NotEqual(t, timeline.Itself, c.Taker, "nobody said that the call would block: %+v", c)
			}
		})
	}
}

// A stop of the world takes the P of a call too, and that is no hand-off.
func TestLiveCollections(t *testing.T) {
	for range 100 { // who is first, the collection or the monitor, is theirs to say
		data, made := child(t, "collections", "GOMAXPROCS=2")
		tr := read(t, data)
		consistent(t, tr)
		naps := tr.CallsBy("nap")
		require.Equal(t, made, fmt.Sprint(len(naps)))
		for _, c := range naps {
			if c.Taker == timeline.World {
				require.True(t, c.Lost())
				require.False(t, c.HandedOff())
				return
			}
		}
	}
	t.Fatal("100 runs, and no collection took the P of a call")
}

// A trace of more than a second has generations, each of which says again who
// is where.
func TestLiveGenerations(t *testing.T) {
	if testing.Short() {
		t.Skip("1.3 s")
	}
	data, made := child(t, "long", "GOMAXPROCS=2")
	tr := read(t, data)
	consistent(t, tr)
	require.Equal(t, made, fmt.Sprint(len(tr.CallsBy("nap"))))
	require.Greater(t, tr.End, 1300*time.Millisecond)
}
