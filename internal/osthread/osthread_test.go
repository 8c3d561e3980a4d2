package osthread

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// The main goroutine begins on the main thread; locked from here on, it is
// still there in TestMain.
func init() { runtime.LockOSThread() }

var mainThread struct{ before, inside, after bool }

func TestMain(m *testing.M) {
	mainThread.before = onMainThread()
	done := make(chan struct{})
	own(func() { mainThread.inside = onMainThread() }, done)
	<-done
	mainThread.after = onMainThread()
	runtime.UnlockOSThread()
	goleak.VerifyTestMain(m)
}

func TestGoLeavesTheMainThreadAlone(t *testing.T) {
	if runtime.GOOS != "linux" && runtime.GOOS != "windows" {
		t.Skip("only Linux and Windows tell which thread is the main one")
	}
	require.True(t, mainThread.before, "init locks the main goroutine to the main thread")
	require.False(t, mainThread.inside, "f ran on the main thread, which can't end")
	require.True(t, mainThread.after, "the main goroutine has lost its thread")
}

func TestGo(t *testing.T) {
	ran := false
	wait := Go(func() { ran = true })
	wait()
	wait() // again returns at once
	require.True(t, ran)

	wait = Go(func() { runtime.Goexit() })
	wait()
}

func TestCount(t *testing.T) {
	const threads = 10
	for _, tasks := range []string{"/proc/self/task", filepath.Join(t.TempDir(), "no proc here")} {
		if tasks == "/proc/self/task" && runtime.GOOS != "linux" {
			continue
		}
		gate, waits := make(chan struct{}), make([]func(), threads)
		ready := make(chan struct{})
		for i := range waits {
			waits[i] = Go(func() { ready <- struct{}{}; <-gate })
		}
		for range waits {
			<-ready
		}
		n, err := count(tasks)
		close(gate)
		for _, wait := range waits {
			wait()
		}
		require.NoError(t, err)
		require.GreaterOrEqual(t, n, threads, "%s: all of them are blocked on threads of their own", tasks)
	}
	n, err := Count()
	require.NoError(t, err)
	require.Positive(t, n)
}

func TestSwitches(t *testing.T) {
	v, i, err := Switches()
	if errors.Is(err, ErrUnsupported) {
		t.Skip(err)
	}
	require.NoError(t, err)
	_, err = Alternate(Pipe, false, 100)
	require.NoError(t, err)
	v2, i2, err := Switches()
	require.NoError(t, err)
	require.GreaterOrEqual(t, v2, v)
	require.GreaterOrEqual(t, i2, i)
	require.Greater(t, v2+i2, v+i, "two threads have waited for one another")
}

// openFiles returns the number of open file descriptors, 0 if unknown.
func openFiles() int {
	list, _ := os.ReadDir("/proc/self/fd")
	return len(list)
}
