package check

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// holds words what Source says of a file: lines and what is there.
func holds(t *testing.T, lab, text string) (all []string) {
	t.Helper()
	refused, err := Source(lab, text)
	require.NoError(t, err)
	for _, r := range refused {
		for _, text := range []string{r.Got.EN, r.Got.KO, r.Want.EN, r.Want.KO, r.Rule.EN, r.Rule.KO} {
			require.NotEmpty(t, text)
			require.NotContains(t, text, "%!")
		}
		all = append(all, fmt.Sprintf("%d: %s", r.Line, r.Got.EN))
	}
	return all
}

func TestSourceImports(t *testing.T) {
	for _, c := range []struct {
		lab, path string
		refused   bool
	}{
		{"01-memory", "math/bits", false},
		{"01-memory", "sync", true},
		{"01-memory", "unsafe", true},
		{"01-memory", "os", true}, // os.Exit(0) in init
		{"03-context-switch", "gmplab/solutions/03-context-switch", true},
		{"02-spawn-cost", "sync/atomic", false},
		{"04-gmp", "sync", false},
		{"05-syscall-handoff", "time", false},
		{"06-work-stealing", "syscall", true}, // syscall.ForkLock
		{"06-work-stealing", "sync/atomic", true},
		{"06-work-stealing", "internal/sync", true},
		{"06-work-stealing", "gmplab/internal/interleave", false},
		{"06-work-stealing", "C", true},
	} {
		got := holds(t, c.lab, "package x\n\nimport y \""+c.path+"\"\n")
		if c.refused {
			require.Equal(t, []string{"3: import \"" + c.path + "\""}, got, c.lab)
		} else {
			require.Empty(t, got, c.lab+" "+c.path)
		}
	}
	require.Len(t, holds(t, "06-work-stealing", "package x\nimport . \"fmt\"\n"), 1)
	_, err := Source("01-memory", "no Go")
	require.Error(t, err)
}

func TestSourceVariables(t *testing.T) {
	for text, refused := range map[string]bool{
		`var pool []int`:                               true,
		`var shared = map[uint64]uint64{}`:             true,
		`var lastID uint64; func f() { lastID++ }`:     true,
		`var n = 3; func f() { n = 4 }`:                true,
		`var t [4]int; func f(i int) { t[i] = 1 }`:     true,
		`var t [4]int; func f() []int { return t[:] }`: true,
		`var t [4]int; func f() *int { return &t[1] }`: true,
		`var q = &Queue{}; type Queue struct{}`:        true,
		`var once sync.Once`:                           true,
		`var a, b = 1, f(); func f() int { return 1 }`: true,
		`var t [4]*int`:                                true,

		`var ErrFull = errors.New("full")`:                                       false,
		`var ErrFull = fmt.Errorf("full")`:                                       false,
		`var _ fmt.Stringer = T{}`:                                               false,
		`var bits = [...]uint8{1, 2, 4}; func f(i int) uint8 { return bits[i] }`: false,
		`var table [4][2]int; func f(i int) int { return table[i][0] }`:          false,
		`const n = 3; func f() { var p []int; p = nil }`:                         false,
		`func f() { n := 3; n++ }`:                                               false,
	} {
		got := holds(t, "01-memory", "package x\n"+text)
		require.Equal(t, refused, len(got) > 0, "%s: %v", text, got)
		if refused {
			require.Contains(t, got[0], "a variable of the package")
		}
	}
}

func TestSourceCounter(t *testing.T) {
	text := "package x\nvar lastID atomic.Uint64"
	require.Empty(t, holds(t, "02-spawn-cost", text))
	require.Len(t, holds(t, "01-memory", text), 1)
	require.Len(t, holds(t, "02-spawn-cost", "package x\nvar lastID uint64; func f() { lastID++ }"), 1)
}

func TestSourceUnseen(t *testing.T) {
	text := `package x
var _ chan int
func f(c interface{}) {
	go f(c)
	c <- 1
	<-c
	select {}
}`
	require.Equal(t, []string{"2: chan", "4: go", "5: <-", "6: <-", "7: select"}, holds(t, "06-work-stealing", text))
	require.Empty(t, holds(t, "04-gmp", text))
}

func TestSourcePointers(t *testing.T) {
	for text, refused := range map[string]bool{
		// Plain fields behind a pointer that never changes: check, then act.
		`func (s *State) Acquire() bool {
			w := s.p.Load()
			if w.busy { return false }
			w.busy = true
			return true
		}`: true,
		`func (s *State) Acquire() { s.p.Load().busy = true }`:              true,
		`func (s *State) Acquire() { s.p.Load().n++ }`:                      true,
		`func (s *State) Acquire() *int { return &s.p.Load().n }`:           true,
		`func (s *State) Acquire() { w := &word{}; s.p.Store(w); w.n = 1 }`: true,
		`func (s *State) Acquire() { var w word; s.p.Store(&w); w.n = 1 }`:  true,
		`func (s *State) Acquire() { (s.p.Load().all[3])++ }`:               true,
		`func set(w *word) { w.n = 1 }`:                                     true,
		// A new one for each change.
		`func (s *State) Acquire() bool {
			old := s.p.Load()
			now := *old
			now.busy = true
			now.n++
			return s.p.CompareAndSwap(old, &now)
		}`: false,
		`func (s *State) Acquire() bool {
			now := &word{}
			for {
				old := s.p.Load()
				now.n = old.n + 1
				if s.p.CompareAndSwap(old, now) { return true }
			}
		}`: false,
		`func (s *State) Acquire() { s.p.Store(&word{busy: true, n: s.p.Load().n + 1}) }`: false,
		`func (s *State) Acquire() { w := new(word); w.n = 1; s.p.Store(w) }`:             false,
		`func (s *State) Acquire() { var w word; w.n = 1; s.p.Store(&w) }`:                false,
		`type other struct{ n int }; func (o *other) Set() { o.n = 1 }`:                   false,
		// The machine's own type: not the learner's to change.
		`type q struct{ g atomic.Pointer[machine.G] }; func (q *q) f(g *machine.G) { g.Link = nil; q.g.Store(g) }`: false,
	} {
		got := holds(t, "05-syscall-handoff", `package x
import "gmplab/internal/interleave/atomic"
import "gmplab/internal/machine"
type word struct { busy bool; n int; all [4]int }
type State struct { p atomic.Pointer[word]; g *machine.G }
`+text)
		require.Equal(t, refused, len(got) > 0, "%s: %v", text, got)
		if refused {
			require.Contains(t, strings.Join(got, "\n"), "atomic.Pointer[word]")
		}
	}
}
