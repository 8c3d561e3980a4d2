package spawn_test

import (
	"fmt"
	"os"
	"strings"
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

// staysAsleep reports whether the thread, in one of so many windows, was never
// woken, as far as the kernel counts.
func staysAsleep(thread string, windows int) bool {
	last := ""
	for range windows + 1 {
		status, err := os.ReadFile("/proc/self/task/" + thread + "/status")
		_, count, found := strings.Cut(string(status), "\nvoluntary_ctxt_switches:")
		if err != nil || !found { // a kernel that does not say
			return true
		}
		count, _, _ = strings.Cut(count, "\n")
		if count == last {
			return true
		}
		last = count
		for range 25 {
			<-time.After(2 * time.Millisecond)
		}
	}
	return false
}

const canBlock = true

// blockThread makes a system call that blocks the calling thread.
func blockThread(d time.Duration) {
	t := syscall.NsecToTimespec(d.Nanoseconds())
	_ = syscall.Nanosleep(&t, nil)
}
