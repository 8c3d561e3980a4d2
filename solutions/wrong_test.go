package solutions_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"gmplab/internal/check"
	"gmplab/internal/mutate"
)

// variantsOf reads what is written down of a lab in wrong/.
func variantsOf(t *testing.T, l lab) []mutate.Variant {
	t.Helper()
	f, err := os.Open(filepath.Join("wrong", l.name+".diff"))
	require.NoError(t, err)
	defer f.Close()
	all, err := mutate.Read(f)
	require.NoError(t, err, "wrong/%s.diff", l.name)
	return all
}

// TestWrongSolutionsApply holds that each edit that is written down still fits
// the reference: its lines occur once.
func TestWrongSolutionsApply(t *testing.T) {
	for _, l := range labs(t) {
		reference, err := os.ReadFile(filepath.Join(root, l.reference()))
		require.NoError(t, err)
		for _, v := range variantsOf(t, l) {
			if v.Kind != mutate.Equivalent { // its lines are those of a mutant
				_, err := mutate.Apply(reference, v.Edits)
				require.NoError(t, err, "wrong/%s.diff:%d", l.name, v.Line)
			}
		}
	}
}

// programs are variants of a lab's reference, built: most of them in one
// binary. Number 0 is the reference.
type programs struct {
	lab    lab
	dir    string
	folded string
	alone  map[int]bool
	source [][]byte // of number i+1

	// waits is how many deadlines a child may take: one for a call that does not
	// come back, and more where the test is to have its say. What ends it may wait
	// as long again for whoever is in the lab's code.
	waits time.Duration

	times       map[string]time.Duration // of the reference's tests
	quick, slow []string                 // these tests, by their share of the time

	// running is held by what runs: shared, or by what runs alone.
	running sync.RWMutex
}

// build folds and builds the reference and its variants, and runs the
// reference.
func build(t *testing.T, l lab, waits time.Duration, variants [][]byte) *programs {
	t.Helper()
	reference, err := os.ReadFile(filepath.Join(root, l.reference()))
	require.NoError(t, err)
	p := &programs{lab: l, dir: t.TempDir(), source: variants, waits: waits}
	// A lab's tests look at the file that was built. A variant with what they
	// refuse stands in no other's file.
	whole := slices.Clone(variants)
	for i, v := range variants {
		if refused, err := check.Source(l.name, string(v)); err != nil || refused != nil {
			whole[i] = nil // what is no Go folds with nothing
		}
	}
	folded, alone, err := mutate.Fold(reference, whole)
	require.NoError(t, err)
	p.alone = alone
	p.folded, err = p.binary("folded", folded)
	require.NoError(t, err, "the folded source does not build")

	out, ended, err := p.child(0, 2*time.Minute, 0, "-test.short", "-test.v")
	require.NoError(t, err, "the reference, folded, is refused (%v)\n%s", ended, out)
	p.times = map[string]time.Duration{}
	total, names := time.Duration(0), []string{}
	for _, m := range regexp.MustCompile(`(?m)^--- (?:PASS|SKIP): (\S+) \((.*)\)`).FindAllStringSubmatch(out, -1) {
		p.times[m[1]], err = time.ParseDuration(m[2])
		require.NoError(t, err)
		total += p.times[m[1]]
		names = append(names, m[1])
	}
	for _, name := range names {
		if p.times[name] > total/8 {
			p.slow = append(p.slow, name)
		} else {
			p.quick = append(p.quick, name)
		}
	}
	return p
}

