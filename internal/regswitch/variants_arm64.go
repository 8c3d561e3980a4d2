package regswitch

import (
	"fmt"
	"unsafe"
)

// Bytes of each frame, multiples of 16 as SP must be.
const (
	frameThree   = 0
	frameCallee  = 8*8 + 8*8
	frameAll     = 26 * 8
	frameFlags   = frameAll + 16
	frameVectors = frameFlags + 32*16
)

func enterThree(host, first *task)
func enterCallee(host, first *task)
func enterAll(host, first *task)
func enterFlags(host, first *task)
func enterVectors(host, first *task)

func variantOf(s Set) (variant, error) {
	switch s {
	case Three:
		return variant{enterThree, frameThree}, nil
	case Callee:
		return variant{enterCallee, frameCallee}, nil
	case All:
		return variant{enterAll, frameAll}, nil
	case Flags:
		return variant{enterFlags, frameFlags}, nil
	case Vectors:
		return variant{enterVectors, frameVectors}, nil
	case XSave:
		return variant{}, fmt.Errorf("%s: %w: XSAVE is an instruction of x86", s, ErrUnsupported)
	}
	return variant{}, fmt.Errorf("regswitch: no set %q, want one of %v", s, Sets())
}

func area() int { return 0 }

func newArea() (unsafe.Pointer, uint64) { return nil, 0 }
