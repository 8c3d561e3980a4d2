package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clipperhouse/displaywidth"
	"github.com/stretchr/testify/require"

	"gmplab/internal/labrun/report"
	"gmplab/internal/lang"
)

// scene plays the children of run: go env, go test, go build and the program.
type scene struct {
	t       *testing.T
	tests   map[string]string // events of a lab's tests, without their package
	build   string            // what the compiler says
	program func(ctx context.Context, c child) *report.Report
	ran     []string // what was run, in short
	overlay map[string]string
}

const (
	testsPass  = `{"Action":"run","Test":"T"}` + "\n" + `{"Action":"attr","Test":"T","Key":"task","Value":"1"}` + "\n" + `{"Action":"pass","Test":"T"}` + "\n" + `{"Action":"pass"}`
	task3Fails = `{"Action":"run","Test":"T"}` + "\n" + `{"Action":"attr","Test":"T","Key":"task","Value":"3"}` + "\n" + `{"Action":"fail","Test":"T"}` + "\n" + `{"Action":"fail"}`
	noBuild    = `{"Action":"output","Output":"FAIL\n"}` + "\n" + `{"Action":"fail","FailedBuild":"x"}`
	noTests    = `{"Action":"pass"}`
)

var twoPs = report.Report{Stats: report.Stats{
	Ps:  []report.P{{Switches: 200004, Spawns: 2, Parks: 3, Growths: 1}, {Steals: 1, Stolen: 4, Handoffs: 2, Preemptions: 1}},
	All: report.P{Switches: 200004, Spawns: 2, Steals: 1, Stolen: 4, Handoffs: 2, Preemptions: 1, Parks: 3, Growths: 1}, Threads: 4, TookNS: 31_234_567,
}}

func (s *scene) run(ctx context.Context, c child) error {
	switch line := strings.Join(c.args, " "); {
	case strings.HasPrefix(line, "go env"):
		io.WriteString(c.stdout, "go1.26.8\nlinux\namd64\n\n\n1\n")
	case strings.HasPrefix(line, "go test"):
		require.Contains(s.t, line, "go test -json -short ")
		io.WriteString(c.stdout, `{"ImportPath":"gmplab/internal/x","Action":"build-output","Output":"x.go:1\n"}`+"\nnot an event\n")
		var tried []string
		for _, arg := range c.args {
			name, ok := strings.CutPrefix(arg, "./labs/")
			if !ok {
				continue
			}
			tried = append(tried, name[:2])
			for line := range strings.Lines(s.tests[name]) {
				io.WriteString(c.stdout, strings.Replace(strings.TrimSpace(line), "{", `{"Package":"gmplab/labs/`+name+`",`, 1)+"\n")
			}
		}
		s.ran = append(s.ran, "test "+strings.Join(tried, " "))
		return errors.New("exit status 1")
	case strings.HasPrefix(line, "go build"):
		s.ran = append(s.ran, "build")
		require.Contains(s.t, c.env, "CGO_ENABLED=0")
		if s.build != "" {
			io.WriteString(c.stdout, "# gmplab/labs/03-context-switch\n"+s.build)
			return errors.New("exit status 1")
		}
		at := func(flag string) string {
			return filepath.Join(c.dir, c.args[slices.Index(c.args, flag)+1])
		}
		require.NoError(s.t, os.WriteFile(at("-o"), nil, 0o755))
		var o struct{ Replace map[string]string }
		text, err := os.ReadFile(at("-overlay"))
		require.NoError(s.t, err)
		require.NoError(s.t, json.Unmarshal(text, &o))
		s.overlay = o.Replace
	default:
		s.ran = append(s.ran, "run")
		require.Equal(s.t, runPatience, c.patience)
		require.Contains(s.t, c.env, "LAB_LANG="+lang.Say("en", "ko"))
		io.WriteString(c.stdout, "100000\n")
		r := &twoPs
		if s.program != nil {
			r = s.program(ctx, c)
		}
		if r == nil {
			io.WriteString(c.stderr, "panic: oh\n\ngoroutine 7 [running]:\n")
			return errors.New("exit status 2")
		}
		text, err := json.Marshal(r)
		require.NoError(s.t, err)
		return os.WriteFile(c.args[slices.Index(c.args, "-result")+1], text, 0o644)
	}
	return nil
}

