package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gmplab/internal/book"
	"gmplab/internal/gotest"
	"gmplab/internal/labrun/wire"
	"gmplab/internal/lang"
	"gmplab/internal/report"
	"gmplab/internal/term"
)

var update = flag.Bool("update", false, "rewrite testdata/*.txt")

// golden holds an output to testdata/name, which ends in the language.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+"."+lang.Say("en", "ko")+".txt")
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
	switchGo = "labs/03-context-switch/switch.go"
)

// fixture makes a small workbook in a temporary directory.
func fixture(t *testing.T, files map[string]string) *app {
	t.Helper()
	speak(t, false)
	a := &app{book: book.Book{Root: t.TempDir()}, limit: time.Minute, width: term.DefaultWidth,
		stdin: strings.NewReader(""), stderr: io.Discard, stdout: io.Discard,
		run: func(_ context.Context, c gotest.Child) error {
			if c.Args[1] != "env" {
				return errors.New("no child expected")
			}
			io.WriteString(c.Stdout, "/go\ngo1.26.8\nlinux\n")
			return nil
		}}
	all := map[string]string{
		"go.mod":                               "module gmplab\n\ngo 1.26.0\n",
		"labs/03-context-switch/README.md":     "# Context switch\n",
		"labs/03-context-switch/README.ko.md":  "# 문맥 교환\n",
		"labs/03-context-switch/hints.md":      hintsMD,
		switchGo:                               starter,
		"labs/03-context-switch/task1_test.go": labTests,
		"labs/03-context-switch/bench_test.go": "package ctxswitch\n",
		"examples/ping.asm":                    "main: ENTER 0\n RET\n",
		"out/notes.json":                       "{\"mine\": 1}\n",
		"out/old.json":                         `{"displayTimeUnit":"ns","traceEvents":[]}`,
	}
	for name, text := range files {
		all[name] = text
	}
	for name, text := range all {
		write(t, a, name, text)
	}
	return a
}

