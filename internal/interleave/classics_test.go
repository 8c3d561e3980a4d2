package interleave

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gmplab/internal/interleave/atomic"
)

// classic is an algorithm with a known answer.
type classic struct {
	name string
	want Kind // "": it is right
	most int  // preemptions with which it is found
	f    func(m *Model)
	says string
}

var classics = []classic{
	{"counter, load and store", Broken, 1, counter(func(n *atomic.Uint32) { n.Store(n.Load() + 1) }), "n = 1"},
	{"counter, add", "", 0, counter(func(n *atomic.Uint32) { n.Add(1) }), ""},
	{"counter, CAS loop", "", 0, counter(func(n *atomic.Uint32) {
		for old := n.Load(); !n.CompareAndSwap(old, old+1); old = n.Load() {
		}
	}), ""},
	{"Peterson", "", 0, peterson(true), ""},
	{"Peterson, flag after turn", Broken, 2, peterson(false), "both inside"},
	{"Treiber stack, ABA", Broken, 1, treiber(false), "twice"},
	{"Treiber stack, tagged", "", 0, treiber(true), ""},
	{"sleep, lost wake-up", Deadlock, 1, sleeper(false), "sleeps on note"},
	{"sleep, look again", "", 0, sleeper(true), ""},
	{"double-checked lock, published early", Broken, 1, once(false), "value 0"},
	{"double-checked lock", "", 0, once(true), ""},
	{"locks in two orders", Deadlock, 1, locks(1, 0), "waits for the lock locks[1], which is held by b"},
	{"locks in one order", "", 0, locks(0, 1), ""},
	{"ticket lock", "", 0, ticket, ""},
	{"test-and-set lock", "", 0, testAndSet(false), ""},
	{"test-and-set lock, frozen", Livelock, 0, testAndSet(true), "not lock-free"},
	{"Treiber stack, frozen", "", 0, frozenStack, ""},
	{"both spin for ever", Livelock, 0, embrace, "They spin"},
	{"Mutex, frozen", Deadlock, 0, frozenMutex, "is frozen before store n"},
}

func TestClassics(t *testing.T) {
	for _, c := range classics {
		t.Run(strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			start := time.Now()
			r := Explore(c.f)
			t.Logf("%d runs in %v", r.Runs, time.Since(start).Round(time.Microsecond))
			switch f := r.Failure; {
			case f == nil && c.want == "":
			case f == nil:
				t.Errorf("nothing found, want a %s", c.want)
			case f.Kind != c.want:
				t.Errorf("a %s, want %q\n%s", f.Kind, c.want, f.render(false))
			case f.Preemptions > c.most:
				t.Errorf("found with %d preemptions, want %d\n%s", f.Preemptions, c.most, f.render(false))
			case !strings.Contains(f.render(false), c.says):
				t.Errorf("does not say %q:\n%s", c.says, f.render(false))
			case f.render(false) == f.render(true):
				t.Errorf("no Korean:\n%s", f.render(true))
			default:
				t.Logf("%s", f.render(false))
			}
		})
	}
}

func counter(inc func(*atomic.Uint32)) func(*Model) {
	return func(m *Model) {
		var n atomic.Uint32
		m.Watch("n", &n)
		m.Go("a", func() { inc(&n) })
		m.Go("b", func() { inc(&n) })
		m.After(func() { m.Check(n.Load() == 2, "n = %d, want 2", "n = %d, 기대값 2", n.Load()) })
	}
}

func peterson(right bool) func(*Model) {
	return func(m *Model) {
		var p struct {
			flag [2]atomic.Bool
			turn atomic.Uint32
		}
		inside := 0
		m.Watch("", &p)
		var in atomic.Uint32
		m.Watch("inside", &in)
		for i := range 2 {
			m.Go(fmt.Sprint("p", i), func() {
				if right {
					p.flag[i].Store(true)
					p.turn.Store(uint32(1 - i))
				} else {
					p.turn.Store(uint32(1 - i))
					p.flag[i].Store(true)
				}
				for p.flag[1-i].Load() && p.turn.Load() == uint32(1-i) {
					Pause()
				}
				inside++
				in.Add(1)
				m.Check(inside == 1, "both inside", "둘이 함께 들어왔습니다")
				m.Saw("inside")
				inside--
				p.flag[i].Store(false)
			})
		}
	}
}

