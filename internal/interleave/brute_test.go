package interleave

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gmplab/internal/interleave/atomic"
)

// A program is a list of operations for each thread, on two variables, a lock,
// a note, and a register a thread.
type program [][]step1

type step1 struct {
	op  string
	on  int
	arg uint32
}

var simple = []string{"load", "store", "storereg", "add", "cas", "casreg", "swap", "or"}

// randomProgram has threads of 2 to most operations. With blocking they lock,
// sleep and spin too, and may well wait for ever.
func randomProgram(r *rand.Rand, threads, most int, blocking bool) program {
	p := make(program, threads)
	for i := range p {
		for range 2 + r.IntN(most-1) {
			p[i] = append(p[i], step1{simple[r.IntN(len(simple))], r.IntN(2), uint32(1 + r.IntN(3))})
		}
		if n := len(p[i]); blocking {
			for range 1 + r.IntN(2) {
				switch r.IntN(7) {
				case 6:
					p[i][r.IntN(n)].op = "either"
				case 0, 1: // a critical section
					from, to := r.IntN(n), r.IntN(n)
					p[i][min(from, to)].op = []string{"lock", "lock", "trylock"}[r.IntN(3)]
					p[i][max(from, to)].op = "unlock"
				case 2:
					p[i][r.IntN(n)].op = "sleep"
				case 3, 4:
					p[i][r.IntN(n)].op = "wakeup"
				case 5:
					p[i][r.IntN(n)].op = "spin"
				}
			}
		}
	}
	return p
}

func (p program) has(op string) bool {
	return slices.ContainsFunc(slices.Concat(p...), func(s step1) bool { return s.op == op })
}

// state is what the brute force keeps: plain values, copied at each step.
type state struct {
	vars   [2]uint32
	held   bool
	set    bool
	regs   [3]uint32
	mine   [3]bool   // trylock got it
	phase  [3]int    // of either: it has seen the first variable, or both
	looked [3][2]int // and which of their values
	writes [2]int    // to the variables
	seen   [3]string // all that a thread has read
	pc     [3]int
	events []touch
}

// touch is an operation on an object: variables 0 and 1, lock 2, note 3.
type touch struct {
	thread, object int
	wrote          bool
}

func (p program) ends(s *state, i int) bool { return s.pc[i] == len(p[i]) }

func (p program) can(s *state, i int) bool {
	if p.ends(s, i) {
		return false
	}
	switch o := p[i][s.pc[i]]; o.op {
	case "lock":
		return !s.held
	case "sleep":
		return s.set
	case "spin":
		return s.vars[o.on] >= o.arg
	case "either":
		return s.phase[i] < 2 || s.looked[i] != s.writes
	}
	return true
}

func (s *state) String() string { return fmt.Sprint(s.vars, s.regs, s.seen, s.pc) }

// class names the class of the order in which s came about: for each object its
// changes in their order, and between them who looked, in no order.
func (s *state) class() string {
	var b strings.Builder
	for object := range 4 {
		looked := [3]int{}
		for _, e := range s.events {
			if e.object != object {
				continue
			}
			if !e.wrote {
				looked[e.thread]++
				continue
			}
			fmt.Fprint(&b, looked, e.thread, " ")
			looked = [3]int{}
		}
		fmt.Fprintln(&b, looked)
	}
	return b.String()
}

// do does thread i's next operation; false: it is misuse.
func (p program) do(s *state, i int) bool {
	o := p[i][s.pc[i]]
	v, r := &s.vars[o.on], &s.regs[i]
	before := s.vars
	object, wrote := o.on, false
	see := func(x any) { s.seen[i] += fmt.Sprint(x, " ") }
	switch o.op {
	case "load", "spin":
		*r = *v
		see(*r)
	case "either": // a look at one of the two a step, until one is big enough
		at := s.phase[i] % 2
		if s.phase[i] == 2 {
			s.phase[i] = 0
		}
		if s.vars[at] >= o.arg {
			see(fmt.Sprint("v", at, "=", s.vars[at]))
			s.phase[i] = 0
			s.pc[i]++
			return true
		}
		s.looked[i][at] = s.writes[at]
		s.phase[i]++
		return true
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
		s.held, object, wrote = true, 2, true
	case "trylock":
		s.mine[i] = !s.held
		object, wrote = 2, !s.held
		see(!s.held)
		s.held = true
	case "unlock":
		if !s.held {
			return false
		}
		s.held, object, wrote = false, 2, true
	case "sleep":
		s.set, object, wrote = false, 3, true
	case "wakeup":
		s.set, object, wrote = true, 3, true
	}
	if before != s.vars {
		wrote = true
		s.writes[o.on]++
	}
	s.events = append(slices.Clip(s.events), touch{i, object, wrote})
	s.pc[i]++
	return true
}

