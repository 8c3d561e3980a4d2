// Package osthread makes, pins and counts real threads of the operating
// system, and measures what the kernel takes to switch between two of them.
// It needs no cgo: a goroutine that is locked to its thread owns it, and the
// thread dies with it.
package osthread

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/metrics"
)

// ErrUnsupported is wrapped by the error of everything that this platform
// can't do; the wrapping text says why. It is [errors.ErrUnsupported].
var ErrUnsupported = errors.ErrUnsupported

// Go runs f on a thread that runs nothing else and dies when f returns: what
// f changes of the thread, its CPU mask say, is changed for f alone. It is a
// new thread unless the runtime had an idle one. wait returns when f has
// returned; the kernel may need a moment more to remove the thread.
func Go(f func()) (wait func()) {
	done := make(chan struct{})
	go own(f, done)
	return func() { <-done }
}

func own(f func(), done chan<- struct{}) {
	defer close(done)
	runtime.LockOSThread() // and never unlocked: that ends the thread
	if !onMainThread() {
		f()
		return
	}
	// The main thread can't end before the process. Hold it for as long as
	// f runs, so that the next goroutine gets another one.
	defer runtime.UnlockOSThread()
	other := make(chan struct{})
	go own(f, other)
	<-other
}

// Count returns how many threads this process has: the kernel's count where
// there is a /proc, else the Go runtime's, which does not know the threads of
// C code.
func Count() (int, error) { return count("/proc/self/task") }

func count(tasks string) (int, error) {
	if list, err := os.ReadDir(tasks); err == nil && len(list) > 0 {
		return len(list), nil
	}
	sample := []metrics.Sample{{Name: "/sched/threads/total:threads"}}
	if metrics.Read(sample); sample[0].Value.Kind() != metrics.KindUint64 {
		return 0, fmt.Errorf("count threads: %w: no %s, and %s has no metric of threads", ErrUnsupported, tasks, runtime.Version())
	}
	return int(sample[0].Value.Uint64()), nil
}
