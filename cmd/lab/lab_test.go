package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/clipperhouse/displaywidth"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"gmplab/internal/claims"
	"gmplab/internal/lang"
)

var update = flag.Bool("update", false, "rewrite testdata/*.golden")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
	require.NotRegexp(t, `[\x00-\x09\x0b-\x1f]`, got, "piped output is plain text")
}

// speak sets the language for one test.
func speak(t *testing.T, korean bool) {
	old := lang.Korean
	lang.Korean = func() bool { return korean }
	t.Cleanup(func() { lang.Korean = old })
}

const (
	goMod    = "module gmplab\n\ngo 1.26.0\n"
	starter  = "// Package ctxswitch is a fixture.\npackage ctxswitch\n\n// Save saves.\nfunc Save() int { return 0 }\n"
	hintsMD  = "# Hints\n\nintro\n\n## Task 1: Save and Load\n\n### The idea\n\nThree words.\n\n### The place\n\nSave.\n\n### Nearly the code\n\n```go\n## no heading\nreturn 1\n```\n\n## Task 2: Ready\n\n### The idea\n\nA queue.\n"
	labTests = `package ctxswitch

import "testing"

func TestSaveKeepsPC(t *testing.T) {
	t.Attr("task", "1")
	if Save() != 1 {
		t.Fatal("Save: saved PC = 0, want 1\nrule: a goroutine goes on where it stopped")
	}
}

func TestSaveKeepsSP(t *testing.T) {
	t.Attr("task", "1")
	t.Run("deep", func(t *testing.T) {
		if Save() != 1 {
			t.Error("SP")
		}
	})
}

func TestReady(t *testing.T) {
	t.Attr("task", "2")
	if Save() != 1 {
		t.Fatal("task 2 waits for task 1")
	}
}
`
)

// fixture makes a small workbook in a temporary directory.
func fixture(t *testing.T, files map[string]string) *app {
	t.Helper()
	speak(t, false)
	root := t.TempDir()
	all := map[string]string{
		"go.mod":                                goMod,
		"labs/03-context-switch/README.md":      "# Context switch\n",
		"labs/03-context-switch/README.ko.md":   "# 문맥 교환\n",
		"labs/03-context-switch/hints.md":       hintsMD,
		"labs/03-context-switch/switch.go":      starter,
		"labs/03-context-switch/switch_test.go": labTests,
		"labs/03-context-switch/bench_test.go":  "package ctxswitch\n",
	}
	for name, text := range files {
		all[name] = text
	}
	for name, text := range all {
		if text == "" {
			continue // absent
		}
		path := filepath.Join(root, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	return &app{
		limit: time.Minute, root: root, stdin: strings.NewReader(""), stderr: io.Discard, stdout: io.Discard,
		run: func(context.Context, child) error { return errors.New("no child expected") },
	}
}

// do runs a command and returns what it printed.
func do(t *testing.T, a *app, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	a.stdout = &out
	err := a.command(t.Context(), args)
	return out.String(), err
}

func code(err error) int {
	var e *exitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &e):
		return e.code
	}
	return 1
}

