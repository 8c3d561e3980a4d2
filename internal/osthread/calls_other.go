//go:build !linux

package osthread

import (
	"fmt"
	"os/exec"
	"runtime"
)

// Calls would run cmd and return how many system calls its threads made.
func Calls(*exec.Cmd) (int, error) {
	return 0, fmt.Errorf("trace: %w: %s has no ptrace that we use", ErrUnsupported, runtime.GOOS)
}
