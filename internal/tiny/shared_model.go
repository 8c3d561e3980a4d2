//go:build model

package tiny

import (
	"gmplab/internal/interleave"
	"gmplab/internal/interleave/atomic"
)

type (
	mutex  = interleave.Mutex
	flag   = atomic.Bool
	count  = atomic.Int32
	number = atomic.Uint32
)