// A stack of two cells by index; the head packs a tag and the index + 1.
func treiber(tagged bool) func(*Model) {
	return func(m *Model) {
		var s struct {
			head atomic.Uint64
			next [3]atomic.Uint64
		}
		const index = 1<<32 - 1
		m.Watch("", &s)
		m.Show(func(name string, v any) string {
			if w, ok := v.(uint64); ok && name == "head" {
				return fmt.Sprintf("%d#%d", w&index, w>>32)
			}
			return ""
		})
		with := func(old, i uint64) uint64 {
			if tagged {
				return (old>>32+1)<<32 | i
			}
			return i
		}
		push := func(i uint64) {
			for {
				old := s.head.Load()
				s.next[i-1].Store(old & index)
				if s.head.CompareAndSwap(old, with(old, i)) {
					return
				}
			}
		}
		pop := func() uint64 {
			for {
				old := s.head.Load()
				if old&index == 0 {
					return 0
				}
				next := s.next[old&index-1].Load()
				if s.head.CompareAndSwap(old, with(old, next)) {
					return old & index
				}
			}
		}
		taken := [4]int{}
		take := func() uint64 {
			i := pop()
			taken[i]++
			m.Check(i == 0 || taken[i] == 1, "cell %d is popped twice", "%d번 칸을 두 번 꺼냈습니다", i)
			return i
		}
		give := func(i uint64) {
			if i != 0 {
				taken[i]--
				push(i)
			}
		}
		push(1)
		push(2)
		m.Go("one", func() { take() })
		m.Go("two", func() {
			i := take()
			take()
			give(i)
		})
		m.After(func() {
			for take() != 0 {
			}
		})
	}
}

func sleeper(right bool) func(*Model) {
	return func(m *Model) {
		var work, idle atomic.Bool
		var note Note
		m.Watch("work", &work)
		m.Watch("idle", &idle)
		m.Watch("note", &note)
		m.Go("worker", func() {
			if work.Load() {
				return
			}
			idle.Store(true)
			if right && work.Load() && idle.CompareAndSwap(true, false) {
				return
			}
			note.Sleep()
		})
		m.Go("producer", func() {
			work.Store(true)
			if idle.CompareAndSwap(true, false) {
				note.Wakeup()
				m.Saw("woken")
			}
		})
	}
}

func once(right bool) func(*Model) {
	return func(m *Model) {
		var done atomic.Bool
		var value atomic.Uint32
		var mu Mutex
		m.Watch("done", &done)
		m.Watch("value", &value)
		m.Watch("mu", &mu)
		for _, name := range []string{"a", "b"} {
			m.Go(name, func() {
				if !done.Load() {
					mu.Lock()
					if !done.Load() {
						if right {
							value.Store(7)
							done.Store(true)
						} else {
							done.Store(true)
							value.Store(7)
						}
					}
					mu.Unlock()
				}
				v := value.Load()
				m.Check(v == 7, "value %d, want 7", "value %d, 기대값 7", v)
			})
		}
	}
}

func locks(first, second int) func(*Model) {
	return func(m *Model) {
		var locks [2]Mutex
		m.Watch("locks", &locks)
		m.Go("a", func() {
			locks[0].Lock()
			defer locks[0].Unlock()
			locks[1].Lock()
			defer locks[1].Unlock()
		})
		m.Go("b", func() {
			locks[first].Lock()
			defer locks[first].Unlock()
			locks[second].Lock()
			defer locks[second].Unlock()
		})
	}
}

func ticket(m *Model) {
	var next, serving atomic.Uint32
	inside := 0
	for _, name := range []string{"a", "b", "c"} {
		m.Go(name, func() {
			mine := next.Add(1) - 1
			for serving.Load() != mine {
				Pause()
			}
			inside++
			serving.Load()
			m.Check(inside == 1, "%d inside", "%d명이 안에 있습니다", inside)
			inside--
			serving.Add(1)
		})
	}
}

func testAndSet(freeze bool) func(*Model) {
	return func(m *Model) {
		var lock, n atomic.Uint32
		m.Watch("lock", &lock)
		m.Watch("n", &n)
		if freeze {
			m.Freeze()
		}
		for _, name := range []string{"a", "b"} {
			m.Go(name, func() {
				for lock.Swap(1) == 1 {
					Pause()
				}
				n.Store(n.Load() + 1)
				lock.Store(0)
			})
		}
		m.After(func() { m.Check(n.Load() == 2, "n = %d", "n = %d", n.Load()) })
	}
}

func frozenStack(m *Model) {
	var head atomic.Uint32
	var next [3]atomic.Uint32
	m.Freeze()
	for i := range uint32(3) {
		m.Go(fmt.Sprint(i), func() {
			for {
				old := head.Load()
				next[i].Store(old)
				if head.CompareAndSwap(old, i+1) {
					return
				}
			}
		})
	}
}

func frozenMutex(m *Model) {
	var n atomic.Uint32
	var mu Mutex
	m.Watch("n", &n)
	m.Watch("mu", &mu)
	m.Freeze("a")
	for _, name := range []string{"a", "b"} {
		m.Go(name, func() {
			mu.Lock()
			n.Store(1)
			mu.Unlock()
		})
	}
}

func embrace(m *Model) {
	var ready [2]atomic.Bool
	m.Watch("ready", &ready)
	for i := range 2 {
		m.Go(fmt.Sprint(i), func() {
			for !ready[1-i].Load() {
				Pause()
			}
			ready[i].Store(true)
		})
	}
}