func TestWrongInput(t *testing.T) {
	a := fixture(t, nil)
	for _, korean := range []bool{false, true} {
		speak(t, korean)
		for _, args := range []string{
			"nonsense", "list 3", "list -x", "test", "test 99", "test 3 4", "test 3 -race", "hint", "hint 99", "hint 3 9", "hint 3 one",
			"hint 3 1 1", "hint 3 -level 9", "hint 3 -level 0", "hint 3 2 -level 2", "hint 3 -level x",
			"predict", "predict 99", "predict 3", "predict 3 -set C8", "predict 3 -set C1=2", "predict 3 -set C8=many",
			"measure 99", "measure C99", "measure C", "measure 3 -rounds 0", "measure 3 -rounds x", "measure -fast",
		} {
			out, err := do(t, a, strings.Fields(args)...)
			require.Equal(t, 2, code(err), "%s: %v", args, err)
			require.Contains(t, err.Error(), "go tool lab", "%s: an example", args)
			require.NotContains(t, err.Error(), "\n", "%s: one line", args)
			require.NotContains(t, err.Error(), "%!", args)
			require.NotContains(t, out, "NaN", args)
		}
	}
	speak(t, false)
	_, err := do(t, a, "measure", "99")
	require.EqualError(t, err, `no lab or claim "99", there are labs 03 and claims C1, C2, C3, C4.1, C4.2, C5.1, C5.2, C6, C7, C8, X1, for example: go tool lab measure 03`)
	_, err = do(t, a, "hint", "3", "-level", "9")
	require.EqualError(t, err, `no level 9, task 1 has levels 1 to 3, for example: go tool lab hint 03 1 -level 1`)
	_, err = do(t, a, "test", "99")
	require.EqualError(t, err, `no lab "99", there is 03, for example: go tool lab test 03`)
}

func TestHelp(t *testing.T) {
	a := fixture(t, nil)
	for _, args := range []string{"help", "-h", "--help", "test -h", "measure 03 -help"} {
		out, err := do(t, a, strings.Fields(args)...)
		require.NoError(t, err)
		require.Equal(t, helpEN, out)
	}
	require.Equal(t, strings.Count(helpEN, "\n"), strings.Count(helpKO, "\n"))
}

func TestRoot(t *testing.T) {
	a := fixture(t, map[string]string{"labs/03-context-switch/sub/go.mod": "module other\n"})
	root, err := rootOf(filepath.Join(a.root, "labs", "03-context-switch", "sub"))
	require.NoError(t, err)
	require.Equal(t, a.root, root)
	_, err = rootOf(t.TempDir())
	require.ErrorContains(t, err, "is not in the workbook, want a directory under the one whose go.mod says module gmplab")
	require.Equal(t, 1, code(err))
}

func TestList(t *testing.T) {
	a := fixture(t, nil)
	require.NoError(t, a.save("tests/03.json", result{When: time.Date(2026, 1, 2, 3, 4, 0, 0, time.Local), Tasks: []taskResult{{"1", true}, {"2", false}}}))
	for _, korean := range []bool{false, true} {
		speak(t, korean)
		out, err := do(t, a, "list")
		require.NoError(t, err)
		golden(t, fmt.Sprintf("list.%t", korean), out)
	}
}

// The one test with a real `go test` under it: a starter, a solution and a
// file that does not compile.
func TestTest(t *testing.T) {
	a := fixture(t, nil)
	a.run = execute
	out, err := do(t, a, "test", "03")
	require.Equal(t, 1, code(err))
	require.Empty(t, err.Error(), "all has been said")
	golden(t, "test.fails", out)
	var last result
	require.NoError(t, a.load("tests/03.json", &last))
	require.Equal(t, []taskResult{{"1", false}, {"2", false}}, last.Tasks)

	where, err := do(t, a)
	require.NoError(t, err)
	require.Equal(t, out, where)

	file := filepath.Join(a.root, "labs", "03-context-switch", "switch.go")
	require.NoError(t, os.WriteFile(file, []byte(strings.Replace(starter, "return 0", "return 1", 1)), 0o644))
	out, err = do(t, a, "test", "labs/03-context-switch/")
	require.NoError(t, err)
	require.Equal(t, "03-context-switch: solved, 2 of 2 tasks pass.\nNext: go tool lab measure 03\n", out)
	_, err = do(t, a, "hint", "03")
	require.ErrorContains(t, err, "every task of 03-context-switch passed when last run")

	require.NoError(t, os.WriteFile(file, []byte(strings.Replace(starter, "return 0", "retrun 0", 1)), 0o644))
	out, err = do(t, a, "test", "3")
	require.Equal(t, 1, code(err))
	require.ErrorContains(t, err, "03-context-switch does not compile")
	require.Regexp(t, `^labs.03-context-switch.switch\.go:5:26: `, out, "the compiler's first line first")

	ends := func(where string) (string, error) {
		text := strings.Replace(starter, "return 0", where, 1) + "\nfunc init() { _ = syscall.Getpid }\n"
		text = strings.Replace(text, "package ctxswitch\n", "package ctxswitch\n\nimport \"syscall\"\n", 1)
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
		return do(t, a, "test", "3")
	}
	out, err = ends("syscall.Exit(3); return 0")
	require.Equal(t, 1, code(err))
	require.Contains(t, out, "it did not finish: the process ended while it ran")
	require.Contains(t, out, "TestSaveKeepsPC")
	text := strings.Replace(starter, "package ctxswitch\n", "package ctxswitch\n\nimport \"os\"\n\nfunc init() { os.Exit(0) }\n", 1)
	require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	_, err = do(t, a, "test", "3")
	require.ErrorContains(t, err, "no test has run")
}