// found is what came of a program.
type found struct {
	outcomes map[string]bool // states at the end
	others   map[string]bool // states when all but one have ended
	classes  map[string]bool
	stuck    bool // deadlock, in some order
	misuse   bool
	orders   int
}

func newFound() *found {
	return &found{outcomes: map[string]bool{}, others: map[string]bool{}, classes: map[string]bool{}}
}

// brute runs all schedules with at most bound preemptions, and one thread
// frozen at any point if freeze.
func (p program) brute(bound int, freeze bool) *found {
	f := newFound()
	var walk func(s state, last, used, frozen int)
	walk = func(s state, last, used, frozen int) {
		moved, over := false, false
		left := 0
		for i := range p {
			if !p.ends(&s, i) {
				left++
			}
		}
		for i := range p {
			if i == frozen || !p.can(&s, i) {
				continue
			}
			moved = true
			now := used
			if last >= 0 && last != i && last != frozen && p.can(&s, last) && p[last][s.pc[last]].op != "spin" && p[last][s.pc[last]].op != "either" {
				now++
			}
			if now <= bound {
				next := s
				if !p.do(&next, i) {
					f.misuse, over = true, true
					continue
				}
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
		if moved || over {
			return
		}
		switch {
		case left == 0:
			f.outcomes[s.String()] = true
			f.classes[s.class()] = true
			f.orders++
		case left == 1 && frozen >= 0 && !p.ends(&s, frozen):
			f.others[s.String()] = true
		default:
			f.stuck = true
		}
	}
	walk(state{}, -1, 0, -1)
	return f
}

const forever = 1 << 20

// model is p for the explorer. What comes of it goes to f.
func (p program) model(freeze bool, f *found) func(m *Model) {
	return func(m *Model) {
		var vars [2]atomic.Uint32
		var mu Mutex
		var note Note
		var s state
		outcome := func() string {
			s.vars = [2]uint32{vars[0].Load(), vars[1].Load()}
			return s.String()
		}
		if freeze {
			m.Freeze()
		}
		m.After(func() { f.outcomes[outcome()] = true })
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
					case "spin":
						for *r = v.Load(); *r < o.arg; *r = v.Load() {
							Pause()
						}
						see(*r)
					case "either":
						for at := 0; ; at = 1 - at {
							if x := vars[at].Load(); x >= o.arg {
								see(fmt.Sprint("v", at, "=", x))
								break
							}
							if at == 1 {
								Pause()
							}
						}
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
					case "trylock":
						see(mu.TryLock())
					case "unlock":
						mu.Unlock()
					case "sleep":
						note.Sleep()
					case "wakeup":
						note.Wakeup()
					}
					s.pc[i]++
				}
			})
		}
	}
}

// searched searches p.
func (p program) searched(freeze bool, search func(x *explorer, r *Result) *Failure) (*found, Result, *explorer) {
	f := newFound()
	x := &explorer{f: p.model(freeze, f), saw: map[string]int{}}
	var r Result
	r.Failure = x.supervise(patience, func() { x.failure = search(x, &r) })
	r.Runs = x.runs
	return f, r, x
}

func reduceAll(x *explorer, r *Result) *Failure {
	f := x.reduce(r)
	r.Every = f == nil && !x.spent
	return f
}

