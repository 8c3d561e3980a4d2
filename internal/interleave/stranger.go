package interleave

import (
	"sync"
	"sync/atomic"
	"unsafe"
)

// strangers are the operations, during an exploration, of goroutines that are
// no threads of it. They are none of its business, as those of another test
// that runs in parallel, unless they are on what its threads use.
type strangers struct {
	some    atomic.Bool
	mu      sync.Mutex
	at      map[unsafe.Pointer]string // source line; keeps the memory from being used anew
	touched map[unsafe.Pointer]bool   // by threads, in the first runs
}

var active atomic.Pointer[explorer]

func (s *strangers) stranger(obj unsafe.Pointer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at == nil {
		s.at = map[unsafe.Pointer]string{}
	}
	if _, ok := s.at[obj]; !ok && len(s.at) < 1000 {
		s.at[obj] = caller()
	}
	s.some.Store(true)
}

// meet notes that a thread uses obj.
func (x *explorer) meet(obj unsafe.Pointer) {
	if x.runs < 100 {
		if x.touched == nil {
			x.touched = map[unsafe.Pointer]bool{}
		}
		x.touched[obj] = true
	}
	if x.some.Load() {
		x.mu.Lock()
		line, ok := x.at[obj]
		x.mu.Unlock()
		if ok {
			x.fail(Stranger, strangerText, line)
			panic(unwind{})
		}
	}
}

func (x *explorer) checkStrangers() {
	x.mu.Lock()
	defer x.mu.Unlock()
	for obj, line := range x.at {
		if x.touched[obj] {
			x.fail(Stranger, strangerText, line)
		}
	}
}