func TestEvents(t *testing.T) {
	ev := func(s string) *outcome {
		o, err := parseEvents(strings.NewReader(s))
		require.NoError(t, err)
		return o
	}
	a := fixture(t, nil)
	show := func(o *outcome) string {
		var out bytes.Buffer
		a.stdout = &out
		a.showFailure(lab{nn: "03", name: "03-context-switch"}, o)
		return out.String()
	}
	leak := ev(`{"Action":"run","Test":"TestA"}
		{"Action":"pass","Test":"TestA"}
		{"Action":"output","Output":"PASS\n"}
		{"Action":"output","Output":"goleak: Errors on successful test run: found unexpected goroutines:\n"}
		{"Action":"output","Output":"FAIL\tgmplab/labs/03-context-switch\t0.4s\n"}
		{"Action":"fail"}`)
	require.Equal(t, "03-context-switch: the tests pass, but not the package:\ngoleak: Errors on successful test run: found unexpected goroutines:\n"+
		"Next: mend it, then: go tool lab test 03\n", show(leak))
	require.False(t, leak.result(time.Time{}).Passed)

	untold := ev(`{"Action":"output","Test":"TestAPI","Output":"    x_test.go:9: Save is gone\n"}
		{"Action":"output","Test":"TestAPI","Output":"    x_test.go:9: stuck? go tool lab hint 03 1\n"}
		{"Action":"fail","Test":"TestAPI"}
		{"Action":"attr","Test":"TestTen","Key":"task","Value":"10"}
		{"Action":"fail","Test":"TestTen"}
		{"Action":"attr","Test":"TestNine","Key":"task","Value":"9"}
		{"Action":"fail","Test":"TestNine"}
		{"Action":"fail"}`)
	require.Equal(t, "03-context-switch: TestAPI fails\n\n    x_test.go:9: Save is gone\n\nLater tasks wait or fail: 9, 10.\n"+
		"Next: edit labs/03-context-switch, then: go tool lab test 03; or a hint: go tool lab hint 03\n", show(untold))

	_, err := parseEvents(strings.NewReader("go: no such tool"))
	require.ErrorContains(t, err, "read go test's output")
}

// A go command that fails without a test's failure is passed on.
func TestGoFails(t *testing.T) {
	a := fixture(t, nil)
	a.run = func(_ context.Context, c child) error {
		io.WriteString(c.stderr, "go: go.mod requires go >= 1.99\n")
		return errors.New("exit status 1")
	}
	_, err := do(t, a, "test", "03")
	require.EqualError(t, err, "go test ./labs/03-context-switch did not run: exit status 1\ngo: go.mod requires go >= 1.99")
}