// binary builds the lab's tests with source in the place of the starter.
func (p *programs) binary(name string, source []byte, flags ...string) (string, error) {
	dir := filepath.Join(p.dir, name)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	pkg := regexp.MustCompile(`(?m)^package (\w+)`).FindSubmatch(source)
	replace := map[string]string{}
	for file, text := range map[string][]byte{p.lab.file: source, "folded.go": mutate.Choice(string(pkg[1]))} {
		by := filepath.Join(dir, file)
		at, err := filepath.Abs(filepath.Join(root, "labs", p.lab.name, file))
		if err = errors.Join(err, os.WriteFile(by, text, 0o666)); err != nil {
			return "", err
		}
		replace[at] = by
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	overlay := filepath.Join(dir, "overlay.json")
	if err = errors.Join(err, os.WriteFile(overlay, text, 0o666)); err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "lab.test.exe") // whatever the platform calls it
	args := append([]string{"test", "-trimpath", "-overlay", overlay, "-ldflags=-s -w", "-vet=off", "-c", "-o", bin}, flags...)
	out, err := goCommand(nil, append(args, "./labs/"+p.lab.name)...)
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, out)
	}
	return bin, err
}

// timedOut is how it looks when a child's time was over: go's own limit, or
// that of a learner's call.
var timedOut = regexp.MustCompile(`panic: test timed out|no return after`)

// child runs number n's tests. over says that its time was over.
func (p *programs) child(n int, limit, deadline time.Duration, args ...string) (out string, over bool, err error) {
	bin := p.folded
	if p.alone[n] {
		if bin, err = p.binary(fmt.Sprint(n), p.source[n-1]); err != nil {
			return "", false, err
		}
		defer os.RemoveAll(filepath.Dir(bin))
	}
	cmd := exec.Command(bin, append(args, "-test.timeout="+limit.String())...)
	cmd.Dir = filepath.Join(root, "labs", p.lab.name)
	cmd.Env = append(os.Environ(), "LAB_LANG=en", fmt.Sprintf("%s=%d", mutate.Env, n))
	if deadline > 0 {
		cmd.Env = append(cmd.Env, "LAB_DEADLINE="+deadline.String())
	}
	text, err := cmd.CombinedOutput()
	return string(text), timedOut.Match(text), err
}

// Where the reference takes so much time, a variant may take that many times as
// much, and half a second for what takes none.
const (
	slack  = 4
	margin = 500 * time.Millisecond
)

// run runs number n's tests, until the first that fails, with times the usual
// time.
func (p *programs) run(n int, tests []string, times time.Duration, args ...string) (out string, over bool, err error) {
	var all, longest time.Duration
	for _, test := range tests {
		all += p.times[test]
		longest = max(longest, p.times[test])
	}
	deadline := times * (slack*longest + margin)
	return p.child(n, p.waits*deadline+times*(slack*all+margin), deadline,
		append(args, "-test.failfast", "-test.run=^("+strings.Join(tests, "|")+")$")...)
}

// beside is run while others run too.
func (p *programs) beside(n int, tests []string, args ...string) (out string, over bool, err error) {
	p.running.RLock()
	defer p.running.RUnlock()
	return p.run(n, tests, 1, args...)
}

// again is run while nothing else runs.
func (p *programs) again(n int, tests []string, args ...string) (out string, over bool, err error) {
	p.running.Lock()
	defer p.running.Unlock()
	return p.run(n, tests, 2, args...)
}

var (
	failed  = regexp.MustCompile(`(?m)^--- FAIL: (\w+)`)
	running = regexp.MustCompile(`running tests:\n\t(\w+)`)
)

// killerOf is the test that an output names as failed or as running when the
// time was over; "" for neither.
func killerOf(out string) string {
	for _, re := range []*regexp.Regexp{failed, running} {
		if m := re.FindStringSubmatch(out); m != nil {
			return m[1]
		}
	}
	return ""
}

// each calls f for 0 to n-1, some more at a time than there are CPUs: many
// children only wait.
func each(n int, f func(i int)) {
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0) + 2)
	for i := range n {
		g.Go(func() error { f(i); return nil })
	}
	_ = g.Wait()
}

