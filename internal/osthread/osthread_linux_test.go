package osthread

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestThreadsAreDistinctAndDie(t *testing.T) {
	const n = 8
	ids := make(chan int)
	gate := make(chan struct{})
	var waits []func()
	for range n {
		waits = append(waits, Go(func() { ids <- unix.Gettid(); <-gate }))
	}
	seen := map[int]bool{}
	for range n {
		seen[<-ids] = true
	}
	close(gate)
	for _, wait := range waits {
		wait()
	}
	require.Len(t, seen, n, "threads at the same time")
	require.NotContains(t, seen, unix.Getpid(), "the main thread")

	if _, err := os.Stat("/proc/self/task"); err != nil {
		t.Skip("no /proc to see threads end in")
	}
	for id := range seen {
		require.Eventually(t, func() bool {
			_, err := os.Stat(fmt.Sprintf("/proc/self/task/%d", id))
			return os.IsNotExist(err)
		}, 10*time.Second, time.Millisecond, "thread %d still exists", id)
	}
}
