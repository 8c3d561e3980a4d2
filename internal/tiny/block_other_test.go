//go:build !linux

package tiny_test

import (
	"runtime"
	"time"
)

// blockThread holds the calling thread, though not in the kernel.
func blockThread(d time.Duration) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	time.Sleep(d)
}
