package measure

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gmplab/internal/book"
	"gmplab/internal/claims"
	"gmplab/internal/gotest"
	"gmplab/internal/lang"
)

const lab03 = "03-context-switch"

// fixture makes a small workbook: a lab with a harness, one without.
func fixture(t *testing.T, files map[string]string) book.Book {
	t.Helper()
	old := lang.Korean
	lang.Korean = func() bool { return false }
	t.Cleanup(func() { lang.Korean = old })
	all := map[string]string{
		"go.mod":                               "module gmplab\n",
		"labs/" + lab03 + "/x.go":              "package ctxswitch\n",
		"labs/90-none/x.go":                    "package none\n",
		"labs/03-context-switch/bench_test.go": "package ctxswitch\n",
	}
	maps.Copy(all, files)
	b := book.Book{Root: t.TempDir()}
	for name, text := range all {
		if text == "" {
			continue // absent
		}
		path := filepath.Join(b.Root, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	return b
}

// seen are the times that the fake's benchmarks report, in ns.
var seen = map[string]float64{"Noise/run=a": 100, "Noise/run=b": 101, "Registers/save=three": 2.95, "Registers/save=all": 4.6,
	"Switch/kind=gosched": 87, "Switch/kind=channel": 140, "Switch/kind=sched_yield/pin=yes": 1090, "Switch/kind=futex/pin=yes": 1800,
	"Switch/kind=pipe/pin=yes": 2210, "Kernel/kind=channel": 140, "Runnable/n=100": 85, "Runnable/n=100000": 450, "New/kind=x": 7}

// bench is what a round of benchmarks prints.
func bench(round int) string {
	var b strings.Builder
	b.WriteString("goos: linux\ngoarch: amd64\ncpu: A CPU\n")
	for _, name := range slices.Sorted(maps.Keys(seen)) {
		fmt.Fprintf(&b, "Benchmark%s\nBenchmark%[1]s-2 \t 1000\t %g ns/switch", name, seen[name]*(1+0.002*float64(round)))
		if name == "Kernel/kind=channel" {
			b.WriteString("\t 0.00007 kernel-switches/switch")
		}
		b.WriteString("\n")
	}
	return b.String() + "BenchmarkMachine\nBenchmarkMachine/kind=cooperative\n    bench_test.go:9: not measurable here: task 3 is not solved yet\n--- SKIP: BenchmarkMachine/kind=cooperative\nPASS\n"
}

// fake runs no process: it answers as the children of a measurement do.
type fake struct {
	t      *testing.T
	broken string // what the compiler says without an overlay
	round  int
	stop   func(round int) error // how a round ends
	bench  func(round int) string
	rounds []gotest.Child
	built  [][]string
}

func (f *fake) run(_ context.Context, c gotest.Child) error {
	switch line := strings.Join(c.Args, " "); {
	case strings.HasPrefix(line, "go env"):
		fmt.Fprintf(c.Stdout, "%s\ngo1.26.8\n", filepath.Join(f.t.TempDir(), "nowhere"))
	case strings.HasPrefix(line, "go test -c"):
		f.built = append(f.built, c.Args)
		require.Contains(f.t, c.Env, "CGO_ENABLED=0")
		if f.broken != "" && !slices.Contains(c.Args, "-overlay") {
			io.WriteString(c.Stdout, "# gmplab/labs/"+lab03+"\n"+f.broken)
			return errors.New("exit status 1")
		}
	case strings.HasPrefix(line, "go tool objdump"):
		text, err := os.ReadFile(filepath.Join("..", "claims", "testdata", "objdump."+runtime.GOARCH+".txt"))
		if err != nil {
			return errors.New("no capture for this GOARCH")
		}
		_, err = c.Stdout.Write(text)
		return err
	default:
		f.rounds = append(f.rounds, c)
		f.round++
		if f.bench == nil {
			f.bench = bench
		}
		io.WriteString(c.Stdout, f.bench(f.round))
		if f.stop != nil {
			return f.stop(f.round)
		}
	}
	return nil
}

func (f *fake) measurer(b book.Book) Measurer {
	return Measurer{Suite: gotest.Suite{Book: b, Run: f.run}, Limit: time.Minute, Round: func(string, int, int) {}}
}

// measured measures what args name with the usual rounds.
func measured(t *testing.T, f *fake, b book.Book, opt Options, args ...string) (*Result, error) {
	t.Helper()
	plans, err := Plans(b, args)
	require.NoError(t, err)
	require.Len(t, plans, 1)
	return f.measurer(b).Lab(t.Context(), plans[0], opt)
}

var usual = Options{Rounds: DefaultRounds, Bounded: true}

func ids(rows []claims.Claim) []string {
	var out []string
	for _, c := range rows {
		out = append(out, c.ID)
	}
	return out
}

func TestPlans(t *testing.T) {
	b := fixture(t, nil)
	plans, err := Plans(b, []string{"C8", "x1", "C5", "c6", "C8"})
	require.NoError(t, err)
	require.Len(t, plans, 1)
	require.False(t, plans[0].Whole)
	require.Equal(t, []string{"C5.1", "C5.2", "C6", "C8", "X1"}, ids(plans[0].Claims), "in the ledger's order, each once")

	for _, args := range [][]string{nil, {"3"}, {"C8", "03"}} {
		plans, err = Plans(b, args)
		require.NoError(t, err)
		require.Len(t, plans, 1, "%v", args)
		require.True(t, plans[0].Whole)
		require.Equal(t, ".", plans[0].pattern())
	}
}

func TestPlansOfWhatIsNotThere(t *testing.T) {
	b := fixture(t, map[string]string{"labs/03-context-switch/bench_test.go": ""})
	for args, want := range map[string]string{
		"":   "no lab has a harness (bench_test.go) and claims yet",
		"3":  "03-context-switch has no harness (bench_test.go) yet",
		"90": "90-none has no claims to measure yet",
		"C1": "03-context-switch has no harness (bench_test.go) yet",
		"G1": "claim G1 belongs to labs/04-gmp, which is not here",
	} {
		_, err := Plans(b, strings.Fields(args))
		require.EqualError(t, err, want)
		require.NotErrorIs(t, err, lang.ErrUsage)
	}
	_, err := Plans(b, []string{"99"})
	require.ErrorIs(t, err, lang.ErrUsage)
	require.ErrorContains(t, err, `no lab or claim "99", there are labs 03, 90 and claims C1, C2, `)
	require.ErrorContains(t, err, "X1, for example: go tool lab measure 03")
}

// Only the benchmarks that the claims need are run, by exact name.
func TestOnlyWhatIsNeeded(t *testing.T) {
	b := fixture(t, nil)
	f := &fake{t: t}
	r, err := measured(t, f, b, Options{Rounds: 2, Full: true}, "X1")
	require.NoError(t, err)
	require.Len(t, f.rounds, 2)
	require.Equal(t, []string{"LAB_FULL=1"}, f.rounds[0].Env)
	require.Equal(t, filepath.Join(b.Root, "labs", lab03), f.rounds[0].Dir)
	require.Equal(t, []string{"-test.v", "-test.run", "^$", "-test.bench", "^BenchmarkKernel$/^kind=channel$",
		"-test.benchtime", "10ms", "-test.count", "1"}, f.rounds[0].Args[1:])
	require.Equal(t, fullLimit, f.rounds[0].Limit)
	require.Equal(t, claims.Inconclusive, r.Rows[0].Measured, "2 rounds are too few")

	f = &fake{t: t}
	r, err = measured(t, f, b, usual, "C4", "C6")
	require.NoError(t, err)
	require.Empty(t, f.rounds, "counts and readings need no rounds")
	require.Empty(t, r.Raw)
	require.Equal(t, "^A$/^b=c\\.$|^D$", patternOf([]string{"A/b=c.", "D"}))
}

func TestResult(t *testing.T) {
	b := fixture(t, nil)
	f := &fake{t: t}
	r, err := measured(t, f, b, usual, "3")
	require.NoError(t, err)
	require.NoError(t, r.Err)
	require.Len(t, f.rounds, 10)
	require.Equal(t, roundLimit, f.rounds[0].Limit)
	require.EqualValues(t, mostOutput, f.rounds[0].Most)
	require.Equal(t, "go1.26.8", r.Host.Go)
	require.Equal(t, "A CPU", r.Host.CPU)
	require.Equal(t, 2, r.Host.GOMAXPROCS)
	require.InDelta(t, 0.0099, float64(r.Host.Noise), 0.0001)
	require.Len(t, r.Rows, len(claims.Lab(lab03)))
	byID := map[string]claims.Row{}
	for _, row := range r.Rows {
		byID[row.ID] = row
	}
	require.Equal(t, claims.Holds, byID["C5.1"].Measured)
	require.InDelta(t, 12.5, float64(byID["C5.1"].Value), 0.1)
	require.Equal(t, claims.Inconclusive, byID["C7"].Measured, "it was not reported")

	figures := map[string]Figure{}
	for _, f := range r.Figures {
		figures[f.Bench+" "+f.Unit] = f
	}
	gosched := figures["BenchmarkSwitch/kind=gosched ns/switch"]
	require.Len(t, gosched.Samples, 10)
	require.EqualValues(t, 10, gosched.N)
	require.InDelta(t, 88, float64(gosched.Value), 0.1)
	require.Equal(t, lang.Pair("Go: runtime.Gosched", "Go: runtime.Gosched"), gosched.Label)
	skipped := figures["BenchmarkMachine/kind=cooperative ns/switch"]
	require.Equal(t, "task 3 is not solved yet", skipped.Skipped)
	require.True(t, skipped.Yours)
	require.Empty(t, skipped.Samples)
	unlisted := figures["BenchmarkNew/kind=x ns/switch"]
	require.Equal(t, "New/kind=x", unlisted.Label.EN)

	require.Equal(t, ".lab/measure/"+lab03+".txt", r.Raw)
	require.Equal(t, 10, strings.Count(read(t, b, r.Raw), "BenchmarkNoise/run=a-2"))
}

func read(t *testing.T, b book.Book, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(b.Root, filepath.FromSlash(name)))
	require.NoError(t, err)
	return string(text)
}

// A slow machine gets fewer rounds, but enough for a verdict; -rounds is obeyed.
func TestTimeLimit(t *testing.T) {
	b := fixture(t, nil)
	f := &fake{t: t}
	plans, err := Plans(b, []string{"C8"})
	require.NoError(t, err)
	m := f.measurer(b)
	m.Limit = -time.Hour // long over, however coarse the clock
	r, err := m.Lab(t.Context(), plans[0], usual)
	require.NoError(t, err)
	require.Len(t, f.rounds, FewestRounds)
	require.Equal(t, "6 rounds, not 10: more would have taken over -1h0m0s; -rounds 10 runs them all", r.Cut.EN)
	f.rounds = nil
	r, err = m.Lab(t.Context(), plans[0], Options{Rounds: 9})
	require.NoError(t, err)
	require.Len(t, f.rounds, 9)
	require.Empty(t, r.Cut)
}

// What was measured until Ctrl-C is judged, and takes nothing from what a whole
// measurement has left.
func TestInterrupted(t *testing.T) {
	b := fixture(t, nil)
	whole, err := measured(t, &fake{t: t}, b, usual, "3")
	require.NoError(t, err)
	was := read(t, b, whole.Raw)
	for _, last := range []int{1, 4} {
		ctx, cancel := context.WithCancel(t.Context())
		f := &fake{t: t, stop: func(round int) error {
			if round == last {
				cancel()
				return errors.New("signal: interrupt")
			}
			return nil
		}}
		plans, err := Plans(b, []string{"3"})
		require.NoError(t, err)
		r, err := f.measurer(b).Lab(ctx, plans[0], usual)
		require.NoError(t, err)
		require.ErrorIs(t, r.Err, context.Canceled)
		require.EqualError(t, r.Err, fmt.Sprintf("interrupted in round %d of 10; what was measured is judged above", last))
		require.Equal(t, ".lab/measure/"+lab03+".interrupted.txt", r.Raw)
		require.NotEmpty(t, r.Rows)
		require.Equal(t, last, strings.Count(read(t, b, r.Raw), "BenchmarkNoise/run=a-2"))
	}
	claim, err := measured(t, &fake{t: t}, b, usual, "C8", "X1")
	require.NoError(t, err)
	require.Equal(t, ".lab/measure/"+lab03+".C8.X1.txt", claim.Raw)
	require.Equal(t, was, read(t, b, whole.Raw))
	left, err := filepath.Glob(filepath.Join(b.Root, ".lab", "measure", ".*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestInterruptedBeforeTheRounds(t *testing.T) {
	for _, during := range []string{"go env", "go test -c"} {
		b := fixture(t, nil)
		f := &fake{t: t}
		ctx, cancel := context.WithCancel(t.Context())
		m := f.measurer(b)
		m.Run = func(ctx context.Context, c gotest.Child) error {
			if strings.HasPrefix(strings.Join(c.Args, " "), during) {
				cancel()
				return errors.New("signal: interrupt")
			}
			return f.run(ctx, c)
		}
		plans, err := Plans(b, []string{"C8"})
		require.NoError(t, err)
		_, err = m.Lab(ctx, plans[0], usual)
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorContains(t, err, "interrupted")
	}
}

// A benchmark that finds its own figure wrong costs that round's figure of it.
func TestABenchmarkFails(t *testing.T) {
	re := regexp.MustCompile(`(?m)^(BenchmarkRunnable/n=100)-2 .*`)
	wrongIn := func(fails func(round int) bool) *fake {
		return &fake{t: t,
			bench: func(round int) string {
				if !fails(round) {
					return bench(round)
				}
				text := re.ReplaceAllString(bench(round), "    bench_test.go:8: they did not take turns\n--- FAIL: $1")
				return strings.Replace(text, "PASS", "FAIL", 1)
			},
			stop: func(round int) error {
				if fails(round) {
					return errors.New("exit status 1")
				}
				return nil
			}}
	}
	b := fixture(t, nil)
	r, err := measured(t, wrongIn(func(round int) bool { return round == 3 }), b, usual, "C8")
	require.NoError(t, err)
	require.NoError(t, r.Err)
	require.Equal(t, map[string]claims.Failure{"BenchmarkRunnable/n=100": {N: 1, Why: "they did not take turns"}}, r.Samples.Failures)
	i := slices.IndexFunc(r.Figures, func(f Figure) bool { return f.Bench == "BenchmarkRunnable/n=100" })
	require.Equal(t, 9, r.Figures[i].N)

	r, err = measured(t, wrongIn(func(int) bool { return true }), b, usual, "C8")
	require.NoError(t, err)
	require.EqualError(t, r.Err, "BenchmarkRunnable/n=100 failed in every round: they did not take turns")
	require.Equal(t, claims.Inconclusive, r.Rows[0].Measured)
}

// A crash, an endless loop and an endless output end the measurement, each in
// its own words.
func TestAChildFails(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{errors.New("exit status 2"), "the benchmarks of 03-context-switch failed in round 1 (exit status 2). The last lines:\n"},
		{gotest.ErrLimit, "the benchmarks of 03-context-switch did not end in round 1: an endless loop?"},
		{gotest.ErrBegin, "the benchmarks of 03-context-switch do not begin: an endless loop in init or in a package variable? Next: go tool lab test 03"},
		{gotest.ErrMost, "the benchmarks of 03-context-switch printed more than 16 MB in round 1: a Println in a loop?"},
	} {
		r, err := measured(t, &fake{t: t, stop: func(int) error { return c.err }}, fixture(t, nil), usual, "C8")
		require.NoError(t, err)
		require.ErrorContains(t, r.Err, c.want)
		require.Len(t, r.Samples.Rounds, 1)
	}
}

func TestWithoutTheLearnersFile(t *testing.T) {
	const complaint = "labs/03-context-switch/switch.go:5:26: syntax error"
	b := fixture(t, map[string]string{book.Overlay: "{}"})
	f := &fake{t: t, broken: complaint + "\nmore\n"}
	r, err := measured(t, f, b, usual, "C8")
	require.NoError(t, err)
	require.Equal(t, complaint, r.Reference)
	require.Len(t, f.built, 2)
	require.True(t, strings.HasPrefix(read(t, b, r.Raw), "solution: reference\n"))

	_, err = measured(t, &fake{t: t, broken: complaint}, fixture(t, nil), usual, "C8")
	require.EqualError(t, err, "03-context-switch does not compile, and there is no solutions/overlay.json to measure in its place: mend it, then: go tool lab measure 03\n"+complaint)
}

// A full disk is no fault of the learner's.
func TestNoRoomToBuild(t *testing.T) {
	_, err := measured(t, &fake{t: t, broken: "write /tmp/go-build1: no space left on device\n"}, fixture(t, nil), usual, "C8")
	require.ErrorContains(t, err, "no space left on device; want room on the disk")
}

// tinyRound is what a round of tiny's benchmarks prints at these numbers of Ps.
func tinyRound(round int, procs []int) string {
	text := "cpu: A CPU\n"
	add := func(name string, v float64, unit string) {
		text += fmt.Sprintf("Benchmark%s\nBenchmark%[1]s-2 \t 1\t %g %s\n", name, v*(1+0.002*float64(round)), unit)
	}
	add("Noise/run=a", 100, "ns/run")
	add("Noise/run=b", 101, "ns/run")
	for i, b := range tinyBenches {
		for _, p := range procs {
			add(fmt.Sprintf("%s/kind=tiny/procs=%d", b.Name, p), float64(100*(i+1))/float64(p), b.Unit)
			add(fmt.Sprintf("%s/kind=go/procs=%d", b.Name, p), float64(200*(i+1)), b.Unit)
		}
	}
	for _, p := range procs {
		add(fmt.Sprintf("%s/kind=thread/procs=%d", forkJoin, p), 400/float64(p), "ns/run")
	}
	return text + "PASS\n"
}

func TestTiny(t *testing.T) {
	for _, procs := range [][]int{{1}, {1, 2}} {
		f := &fake{t: t, bench: func(round int) string { return tinyRound(round, procs) }}
		b := fixture(t, nil)
		codes := []gotest.Code{{Lab: lab03, Code: gotest.Yours}}
		r, err := f.measurer(b).Tiny(t.Context(), usual, codes, book.Overlays{})
		require.NoError(t, err)
		require.NoError(t, r.Err)
		require.Equal(t, 10, r.N)
		require.Equal(t, codes, r.Labs)
		require.Len(t, r.Rows, len(procs)*len(tinyBenches))
		require.InDelta(t, 0.5, float64(r.Rows[0].Ratio.Value), 1e-9)
		require.Equal(t, 10, r.Rows[0].Tiny.N)
		if len(procs) == 2 {
			require.InDelta(t, 2, float64(r.ForkJoin.Tiny.Value), 1e-9)
			require.InDelta(t, 1, float64(r.ForkJoin.Ratio.Value), 1e-9)
		}
		require.Equal(t, ".lab/measure/tiny.txt", r.Raw)
		require.Equal(t, filepath.Join(b.Root, "internal", "tiny"), f.rounds[0].Dir)
		left, err := filepath.Glob(filepath.Join(b.Root, ".lab", "run", "*"))
		require.NoError(t, err)
		require.Empty(t, left, "the overlay is removed")
	}
	f := &fake{t: t, broken: "labs/x.go:1: undefined: x\n"}
	m := f.measurer(fixture(t, nil))
	m.Run = func(ctx context.Context, c gotest.Child) error {
		c.Args = slices.DeleteFunc(slices.Clone(c.Args), func(a string) bool { return a == "-overlay" })
		return f.run(ctx, c)
	}
	_, err := m.Tiny(t.Context(), usual, nil, book.Overlays{})
	require.EqualError(t, err, "the labs do not build together, want the first line mended, then the command again:\nlabs/x.go:1: undefined: x")
}

// Every benchmark that Tiny reads is one of internal/tiny's, and reports the
// unit that is read.
func TestTinyBenchmarksExist(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "tiny", "bench_test.go"))
	require.NoError(t, err)
	for _, b := range tinyBenches {
		require.True(t, strings.Contains(string(text), "func Benchmark"+b.Name+"(b *testing.B)"), b.Name)
		require.True(t, strings.Contains(string(text), fmt.Sprintf("%q", b.Unit)), b.Unit)
	}
}