func TestMisconceptionsAreCaught(t *testing.T) {
	if !*wrong {
		t.Skip("only with -misconceptions: it takes a minute")
	}
	for _, l := range labs(t) {
		t.Run(l.name, func(t *testing.T) {
			reference, err := os.ReadFile(filepath.Join(root, l.reference()))
			require.NoError(t, err)
			variants := slices.DeleteFunc(variantsOf(t, l), func(v mutate.Variant) bool { return v.Kind != mutate.Mistake && v.Kind != mutate.Right })
			sources := make([][]byte, len(variants))
			for i, v := range variants {
				sources[i], err = mutate.Apply(reference, v.Edits)
				require.NoError(t, err, "line %d", v.Line)
			}
			p := build(t, l, 4, sources)
			each(len(variants), func(i int) {
				v := variants[i]
				if complaint := p.judge(i+1, v); complaint != "" {
					t.Errorf("wrong/%s.diff:%d: %s: %s", l.name, v.Line, v.EN, complaint)
				}
			})
			t.Logf("%s: %d variants, %d of them with a build of their own", l.name, len(variants), len(p.alone))
		})
	}
}

// What neither a page's rules nor an exploration sees, real threads and the race
// detector do.
func TestRacesAreSeen(t *testing.T) {
	if !*wrong {
		t.Skip("only with -misconceptions, and with a C compiler")
	}
	for _, l := range labs(t) {
		for _, v := range variantsOf(t, l) {
			if v.Kind != mutate.Race {
				continue
			}
			reference, err := os.ReadFile(filepath.Join(root, l.reference()))
			require.NoError(t, err)
			source, err := mutate.Apply(reference, v.Edits)
			require.NoError(t, err, "wrong/%s.diff:%d", l.name, v.Line)
			p := &programs{lab: l, dir: t.TempDir()}
			bin, err := p.binary("race", source, "-race")
			require.NoError(t, err)
			cmd := exec.Command(bin, "-test.short", "-test.count=10", "-test.run=^"+v.Test+"$")
			cmd.Dir = filepath.Join(root, "labs", l.name)
			out, _ := cmd.CombinedOutput()
			require.Contains(t, string(out), "DATA RACE", "wrong/%s.diff:%d: %s: %s does not see it", l.name, v.Line, v.EN, v.Test)
			t.Logf("%s: %s", v.Test, v.EN)
		}
	}
}

// judge says what is wrong with what the tests say of a variant; "": nothing.
func (p *programs) judge(n int, v mutate.Variant) string {
	if v.Kind == mutate.Right {
		all := slices.Concat(p.quick, p.slow)
		out, over, err := p.beside(n, all, "-test.short")
		if over {
			out, _, err = p.again(n, all, "-test.short")
		}
		if err != nil {
			return "a right solution is refused\n" + out
		}
		return ""
	}
	// Real threads on a busy machine may never meet: then once more.
	out, _, err := p.beside(n, []string{v.Test}, "-test.count=3")
	asserted := func() bool { return strings.Contains(out, "--- FAIL: "+v.Test) && !strings.Contains(out, "\npanic: ") }
	if !asserted() {
		out, _, err = p.again(n, []string{v.Test}, "-test.count=3")
	}
	switch {
	case err == nil:
		return v.Test + " lets it pass"
	case !asserted():
		return v.Test + " does not fail by an assertion\n" + out
	}
	return ""
}

func TestMutantsAreKilled(t *testing.T) {
	if !*mutants {
		t.Skip("only with -mutants: it takes minutes")
	}
	killers := loadKillers()
	defer killers.save()
	for _, l := range labs(t) {
		t.Run(l.name, func(t *testing.T) { killMutants(t, l, killers) })
	}
}

