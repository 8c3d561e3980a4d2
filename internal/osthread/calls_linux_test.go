package osthread

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// callsChild, in the environment, makes this test binary do so many calls on
// three threads each, and end.
const callsChild = "OSTHREAD_CALLS"

func init() {
	n, err := strconv.Atoi(os.Getenv(callsChild))
	if err != nil {
		return
	}
	if n < 0 {
		os.Exit(3)
	}
	for range 3 {
		Go(func() {
			for range n {
				unix.Getppid()
			}
		})()
	}
	os.Exit(0)
}

func countCalls(t *testing.T, n int) (int, error) {
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), callsChild+"="+strconv.Itoa(n), "GOGC=off")
	calls, err := Calls(cmd)
	if errors.Is(err, ErrUnsupported) {
		t.Skip(err)
	}
	return calls, err
}

func TestCalls(t *testing.T) {
	few, err := countCalls(t, 10)
	require.NoError(t, err)
	many, err := countCalls(t, 2010)
	require.NoError(t, err)
	// The runtime makes some of its own, however slow it is.
	require.InDelta(t, 3*2000, many-few, 300)
	require.Greater(t, few, 30)
}

func TestCallsOfWhatFails(t *testing.T) {
	_, err := countCalls(t, -1)
	require.ErrorContains(t, err, "ended with status")
	_, err = Calls(exec.Command("/nonexistent"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestPThreadSpawn(t *testing.T) {
	took, err := PThreadSpawn(t.Context(), 100)
	if errors.Is(err, ErrUnsupported) {
		t.Skip(err)
	}
	require.NoError(t, err)
	require.Positive(t, took)
	_, err = PThreadSpawn(t.Context(), 0)
	require.Error(t, err)
}