// runFixture is a workbook with two labs, a reference for each, and a program.
func runFixture(t *testing.T) (*app, *scene, string) {
	a := fixture(t, map[string]string{
		"labs/04-gmp/gmp.go":                    "package gmp\n",
		"labs/04-gmp/extra.go":                  "package gmp\n",
		"labs/04-gmp/gmp_test.go":               "package gmp\n",
		"solutions/overlay.json":                `{"Replace": {"labs/03-context-switch/switch.go": "solutions/switch.go", "labs/04-gmp/gmp.go": "solutions/gmp.go"}}`,
		"solutions/switch.go":                   "package ctxswitch\n",
		"solutions/gmp.go":                      "package gmp\n",
		"internal/machine/testdata/x.txt":       "x",
		"internal/machine/machine.go":           "package machine\n",
		"labs/04-gmp/testdata/rapid/a/b.fail":   "seed",
		"examples/ping.asm":                     "main: ENTER 0\n RET\n",
		"out/notes.json":                        "{\"mine\": 1}\n",
		"out/old.json":                          `{"displayTimeUnit":"ns","traceEvents":[]}`,
		"out/empty/.keep":                       " ",
		"labs/04-gmp/README.md":                 "# GMP\n",
		"labs/03-context-switch/testdata/x.txt": "x",
	})
	s := &scene{t: t, tests: map[string]string{"03-context-switch": testsPass, "04-gmp": task3Fails}}
	a.run = s.run
	return a, s, filepath.Join(a.root, "examples", "ping.asm")
}

func TestRun(t *testing.T) {
	for _, korean := range []bool{false, true} {
		a, s, file := runFixture(t)
		speak(t, korean)
		var errs bytes.Buffer
		a.stderr = &errs
		out, err := do(t, a, "run", file, "-procs", "2")
		require.NoError(t, err)
		golden(t, fmt.Sprintf("run.%t", korean), out)
		for line := range strings.Lines(out) {
			require.LessOrEqual(t, displaywidth.String(strings.TrimSuffix(line, "\n")), defaultWidth, line)
		}
		require.Contains(t, errs.String(), "03, 04")
		require.Equal(t, []string{"test 03 04", "build", "run"}, s.ran)
		require.Equal(t, map[string]string{"labs/04-gmp/gmp.go": "solutions/gmp.go", "labs/04-gmp/extra.go": ""}, s.overlay)
		left, err := filepath.Glob(filepath.Join(a.root, ".lab", "run", "*"))
		require.NoError(t, err)
		require.Len(t, left, 3, "verdicts, overlay and program: %v", left)
	}
}

