// Package hook is the seam between the types of interleave/atomic and the
// explorer in interleave: the former announce their operations here, the
// latter decides when they happen. Nobody else has a use for it.
package hook

import "unsafe"

// Op is a kind of operation.
type Op uint8

// The operations that threads announce.
const (
	Load Op = iota
	Store
	Swap
	CompareAndSwap
	Add
	And
	Or
	Lock
	TryLock
	Unlock
	Sleep
	Wakeup
	Pause
)

// Running identifies the goroutine that acts for an exploration at this
// moment, as Self does; 0: there is no exploration. Read and written atomically:
// goroutines that have nothing to do with the exploration read it too. (Not an
// atomic.Uintptr: with it, fewer of the methods in interleave/atomic inline.)
var Running uintptr

// The explorer sets these once, before any exploration.
var (
	// Before is the scheduling point before an operation on obj: it returns when
	// it is the caller's turn. False: the caller is no virtual thread, or one
	// that is being ended; it acts as if there were no exploration.
	Before func(op Op, obj unsafe.Pointer) bool
	// After follows an operation for which Before returned true: whether it
	// changed memory, and whether the trace wants to have it by Record.
	After func(changed bool) (record bool)
	// Record tells the trace what memory held before and after the operation;
	// a and b are its arguments.
	Record func(before, after, a, b any, ok bool)
	// Done ends an operation for which Before returned true.
	Done func()
)
