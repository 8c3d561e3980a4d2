package report

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/clipperhouse/displaywidth"
	"github.com/stretchr/testify/require"

	"gmplab/internal/book"
	"gmplab/internal/claims"
	"gmplab/internal/gotest"
	"gmplab/internal/labrun/wire"
	"gmplab/internal/lang"
	"gmplab/internal/measure"
)

// speak sets the reader's language for one test.
func speak(t *testing.T, korean bool) {
	old := lang.Korean
	lang.Korean = func() bool { return korean }
	t.Cleanup(func() { lang.Korean = old })
}

// page holds what write writes against testdata/name.en.txt and .ko.txt: in
// both languages, plain text, no line wider than the width but those with a
// command or a file's name, which a reader may want to copy.
func page(t *testing.T, name string, width int, write func(b *bytes.Buffer)) {
	t.Helper()
	for language, korean := range map[string]bool{"en": false, "ko": true} {
		speak(t, korean)
		var b bytes.Buffer
		write(&b)
		require.NotRegexp(t, `[\x00-\x09\x0b-\x1f]`, b.String(), "piped output is plain text")
		require.NotContains(t, b.String(), "%!")
		for line := range strings.Lines(b.String()) {
			if !strings.Contains(line, "go tool lab") && !strings.Contains(line, "benchstat") {
				require.LessOrEqual(t, displaywidth.String(strings.TrimSuffix(line, "\n")), width, line)
			}
		}
		golden(t, filepath.Join("testdata", name+"."+language+".txt"), b.String())
	}
}

// A ledger made for the test: tea, and who brews it.
var tea = []claims.Claim{
	{
		ID: "T1", Lab: "90-tea", Words: "녹차는 빨리 우러난다", English: "Green tea is quick.", Reading: claims.PartlyRight,
		Why:         lang.Pair("Quicker than black tea; not quick.", "홍차보다 빠를 뿐 빠르지는 않습니다."),
		Proposition: lang.Pair("a pot of black tea takes at least twice as long as one of green", "홍차 한 주전자는 녹차의 두 배 이상 걸린다"),
		Question:    lang.Pair("How many times as long?", "몇 배 걸릴까요?"),
		Threshold:   claims.Threshold{Op: ">=", Bound: 2}, Unit: "ratio",
		Figures: []claims.Figure{
			{Label: "black ÷ green", Of: []claims.Sample{{Bench: "BenchmarkTea/kind=black", Unit: "pots"}, {Bench: "BenchmarkTea/kind=green", Unit: "pots"}},
				Form: func(v []float64) float64 { return v[0] / v[1] }},
			{Label: "oolong ÷ green", Of: []claims.Sample{{Bench: "BenchmarkTea/kind=oolong", Unit: "pots"}, {Bench: "BenchmarkTea/kind=green", Unit: "pots"}},
				Form: func(v []float64) float64 { return v[0] / v[1] }},
		},
	},
	{
		ID: "T2", Lab: "90-tea", Words: "차는 물이다", English: "Tea is water.", Reading: claims.AsksOnly,
		Why: lang.Pair("Mostly.", "대부분은 그렇습니다."), Sources: []claims.Source{{File: "tea.go", Pattern: "^func water", Name: "water"}},
	},
	{
		ID: "T3", Lab: "90-tea", Words: "커피가 낫다", English: "Coffee is better.", Reading: claims.Wrong,
		Why:         lang.Pair("No.", "아닙니다."),
		Proposition: lang.Pair("coffee takes less than a tenth", "커피는 1/10도 걸리지 않는다"),
		Threshold:   claims.Threshold{Op: "<", Bound: 0.1}, Unit: "ratio",
		Figures: []claims.Figure{{Label: "coffee", Of: []claims.Sample{{Bench: "BenchmarkCoffee", Unit: "pots"}}, Form: func(v []float64) float64 { return v[0] }}},
	},
}

