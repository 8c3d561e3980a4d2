package regswitch

import (
	"fmt"
	"math/bits"
	"unsafe"
)

// Bytes of each frame: registers pushed, and X0–X15.
const (
	frameThree   = 0
	frameCallee  = 5 * 8
	frameAll     = 14 * 8
	frameFlags   = frameAll + 8
	frameVectors = frameFlags + 16*16
	frameXSave   = frameFlags
)

func enterThree(host, first *task)
func enterCallee(host, first *task)
func enterAll(host, first *task)
func enterFlags(host, first *task)
func enterVectors(host, first *task)
func enterXSave(host, first *task)

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
		if xsaveBytes == 0 {
			return variant{}, fmt.Errorf("%s: %w: the CPU or the operating system has no XSAVE", s, ErrUnsupported)
		}
		return variant{enterXSave, frameXSave}, nil
	}
	return variant{}, fmt.Errorf("regswitch: no set %q, want one of %v", s, Sets())
}

func cpuid(leaf, sub uint32) (ax, bx, cx, dx uint32)
func xgetbv() (lo, hi uint32)

// xsave stores the state that mask selects at area, which is 64-byte aligned.
func xsave(area unsafe.Pointer, mask uint64)

var xsaveMask, xsaveBytes = xsaveLayout()

func xsaveLayout() (mask uint64, size int) {
	const osxsave = 1 << 27
	if _, _, cx, _ := cpuid(1, 0); cx&osxsave == 0 {
		return 0, 0
	}
	// AMX tiles are 8 KB that Linux gives, and saves, only to who asked.
	const tiles = 1<<17 | 1<<18
	lo, hi := xgetbv()
	mask = (uint64(hi)<<32 | uint64(lo)) &^ tiles
	// Leaf 0xD has the place and size of each component; the first two, x87
	// and SSE, and the header have fixed ones.
	size = 512 + 64
	for m := mask &^ 3; m != 0; m &= m - 1 {
		bytes, offset, _, _ := cpuid(0xd, uint32(bits.TrailingZeros64(m)))
		size = max(size, int(offset+bytes))
	}
	return mask, size
}

func area() int { return xsaveBytes }

// newArea returns an area that holds the state of now: its control words
// are valid, and restoring it changes nothing.
func newArea() (unsafe.Pointer, uint64) {
	if xsaveBytes == 0 {
		return nil, 0
	}
	buf := make([]byte, xsaveBytes+63)
	p := unsafe.Pointer(&buf[-uintptr(unsafe.Pointer(&buf[0]))&63])
	xsave(p, xsaveMask)
	return p, xsaveMask
}
