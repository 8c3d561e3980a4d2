// Package atomic has the types of sync/atomic that the explorer in
// gmplab/internal/interleave understands: an exact subset, so that replacing
// the import by sync/atomic changes nothing but the speed.
//
// Inside an exploration each operation is a point at which the scheduler may
// run another thread. Outside one it is the operation of sync/atomic behind a
// test of one word; any goroutine may use it, and the race detector sees it.
// The zero values are ready for use; none may be copied after the first.
package atomic

import (
	"sync/atomic"
	"unsafe"

	"gmplab/internal/interleave/internal/hook"
)

type cell[T any] interface {
	Load() T
	Store(T)
	Swap(T) T
	CompareAndSwap(old, new T) bool
}

type number[T any] interface {
	cell[T]
	Add(T) T
	And(T) T
	Or(T) T
}

// slow is an operation during an exploration. The real one is performed: the
// caller may be a goroutine that the explorer knows nothing about.
func slow[T comparable](c cell[T], at unsafe.Pointer, op hook.Op, a, b T) (r T, ok bool) {
	watched := hook.Before(op, at)
	before := c.Load()
	switch op {
	case hook.Load:
		r = before
	case hook.Store:
		c.Store(a)
	case hook.Swap:
		r = c.Swap(a)
	case hook.CompareAndSwap:
		ok = c.CompareAndSwap(a, b)
	case hook.Add:
		r = c.(number[T]).Add(a)
	case hook.And:
		r = c.(number[T]).And(a)
	case hook.Or:
		r = c.(number[T]).Or(a)
	}
	if watched {
		if after := c.Load(); hook.After(before != after) {
			hook.Record(before, after, a, b, ok)
		}
		hook.Done()
	}
	return r, ok
}

// Uint32 is a uint32 with atomic operations, as in sync/atomic.
type Uint32 struct{ v atomic.Uint32 }

// Load returns the value.
func (x *Uint32) Load() uint32 {
	if atomic.LoadUintptr(&hook.Running) != 0 {
		return x.slow(hook.Load, 0)
	}
	return x.v.Load()
}

// Store sets the value.
func (x *Uint32) Store(val uint32) {
	if atomic.LoadUintptr(&hook.Running) != 0 {
		x.slow(hook.Store, val)
		return
	}
	x.v.Store(val)
}

// Swap sets the value and returns the old one.
func (x *Uint32) Swap(new uint32) uint32 {
	if atomic.LoadUintptr(&hook.Running) != 0 {
		return x.slow(hook.Swap, new)
	}
	return x.v.Swap(new)
}

// CompareAndSwap sets the value to new if it is old, and reports whether it did.
func (x *Uint32) CompareAndSwap(old, new uint32) bool {
	if atomic.LoadUintptr(&hook.Running) != 0 {
		return x.cas(old, new)
	}
	return x.v.CompareAndSwap(old, new)
}

// Add adds delta and returns the new value.
func (x *Uint32) Add(delta uint32) uint32 {
	if atomic.LoadUintptr(&hook.Running) != 0 {
		return x.slow(hook.Add, delta)
	}
	return x.v.Add(delta)
}

// And clears the bits that mask does not have and returns the old value.
func (x *Uint32) And(mask uint32) uint32 {
	if atomic.LoadUintptr(&hook.Running) != 0 {
		return x.slow(hook.And, mask)
	}
	return x.v.And(mask)
}

// Or sets the bits of mask and returns the old value.
func (x *Uint32) Or(mask uint32) uint32 {
	if atomic.LoadUintptr(&hook.Running) != 0 {
		return x.slow(hook.Or, mask)
	}
	return x.v.Or(mask)
}

//go:noinline
func (x *Uint32) slow(op hook.Op, a uint32) uint32 {
	r, _ := slow(cell[uint32](&x.v), unsafe.Pointer(x), op, a, a)
	return r
}

//go:noinline
func (x *Uint32) cas(old, new uint32) bool {
	_, ok := slow(cell[uint32](&x.v), unsafe.Pointer(x), hook.CompareAndSwap, old, new)
	return ok
}

// Int32 is an int32 with atomic operations, as in sync/atomic.
type Int32 struct{ v atomic.Int32 }

// Load returns the value.
func (x *Int32) Load() int32 {
	if atomic.LoadUintptr(&hook.Running) != 0 {
		return x.slow(hook.Load, 0)
	}
	return x.v.Load()
}

// Store sets the value.
func (x *Int32) Store(val int32) {
	if atomic.LoadUintptr(&hook.Running) != 0 {
		x.slow(hook.Store, val)
		return
	}
	x.v.Store(val)
}

// Swap sets the value and returns the old one.
func (x *Int32) Swap(new int32) int32 {
	if atomic.LoadUintptr(&hook.Running) != 0 {
		return x.slow(hook.Swap, new)
	}
	return x.v.Swap(new)
}