func write(t *testing.T, a *app, name, text string) {
	t.Helper()
	path := in(a, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
}

func in(a *app, name string) string { return filepath.Join(a.book.Root, filepath.FromSlash(name)) }

// do runs a command and returns what it printed.
func do(t *testing.T, a *app, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	a.stdout = &out
	err := a.command(t.Context(), args)
	return out.String(), err
}

func TestWrongInput(t *testing.T) {
	a := fixture(t, nil)
	file := in(a, "examples/ping.asm")
	for _, korean := range []bool{false, true} {
		speak(t, korean)
		lines := []string{
			"nonsense", "list 3", "list -x", "test", "test 99", "test 3 4", "test 3 -race", "hint", "hint 99", "hint 3 9", "hint 3 one",
			"hint 3 1 1", "hint 3 -level 9", "hint 3 -level 0", "hint 3 2 -level 2", "hint 3 -level x", "hint 3 -level",
			"predict", "predict 99", "predict 3", "predict 3 -set C8", "predict 3 -set C1=2", "predict 3 -set C8=many",
			"measure 99", "measure C99", "measure C", "measure 3 -rounds 0", "measure 3 -rounds x", "measure -fast", "measure tiny 03",
			"run", "run F F", "run none.asm", "run " + in(a, "go.mod"), "run " + in(a, "examples"), "run F -procs 0", "run F -procs 257", "run -procs -1 F",
			"run F -procs x", "run F -fast", "run F -trace " + in(a, "out.txt"), "run F -trace=", "run F -trace " + in(a, "none/out.json"),
			"run F -trace " + in(a, "out/notes.json"), "run F -trace " + in(a, "go.mod"), "run F -json -procs 0",
		}
		for _, line := range lines {
			args := strings.Fields(strings.ReplaceAll(line, " F", " "+file))
			out, err := do(t, a, args...)
			require.Equal(t, 2, exitCode(err), "%s: %v", line, err)
			require.Contains(t, err.Error(), "go tool lab", "%s: an example", line)
			require.NotContains(t, err.Error(), "\n", "%s: one line", line)
			require.NotContains(t, err.Error(), "%!", line)
			require.NotContains(t, out, "NaN", line)
		}
	}
	speak(t, false)
	for line, want := range map[string]string{
		"hint 3 -level 9": "no level 9, task 1 has levels 1 to 3, for example: go tool lab hint 03 1 -level 1",
		"hint 3 -level x": `hint: "x" is no value for -level, want -level, for example: go tool lab hint 03 2 -level 1`,
		"hint 3 -level":   "hint: -level needs a value, want -level, for example: go tool lab hint 03 2 -level 1",
		"list -x":         "list: there is no flag -x, want no flags, for example: go tool lab list",
		"test 99":         `no lab "99", there is 03, for example: go tool lab test 03`,
		"measure tiny 03": "measure tiny stands alone, for example: go tool lab measure tiny",
		"nonsense":        `no command "nonsense", want list, test, hint, predict, measure, run or help, for example: go tool lab test 03`,
	} {
		_, err := do(t, a, strings.Fields(line)...)
		require.EqualError(t, err, want)
	}
}

// Flags may stand anywhere; after -- nothing is a flag.
func TestFlags(t *testing.T) {
	fs := flag.NewFlagSet("x", flag.ContinueOnError)
	n, b := fs.Int("n", 0, ""), fs.Bool("b", false, "")
	rest, err := parse(fs, strings.Fields("one -n 3 two --b=true - -- -n"), "x")
	require.NoError(t, err)
	require.Equal(t, []string{"one", "two", "-", "-n"}, rest)
	require.Equal(t, 3, *n)
	require.True(t, *b)
	require.True(t, given(fs, "n"))
	require.False(t, given(fs, "m"))
}

func TestHelp(t *testing.T) {
	a := fixture(t, nil)
	for _, korean := range []bool{false, true} {
		speak(t, korean)
		for _, args := range []string{"help", "-h", "--help", "test -h", "measure 03 -help"} {
			out, err := do(t, a, strings.Fields(args)...)
			require.NoError(t, err)
			golden(t, "help", out)
		}
	}
}

// Every command line of the pages is one of the table's: known by its name, its
// flags and its labs. So are the help's own examples.
func TestCommandsOfThePages(t *testing.T) {
	wd, err := os.Getwd()
	require.NoError(t, err)
	b, err := book.Find(wd)
	require.NoError(t, err)
	var pages []string
	for _, pattern := range []string{"*.md", "labs/*.md", "labs/*/*.md"} {
		found, err := filepath.Glob(filepath.Join(b.Root, filepath.FromSlash(pattern)))
		require.NoError(t, err)
		pages = append(pages, found...)
	}
	lines := map[string]string{}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, m := range regexp.MustCompile("(?m)(?:^|`)(go tool lab[^`\n#]*)").FindAllStringSubmatch(string(text), -1) {
			lines[strings.TrimSpace(m[1])] = page
		}
	}
	require.Greater(t, len(lines), 20)
	for _, c := range commands {
		for _, e := range c.examples {
			lines[e] = "help"
		}
	}
	for line, page := range lines {
		args := strings.Fields(line)[3:]
		if len(args) == 0 || args[0] == "help" {
			continue
		}
		c, err := find(args[0])
		require.NoError(t, err, "%s: %s", page, line)
		fs := flag.NewFlagSet(c.name, flag.ContinueOnError)
		c.flags(fs)
		rest, err := parse(fs, args[1:], c.example())
		require.NoError(t, err, "%s: %s", page, line)
		for _, arg := range rest {
			if regexp.MustCompile(`^\d+$`).MatchString(arg) && len(arg) == 2 {
				_, err := b.Lab(arg, c.name)
				require.NoError(t, err, "%s: %s", page, line)
			}
		}
	}
}

func TestList(t *testing.T) {
	a := fixture(t, nil)
	for _, korean := range []bool{false, true} {
		speak(t, korean)
		out, err := do(t, a, "list")
		require.NoError(t, err)
		golden(t, "list", out)
	}
}