// The reduced search finds the outcomes and the failures that a brute force over
// all orders finds, runs one order of each class, and never more than there are.
func TestReductionAgainstBruteForce(t *testing.T) {
	const seed = 1
	r := rand.New(rand.NewPCG(seed, 12))
	n := 4000
	if testing.Short() {
		n = 300
	}
	programs, outcomes, classes, orders, runs, failed := 0, 0, 0, 0, 0, 0
	for i := range n {
		threads, most := 2, 4
		if i%3 == 1 {
			threads, most = 3, 3
		}
		if i%200 == 1 {
			most = 4
		}
		p := randomProgram(r, threads, most, i%2 == 1)
		name := fmt.Sprintf("program %d %v", i, p)
		want := p.brute(forever, false)
		got, res, x := p.searched(false, reduceAll)
		programs++
		if want.stuck || want.misuse {
			failed++
			require.NotNil(t, res.Failure, "%s: no failure", name)
			switch res.Failure.Kind {
			case Deadlock, Livelock:
				require.True(t, want.stuck, "%s: %v", name, res.Failure)
			case Broken:
				require.True(t, want.misuse, "%s: %v", name, res.Failure)
			default:
				require.Fail(t, name, "%v", res.Failure)
			}
			continue
		}
		require.Nil(t, res.Failure, name)
		require.True(t, res.Every, name)
		require.Equal(t, want.outcomes, got.outcomes, name)
		if !p.has("spin") && !p.has("either") {
			require.Equal(t, len(want.classes), res.Orders, "%s: classes", name)
			require.LessOrEqual(t, x.runs-threads*res.Orders, want.orders, "%s: runs", name)
		}
		outcomes += len(want.outcomes)
		classes += len(want.classes)
		orders += want.orders
		runs += x.runs - threads*res.Orders
		// The same, its threads in another order.
		slices.Reverse(p)
		_, other, _ := p.searched(false, reduceAll)
		require.Nil(t, other.Failure, name)
		require.Equal(t, res.Orders, other.Orders, "%s: the threads in another order", name)
	}
	t.Logf("%d programs, of which %d fail; the others have %d outcomes, %d orders, %d classes; %d runs", programs, failed, outcomes, orders, classes, runs)
}

// One thread may stop for ever.
func TestFreezeAgainstBruteForce(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 12))
	n := 1000
	if testing.Short() {
		n = 100
	}
	for i := range n {
		threads, most := 2, 4
		if i%3 == 1 {
			threads, most = 3, 3
		}
		p := randomProgram(r, threads, most, i%4 == 1)
		want := p.brute(forever, true)
		_, res, _ := p.searched(true, reduceAll)
		if failed := want.stuck || want.misuse; failed != (res.Failure != nil) {
			t.Fatalf("program %d %v: fails %v, want %v: %v", i, p, !failed, failed, res.Failure)
		}
	}
}

// The search with a bound finds what a brute force with this bound finds, and
// runs each schedule once.
func TestBoundAgainstBruteForce(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 6))
	n := 1200
	if testing.Short() {
		n = 50
	}
	for i := range n {
		threads, most := 2, 4
		if i%6 == 1 {
			threads, most = 3, 3
		}
		p := randomProgram(r, threads, most, false)
		bound := i / 2 % 3
		if i%7 == 0 {
			bound = forever
		}
		want := p.brute(bound, false)
		got, res, _ := p.searched(false, func(x *explorer, r *Result) *Failure { return x.within(bound, maxRuns, r) })
		require.Nil(t, res.Failure)
		if !maps.Equal(got.outcomes, want.outcomes) || res.Orders != want.orders {
			t.Fatalf("program %d %v, bound %d: %d orders, want %d; outcomes\n%v\nwant\n%v", i, p, bound, res.Orders, want.orders, got.outcomes, want.outcomes)
		}
	}
}

// A search that forgets something is found out by the tests above.
func TestPlantedFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the package three times")
	}
	source, err := os.ReadFile("reduce.go")
	require.NoError(t, err)
	at, err := filepath.Abs("reduce.go")
	require.NoError(t, err)
	for _, f := range []struct{ name, old, new string }{
		{"a race that is missed", "if !through {", "if !through && e.access.wrote {"},
		{"a sleep set that is kept too long", "if s.thread != before.thread && !depend(&s.access, &before.access) {", "if s.thread != before.thread {"},
		{"a pause that is never turned round", "if a.again > 0 {", "if a.again >= 0 {"},
		{"a backtrack point that is lost", "if first&(e.todo|e.asleep()) != 0 {", "if first&(e.todo|e.asleep()) != 0 || len(between) > 1 {"},
	} {
		t.Run(strings.ReplaceAll(f.name, " ", "-"), func(t *testing.T) {
			require.Equal(t, 1, strings.Count(string(source), f.old), f.old)
			dir := t.TempDir()
			faulty, overlay := filepath.Join(dir, "reduce.go"), filepath.Join(dir, "overlay.json")
			require.NoError(t, os.WriteFile(faulty, []byte(strings.Replace(string(source), f.old, f.new, 1)), 0o666))
			text, err := json.Marshal(map[string]any{"Replace": map[string]string{at: faulty}})
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(overlay, text, 0o666))
			cmd := exec.Command("go", "test", "-overlay", overlay, "-failfast", "-run", "TestReductionAgainstBruteForce|TestFreezeAgainst", ".")
			out, err := cmd.CombinedOutput()
			require.Error(t, err, "it is not found")
			require.Contains(t, string(out), "program ", "%s", out)
			line, _, _ := strings.Cut(string(out), "Error:")
			t.Log(strings.TrimSpace(line))
		})
	}
}