func TestHint(t *testing.T) {
	a := fixture(t, nil)
	var all strings.Builder
	for _, args := range []string{"hint 3", "hint 03", "hint 03-context-switch", "hint 3", "hint -level 1 3", "hint 3 2", "hint 3 1 -level 2"} {
		out, err := do(t, a, strings.Fields(args)...)
		require.NoError(t, err)
		all.WriteString("$ lab " + args + "\n" + out + "\n")
	}
	golden(t, "hint", all.String())

	require.NoError(t, a.save("tests/03.json", result{Tasks: []taskResult{{"1", true}, {"2", false}}}))
	out, err := do(t, a, "hint", "3")
	require.NoError(t, err)
	require.Contains(t, out, "Task 2: Ready", "the first task that has not passed")
	require.NoError(t, os.WriteFile(filepath.Join(a.root, ".lab", "hints.json"), []byte("{"), 0o644))
	_, err = do(t, a, "hint", "3")
	require.ErrorContains(t, err, "delete it and run the command again")
}

func TestPredict(t *testing.T) {
	a := fixture(t, nil)
	out, err := do(t, a, "predict", "3", "-set", "c5.1=20", "-set", "C5.2=60%")
	require.NoError(t, err)
	require.Equal(t, "C5.1: your guess is 20 times\nC5.2: your guess is 60 %\nNext: go tool lab measure 03\n", out)

	a.stdin = strings.NewReader("\n1,000\n3.5\n") // the first stays
	out, err = do(t, a, "predict", "3")
	require.NoError(t, err)
	golden(t, "predict", out)
	kept, err := a.guesses(lab{nn: "03"})
	require.NoError(t, err)
	require.Equal(t, guesses{"C5.1": 20, "C5.2": 1000, "C8": 3.5}, kept)

	a.stdin = strings.NewReader("many\n")
	_, err = do(t, a, "predict", "3")
	require.Equal(t, 2, code(err))
	require.ErrorContains(t, err, `C5.1: "many" is no number`)
}

// bench is what a round of benchmarks prints.
func bench(round int, ns map[string]float64) string {
	var b strings.Builder
	b.WriteString("goos: linux\ngoarch: amd64\ncpu: A CPU\n")
	for _, name := range benchNames {
		v, ok := ns[name]
		if !ok {
			continue
		}
		v *= 1 + 0.002*float64(round)
		fmt.Fprintf(&b, "Benchmark%s\nBenchmark%[1]s-2 \t 1000\t %g ns/switch", name, v)
		if name == "Kernel/kind=channel" {
			b.WriteString("\t 0.00007 kernel-switches/switch")
		}
		b.WriteString("\n")
	}
	return b.String() + "BenchmarkMachine\nBenchmarkMachine/kind=cooperative\n    bench_test.go:9: not measurable here: task 3 is not solved yet\n--- SKIP: BenchmarkMachine/kind=cooperative\nPASS\n"
}

var benchNames = []string{"Noise/run=a", "Noise/run=b", "Registers/save=three", "Registers/save=all", "Switch/kind=gosched", "Switch/kind=channel",
	"Switch/kind=sched_yield/pin=yes", "Switch/kind=futex/pin=yes", "Switch/kind=pipe/pin=yes", "Kernel/kind=channel", "Runnable/n=100", "Runnable/n=100000", "New/kind=x"}

var benchSeen = map[string]float64{"Noise/run=a": 100, "Noise/run=b": 101, "Registers/save=three": 2.95, "Registers/save=all": 4.6,
	"Switch/kind=gosched": 87, "Switch/kind=channel": 140, "Switch/kind=sched_yield/pin=yes": 1090, "Switch/kind=futex/pin=yes": 1800,
	"Switch/kind=pipe/pin=yes": 2210, "Kernel/kind=channel": 140, "Runnable/n=100": 85, "Runnable/n=100000": 450, "New/kind=x": 7}

// fake runs no process: it answers as the children of measure do.
type fake struct {
	t      *testing.T
	broken string // what the compiler says without an overlay
	round  int
	stop   func(round int) error // may cancel
	benchs []child
}

