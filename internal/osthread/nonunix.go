//go:build !unix && !windows

package osthread

import (
	"fmt"
	"runtime"
)

// Switches returns how often the kernel has switched away from a thread of
// this process; here it can't.
func Switches() (voluntary, involuntary int64, err error) {
	return 0, 0, fmt.Errorf("count switches: %w: %s has no getrusage", ErrUnsupported, runtime.GOOS)
}

func newPipes() (baton, error) {
	return nil, fmt.Errorf("%s: %w: %s has no pipe that a thread blocks on", Pipe, ErrUnsupported, runtime.GOOS)
}
