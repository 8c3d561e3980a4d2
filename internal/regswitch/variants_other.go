//go:build !amd64 && !arm64

package regswitch

import (
	"fmt"
	"runtime"
	"time"
)

type ring struct{}

func newRing(s Set) (*ring, error) {
	return nil, fmt.Errorf("%s: %w: there is no assembly for %s", s, ErrUnsupported, runtime.GOARCH)
}

func (*ring) run(int) (time.Duration, error) { panic("regswitch: newRing made none") }

func area() int { return 0 }