func (f *fake) run(_ context.Context, c child) error {
	switch line := strings.Join(c.args, " "); {
	case strings.HasPrefix(line, "go env"):
		fmt.Fprintf(c.stdout, "%s\ngo1.26.8\n", filepath.Join(f.t.TempDir(), "nowhere"))
	case strings.HasPrefix(line, "go test -c"):
		require.Contains(f.t, c.env, "CGO_ENABLED=0")
		if f.broken != "" && !strings.Contains(line, "-overlay solutions/overlay.json") {
			io.WriteString(c.stdout, "# gmplab/labs/03-context-switch\n"+f.broken)
			return errors.New("exit status 1")
		}
	case strings.HasPrefix(line, "go tool objdump"):
		text, err := os.ReadFile(filepath.Join("..", "..", "internal", "claims", "testdata", "objdump."+runtime.GOARCH+".txt"))
		if err != nil {
			return errors.New("no capture for this GOARCH")
		}
		_, err = c.stdout.Write(text)
		return err
	default:
		f.benchs = append(f.benchs, c)
		f.round++
		io.WriteString(c.stdout, bench(f.round, benchSeen))
		if f.stop != nil {
			return f.stop(f.round)
		}
	}
	return nil
}

var machineLine = regexp.MustCompile(`(?m)^go1\.26\.8 .*GOMAXPROCS 2.*$`)

func TestMeasure(t *testing.T) {
	for _, korean := range []bool{false, true} {
		a := fixture(t, nil)
		speak(t, korean)
		f := &fake{t: t}
		a.run = f.run
		require.NoError(t, a.save("predict/03.json", guesses{"C5.1": 20}))
		out, err := do(t, a, "measure", "C8", "x1", "C5", "C6", "C8")
		require.NoError(t, err)
		require.Len(t, f.benchs, 10, "rounds")
		golden(t, fmt.Sprintf("measure.%t", korean), machineLine.ReplaceAllString(out, "MACHINE"))
		for line := range strings.Lines(out) {
			require.LessOrEqual(t, displaywidth.String(strings.TrimSuffix(line, "\n")), defaultWidth, line)
		}
		raw, err := os.ReadFile(filepath.Join(a.root, ".lab", "measure", "03-context-switch.txt"))
		require.NoError(t, err)
		require.Equal(t, 10, strings.Count(string(raw), "BenchmarkNoise/run=a-2"))
	}
}

// Only the benchmarks that the claims need are run, by exact name.
func TestMeasureOnly(t *testing.T) {
	a := fixture(t, nil)
	f := &fake{t: t}
	a.run = f.run
	out, err := do(t, a, "measure", "X1", "-full", "-rounds", "2")
	require.NoError(t, err)
	require.Contains(t, out, "n=2 rounds · A/A noise not measured")
	require.Contains(t, out, "inconclusive, 0.0000700 per")
	require.Len(t, f.benchs, 2)
	require.Equal(t, []string{"LAB_FULL=1"}, f.benchs[0].env)
	require.Equal(t, filepath.Join(a.root, "labs", "03-context-switch"), f.benchs[0].dir)
	require.Equal(t, []string{"-test.v", "-test.run", "^$", "-test.bench", "^BenchmarkKernel$/^kind=channel$",
		"-test.benchtime", "10ms", "-test.count", "1", "-test.timeout", "3m"}, f.benchs[0].args[1:])

	f.benchs = nil
	out, err = do(t, a, "measure", "C4", "C6")
	require.NoError(t, err)
	require.Empty(t, f.benchs, "counts and readings need no rounds")
	require.NotContains(t, out, "Raw lines")
	require.Equal(t, "^A$/^b=c\\.$|^D$", benchPattern([]string{"A/b=c.", "D"}))
}