// The one test with a real `go test` under it: a starter, a solution and a
// file that does not compile. list and hint know what test has found out.
func TestTest(t *testing.T) {
	a := fixture(t, nil)
	a.run = gotest.Execute
	out, err := do(t, a, "test", "03")
	require.Equal(t, errSaid, err)
	golden(t, "test", out)
	where, err := do(t, a)
	require.NoError(t, err)
	require.Equal(t, out, where)
	out, err = do(t, a, "list")
	require.NoError(t, err)
	require.Contains(t, out, "Task 1: Save and Load                        fails\n")

	write(t, a, switchGo, strings.Replace(starter, "return 0", "return 1", 1))
	out, err = do(t, a, "list")
	require.NoError(t, err)
	require.Contains(t, out, "files have changed since: go tool lab test 03")
	out, err = do(t, a, "test", "labs/03-context-switch/")
	require.NoError(t, err)
	require.Equal(t, "03-context-switch: solved, 2 of 2 tasks pass.\nNext: go tool lab measure 03\n", out)
	_, err = do(t, a, "hint", "03")
	require.ErrorContains(t, err, "every task of 03-context-switch passed when last run")
	tests := 0
	a.run = func(ctx context.Context, c gotest.Child) error {
		tests += strings.Count(strings.Join(c.Args[:2], " "), "go test")
		return gotest.Execute(ctx, c)
	}
	out, err = do(t, a)
	require.NoError(t, err)
	require.Contains(t, out, "Every lab is solved. Next: go tool lab measure\n")
	require.Zero(t, tests, "what is known is not tried again")

	write(t, a, switchGo, strings.Replace(starter, "return 0", "retrun 0", 1))
	out, err = do(t, a, "test", "3")
	require.Equal(t, 1, exitCode(err))
	require.ErrorContains(t, err, "03-context-switch does not compile")
	require.Regexp(t, `^labs.03-context-switch.switch\.go:5:26: `, out, "the compiler's first line first")
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

	_, err := a.suite().Remember(book.Lab{NN: "03", Name: "03-context-switch", Dir: in(a, "labs/03-context-switch")}, "key",
		&gotest.Outcome{Failed: true, Tests: []*gotest.Test{{Task: 1, Passed: true}, {Task: 2}}})
	require.NoError(t, err)
	out, err := do(t, a, "hint", "3")
	require.NoError(t, err)
	require.Contains(t, out, "Task 2: Ready", "the first task that has not passed")
	write(t, a, ".lab/hints.json", "{")
	_, err = do(t, a, "hint", "3")
	require.ErrorContains(t, err, "move it away, then the command again")
}

func TestPredict(t *testing.T) {
	a := fixture(t, nil)
	out, err := do(t, a, "predict", "3", "-set", "c5.1=20", "-set", "C5.2=60%")
	require.NoError(t, err)
	require.Equal(t, "C5.1: your guess is 20 times\nC5.2: your guess is 60 %\nNext: go tool lab measure 03\n", out)

	a.stdin = strings.NewReader("\n1,000\n3.5\n") // the first stays
	_, err = do(t, a, "predict", "3")
	require.NoError(t, err)
	kept, err := a.guesses(book.Lab{NN: "03"})
	require.NoError(t, err)
	require.Equal(t, report.Guesses{"C5.1": 20, "C5.2": 1000, "C8": 3.5}, kept)

	a.stdin = strings.NewReader("many\n")
	_, err = do(t, a, "predict", "3")
	require.Equal(t, 2, exitCode(err))
	require.ErrorContains(t, err, `C5.1: "many" is no number`)

	never, end := io.Pipe() // Ctrl-C while it waits for a line
	defer end.Close()
	a.stdin = never
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.Equal(t, 130, exitCode(a.command(ctx, []string{"predict", "3"})))
}

// Guesses that can't be read cost no rounds.
func TestMeasureReadsTheGuessesFirst(t *testing.T) {
	a := fixture(t, map[string]string{".lab/predict/03.json": "null"})
	_, err := do(t, a, "measure", "C8")
	require.ErrorContains(t, err, ".lab/predict/03.json can't be read (null)")
}

