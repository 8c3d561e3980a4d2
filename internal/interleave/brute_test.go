package interleave

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"gmplab/internal/interleave/atomic"
)

// A program is a list of operations for each thread, on two variables, two
// locks, and a register a thread.
type program [][]step

type step struct {
	op  string
	on  int
	arg uint32
}

const forever = 1 << 20

func randomProgram(r *rand.Rand, threads, most int) program {
	p := make(program, threads)
	for i := range p {
		for range 2 + r.IntN(most-1) {
			op := []string{"load", "store", "storereg", "add", "cas", "casreg", "swap", "or"}[r.IntN(8)]
			p[i] = append(p[i], step{op, r.IntN(2), uint32(1 + r.IntN(3))})
		}
		if n := len(p[i]); r.IntN(4) == 0 && n <= 3 { // a critical section around the tail
			from := r.IntN(n)
			p[i] = slices.Insert(p[i], from, step{op: "lock"})
			if n+2 > most {
				p[i] = slices.Delete(p[i], n, n+1)
			}
			p[i] = append(p[i], step{op: "unlock"})
		}
	}
	return p
}

// state is what the brute force keeps: plain values, copied at each step.
type state struct {
	vars [2]uint32
	held bool
	regs [3]uint32
	seen [3]string // all that a thread has read
	pc   [3]int
}

func (p program) ends(s *state, i int) bool { return s.pc[i] == len(p[i]) }

func (p program) can(s *state, i int) bool {
	return !p.ends(s, i) && (p[i][s.pc[i]].op != "lock" || !s.held)
}

func (s *state) String() string { return fmt.Sprint(s.vars, s.regs, s.seen, s.pc) }

func (p program) do(s *state, i int) {
	o := p[i][s.pc[i]]
	v, r := &s.vars[o.on], &s.regs[i]
	see := func(x any) { s.seen[i] += fmt.Sprint(x, " ") }
	switch o.op {
	case "load":
		*r = *v
		see(*r)
	case "store":
		*v = o.arg
	case "storereg":
		*v = *r + o.arg
	case "add":
		*v += o.arg
		see(*v)
	case "or":
		see(*v)
		*v |= o.arg
	case "swap":
		*v, *r = o.arg, *v
		see(*r)
	case "cas", "casreg":
		want := o.arg
		if o.op == "casreg" {
			want = *r
		}
		see(*v == want)
		if *v == want {
			*v = o.arg + 1
		}
	case "lock":
		s.held = true
	case "unlock":
		s.held = false
	}
	s.pc[i]++
}

// brute runs all schedules with at most bound preemptions, and one thread
// frozen at any prefix if freeze, and counts each outcome.
func (p program) brute(bound int, freeze bool, found map[string]int) {
	var walk func(s state, last, used, frozen int)
	walk = func(s state, last, used, frozen int) {
		moved := false
		for i := range p {
			if i == frozen || !p.can(&s, i) {
				continue
			}
			moved = true
			now := used
			if last >= 0 && last != i && last != frozen && p.can(&s, last) {
				now++
			}
			if now <= bound {
				next := s
				p.do(&next, i)
				walk(next, i, now, frozen)
			}
		}
		if freeze && frozen < 0 {
			for i := range p {
				if !p.ends(&s, i) && (last < 0 || i == last) {
					walk(s, last, used, i)
				}
			}
		}
		if !moved {
			for i := range p {
				if i != frozen && !p.ends(&s, i) {
					return // waits for the frozen one: no outcome
				}
			}
			found[s.String()]++
		}
	}
	walk(state{}, -1, 0, -1)
}

// explored does the same by Explore.
func (p program) explored(t *testing.T, bound int, freeze bool) (map[string]int, Result) {
	found := map[string]int{}
	var last func() // the outcome of the run before
	b := -1
	r := Explore(bound, func(m *Model) {
		if last != nil && b == m.x.bound {
			last()
		}
		if b != m.x.bound {
			clear(found)
		}
		b = m.x.bound
		var vars [2]atomic.Uint32
		var mu Mutex
		var s state
		last = func() {
			s.vars = [2]uint32{vars[0].Load(), vars[1].Load()}
			found[s.String()]++
		}
		if freeze {
			m.Freeze()
		}
		for i := range p {
			m.Go(fmt.Sprint(i), func() {
				r := &s.regs[i]
				see := func(x any) { s.seen[i] += fmt.Sprint(x, " ") }
				for _, o := range p[i] {
					v := &vars[o.on]
					switch o.op {
					case "load":
						*r = v.Load()
						see(*r)
					case "store":
						v.Store(o.arg)
					case "storereg":
						v.Store(*r + o.arg)
					case "add":
						see(v.Add(o.arg))
					case "or":
						see(v.Or(o.arg))
					case "swap":
						*r = v.Swap(o.arg)
						see(*r)
					case "cas":
						see(v.CompareAndSwap(o.arg, o.arg+1))
					case "casreg":
						see(v.CompareAndSwap(*r, o.arg+1))
					case "lock":
						mu.Lock()
					case "unlock":
						mu.Unlock()
					}
					s.pc[i]++
				}
			})
		}
	})
	last()
	return found, r
}

// The explorer finds the outcomes that a brute force over all schedules finds,
// and runs each schedule once.
func TestAgainstBruteForce(t *testing.T) {
	seed := uint64(1)
	r := rand.New(rand.NewPCG(seed, 6))
	n := 1200
	if testing.Short() {
		n = 50
	}
	for i := range n {
		threads, most := 2, 4
		if i%6 == 1 {
			threads, most = 3, 3
		}
		if i%600 == 1 {
			most = 4
		}
		p := randomProgram(r, threads, most)
		for _, bound := range []int{i / 2 % 3, forever} {
			for _, freeze := range []bool{false, true} {
				if freeze && (bound == forever && threads == 3 || slices.ContainsFunc(slices.Concat(p...), func(s step) bool { return s.op == "lock" })) {
					continue
				}
				want := map[string]int{}
				p.brute(bound, freeze, want)
				got, res := p.explored(t, bound, freeze)
				if res.Failure != nil {
					t.Fatalf("program %d %v: %v", i, p, res.Failure)
				}
				if !maps.Equal(got, want) {
					t.Fatalf("program %d %v, bound %d, freeze %v: outcomes\n%v\nwant\n%v", i, p, bound, freeze, got, want)
				}
			}
		}
	}
}
