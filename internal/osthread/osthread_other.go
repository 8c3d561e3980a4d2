//go:build !linux && !windows

package osthread

import (
	"fmt"
	"runtime"
	"time"
)

// Pin lets the calling thread run on that CPU only; here it can't.
func Pin(cpu int) error {
	return fmt.Errorf("pin to CPU %d: %w: %s lets no thread choose its CPU in a way we use", cpu, ErrUnsupported, runtime.GOOS)
}

// CPUs returns the CPUs that the calling thread may run on; here it can't.
func CPUs() ([]int, error) {
	return nil, fmt.Errorf("list the CPUs: %w: %s has no affinity that we use", ErrUnsupported, runtime.GOOS)
}

// ID would return the id of the calling thread.
func ID() int { return 0 }

// Sleep makes the calling thread sleep; here it is Go that wakes it up.
func Sleep(d time.Duration) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	time.Sleep(d)
}

// The runtime keeps a main thread whose goroutine exits parked for ever; here
// we can't tell it from others without C, and it harms nothing.
func onMainThread() bool { return false }

// sideSwitches returns the switches of the process, once: no thread has a
// count of its own here.
func sideSwitches(side int) (voluntary, involuntary int64, err error) {
	if side != 0 {
		return 0, 0, nil
	}
	return Switches()
}

func newBaton(kind Kind) (baton, error) {
	switch kind {
	case Pipe:
		return newPipes()
	case SchedYield, Futex:
		return nil, fmt.Errorf("%s: %w: it is called without C on Linux and Windows only", kind, ErrUnsupported)
	}
	return nil, fmt.Errorf("osthread: no kind %q, want %s, %s or %s", kind, SchedYield, Futex, Pipe)
}