func killMutants(t *testing.T, l lab, killers *killers) {
	reference, err := os.ReadFile(filepath.Join(root, l.reference()))
	require.NoError(t, err)
	all, err := mutate.Mutants(reference)
	require.NoError(t, err)
	// What does not compile is no mutant; it keeps its number.
	check := checker(t, "./solutions/"+l.name)
	fates, sources := make([]string, len(all)), make([][]byte, len(all))
	for i, m := range all {
		sources[i] = m.Source
		if check.Check(m.Source) != nil {
			fates[i], sources[i] = "does not compile", reference
		}
	}
	p := build(t, l, 1, sources)
	each(len(all), func(i int) {
		if fates[i] == "" {
			fates[i] = p.fate(i+1, killers, l.name+": "+all[i].Before+" -> "+all[i].After)
		}
	})
	excused := map[int]bool{}
	written := variantsOf(t, l)
	for i, m := range all {
		if fates[i] != "survives" {
			continue
		}
		k := slices.IndexFunc(written, func(v mutate.Variant) bool {
			return v.Kind == mutate.Equivalent && v.Edits[0] == mutate.Edit{Old: m.Before + "\n", New: m.After + "\n"}
		})
		if k < 0 {
			t.Errorf("%s:%d: a mutant survives:\n\t%s\n\t%s", l.reference(), m.Line, m.Before, m.After)
			continue
		}
		fates[i], excused[k] = "equivalent", true
	}
	for k, v := range written {
		if v.Kind == mutate.Equivalent && !excused[k] {
			t.Errorf("wrong/%s.diff:%d: no such mutant survives any more", l.name, v.Line)
		}
	}
	count := map[string]int{}
	for _, f := range fates {
		count[f]++
	}
	t.Logf("%s: %d mutants, %d of them with a build of their own: %v", l.name, len(all), len(p.alone), count)
	if file := os.Getenv("LAB_FATES"); file != "" {
		f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
		require.NoError(t, err)
		for i, m := range all {
			fmt.Fprintf(f, "%s:%d: %s -> %s: %s\n", l.name, m.Line, m.Before, m.After, fates[i])
		}
		require.NoError(t, f.Close())
	}
}

// fate says what becomes of a mutant. The test that killed it last runs first,
// and what takes long runs last.
func (p *programs) fate(n int, killers *killers, name string) string {
	rounds := [][]string{p.quick, p.slow}
	if test := killers.of(name); slices.Contains(slices.Concat(rounds...), test) {
		rounds = slices.Insert(rounds, 0, []string{test})
	}
	for _, tests := range rounds {
		if len(tests) == 0 {
			continue
		}
		out, over, err := p.beside(n, tests, "-test.short")
		if over { // it counts when it comes again while nothing else runs
			if killer := killerOf(out); killer != "" {
				tests = []string{killer}
			}
			out, over, err = p.again(n, tests, "-test.short")
		}
		if err == nil {
			continue
		}
		killers.set(name, killerOf(out))
		if over {
			return "killed by a time-out"
		}
		return "killed"
	}
	return "survives"
}

// checker type-checks files in the place of a package's.
func checker(t *testing.T, pkg string) *mutate.Checker {
	t.Helper()
	out, err := goCommand(nil, "list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}", pkg)
	require.NoError(t, err, out)
	exports := map[string]string{}
	for line := range strings.Lines(out) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), "\t")
		exports[path] = file
	}
	return mutate.NewChecker(func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
}

// killers remember which test killed a mutant, in the user's cache: a run
// after a small change is quicker by it, and one without it finds the same.
type killers struct {
	mu   sync.Mutex
	file string
	test map[string]string
}

func loadKillers() *killers {
	k := &killers{test: map[string]string{}}
	if dir, err := os.UserCacheDir(); err == nil {
		k.file = filepath.Join(dir, "gmplab", "killers.json")
		if text, err := os.ReadFile(k.file); err == nil {
			_ = json.Unmarshal(text, &k.test)
		}
	}
	return k
}

func (k *killers) of(name string) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.test[name]
}

func (k *killers) set(name, test string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.test[name] = cmp.Or(test, k.test[name])
}

func (k *killers) save() {
	if text, err := json.MarshalIndent(maps.Clone(k.test), "", " "); err == nil && k.file != "" {
		_ = os.MkdirAll(filepath.Dir(k.file), 0o777)
		_ = os.WriteFile(k.file, text, 0o666)
	}
}