// runFake answers as the children of run and measure do: lab 03 is solved.
func runFake(t *testing.T, program func() wire.Report) gotest.Runner {
	return func(_ context.Context, c gotest.Child) error {
		switch line := strings.Join(c.Args, " "); {
		case strings.HasPrefix(line, "go env"):
			io.WriteString(c.Stdout, "/go\ngo1.26.8\nlinux\n")
		case strings.HasPrefix(line, "go test -json"):
			for _, name := range []string{"SaveKeepsPC", "SaveKeepsSP", "Ready"} {
				fmt.Fprintf(c.Stdout, "{\"Action\":\"run\",\"Test\":\"Test%s\"}\n{\"Action\":\"pass\",\"Test\":\"Test%[1]s\"}\n", name)
			}
			io.WriteString(c.Stdout, `{"Action":"pass"}`+"\n")
		case strings.HasPrefix(line, "go build"):
			return os.WriteFile(c.Args[slices.Index(c.Args, "-o")+1], nil, 0o755)
		case strings.HasPrefix(line, "go test -c"):
		case strings.Contains(line, "-result"):
			io.WriteString(c.Stdout, "100000\n")
			text, err := json.Marshal(program())
			require.NoError(t, err)
			return os.WriteFile(c.Args[slices.Index(c.Args, "-result")+1], text, 0o644)
		default: // a round
			for name, ns := range map[string]float64{"Noise/run=a": 100, "Noise/run=b": 101, "Runnable/n=100": 85, "Runnable/n=100000": 450} {
				fmt.Fprintf(c.Stdout, "Benchmark%s-2 \t 1000\t %g ns/switch\n", name, ns)
			}
			io.WriteString(c.Stdout, "PASS\n")
		}
		return nil
	}
}

func TestMeasure(t *testing.T) {
	a := fixture(t, nil)
	a.run = runFake(t, nil)
	require.NoError(t, a.book.Save("predict/03.json", report.Guesses{"C8": 3}))
	out, err := do(t, a, "measure", "C8")
	require.NoError(t, err)
	require.Contains(t, out, "Your guess for C8: 3 times; measured: 5.29 times.\n")
	require.Contains(t, out, "Raw lines: .lab/measure/03-context-switch.C8.txt")

	out, err = do(t, a, "measure", "C8", "-json", "-rounds", "7")
	require.NoError(t, err)
	var got report.Ledger
	require.NoError(t, json.Unmarshal([]byte(out), &got))
	require.Equal(t, 7, got.Claims[0].N)
	require.Len(t, got.Figures[0].Samples, 7)
}

var twoPs = wire.Stats{Ps: []wire.P{{Switches: 4}, {}}, All: wire.P{Switches: 4}, Threads: 3, TookNS: 31_234_567}

func TestRun(t *testing.T) {
	a := fixture(t, nil)
	file := in(a, "examples/ping.asm")
	deadlock := lang.Pair("deadlock: nobody is left", "교착 상태")
	r := wire.Report{Stats: twoPs}
	a.run = runFake(t, func() wire.Report { return r })
	for _, korean := range []bool{false, true} {
		speak(t, korean)
		out, err := do(t, a, "run", file, "-procs", "2")
		require.NoError(t, err)
		golden(t, "run", out)
	}
	speak(t, false)
	out, err := do(t, a, "run", file, "-mine")
	require.NoError(t, err)
	require.Contains(t, out, "03-context-switch   yours (not tested)\n")
	var did report.Run
	read := func(args ...string) error {
		out, err := do(t, a, append([]string{"run", "-json", file}, args...)...)
		did = report.Run{}
		require.NoError(t, json.Unmarshal([]byte(out), &did))
		return err
	}
	require.NoError(t, read())
	require.Equal(t, report.Run{Labs: []gotest.Code{{Lab: "03-context-switch", Code: gotest.Yours}}, Stats: &twoPs}, did)

	r.Error = deadlock
	_, err = do(t, a, "run", file)
	require.EqualError(t, err, deadlock.EN)
	err = read()
	require.Equal(t, 1, exitCode(err))
	require.Empty(t, message(err), "all is in the JSON")
	require.Equal(t, deadlock, *did.Error)

	r.LabsFault = true
	_, err = do(t, a, "run", file)
	require.EqualError(t, err, deadlock.EN+"\nNext: go tool lab test NN, for the labs that are named here")
	r = wire.Report{Interrupted: true, Error: deadlock}
	_, err = do(t, a, "run", file)
	require.Equal(t, 130, exitCode(err))
	for _, name := range []string{"out/new.json", "out/old.json"} {
		_, err := do(t, a, "run", "-trace", in(a, name), file, "-mine", "-procs", "1")
		require.Equal(t, 130, exitCode(err), name)
	}
}
