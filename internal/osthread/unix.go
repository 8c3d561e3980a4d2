//go:build unix

package osthread

import (
	"fmt"
	"syscall"
)

// Switches returns how often the kernel has switched away from a thread of
// this process since it began: voluntary, because the thread waited for
// something, and involuntary, because its time was up or another was woken.
func Switches() (voluntary, involuntary int64, err error) {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return 0, 0, fmt.Errorf("count switches: %w", err)
	}
	return int64(r.Nvcsw), int64(r.Nivcsw), nil
}

// An end of a pipe is a file descriptor.
type end = int

func noReader(err error) bool { return err == syscall.EPIPE }
