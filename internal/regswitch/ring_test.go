//go:build amd64 || arm64

package regswitch

import (
	"runtime"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// A register that is neither saved nor restored would go unnoticed in a task's
// own frame. So the second task, with a pattern in its frame, leaves at once to
// a third, the probe, which saves what it finds into a frame of zeros.
func TestRegistersAreLoadedAndSaved(t *testing.T) {
	for _, s := range []Set{Callee, All, Flags, Vectors, XSave} {
		r, err := newRing(s)
		if err != nil {
			require.ErrorIs(t, err, ErrUnsupported)
			continue
		}
		_, err = r.run(2)
		require.NoError(t, err, s)
		loop := *pc(r, r.second) // a PC in loop: the second waits there

		probe, last := r.newTask(), r.newTask()
		r.suspend(r.first, 1)
		r.suspend(r.second, 0)
		r.suspend(probe, 1)
		r.suspend(last, 0)
		*pc(r, last) = loop
		r.second.host, probe.peer = probe, last

		// The done path of loop returns on the probe's stack with no load.
		*pc(r, probe) = loop
		probe.sp += uintptr(r.frame)

		want := make([]uint64, r.frame/8)
		for i := range want {
			want[i] = 0x5a5a_0000_0000_0000 + uint64(i)
		}
		for i := range own(r, s) {
			want[i] = 0 // flags too: not every value may be loaded
		}
		copy(frame(r, r.second), want)
		state := fillArea(r.second)

		r.enter(r.host, r.first)
		got := frame(r, probe)
		for i := range want {
			if !own(r, s)[i] {
				require.Equalf(t, want[i], got[i], "%s: word %d of the frame: saved %#x, want %#x", s, i, got[i], want[i])
			}
		}
		if s == XSave {
			require.Equal(t, state, vectors(probe), "X0-X15 that XSAVE saved")
		}
	}
}

// pc is where a suspended task's PC is kept.
func pc(r *ring, t *task) *uint64 {
	if runtime.GOARCH == "arm64" {
		return (*uint64)(unsafe.Pointer(&t.pc))
	}
	return &t.stack[t.top()]
}

// frame is the registers of a suspended task, lowest address first.
func frame(r *ring, t *task) []uint64 { return t.stack[t.top()-r.frame/8 : t.top()] }

// own reports the words of a frame whose registers loop itself works with.
func own(r *ring, s Set) map[int]bool {
	switch {
	case runtime.GOARCH == "arm64" && s == Callee:
		return nil
	case runtime.GOARCH == "arm64" && s == All:
		return map[int]bool{16: true, 17: true} // R16, R17
	case runtime.GOARCH == "arm64":
		return map[int]bool{16: true, 17: true, 26: true, 27: true} // and flags, padding
	case s == Callee || s == All:
		return map[int]bool{3: true} // R12
	}
	flags := r.frame/8 - 1
	return map[int]bool{flags: true, flags - 11: true} // flags, R12
}
