package clock

import (
	"math/bits"
	"syscall"
	"time"
	"unsafe"
)

var (
	kernel32 = syscall.NewLazyDLL("kernel32.dll")
	counter  = kernel32.NewProc("QueryPerformanceCounter")

	start     = query(counter)
	frequency = query(kernel32.NewProc("QueryPerformanceFrequency")) // ticks a second
)

func now() time.Duration {
	// The product of ticks and 1e9 outgrows 64 bits within half an hour.
	hi, lo := bits.Mul64(query(counter)-start, uint64(time.Second))
	ns, _ := bits.Div64(hi, lo, frequency)
	return time.Duration(ns)
}

// query calls one of the two; neither can fail since Windows XP.
func query(p *syscall.LazyProc) (n uint64) {
	p.Call(uintptr(unsafe.Pointer(&n)))
	return n
}