// CompareAndSwap sets the value to new if it is old, and reports whether it did.
func (x *Int32) CompareAndSwap(old, new int32) bool {
	if atomic.LoadUintptr(&hook.Running) != 0 {
		return x.cas(old, new)
	}
	return x.v.CompareAndSwap(old, new)
}

// Add adds delta and returns the new value.
func (x *Int32) Add(delta int32) int32 {
	if atomic.LoadUintptr(&hook.Running) != 0 {
		return x.slow(hook.Add, delta)
	}
	return x.v.Add(delta)
}

// And clears the bits that mask does not have and returns the old value.
func (x *Int32) And(mask int32) int32 {
	if atomic.LoadUintptr(&hook.Running) != 0 {
		return x.slow(hook.And, mask)
	}
	return x.v.And(mask)
}

// Or sets the bits of mask and returns the old value.
func (x *Int32) Or(mask int32) int32 {
	if atomic.LoadUintptr(&hook.Running) != 0 {
		return x.slow(hook.Or, mask)
	}
	return x.v.Or(mask)
}

//go:noinline
func (x *Int32) slow(op hook.Op, a int32) int32 {
	r, _ := slow(cell[int32](&x.v), unsafe.Pointer(x), op, a, a)
	return r
}

//go:noinline
func (x *Int32) cas(old, new int32) bool {
	_, ok := slow(cell[int32](&x.v), unsafe.Pointer(x), hook.CompareAndSwap, old, new)
	return ok
}

// Uint64 is a uint64 with atomic operations, as in sync/atomic.
type Uint64 struct{ v atomic.Uint64 }

// Load returns the value.
func (x *Uint64) Load() uint64 {
	if atomic.LoadUintptr(&hook.Running) != 0 {
		return x.slow(hook.Load, 0)
	}
	return x.v.Load()
}

// Store sets the value.
func (x *Uint64) Store(val uint64) {
	if atomic.LoadUintptr(&hook.Running) != 0 {
		x.slow(hook.Store, val)
		return
	}
	x.v.Store(val)
}

// Swap sets the value and returns the old one.
func (x *Uint64) Swap(new uint64) uint64 {
	if atomic.LoadUintptr(&hook.Running) != 0 {
		return x.slow(hook.Swap, new)
	}
	return x.v.Swap(new)
}

// CompareAndSwap sets the value to new if it is old, and reports whether it did.
func (x *Uint64) CompareAndSwap(old, new uint64) bool {
	if atomic.LoadUintptr(&hook.Running) != 0 {
		return x.cas(old, new)
	}
	return x.v.CompareAndSwap(old, new)
}

// Add adds delta and returns the new value.
func (x *Uint64) Add(delta uint64) uint64 {
	if atomic.LoadUintptr(&hook.Running) != 0 {
		return x.slow(hook.Add, delta)
	}
	return x.v.Add(delta)
}

// And clears the bits that mask does not have and returns the old value.
func (x *Uint64) And(mask uint64) uint64 {
	if atomic.LoadUintptr(&hook.Running) != 0 {
		return x.slow(hook.And, mask)
	}
	return x.v.And(mask)
}

// Or sets the bits of mask and returns the old value.
func (x *Uint64) Or(mask uint64) uint64 {
	if atomic.LoadUintptr(&hook.Running) != 0 {
		return x.slow(hook.Or, mask)
	}
	return x.v.Or(mask)
}

//go:noinline
func (x *Uint64) slow(op hook.Op, a uint64) uint64 {
	r, _ := slow(cell[uint64](&x.v), unsafe.Pointer(x), op, a, a)
	return r
}

//go:noinline
func (x *Uint64) cas(old, new uint64) bool {
	_, ok := slow(cell[uint64](&x.v), unsafe.Pointer(x), hook.CompareAndSwap, old, new)
	return ok
}

// Int64 is an int64 with atomic operations, as in sync/atomic.
type Int64 struct{ v atomic.Int64 }

// Load returns the value.
func (x *Int64) Load() int64 {
	if atomic.LoadUintptr(&hook.Running) != 0 {
		return x.slow(hook.Load, 0)
	}
	return x.v.Load()
}

// Store sets the value.
func (x *Int64) Store(val int64) {
	if atomic.LoadUintptr(&hook.Running) != 0 {
		x.slow(hook.Store, val)
		return
	}
	x.v.Store(val)
}

// Swap sets the value and returns the old one.
func (x *Int64) Swap(new int64) int64 {
	if atomic.LoadUintptr(&hook.Running) != 0 {
		return x.slow(hook.Swap, new)
	}
	return x.v.Swap(new)
}

// CompareAndSwap sets the value to new if it is old, and reports whether it did.
func (x *Int64) CompareAndSwap(old, new int64) bool {
	if atomic.LoadUintptr(&hook.Running) != 0 {
		return x.cas(old, new)
	}
	return x.v.CompareAndSwap(old, new)
}