// What is known of files that have not changed is not found out again.
func TestRunAgain(t *testing.T) {
	a, s, file := runFixture(t)
	again := func() []string {
		s.ran = nil
		_, err := do(t, a, "run", file)
		require.NoError(t, err)
		return s.ran
	}
	edit := func(name, text string) {
		path := filepath.Join(a.root, filepath.FromSlash(name))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	again()
	require.Equal(t, []string{"run"}, again())
	edit("labs/04-gmp/README.md", "# More\n")
	edit("labs/04-gmp/testdata/rapid/a/b.fail", "another seed")
	require.Equal(t, []string{"run"}, again(), "what no test reads")
	edit("solutions/gmp.go", "package gmp // another\n")
	require.Equal(t, []string{"build", "run"}, again())
	edit("labs/04-gmp/gmp.go", "package gmp // better\n")
	s.tests["04-gmp"] = testsPass
	require.Equal(t, []string{"test 04", "build", "run"}, again())
	require.Empty(t, s.overlay)
	edit("labs/03-context-switch/testdata/x.txt", "y")
	require.Equal(t, []string{"test 03", "build", "run"}, again())
	edit("internal/machine/machine.go", "package machine // another\n")
	require.Equal(t, []string{"test 03 04", "build", "run"}, again())

	// A failure that `lab test` has seen pass since is tried again.
	edit("labs/04-gmp/gmp.go", "package gmp // worse\n")
	s.tests["04-gmp"] = task3Fails
	require.Equal(t, []string{"test 04", "build", "run"}, again())
	require.NoError(t, a.save("tests/04.json", result{When: time.Now().Add(-time.Hour), Passed: true}))
	require.Equal(t, []string{"run"}, again())
	require.NoError(t, a.save("tests/04.json", result{When: time.Now().Add(time.Hour), Passed: true}))
	require.Equal(t, []string{"test 04", "run"}, again())
}

func TestRunWhy(t *testing.T) {
	a, s, file := runFixture(t)
	s.tests["03-context-switch"], s.tests["04-gmp"] = noBuild, noTests
	out, err := do(t, a, "run", file)
	require.NoError(t, err)
	require.Contains(t, out, "03-context-switch   reference (your file does not compile: go tool lab test 03)\n04-gmp              reference (its tests fail: go tool lab test 04)\n")

	a, s, file = runFixture(t)
	s.tests["04-gmp"] = ""
	_, err = do(t, a, "run", file)
	require.ErrorContains(t, err, "go test ./labs/04-gmp did not run: exit status 1")
}

// A fault of the labs leads back to their tests.
func TestRunLabsFault(t *testing.T) {
	a, s, file := runFixture(t)
	lost := twoPs
	lost.Error, lost.LabsFault = "lost (lab 06)", true
	s.program = func(context.Context, child) *report.Report { return &lost }
	_, err := do(t, a, "run", file)
	require.EqualError(t, err, "lost (lab 06)\nNext: go tool lab test NN, for the labs that are named here")
}

// With -mine the learner's labs run, and no test is asked.
func TestRunMine(t *testing.T) {
	a, s, file := runFixture(t)
	out, err := do(t, a, "run", file, "-mine")
	require.NoError(t, err)
	require.Contains(t, out, "03-context-switch   yours (not tested)\n04-gmp              yours (not tested)\n")
	require.Equal(t, []string{"build", "run"}, s.ran)
	require.Empty(t, s.overlay)
}

// Without solutions/ only labs that are solved can run.
func TestRunWithoutReference(t *testing.T) {
	for _, remove := range []string{"solutions", "solutions/gmp.go"} {
		a, s, file := runFixture(t)
		require.NoError(t, os.RemoveAll(filepath.Join(a.root, remove)))
		_, err := do(t, a, "run", file)
		require.Equal(t, 1, code(err))
		require.EqualError(t, err, "labs that are not solved: 04; and there is no reference to run in their place (solutions/ is not here). Next: go tool lab test 04")

		s.tests["04-gmp"] = testsPass
		require.NoError(t, os.WriteFile(filepath.Join(a.root, "labs", "04-gmp", "gmp.go"), []byte("package gmp // solved\n"), 0o644))
		_, err = do(t, a, "run", file)
		require.NoError(t, err)
	}
}

func TestRunJSON(t *testing.T) {
	a, s, file := runFixture(t)
	var errs bytes.Buffer
	a.stderr = &errs
	read := func(out string) (got outcomeOfRun) {
		dec := json.NewDecoder(strings.NewReader(out))
		dec.DisallowUnknownFields()
		require.NoError(t, dec.Decode(&got))
		return got
	}
	labs := []labCode{{"03-context-switch", "yours", ""}, {"04-gmp", "reference", "yours does not pass task 3 yet: go tool lab test 04"}}
	out, err := do(t, a, "run", "-json", file)
	require.NoError(t, err)
	require.Equal(t, outcomeOfRun{labs, &twoPs.Stats, ""}, read(out))
	require.Contains(t, errs.String(), "100000\n", "what the program prints")

	deadlock := twoPs
	deadlock.Error = "deadlock: nobody is left to wake anybody; waiting: 2"
	s.program = func(context.Context, child) *report.Report { return &deadlock }
	out, err = do(t, a, "run", file, "-json")
	require.Equal(t, &exitError{code: 1}, err)
	require.Equal(t, outcomeOfRun{labs, &twoPs.Stats, "deadlock: nobody is left to wake anybody; waiting: 2"}, read(out))

	s.build = "labs/03-context-switch/switch.go:5: undefined: x\n"
	require.NoError(t, os.WriteFile(filepath.Join(a.root, "labs", "03-context-switch", "switch.go"), []byte("package ctxswitch // new\n"), 0o644))
	out, err = do(t, a, "run", file, "-json")
	require.Equal(t, &exitError{code: 1}, err)
	require.Equal(t, outcomeOfRun{labs, nil, "the labs do not build together, want the first line mended, then the command again:\nlabs/03-context-switch/switch.go:5: undefined: x"}, read(out))
}

func TestRunFails(t *testing.T) {
	a, s, file := runFixture(t)
	var r *report.Report
	s.program = func(context.Context, child) *report.Report { return r }
	for _, c := range []struct {
		r    *report.Report
		want string
	}{
		{&report.Report{Stats: twoPs.Stats, Error: "deadlock: nobody is left to wake anybody; waiting: 2\ngoroutine 1: waits"}, "deadlock: nobody is left to wake anybody; waiting: 2\ngoroutine 1: waits"},
		{&report.Report{Error: "ping.asm:1: unknown instruction"}, "ping.asm:1: unknown instruction"},
		{&report.Report{Stats: twoPs.Stats, Trace: "trace: no space"}, "trace: no space"},
		{&report.Report{Stats: twoPs.Stats, Error: "fault", Trace: "trace: no space"}, "fault\ntrace: no space"},
		{nil, "the process ended before its program did: exit status 2. Out of memory, or a panic in a lab's code? (yours: 03-context-switch)\npanic: oh\n\ngoroutine 7 [running]:"},
	} {
		r = c.r
		out, err := do(t, a, "run", file)
		require.Equal(t, 1, code(err))
		require.EqualError(t, err, c.want)
		require.Equal(t, r != nil && r.Stats.Threads > 0, strings.Contains(out, "hand-offs"), "the table, if it has run")
	}
}

func TestRunInterrupted(t *testing.T) {
	for _, c := range []struct {
		r    *report.Report
		want string
	}{
		{&report.Report{Stats: twoPs.Stats, Error: "context canceled", Interrupted: true}, "interrupted"},
		{&report.Report{Stats: twoPs.Stats, Error: "a thread does not come back: labs/06-work-stealing/steal.go:9"}, "interrupted; a thread does not come back: labs/06-work-stealing/steal.go:9"},
		{nil, "interrupted; a thread did not come back within 15s, so the process was ended (yours: 03-context-switch)"},
	} {
		a, s, file := runFixture(t)
		ctx, cancel := context.WithCancel(t.Context())
		s.program = func(context.Context, child) *report.Report {
			cancel()
			return c.r
		}
		var out bytes.Buffer
		a.stdout = &out
		err := a.command(ctx, []string{"run", file})
		require.Equal(t, 130, code(err))
		require.EqualError(t, err, c.want)
		require.Equal(t, c.r != nil, strings.Contains(out.String(), "hand-offs"), "what happened so far")
	}

	for _, during := range []string{"go env", "go test", "go build"} {
		a, s, file := runFixture(t)
		ctx, cancel := context.WithCancel(t.Context())
		a.run = func(ctx context.Context, c child) error {
			if strings.HasPrefix(strings.Join(c.args, " "), during) {
				cancel()
				return errors.New("signal: interrupt")
			}
			return s.run(ctx, c)
		}
		err := a.command(ctx, []string{"run", file})
		require.Equal(t, 130, code(err))
		require.EqualError(t, err, "interrupted before the program ran")
	}
}

func TestRunWrongInput(t *testing.T) {
	a, _, file := runFixture(t)
	in := func(name string) string { return filepath.Join(a.root, filepath.FromSlash(name)) }
	for _, korean := range []bool{false, true} {
		speak(t, korean)
		for _, args := range [][]string{
			{}, {file, file}, {in("none.asm")}, {in("go.mod")}, {in("examples")}, {file, "-procs", "0"}, {file, "-procs", "257"}, {"-procs", "-1", file},
			{file, "-procs", "x"}, {file, "-fast"}, {file, "-trace", in("out.txt")}, {file, "-trace", ""}, {file, "-trace", in("none/out.json")},
			{file, "-trace", in("out/notes.json")}, {file, "-trace", in("go.mod")}, {file, "-json", "-procs", "0"},
		} {
			out, err := do(t, a, append([]string{"run"}, args...)...)
			require.Equal(t, 2, code(err), "%s: %v", args, err)
			require.Contains(t, err.Error(), "go tool lab run examples/", "%s: an example", args)
			require.NotContains(t, err.Error(), "\n", "%s: one line", args)
			require.NotContains(t, err.Error(), "%!", args)
			require.Empty(t, out)
		}
	}
	speak(t, false)
	for _, name := range []string{"out/new.json", "out/old.json"} {
		_, err := do(t, a, "run", "-trace", in(name), file)
		require.NoError(t, err, name)
	}
	_, err := do(t, a, "run", file, "-trace", in("out/notes.json"))
	require.EqualError(t, err, "run: -trace "+in("out/notes.json")+": it is there already and is no trace, want another name, for example: go tool lab run examples/pingpong.asm -trace out.json")
}

// A child that is given time learns of the end by its standard input, and is
// killed when it does not mind.
func TestPatience(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	for mode, ended := range map[string]bool{"minds": true, "hangs": false} {
		ctx, cancel := context.WithCancel(t.Context())
		var out bytes.Buffer
		begun := &onWrite{w: &out, f: cancel}
		err := execute(ctx, child{args: []string{self, "-test.run", "^TestPatienceChild$"}, env: []string{"LAB_PATIENCE=" + mode}, stdout: begun, patience: time.Second})
		require.Error(t, err)
		require.Equal(t, ended, strings.Contains(out.String(), "ended"), out.String())
	}
}

type onWrite struct {
	w io.Writer
	f func()
}

func (o *onWrite) Write(b []byte) (int, error) {
	o.f()
	return o.w.Write(b)
}

func TestPatienceChild(t *testing.T) {
	mode := os.Getenv("LAB_PATIENCE")
	if mode == "" {
		t.Skip("the child of TestPatience")
	}
	fmt.Println("begun")
	_, _ = io.Copy(io.Discard, os.Stdin)
	if mode == "hangs" {
		time.Sleep(time.Minute) // is killed meanwhile
	}
	fmt.Println("ended")
	os.Exit(0)
}

// masked makes an output the same however fast it ran, and wherever.
func masked(out string) string {
	out = regexp.MustCompile(`· [\d.]+[mµ]?s\n`).ReplaceAllString(out, "· TIME\n")
	table := regexp.MustCompile(`(?m)^(P\d* |---|all |전체 ).*$`)
	out = table.ReplaceAllStringFunc(out, func(line string) string {
		line = regexp.MustCompile(` \d+`).ReplaceAllString(line, " #")
		return regexp.MustCompile(`---+`).ReplaceAllString(strings.Join(strings.Fields(line), " "), "---")
	})
	out = regexp.MustCompile(`threads made: \d+`).ReplaceAllString(out, "threads made: #")
	out = regexp.MustCompile(`\([\d.]+ MB\)`).ReplaceAllString(out, "(# MB)")
	out = regexp.MustCompile(`(first |처음 )[\d.]+[mµ]?s`).ReplaceAllString(out, "${1}TIME")
	return regexp.MustCompile(`스레드 \d+개`).ReplaceAllString(out, "스레드 #개")
}

// book is the workbook itself, with its results kept elsewhere: a copy of what
// `run` reads.
func book(t *testing.T) *app {
	t.Helper()
	if testing.Short() {
		t.Skip("builds and runs the whole book")
	}
	root, err := findRoot()
	require.NoError(t, err)
	if _, err := os.Stat(filepath.Join(root, "solutions", "overlay.json")); err != nil {
		t.Skip("no solutions/")
	}
	dir := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), text, 0o644))
	}
	for _, name := range []string{"labs", "internal", "solutions", "examples"} {
		require.NoError(t, os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join(root, name))))
	}
	speak(t, false)
	a := &app{root: dir, stdout: io.Discard, stderr: io.Discard, run: execute}
	// All labs but 02 are the learner's, by copies of the references.
	labs, err := a.labs()
	require.NoError(t, err)
	for _, l := range labs {
		if files, _ := filepath.Glob(filepath.Join(dir, "solutions", l.name, "*.go")); l.nn != "02" {
			require.Len(t, files, 1)
			text, err := os.ReadFile(files[0])
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(l.dir, filepath.Base(files[0])), text, 0o644))
		}
	}
	starter, err := os.ReadFile(filepath.Join(root, "labs", "02-spawn-cost", "spawn.go"))
	require.NoError(t, err)
	broken := strings.Replace(string(starter), "package spawn\n", "package spawn\n\nvar _ = nothing\n", 1)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "labs", "02-spawn-cost", "spawn.go"), []byte(broken), 0o644))
	return a
}

