package handoff_test

import (
	"syscall"
	"time"
)

const canTrace = true

// brief is as short as a call can be.
func brief() { syscall.Syscall(syscall.SYS_GETPID, 0, 0, 0) }

// nap blocks its thread in the kernel for d or a little longer, and returns how
// many calls it made: a signal ends one.
func nap(d time.Duration) (made int) {
	// The kernel may let a sleep end 50 µs late, so that it can end several at
	// once. Not this thread's. A raw call: no trace has it.
	const setTimerSlack = 29
	syscall.RawSyscall(syscall.SYS_PRCTL, setTimerSlack, 1, 0)
	t := syscall.NsecToTimespec(d.Nanoseconds())
	for {
		made++
		if syscall.Nanosleep(&t, &t) != syscall.EINTR {
			return made
		}
	}
}
