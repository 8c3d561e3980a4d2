package spawn_test

import (
	"fmt"
	"os"
	"syscall"
	"time"
)

// threadID is the kernel's id of the calling thread.
func threadID() string { return fmt.Sprint(syscall.Gettid()) }

// gone reports whether the thread has ended. The process's main thread never
// does before the process.
func gone(thread string) bool {
	if thread == fmt.Sprint(os.Getpid()) {
		return true
	}
	_, err := os.Stat("/proc/self/task/" + thread)
	return os.IsNotExist(err)
}

const canBlock = true

// blockThread makes a system call that blocks the calling thread.
func blockThread(d time.Duration) {
	t := syscall.NsecToTimespec(d.Nanoseconds())
	_ = syscall.Nanosleep(&t, nil)
}