// The whole of it: tests, overlay, build, program, trace.
func TestRunBook(t *testing.T) {
	a := book(t)
	// The tests of the labs have their own place: here they are taken as run.
	a.run = func(ctx context.Context, c child) error {
		if c.args[1] == "test" {
			for _, arg := range c.args {
				if name, ok := strings.CutPrefix(arg, "./labs/"); ok {
					events := testsPass
					if strings.HasPrefix(name, "02") {
						events = noBuild
					}
					for line := range strings.Lines(events) {
						fmt.Fprintln(c.stdout, strings.Replace(strings.TrimSpace(line), "{", `{"Package":"gmplab/labs/`+name+`",`, 1))
					}
				}
			}
			return nil
		}
		return execute(ctx, c)
	}
	file := filepath.Join(a.root, "examples", "pingpong.asm")
	trace := filepath.Join(t.TempDir(), "trace.json")
	for _, korean := range []bool{false, true} {
		speak(t, korean)
		out, err := do(t, a, "run", file, "-procs", "2", "-trace", trace)
		require.NoError(t, err)
		golden(t, fmt.Sprintf("run.book.%t", korean), strings.ReplaceAll(masked(out), trace, "trace.json"))
		readTrace(t, trace)
	}
	speak(t, false)

	asm := func(text string) string {
		path := filepath.Join(t.TempDir(), "x.asm")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
		return path
	}
	_, err := do(t, a, "run", asm("main: ENTER 0\n BLAH\n RET 1\n"))
	require.Equal(t, 1, code(err))
	require.Regexp(t, `(?s)^\S*x\.asm:2: unknown instruction "BLAH".*\n\S*x\.asm:3: RET takes 0 operands`, err.Error())

	out, err := do(t, a, "run", "-trace", trace, asm("main: ENTER 1\n STORE [SP], 0\n CHAN\n STORE [SP], R0\n RECV\n RET\n"))
	require.Equal(t, 1, code(err))
	require.Regexp(t, `(?s)^deadlock: nobody is left to wake anybody; waiting: 1\ngoroutine 1 \[waiting\]: to receive from channel 1 \(\S*x\.asm:3: CHAN\)\n    \S*x\.asm:5: RECV$`, err.Error())
	require.Contains(t, out, "hand-offs")
	readTrace(t, trace)

	// A program that never ends, and Ctrl-C.
	ctx, cancel := context.WithCancel(t.Context())
	var printed bytes.Buffer
	a.stdout = &onWrite{w: &printed, f: func() {
		if strings.Contains(printed.String(), "\n7\n") {
			cancel()
		}
	}}
	err = a.command(ctx, []string{"run", asm("main: ENTER 1\n STORE [SP], 7\n HOST print\nloop: HOST print\n JMP loop\n")})
	require.Equal(t, 130, code(err))
	require.EqualError(t, err, "interrupted")
	require.Contains(t, printed.String(), "hand-offs")
}