func TestMeasureJSON(t *testing.T) {
	a := fixture(t, nil)
	a.run = (&fake{t: t}).run
	out, err := do(t, a, "measure", "-json")
	require.NoError(t, err)
	var report struct {
		Machine map[string]any
		Claims  []map[string]any
	}
	require.NoError(t, json.Unmarshal([]byte(out), &report))
	require.Len(t, report.Claims, len(claims.Lab("03-context-switch")))
	require.Equal(t, "go1.26.8", report.Machine["go"])
	c5 := report.Claims[5]
	require.Equal(t, "C5.1", c5["id"])
	require.Equal(t, "right", c5["reading"])
	require.Equal(t, "holds", c5["measured"])
	require.Equal(t, ">= 4", c5["threshold"])
	require.InDelta(t, 12.5, c5["value"], 0.1)
	require.EqualValues(t, 10, c5["n"])
	require.Equal(t, "inconclusive", report.Claims[8]["measured"], "C7 was not reported")
}

// A slow machine gets fewer rounds, but enough for a verdict; -rounds is obeyed.
func TestMeasureTimeLimit(t *testing.T) {
	a := fixture(t, nil)
	f := &fake{t: t}
	a.run, a.limit = f.run, time.Nanosecond
	out, err := do(t, a, "measure", "C8")
	require.NoError(t, err)
	require.Len(t, f.benchs, fewestRounds)
	require.Contains(t, out, "6 rounds, not 10: more would have taken over 1ns; -rounds 10 runs them all")
	f.benchs = nil
	_, err = do(t, a, "measure", "C8", "-rounds", "9")
	require.NoError(t, err)
	require.Len(t, f.benchs, 9)
}