// brewed is a measurement of it.
func brewed() *measure.Result {
	r := &measure.Result{
		Plan: measure.Plan{Lab: book.Lab{NN: "90", Name: "90-tea"}, Claims: tea},
		Host: claims.Host{Go: "go1.26.8", OS: "linux", Arch: "amd64", CPU: "A CPU", NumCPU: 2, GOMAXPROCS: 2, Kernel: "6.18", Noise: 0.0123},
		Raw:  ".lab/measure/90-tea.txt",
	}
	r.Samples.Skips = map[string]string{"BenchmarkTea/kind=oolong": "there is no oolong"}
	r.Samples.Failures = map[string]claims.Failure{"BenchmarkTea/kind=black": {N: 1, Why: "the pot was cold"}}
	for i := range 10 {
		round := claims.Round{{Bench: "BenchmarkTea/kind=green", Unit: "pots"}: 2, {Bench: "BenchmarkCoffee", Unit: "pots"}: 0.05 + 0.01*float64(i)}
		if i > 0 {
			round[claims.Sample{Bench: "BenchmarkTea/kind=black", Unit: "pots"}] = 5 + 0.01*float64(i)
		}
		r.Samples.Rounds = append(r.Samples.Rounds, round)
	}
	for _, c := range tea {
		r.Rows = append(r.Rows, claims.Judge(c, claims.Evidence{Samples: &r.Samples}))
	}
	r.Figures = []measure.Figure{
		{Bench: "BenchmarkTea/kind=green", Unit: "ns/switch", Label: lang.Pair("green tea", "녹차"), Yours: true, Value: 2, Lo: 1.98, Hi: 2.02, N: 10},
		{Bench: "BenchmarkTea/kind=black", Unit: "ns/switch", Label: lang.Pair("black tea", "홍차"), Value: 5, Lo: claims.Number(math.Inf(-1)), Hi: claims.Number(math.Inf(1)), N: 5},
		{Bench: "BenchmarkTea/kind=oolong", Unit: "ns/switch", Label: lang.Pair("oolong", "우롱차"), Skipped: "there is no oolong"},
	}
	return r
}

func TestLab(t *testing.T) {
	for name, width := range map[string]int{"lab": 100, "lab60": 60} {
		page(t, name, width, func(b *bytes.Buffer) {
			require.NoError(t, Lab(b, width, brewed(), Guesses{"T1": 20, "T9": 1}))
		})
	}
}

// What is not the usual: the reference was measured, the rounds were cut, one
// unit is not like the others, nobody has guessed.
func TestLabOfTheReference(t *testing.T) {
	page(t, "reference", 100, func(b *bytes.Buffer) {
		r := brewed()
		r.Reference, r.Whole = "labs/90-tea/tea.go:3: undefined: pot", true
		r.Lab.Name = "03-context-switch" // has headlines
		r.Cut = lang.Pair("6 rounds, not 10", "10라운드 중 6라운드")
		r.Samples.Failures = nil
		r.Figures = r.Figures[:2]
		r.Figures[1].Unit = "B/goroutine"
		require.NoError(t, Lab(b, 100, r, nil))
	})
}

// What -json writes says nothing in one language alone.
func TestJSON(t *testing.T) {
	r := brewed()
	var texts [2]string
	for i, korean := range []bool{false, true} {
		speak(t, korean)
		var b bytes.Buffer
		require.NoError(t, JSON(&b, Ledger{Host: r.Host, Claims: r.Rows, Figures: r.Figures}))
		texts[i] = b.String()
	}
	require.Equal(t, texts[0], texts[1])
	var got struct {
		Claims []struct {
			ID    string
			Notes []struct {
				Code string
				Text struct{ EN, KO string }
			}
		}
		Figures []struct {
			Label struct{ EN, KO string }
			Lo    *float64
		}
	}
	require.NoError(t, json.Unmarshal([]byte(texts[0]), &got))
	require.Equal(t, "skipped", got.Claims[0].Notes[0].Code)
	require.Equal(t, "straddles", got.Claims[2].Notes[0].Code)
	require.Equal(t, "구간이 기준값을 포함합니다", got.Claims[2].Notes[0].Text.KO)
	require.Equal(t, "녹차", got.Figures[0].Label.KO)
	require.Nil(t, got.Figures[1].Lo, "there is no interval")
}

