//go:build linux || windows

package osthread

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPin(t *testing.T) {
	all, err := CPUs()
	require.NoError(t, err)
	require.NotEmpty(t, all)
	procs := runtime.GOMAXPROCS(0)
	for _, cpu := range all {
		var one []int
		var pinned, listed error
		Go(func() {
			pinned = Pin(cpu)
			one, listed = CPUs()
		})()
		require.NoError(t, pinned)
		require.NoError(t, listed)
		require.Equal(t, []int{cpu}, one)
	}
	// Every thread there is, and those made from now on.
	for range 20 {
		var mask []int
		Go(func() { mask, _ = CPUs() })()
		require.Equal(t, all, mask, "the mask of a pinned thread has spread")
	}
	require.Equal(t, procs, runtime.GOMAXPROCS(0))

	for _, cpu := range []int{-1, 1023, 1 << 20} {
		if cpu == 1023 && len(all) > 0 && all[len(all)-1] == 1023 {
			continue
		}
		Go(func() { err = Pin(cpu) })()
		require.Error(t, err, "Pin(%d)", cpu)
	}
}

// A side that can't even pin leaves, and the other does not wait for it.
func TestFailedPin(t *testing.T) {
	b, err := newBaton(Futex)
	require.NoError(t, err)
	var legs [2]leg
	first := Go(func() { legs[0] = run(b, 0, -1, 100) })
	second := Go(func() { legs[1] = run(b, 1, 1<<20, 100) })
	first()
	second()
	require.ErrorIs(t, legs[0].err, errGone)
	_, err = sum(legs, 100)
	require.ErrorContains(t, err, "pin to CPU 1048576", "the cause, not the consequence")
}