func TestMeasureInterrupted(t *testing.T) {
	a := fixture(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	f := &fake{t: t, stop: func(round int) error {
		if round == 4 {
			cancel()
			return errors.New("signal: interrupt")
		}
		return nil
	}}
	a.run = f.run
	var out bytes.Buffer
	a.stdout = &out
	err := a.command(ctx, []string{"measure", "C8"})
	require.Equal(t, 130, code(err))
	require.ErrorContains(t, err, "interrupted in round 4 of 10; what was measured is judged above and kept in .lab")
	require.Contains(t, out.String(), "inconclusive, 5.29 times,")
	require.FileExists(t, filepath.Join(a.root, ".lab", "measure", "03-context-switch.txt"))
}

// A benchmark that finds its own figure wrong costs that round's figure of it.
func TestMeasureBenchmarkFails(t *testing.T) {
	a := fixture(t, nil)
	f := &fake{t: t}
	fails := func(round int) bool { return round == 3 }
	a.run = func(ctx context.Context, c child) error {
		var out bytes.Buffer
		stdout, before := c.stdout, f.round
		c.stdout = &out
		err := f.run(ctx, c)
		text := out.String()
		if f.round > before && fails(f.round) {
			re := regexp.MustCompile(`(?m)^(BenchmarkRunnable/n=100)-2 .*`)
			text = re.ReplaceAllString(text, "    bench_test.go:8: they did not take turns\n--- FAIL: $1")
			text, err = strings.Replace(text, "PASS", "FAIL", 1), errors.New("exit status 1")
		}
		io.WriteString(stdout, text)
		return err
	}
	out, err := do(t, a, "measure", "C8")
	require.NoError(t, err)
	require.Contains(t, strings.Join(strings.Fields(out), " "), "BenchmarkRunnable/n=100 failed in 1 of 10 rounds, which have no figure of it: they did not take turns")
	require.Regexp(t, `100 runnable +86\.0 +\[.*\] +9\n`, out)

	fails = func(int) bool { return true }
	out, err = do(t, a, "measure", "C8")
	require.EqualError(t, err, "BenchmarkRunnable/n=100 failed in every round: they did not take turns")
	require.Contains(t, out, "inconclusive\n")
}

func TestMeasureChildFails(t *testing.T) {
	a := fixture(t, nil)
	a.run = (&fake{t: t, stop: func(int) error { return errors.New("exit status 2") }}).run
	out, err := do(t, a, "measure", "C8", "-json")
	require.Equal(t, 1, code(err))
	require.Contains(t, err.Error(), "the benchmarks of 03-context-switch failed in round 1 (exit status 2); their output:\ngoos: linux\n")
	require.True(t, json.Valid([]byte(out)))
}

func TestMeasureWithoutLearnersFile(t *testing.T) {
	const complaint = "labs/03-context-switch/switch.go:5:26: syntax error\n"
	a := fixture(t, map[string]string{"solutions/overlay.json": "{}"})
	a.run = (&fake{t: t, broken: complaint}).run
	out, err := do(t, a, "measure", "C8")
	require.NoError(t, err)
	require.Contains(t, out, "Your file does not compile, so the reference solution was measured in its place:\n  "+complaint)

	a = fixture(t, nil)
	a.run = (&fake{t: t, broken: complaint}).run
	_, err = do(t, a, "measure", "C8")
	require.Equal(t, 1, code(err))
	require.EqualError(t, err, "03-context-switch does not compile, and there is no solutions/overlay.json to measure in its place: mend it, then: go tool lab measure 03\n"+strings.TrimSpace(complaint))
}

func TestMeasureNothing(t *testing.T) {
	a := fixture(t, map[string]string{"labs/03-context-switch/bench_test.go": "", "labs/90-none/README.md": "# None\n"})
	a.run = (&fake{t: t}).run
	for args, want := range map[string]string{
		"":   "no lab has a harness (bench_test.go) and claims yet",
		"3":  "03-context-switch has no harness (bench_test.go) yet",
		"90": "90-none has no claims to measure yet",
	} {
		_, err := do(t, a, append([]string{"measure"}, strings.Fields(args)...)...)
		require.EqualError(t, err, want)
		require.Equal(t, 1, code(err))
	}
}

// Whatever the cells, lines are no wider than the table, columns begin where
// the rule says, and no character is lost.
func TestTable(t *testing.T) {
	words := rapid.StringMatching(`([a-z÷≥·가-힣]{1,30} ?){0,12}`)
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(60, 140).Draw(t, "width")
		tab := table{head: []string{"", "글의 주장", "b", "c"}}
		for range rapid.IntRange(1, 5).Draw(t, "rows") {
			tab.rows = append(tab.rows, []string{"C1", words.Draw(t, "a"), words.Draw(t, "b"), words.Draw(t, "c")})
		}
		var out bytes.Buffer
		require.NoError(t, tab.write(&out, width))
		widths := tab.widths(width - 6)
		seen := map[int]string{}
		for line := range strings.Lines(out.String()) {
			line = strings.TrimSuffix(line, "\n")
			require.LessOrEqual(t, displaywidth.String(line), width)
			for i, w := range widths {
				cell := displaywidth.TruncateString(line, w, "")
				seen[i] += strings.ReplaceAll(cell, " ", "")
				line = strings.TrimPrefix(line[len(cell):], columnGap)
				if displaywidth.String(cell) < w && line != "" {
					line = strings.TrimPrefix(line, " ") // a wide character did not fit
				}
			}
		}
		for i := range widths {
			want := ""
			for y, row := range append([][]string{tab.head, nil}, tab.rows...) {
				if y == 1 {
					want += strings.Repeat("-", widths[i])
					continue
				}
				want += strings.ReplaceAll(row[i], " ", "")
			}
			require.Equal(t, want, seen[i])
		}
	})
}

func TestHang(t *testing.T) {
	require.Equal(t, "  rule: a goroutine\n        that gave way\nPC  SP   BP which is wider than that\n",
		hang("  rule: a goroutine that gave way\nPC  SP   BP which is wider than that\n", 28))
}

// The tool must not break with a learner's syntax error: it imports no lab.
func TestImportsNoLab(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		require.NoError(t, err)
		for _, imp := range f.Imports {
			require.NotRegexp(t, `gmplab/(labs|solutions)|internal/(tiny|check)`, imp.Path.Value, file)
		}
	}
}
