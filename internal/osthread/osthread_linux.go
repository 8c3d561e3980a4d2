package osthread

import (
	"fmt"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Pin lets the calling thread run on that CPU only. Call it from an f of [Go]:
// on a thread that other goroutines will use it would pin them too.
func Pin(cpu int) error {
	var set unix.CPUSet
	if most := int(unsafe.Sizeof(set))*8 - 1; cpu < 0 || cpu > most {
		return fmt.Errorf("pin to CPU %d: want 0 to %d", cpu, most)
	}
	set.Set(cpu)
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		return fmt.Errorf("pin to CPU %d: %w", cpu, err)
	}
	return nil
}

// CPUs returns the CPUs that the calling thread may run on, in ascending
// order: at least one.
func CPUs() ([]int, error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil, fmt.Errorf("list the CPUs: %w", err)
	}
	var cpus []int
	for cpu := 0; len(cpus) < set.Count(); cpu++ {
		if set.IsSet(cpu) {
			cpus = append(cpus, cpu)
		}
	}
	return cpus, nil
}

// ID returns the kernel's id of the calling thread; 0 where there is no telling.
func ID() int { return unix.Gettid() }

// Sleep makes the calling thread sleep in the kernel: by the kernel's clock, to
// some 50 µs. (time.Sleep needs no thread, and may wake up a millisecond late.)
func Sleep(d time.Duration) {
	left := syscall.NsecToTimespec(d.Nanoseconds())
	for syscall.Nanosleep(&left, &left) == syscall.EINTR {
	}
}

func onMainThread() bool { return unix.Gettid() == unix.Getpid() }

// sideSwitches returns the switches of the calling thread.
func sideSwitches(int) (voluntary, involuntary int64, err error) {
	var r unix.Rusage
	err = unix.Getrusage(unix.RUSAGE_THREAD, &r)
	return int64(r.Nvcsw), int64(r.Nivcsw), err
}

// schedYield is not inlined: its prologue is where a garbage collection can
// stop a thread that waits, even with asynchronous preemption off.
//
//go:noinline
func schedYield() { syscall.RawSyscall(unix.SYS_SCHED_YIELD, 0, 0, 0) }

const (
	futexWaitPrivate = 0 | 128
	futexWakePrivate = 1 | 128
)

// wake wakes a thread that waits for word to change.
func wake(word *atomic.Uint32) error {
	_, _, errno := syscall.RawSyscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), futexWakePrivate, 1, 0, 0, 0)
	if errno != 0 {
		return fmt.Errorf("wake: %w", errno)
	}
	return nil
}

// waitWhile returns once word is not seen any more, or at any time before.
func waitWhile(word *atomic.Uint32, seen *uint32) error {
	// Not RawSyscall: a stop-the-world would wait for this thread, and it
	// for its partner, who is stopped.
	_, _, errno := syscall.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), futexWaitPrivate, uintptr(*seen), 0, 0, 0)
	if errno != 0 && errno != syscall.EAGAIN && errno != syscall.EINTR {
		return fmt.Errorf("wait: %w", errno)
	}
	return nil
}
