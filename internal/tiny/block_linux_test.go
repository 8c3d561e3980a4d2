package tiny_test

import (
	"syscall"
	"time"
)

// blockThread blocks the calling thread in the kernel.
func blockThread(d time.Duration) {
	left := syscall.NsecToTimespec(d.Nanoseconds())
	for syscall.Nanosleep(&left, &left) == syscall.EINTR {
	}
}