// Add adds delta and returns the new value.
func (x *Int64) Add(delta int64) int64 {
	if atomic.LoadUintptr(&hook.Running) != 0 {
		return x.slow(hook.Add, delta)
	}
	return x.v.Add(delta)
}

// And clears the bits that mask does not have and returns the old value.
func (x *Int64) And(mask int64) int64 {
	if atomic.LoadUintptr(&hook.Running) != 0 {
		return x.slow(hook.And, mask)
	}
	return x.v.And(mask)
}

// Or sets the bits of mask and returns the old value.
func (x *Int64) Or(mask int64) int64 {
	if atomic.LoadUintptr(&hook.Running) != 0 {
		return x.slow(hook.Or, mask)
	}
	return x.v.Or(mask)
}

//go:noinline
func (x *Int64) slow(op hook.Op, a int64) int64 {
	r, _ := slow(cell[int64](&x.v), unsafe.Pointer(x), op, a, a)
	return r
}

//go:noinline
func (x *Int64) cas(old, new int64) bool {
	_, ok := slow(cell[int64](&x.v), unsafe.Pointer(x), hook.CompareAndSwap, old, new)
	return ok
}

// Bool is a boolean value with atomic operations, as in sync/atomic.
type Bool struct{ v atomic.Bool }

// Load returns the value.
func (x *Bool) Load() bool {
	if atomic.LoadUintptr(&hook.Running) != 0 {
		return x.slow(hook.Load, false)
	}
	return x.v.Load()
}

// Store sets the value.
func (x *Bool) Store(val bool) {
	if atomic.LoadUintptr(&hook.Running) != 0 {
		x.slow(hook.Store, val)
		return
	}
	x.v.Store(val)
}

// Swap sets the value and returns the old one.
func (x *Bool) Swap(new bool) bool {
	if atomic.LoadUintptr(&hook.Running) != 0 {
		return x.slow(hook.Swap, new)
	}
	return x.v.Swap(new)
}

// CompareAndSwap sets the value to new if it is old, and reports whether it did.
func (x *Bool) CompareAndSwap(old, new bool) bool {
	if atomic.LoadUintptr(&hook.Running) != 0 {
		return x.cas(old, new)
	}
	return x.v.CompareAndSwap(old, new)
}

//go:noinline
func (x *Bool) slow(op hook.Op, a bool) bool {
	r, _ := slow(cell[bool](&x.v), unsafe.Pointer(x), op, a, a)
	return r
}

//go:noinline
func (x *Bool) cas(old, new bool) bool {
	_, ok := slow(cell[bool](&x.v), unsafe.Pointer(x), hook.CompareAndSwap, old, new)
	return ok
}

// Pointer is a pointer of type *T with atomic operations, as in sync/atomic.
type Pointer[T any] struct {
	_ [0]*T // no conversion between Pointers of different types
	_ noCopy
	v unsafe.Pointer // not an atomic.Pointer[T]: with it, Load does not inline
}

type noCopy struct{}

func (*noCopy) Lock()   {}
func (*noCopy) Unlock() {}

func (x *Pointer[T]) cell() *atomic.Pointer[T] { return (*atomic.Pointer[T])(unsafe.Pointer(x)) }

// Load returns the value.
func (x *Pointer[T]) Load() *T {
	if atomic.LoadUintptr(&hook.Running) != 0 {
		return x.load()
	}
	return (*T)(atomic.LoadPointer(&x.v))
}

// load is slow with fewer arguments, so that Load inlines.
//
//go:noinline
func (x *Pointer[T]) load() *T { return x.slow(hook.Load, nil) }

// Store sets the value.
func (x *Pointer[T]) Store(val *T) {
	if atomic.LoadUintptr(&hook.Running) != 0 {
		x.slow(hook.Store, val)
		return
	}
	atomic.StorePointer(&x.v, unsafe.Pointer(val))
}

// Swap sets the value and returns the old one.
func (x *Pointer[T]) Swap(new *T) *T {
	if atomic.LoadUintptr(&hook.Running) != 0 {
		return x.slow(hook.Swap, new)
	}
	return (*T)(atomic.SwapPointer(&x.v, unsafe.Pointer(new)))
}

// CompareAndSwap sets the value to new if it is old, and reports whether it did.
func (x *Pointer[T]) CompareAndSwap(old, new *T) bool {
	if atomic.LoadUintptr(&hook.Running) != 0 {
		return x.cas(old, new)
	}
	return atomic.CompareAndSwapPointer(&x.v, unsafe.Pointer(old), unsafe.Pointer(new))
}

//go:noinline
func (x *Pointer[T]) slow(op hook.Op, a *T) *T {
	r, _ := slow(cell[*T](x.cell()), unsafe.Pointer(x), op, a, a)
	return r
}

//go:noinline
func (x *Pointer[T]) cas(old, new *T) bool {
	_, ok := slow(cell[*T](x.cell()), unsafe.Pointer(x), hook.CompareAndSwap, old, new)
	return ok
}