func TestTiny(t *testing.T) {
	figure := func(v float64, unit string) measure.Figure {
		return measure.Figure{Unit: unit, Value: claims.Number(v), Lo: claims.Number(0.9 * v), Hi: claims.Number(1.1 * v), N: 10}
	}
	r := &measure.TinyResult{
		Host: brewed().Host, N: 10, Raw: ".lab/measure/tiny.txt",
		Rows: []measure.TinyRow{
			{Bench: "Pour", Procs: 1, Label: lang.Pair("pour, each cup", "따르기, 한 잔당"), Tiny: figure(106, "ns/cup"), Go: figure(206, "ns/cup"), Ratio: figure(0.51, "ratio")},
			{Bench: "Pour", Procs: 2, Label: lang.Pair("pour, each cup", "따르기, 한 잔당"), Tiny: figure(506_000, "ns/cup"), Go: figure(406_000, "ns/cup"), Ratio: figure(1.25, "ratio")},
			{Bench: "Cup", Procs: 1, Label: lang.Pair("memory of a cup", "컵 하나의 메모리"), Tiny: figure(1006, "B/cup"), Go: figure(2006, "B/cup"), Ratio: figure(0.5, "ratio")},
		},
		ForkJoin: measure.Gain{Tiny: figure(1.9, "ratio"), Go: figure(1.8, "ratio"), Threads: figure(1.95, "ratio"), Ratio: figure(0.97, "ratio")},
	}
	page(t, "tiny", 100, func(b *bytes.Buffer) { require.NoError(t, Tiny(b, 100, r)) })

	speak(t, false)
	var b bytes.Buffer
	r.Host.Noise, r.ForkJoin.Ratio.Value = 6.92, claims.Number(math.NaN())
	require.NoError(t, Tiny(&b, 100, r))
	require.Contains(t, b.String(), "these ratios say nothing")
	require.NotContains(t, b.String(), "fixed work")
}

func TestRun(t *testing.T) {
	page(t, "run", 100, func(b *bytes.Buffer) {
		Codes(b, []gotest.Code{
			{Lab: "01-memory", NN: "01", Code: gotest.Yours},
			{Lab: "02-spawn-cost", NN: "02", Code: gotest.Reference, Why: gotest.Broken},
			{Lab: "03-context-switch", NN: "03", Code: gotest.Reference, Why: gotest.Fails, Task: 3},
			{Lab: "04-gmp", NN: "04", Code: gotest.Reference, Why: gotest.Fails},
			{Lab: "05-syscall-handoff", NN: "05", Code: gotest.Yours, Why: gotest.Untested},
		})
		p0 := wire.P{Switches: 200004, Spawns: 2, Parks: 3, Growths: 1}
		p1 := wire.P{Steals: 1, Stolen: 4, Handoffs: 2, Preemptions: 1}
		all := wire.P{Switches: 200004, Spawns: 2, Steals: 1, Stolen: 4, Handoffs: 2, Preemptions: 1, Parks: 3, Growths: 1}
		require.NoError(t, Stats(b, 100, wire.Stats{Ps: []wire.P{p0, p1}, All: all, Threads: 4, TookNS: 31_234_567}))
		require.NoError(t, Stats(b, 100, wire.Stats{Ps: append([]wire.P{p0, p1}, make([]wire.P, 14)...), All: all, Threads: 4, TookNS: 1234}))
	})
}

func TestTraceIsWrittenWholeOrNotAtAll(t *testing.T) {
	speak(t, false)
	dir := t.TempDir()
	path := filepath.Join(dir, "out.json")
	line := *small()
	line.Cut = true
	var b bytes.Buffer
	require.NoError(t, Trace(&b, path, &line))
	require.Contains(t, b.String(), "It covers the first ")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.True(t, json.Valid(text))
	require.ErrorContains(t, Trace(&b, filepath.Join(dir, "none", "out.json"), &line), "can't write the trace: ")
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 1)
}