// traceEvent is an event of Chrome's trace-event format; what is not here does
// not belong into our traces.
type traceEvent struct {
	Name string                     `json:"name"`
	Ph   string                     `json:"ph"`
	TS   *float64                   `json:"ts"`
	Dur  *float64                   `json:"dur"`
	Pid  *int                       `json:"pid"`
	Tid  *int                       `json:"tid"`
	ID   json.RawMessage            `json:"id"`
	Cat  string                     `json:"cat"`
	Bp   string                     `json:"bp"`
	S    string                     `json:"s"`
	Args map[string]json.RawMessage `json:"args"`
}

// readTrace reads a trace strictly, by the format's definition and by what
// Perfetto makes of it: https://perfetto.dev/docs/getting-started/other-formats,
// and json_trace_parser_impl.cc in its source. It knows nothing of tiny.
func readTrace(t *testing.T, path string) []traceEvent {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var file struct {
		TraceEvents     []traceEvent `json:"traceEvents"`
		DisplayTimeUnit string       `json:"displayTimeUnit"`
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	require.NoError(t, dec.Decode(&file))
	require.NoError(t, checkTrace(file.TraceEvents))
	require.Contains(t, []string{"ms", "ns", ""}, file.DisplayTimeUnit)
	return file.TraceEvents
}

type row struct{ pid, tid int }

func checkTrace(events []traceEvent) error {
	var (
		rows   = map[row]string{}          // named
		owner  = map[int]int{}             // tid: Perfetto names a thread by it alone
		names  = map[int]string{}          // of processes
		slices = map[row][]traceEvent{}    // X
		flows  = map[string][]traceEvent{} // s and f by what binds them
		first  = map[row]float64{}         // when the first slice or instant of a row begins
	)
	for i, e := range events {
		bad := func(what string) error { return fmt.Errorf("event %d, %q %s: %s", i, e.Name, e.Ph, what) }
		if e.Pid == nil || e.Tid == nil || *e.Pid < 1 || *e.Tid < 1 {
			return bad("pid and tid are numbers from 1 on: Perfetto takes 0 for the idle thread")
		}
		at := row{*e.Pid, *e.Tid}
		if pid, ok := owner[at.tid]; ok && pid != at.pid {
			return bad("its tid is one of another process too")
		}
		owner[at.tid] = at.pid
		if e.Name == "" {
			return bad("no name")
		}
		if e.Ph != "M" && (e.TS == nil || *e.TS < 0) {
			return bad("ts is missing or negative")
		}
		if e.Dur != nil && e.Ph != "X" {
			return bad("dur")
		}
		if ts, ok := first[at]; (e.Ph == "X" || e.Ph == "i") && (!ok || *e.TS < ts) {
			first[at] = *e.TS
		}
		switch e.Ph {
		case "M":
			var name string
			if err := json.Unmarshal(e.Args["name"], &name); err != nil && !strings.HasSuffix(e.Name, "_sort_index") {
				return bad("args.name is no string")
			}
			switch e.Name {
			case "process_name":
				names[at.pid] = name
			case "thread_name":
				if rows[at] != "" {
					return bad("named twice")
				}
				rows[at] = name
			case "process_sort_index", "thread_sort_index":
			default:
				return bad("unknown metadata")
			}
		case "X":
			if e.Dur == nil || *e.Dur < 0 {
				return bad("dur is missing or negative")
			}
			slices[at] = append(slices[at], e)
		case "s", "f":
			if len(e.ID) == 0 || e.Cat == "" {
				return bad("a flow has an id and a category")
			}
			key := e.Cat + "/" + e.Name + "/" + string(e.ID)
			flows[key] = append(flows[key], e)
		case "C":
			if len(e.Args) == 0 {
				return bad("no series")
			}
			for _, v := range e.Args {
				var n float64
				if json.Unmarshal(v, &n) != nil || n < 0 {
					return bad("a counter that is no number from 0 on")
				}
			}
		case "i":
			if !strings.Contains("gpt", e.S) || e.S == "" {
				return bad("scope")
			}
		default:
			return bad("a phase that we do not write")
		}
	}
	for i, e := range events {
		if e.Ph != "M" && (names[*e.Pid] == "" || e.Ph != "C" && rows[row{*e.Pid, *e.Tid}] == "") {
			return fmt.Errorf("event %d, %q %s: a row without a name", i, e.Name, e.Ph)
		}
	}
	for at, list := range slices {
		end, before := -1.0, ""
		for _, e := range sortedByTime(list) {
			if *e.TS < end-0.0005 { // half a nanosecond: they are written in µs
				return fmt.Errorf("row %v: %s at %v begins before %s ends", at, e.Name, *e.TS, before)
			}
			end, before = *e.TS+*e.Dur, e.Name
		}
	}
	for key, ends := range flows {
		if len(ends) != 2 || ends[0].Ph != "s" || ends[1].Ph != "f" || *ends[0].TS > *ends[1].TS {
			return fmt.Errorf("flow %s: want a start and then an end, have %d", key, len(ends))
		}
		for _, e := range ends {
			// Perfetto draws an arrow from the last slice or instant that has
			// begun on its row; where there is none it drops the arrow.
			if ts, ok := first[row{*e.Pid, *e.Tid}]; !ok || *e.TS < ts {
				return fmt.Errorf("flow %s: %s at %v has no slice to bind to", key, e.Ph, *e.TS)
			}
		}
	}
	return nil
}

func sortedByTime(list []traceEvent) []traceEvent {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b traceEvent) int {
		switch {
		case *a.TS < *b.TS:
			return -1
		case *a.TS > *b.TS:
			return 1
		}
		return 0
	})
	return list
}

