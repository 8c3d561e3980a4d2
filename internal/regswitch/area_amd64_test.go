package regswitch

import (
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// vectors is a copy of X0–X15 in t's XSAVE area.
func vectors(t *task) [256]byte { return *(*[256]byte)(unsafe.Add(t.area, 160)) }

// fillArea puts a pattern into X0–X15 of t's XSAVE area and returns it.
func fillArea(t *task) (pattern [256]byte) {
	if t.area == nil {
		return
	}
	for i := range pattern {
		pattern[i] = byte(i) ^ 0xa5
	}
	*(*[256]byte)(unsafe.Add(t.area, 160)) = pattern
	const sse = 1 << 1
	*(*uint64)(unsafe.Add(t.area, 512)) |= sse // XSTATE_BV: else they are loaded as 0
	return pattern
}

func TestArea(t *testing.T) {
	if Area() == 0 {
		t.Skip("no XSAVE here")
	}
	require.GreaterOrEqual(t, Area(), 576, "the legacy area and the header alone are 576 bytes")
	require.Less(t, Area(), 8192, "without AMX, which Linux saves only for who asks for it")
	a, mask := newArea()
	require.Zero(t, uintptr(a)%64, "XSAVE wants its area aligned to 64 bytes")
	require.Equal(t, uint64(3), mask&3, "x87 and SSE are always enabled")
	const sticky = 0x3f // exceptions seen so far
	require.Equal(t, uint32(0x1f80), *(*uint32)(unsafe.Add(a, 24))&^sticky, "MXCSR of a Go program, saved")
}