// A lab with tasks, in a directory of its own.
func lab(t *testing.T) book.Lab {
	dir := filepath.Join(t.TempDir(), "03-context-switch")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	for name, text := range map[string]string{
		"README.md": "# Context switch\n", "README.ko.md": "# 문맥 교환\n", "switch.go": "package ctxswitch\n",
		"hints.md":    "## Task 1: Save and Load\n\n### The idea\n\nThree words.\n\n## Task 2: Ready\n\n## Task 3: Run\n",
		"hints.ko.md": "## 과제 1: Save와 Load\n\n### 생각\n\n세 워드.\n\n## 과제 2: Ready\n\n## 과제 3: Run\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	return book.Lab{NN: "03", Name: "03-context-switch", Dir: dir}
}

func TestTasks(t *testing.T) {
	l := lab(t)
	when := time.Date(2026, 1, 2, 3, 4, 0, 0, time.Local)
	some := []gotest.TaskResult{{Task: 1, Passed: true}, {Task: 2}}
	page(t, "tasks", 100, func(b *bytes.Buffer) {
		Tasks(b, l, gotest.Known{})
		Tasks(b, l, gotest.Known{Key: "a", Now: "a", When: when, Tasks: some})
		Tasks(b, l, gotest.Known{Key: "a", Now: "b", When: when, Tasks: some})
		Tasks(b, book.Lab{NN: "90", Name: "90-none"}, gotest.Known{Key: "a", Now: "a", When: when, Tasks: some})
		Solved(b, l, gotest.Known{Tasks: some})
	})
}

func TestFailure(t *testing.T) {
	l := lab(t)
	said := func(text string) gotest.Output { return gotest.Output{Head: text} }
	failure := said("    task1_test.go:8: Save(c, g)\n        got:  PC = 0x0\n        want: PC = 0x1\n        rule: a goroutine that gave way by itself goes on by three words, PC, SP and BP\n")
	outcomes := []*gotest.Outcome{
		{Failed: true, Tests: []*gotest.Test{ // the first failure of the first task
			{Name: "TestReady", Task: 2, Ended: true, Output: said("    waits\n")},
			{Name: "TestSave", Task: 1, Ended: true, Passed: true},
			{Name: "TestSaveKeepsPC", Task: 1, Ended: true, Output: failure},
			{Name: "TestSaveKeepsSP", Task: 1, Ended: true},
			{Name: "TestRun", Task: 3, Ended: true},
		}},
		{Failed: true, Tests: []*gotest.Test{{Name: "TestOther", Ended: true, // without a task, and with much output
			Output: gotest.Output{Head: "7\n7\n", Dropped: 123456, Logged: failure.Head}}}},
		{Failed: true, Tests: []*gotest.Test{{Name: "TestRun", Task: 3}}, Last: "exit status 3"},
		{Failed: true, Tests: []*gotest.Test{{Name: "TestRun", Task: 3, Output: said("7\n")}}, Ended: gotest.ErrMost},
		{Failed: true, Tests: []*gotest.Test{{Name: "TestRun", Task: 3}}, Ended: gotest.ErrLimit},
		{Failed: true, Tests: []*gotest.Test{{Name: "TestRun", Task: 3, Output: said( // an endless recursion
			"runtime: goroutine stack exceeds 67108864-byte limit\nfatal error: stack overflow\n\nruntime stack:\n\ngoroutine 7 [running]:\n" +
				strings.Repeat("gmplab/labs/03-context-switch.Save(...)\n\t/x/gmplab/labs/03-context-switch/switch.go:31 +0x1\n", 100))}}},
		{Failed: true, Ended: gotest.ErrLimit},
		{Failed: true, Rest: said("panic: oh\n\ngoroutine 1 [running]:\nmain.init()\n\t/x/labs/03-context-switch/switch.go:3 +0x1\n")},
		{Failed: true, Tests: []*gotest.Test{{Name: "TestA", Ended: true, Passed: true}}, Rest: said("goleak: Errors on successful test run: found unexpected goroutines:\n")},
	}
	for name, width := range map[string]int{"failure": 100, "failure60": 60} {
		page(t, name, width, func(b *bytes.Buffer) {
			for _, o := range outcomes {
				Failure(b, width, l, o)
				b.WriteString("\n----\n\n")
			}
		})
	}
}
