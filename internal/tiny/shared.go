//go:build !model

package tiny

import (
	"sync"
	"sync/atomic"
)

// What the threads of a run share is of these types. Built with the tag model
// they are those of interleave: then the loop is a model of itself, and no run
// pays for that. See model_test.go.
type (
	mutex  = sync.Mutex
	flag   = atomic.Bool
	count  = atomic.Int32
	number = atomic.Uint32
)
