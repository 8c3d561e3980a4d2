package atomic

import (
	"reflect"
	"strings"
	"sync"
	real "sync/atomic"
	"testing"
)

// methods lists a type's methods, as "Add(uint32) uint32".
func methods(t reflect.Type) []string {
	var all []string
	for i := range t.NumMethod() {
		m := t.Method(i)
		var in, out []string
		for i := 1; i < m.Type.NumIn(); i++ {
			in = append(in, m.Type.In(i).String())
		}
		for i := range m.Type.NumOut() {
			out = append(out, m.Type.Out(i).String())
		}
		all = append(all, m.Name+"("+strings.Join(in, ", ")+") "+strings.Join(out, ", "))
	}
	return all
}

func TestSameMethodsAsSyncAtomic(t *testing.T) {
	for _, pair := range []struct{ ours, theirs any }{
		{new(Uint32), new(real.Uint32)},
		{new(Int32), new(real.Int32)},
		{new(Uint64), new(real.Uint64)},
		{new(Int64), new(real.Int64)},
		{new(Bool), new(real.Bool)},
		{new(Pointer[int]), new(real.Pointer[int])},
	} {
		ours, theirs := reflect.TypeOf(pair.ours), reflect.TypeOf(pair.theirs)
		if got, want := methods(ours), methods(theirs); !reflect.DeepEqual(got, want) {
			t.Errorf("%v has %q\n%v has %q", ours, got, theirs, want)
		}
		if got, want := ours.Elem().Size(), theirs.Elem().Size(); got != want {
			t.Errorf("%v has %d bytes, %v has %d", ours, got, theirs, want)
		}
	}
}

// Outside an exploration they act as those of sync/atomic.
func TestSameResults(t *testing.T) {
	same := func(t *testing.T, got, want any) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	var a Uint32
	var b real.Uint32
	for _, c := range []number[uint32]{&a, &b} {
		c.Store(12)
		same(t, []uint32{c.Add(^uint32(0)), c.And(9), c.Or(6), c.Swap(3), c.Load()}, []uint32{11, 11, 9, 15, 3})
		same(t, []bool{c.CompareAndSwap(4, 5), c.CompareAndSwap(3, 5)}, []bool{false, true})
	}
	var i Int64
	i.Store(-3)
	same(t, []int64{i.Add(-1), i.And(-2), i.Or(1), i.Swap(7), i.Load()}, []int64{-4, -4, -4, -3, 7})
	var u Uint64
	same(t, []uint64{u.Add(1 << 40), u.Load()}, []uint64{1 << 40, 1 << 40})
	var n Int32
	same(t, []int32{n.Add(-7), n.Swap(1), n.Load()}, []int32{-7, -7, 1})
	var on Bool
	same(t, []bool{on.Load(), on.Swap(true), on.CompareAndSwap(true, false), on.Load()}, []bool{false, false, true, false})
	var p Pointer[int]
	x := new(int)
	same(t, []bool{p.Load() == nil, p.CompareAndSwap(nil, x), p.Swap(nil) == x}, []bool{true, true, true})
}

func TestThreads(t *testing.T) {
	var n Uint64
	var lock Bool
	plain := 0
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 1000 {
				for !lock.CompareAndSwap(false, true) {
				}
				plain++
				lock.Store(false)
				n.Add(1)
			}
		})
	}
	wg.Wait()
	if n.Load() != 4000 || plain != 4000 {
		t.Errorf("%d and %d, want 4000", n.Load(), plain)
	}
}

// What the explorer costs when there is none: kind=ours beside kind=sync.
func BenchmarkOutside(b *testing.B) {
	b.Run("op=load/kind=ours", func(b *testing.B) {
		x := new(Uint32)
		for b.Loop() {
			x.Load()
		}
	})
	b.Run("op=load/kind=sync", func(b *testing.B) {
		x := new(real.Uint32)
		for b.Loop() {
			x.Load()
		}
	})
	b.Run("op=cas/kind=ours", func(b *testing.B) {
		x, i := new(Uint32), uint32(0)
		for b.Loop() {
			x.CompareAndSwap(i, i+1)
			i++
		}
	})
	b.Run("op=cas/kind=sync", func(b *testing.B) {
		x, i := new(real.Uint32), uint32(0)
		for b.Loop() {
			x.CompareAndSwap(i, i+1)
			i++
		}
	})
	b.Run("op=store/kind=ours", func(b *testing.B) {
		x := new(Pointer[int])
		for b.Loop() {
			x.Store(nil)
		}
	})
	b.Run("op=store/kind=sync", func(b *testing.B) {
		x := new(real.Pointer[int])
		for b.Loop() {
			x.Store(nil)
		}
	})
	// A ring's Put and Get by its owner, as a run queue does them.
	b.Run("op=putget/kind=ours", func(b *testing.B) {
		var q struct {
			head, tail Uint32
			slots      [256]Pointer[int]
		}
		v := new(int)
		for b.Loop() {
			h, t := q.head.Load(), q.tail.Load()
			if t-h < 256 {
				q.slots[t%256].Store(v)
				q.tail.Store(t + 1)
			}
			for {
				h, t := q.head.Load(), q.tail.Load()
				if h == t {
					break
				}
				v = q.slots[h%256].Load()
				if q.head.CompareAndSwap(h, h+1) {
					break
				}
			}
		}
	})
	b.Run("op=putget/kind=sync", func(b *testing.B) {
		var q struct {
			head, tail real.Uint32
			slots      [256]real.Pointer[int]
		}
		v := new(int)
		for b.Loop() {
			h, t := q.head.Load(), q.tail.Load()
			if t-h < 256 {
				q.slots[t%256].Store(v)
				q.tail.Store(t + 1)
			}
			for {
				h, t := q.head.Load(), q.tail.Load()
				if h == t {
					break
				}
				v = q.slots[h%256].Load()
				if q.head.CompareAndSwap(h, h+1) {
					break
				}
			}
		}
	})
}