// The reader itself catches what it is for.
func TestCheckTrace(t *testing.T) {
	const good = `[
		{"ph":"M","name":"process_name","pid":1,"tid":1,"args":{"name":"Ps"}},
		{"ph":"M","name":"thread_name","pid":1,"tid":1,"args":{"name":"P0"}},
		{"ph":"M","name":"thread_name","pid":1,"tid":2,"args":{"name":"P1"}},
		{"ph":"X","name":"g1","pid":1,"tid":1,"ts":0,"dur":5},
		{"ph":"X","name":"g2","pid":1,"tid":1,"ts":5,"dur":0},
		{"ph":"i","name":"steal","s":"t","pid":1,"tid":2,"ts":6},
		{"ph":"s","name":"steal","cat":"steal","id":1,"pid":1,"tid":1,"ts":6},
		{"ph":"f","name":"steal","cat":"steal","id":1,"bp":"e","pid":1,"tid":2,"ts":6.001},
		{"ph":"C","name":"queue","pid":1,"tid":1,"ts":7,"args":{"n":3}}]`
	for _, c := range []struct{ old, new, want string }{
		{"", "", ""},
		{`"ts":0,`, `"ts":-1,`, "negative"},
		{`"ts":0,`, ``, "missing"},
		{`"dur":5`, `"dur":-5`, "negative"},
		{`"dur":5`, `"dur":5.1`, "begins before g1 ends"},
		{`"name":"g1","pid":1`, `"name":"g1","pid":2`, "of another process"},
		{`"name":"g1","pid":1,"tid":1`, `"name":"g1","pid":1,"tid":0`, "idle"},
		{`"name":"g1","pid":1,"tid":1`, `"name":"g1","pid":1,"tid":3`, "without a name"},
		{`"args":{"name":"P1"}`, `"args":{"name":1}`, "no string"},
		{`"bp":"e","pid":1,"tid":2,"ts":6.001`, `"pid":1,"tid":2,"ts":5.9`, "a start and then an end"},
		{`"id":1,"bp"`, `"id":2,"bp"`, "a start and then an end"},
		{`"id":1,"pid"`, `"pid"`, "has an id"},
		{`"s":"t"`, `"s":"x"`, "scope"},
		{`"pid":1,"tid":2,"ts":6}`, `"pid":1,"tid":2,"ts":8}`, "no slice to bind to"},
		{`{"n":3}`, `{"n":"3"}`, "no number"},
		{`"ph":"C"`, `"ph":"B"`, "we do not write"},
	} {
		require.True(t, c.old == "" || strings.Count(good, c.old) == 1, c.old)
		var events []traceEvent
		require.NoError(t, json.Unmarshal([]byte(strings.Replace(good, c.old, c.new, 1)), &events))
		if err := checkTrace(events); c.want == "" {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, c.want)
		}
	}
}
