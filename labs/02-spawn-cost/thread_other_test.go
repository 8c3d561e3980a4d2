//go:build !linux

package spawn_test

import "time"

// threadID stands for the calling thread: a goroutine that is locked to its
// thread is as good as its id.
func threadID() string { return here().goroutine }

// gone can't tell here.
func gone(string) bool { return true }

// staysAsleep can't tell either.
func staysAsleep(string, int) bool { return true }

const canBlock = false

func blockThread(time.Duration) {}
