package interleave

import (
	"testing"

	"gmplab/internal/interleave/atomic"
)

// ring is a run queue of 4 as in lab 06, of numbers.
type ring struct {
	head, tail atomic.Uint32
	slots      [4]atomic.Uint32
}

func (q *ring) put(g uint32) bool {
	h, t := q.head.Load(), q.tail.Load()
	if t-h == 4 {
		return false
	}
	q.slots[t%4].Store(g)
	q.tail.Store(t + 1)
	return true
}

func (q *ring) get() uint32 {
	for {
		h, t := q.head.Load(), q.tail.Load()
		if h == t {
			return 0
		}
		g := q.slots[h%4].Load()
		if q.head.CompareAndSwap(h, h+1) {
			return g
		}
	}
}

// steal takes half, and puts what it takes on the thief's own queue. A thief
// that is early reads the slots after it has moved head: too late.
func (q *ring) steal(own *ring, early bool) (n uint32) {
	for {
		h, t := q.head.Load(), q.tail.Load()
		n := t - h
		if n -= n / 2; n == 0 {
			return 0
		}
		if n > 2 {
			continue // head and tail are of different moments
		}
		base := own.tail.Load()
		if early && !q.head.CompareAndSwap(h, h+n) {
			continue
		}
		for i := range n {
			own.slots[(base+i)%4].Store(q.slots[(h+i)%4].Load())
		}
		if early || q.head.CompareAndSwap(h, h+n) {
			own.tail.Store(base + n)
			return n
		}
	}
}

// stealing is an owner that puts and gets, and thieves that steal half.
func stealing(thieves int, early bool) func(*Model) {
	return func(m *Model) {
		var q ring
		own := make([]ring, thieves)
		m.Watch("q", &q)
		m.Watch("own", &own)
		taken := [8]int{}
		take := func(g uint32) {
			if g != 0 {
				taken[g]++
				m.Check(taken[g] == 1, "g%d runs twice", "g%d이(가) 두 번 실행됩니다", g)
			}
		}
		for g := range uint32(3) {
			q.put(g + 1)
		}
		m.Go("owner", func() {
			take(q.get())
			q.put(4)
			q.put(5)
			take(q.get())
		})
		for i := range thieves {
			m.Go("thief"+string(rune('A'+i)), func() {
				if q.steal(&own[i], early) > 0 {
					m.Saw("steal")
				}
				take(own[i].get())
			})
		}
		m.After(func() {
			for _, q := range append(pointers(own), &q) {
				for g := q.get(); g != 0; g = q.get() {
					take(g)
				}
			}
			for g := 1; g <= 5; g++ {
				m.Check(taken[g] == 1, "g%d is lost", "g%d이(가) 사라졌습니다", g)
			}
		})
	}
}

func TestStealing(t *testing.T) {
	r := Test(t, stealing(1, false), "steal")
	t.Logf("1 thief: %d runs", r.Runs)
	if !testing.Short() {
		r = Test(t, stealing(2, false), "steal")
		t.Logf("2 thieves: %d runs", r.Runs)
	}
	f := fails(t, Broken, "g", stealing(2, true))
	t.Logf("%s\n%s", f.render(false), f.render(true))
}

func BenchmarkExplore(b *testing.B) {
	for name, f := range map[string]func(*Model){"threads=2": stealing(1, false), "threads=3": stealing(2, false)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			runs := 0
			for b.Loop() {
				runs += Explore(f).Runs
			}
			b.ReportMetric(float64(runs)/b.Elapsed().Seconds(), "runs/s")
			b.ReportMetric(float64(runs)/float64(b.N), "runs/op")
		})
	}
}

func pointers(own []ring) (all []*ring) {
	for i := range own {
		all = append(all, &own[i])
	}
	return all
}
