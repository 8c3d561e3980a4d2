package gotest

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// outcomeOf reads events and completes them.
func outcomeOf(t *testing.T, text string) *Outcome {
	t.Helper()
	ev := newEvents(func() {}, func() {})
	_, err := io.WriteString(ev, text)
	require.NoError(t, err)
	ev.outcome.finish("", nil)
	return ev.outcome
}

const leaks = `{"Action":"run","Test":"TestA"}
{"Action":"attr","Test":"TestA","Key":"task","Value":"1"}
{"Action":"pass","Test":"TestA"}
{"Action":"output","Output":"PASS\n"}
{"Action":"output","Output":"goleak: Errors on successful test run: found unexpected goroutines:\n"}
{"Action":"output","Output":"FAIL\tgmplab/labs/03-context-switch\t0.4s\n"}
{"Action":"fail"}
`

func TestEventsLeak(t *testing.T) {
	o := outcomeOf(t, leaks)
	require.Equal(t, "goleak: Errors on successful test run: found unexpected goroutines:\n", o.Rest.Head)
	require.Empty(t, o.Failures())
	require.Equal(t, []TaskResult{{1, true}}, o.Tasks())
	require.False(t, o.Solved([]string{"TestA"}), "the package failed")
}

func TestEventsOrder(t *testing.T) {
	o := outcomeOf(t, `{"Action":"output","Test":"TestAPI","Output":"    x_test.go:9: Save is gone\n"}
{"Action":"output","Test":"TestAPI","Output":"    x_test.go:9: stuck? go tool lab hint 03 1\n"}
{"Action":"fail","Test":"TestAPI"}
{"Action":"attr","Test":"TestTen","Key":"task","Value":"10"}
{"Action":"fail","Test":"TestTen"}
{"Action":"attr","Test":"TestNine","Key":"task","Value":"9"}
{"Action":"fail","Test":"TestNine"}
{"Action":"skip","Test":"TestEleven"}
{"Action":"fail"}
`)
	var names []string
	for _, f := range o.Failures() {
		names = append(names, f.Name)
	}
	require.Equal(t, []string{"TestAPI", "TestNine", "TestTen"}, names, "by task")
	require.Equal(t, "    x_test.go:9: Save is gone\n", o.Failures()[0].Output.Head, "without what this tool says itself")
	require.Equal(t, []TaskResult{{9, false}, {10, false}}, o.Tasks())
}

// However the events are cut, they are the same.
func TestEventsInPieces(t *testing.T) {
	ev := newEvents(func() {}, func() {})
	_, err := io.Copy(struct{ io.Writer }{ev}, iotest.OneByteReader(strings.NewReader(leaks)))
	require.NoError(t, err)
	ev.outcome.finish("", nil)
	want := outcomeOf(t, leaks)
	require.Equal(t, want.Tasks(), ev.outcome.Tasks())
	require.Equal(t, want.Rest, ev.outcome.Rest)
}

// Lines that are no events are nothing, also one that does not end.
func TestEventsBetweenOthers(t *testing.T) {
	text := "go: downloading x\n\n{\n[1]\nnull\n" + `"x"` + "\n" + leaks + strings.Repeat("x", 3*longest) + "\n" + leaks + `{"Action":"pass"`
	ev := newEvents(func() {}, func() {})
	_, err := io.WriteString(ev, text)
	require.NoError(t, err)
	require.LessOrEqual(t, cap(ev.line), 2*longest)
	ev.outcome.finish("", nil)
	require.Equal(t, []TaskResult{{1, true}}, ev.outcome.Tasks())
	require.Len(t, ev.outcome.Tests, 1)
}

func TestEventsTell(t *testing.T) {
	var told []string
	ev := newEvents(func() { told = append(told, "starts") }, func() { told = append(told, "begins") })
	for _, line := range []string{`{"Action":"build-output","ImportPath":"x","Output":"y"}`, `{"Action":"start"}`, `{"Action":"output","Output":"x"}`, leaks} {
		fmt.Fprintln(ev, line)
	}
	require.Equal(t, []string{"starts", "begins"}, told)
}

func TestEventsOfABuild(t *testing.T) {
	o := outcomeOf(t, `{"ImportPath":"x","Action":"build-output","Output":"# x\n"}
{"ImportPath":"other","Action":"build-output","Output":"nothing to do with it\n"}
{"ImportPath":"x","Action":"build-output","Output":"labs/x.go:1:2: wrong\n"}
{"Action":"output","Output":"FAIL\tx [build failed]\n"}
{"Action":"fail","FailedBuild":"x"}
`)
	require.True(t, o.Broken)
	require.Equal(t, "labs/x.go:1:2: wrong\n", o.Build)
	require.True(t, o.NoTests())
	require.False(t, o.Solved(nil))
}

// Of a process that exits well while a test runs, go test says that the test
// passed, and nothing of the package.
func TestEventsExit(t *testing.T) {
	o := outcomeOf(t, `{"Action":"run","Test":"TestA"}
{"Action":"output","Test":"TestA","Output":"ok  \tgmplab/labs/03-context-switch\t0.005s\n"}
{"Action":"pass","Test":"TestA"}
`)
	require.False(t, o.Solved([]string{"TestA"}))
	require.Len(t, o.Failures(), 1)
	require.False(t, o.Failures()[0].Ended)
}

// A test that the lab has, and that did not run, is not passed.
func TestSolvedNeedsAll(t *testing.T) {
	passed := strings.Replace(leaks, `{"Action":"fail"}`, `{"Action":"pass"}`, 1)
	o := outcomeOf(t, passed)
	require.True(t, o.Solved([]string{"TestA"}))
	require.False(t, o.Solved([]string{"TestA", "TestB"}))
}

func TestEventsUnfinished(t *testing.T) {
	ev := newEvents(func() {}, func() {})
	_, err := io.WriteString(ev, `{"Action":"run","Test":"TestA"}`+"\n")
	require.NoError(t, err)
	ev.outcome.finish("signal: killed\n", ErrLimit)
	require.Equal(t, ErrLimit, ev.outcome.Ended)
	require.Equal(t, "signal: killed", ev.outcome.Last)
	require.True(t, ev.outcome.Failed)
}

// What is kept of an output without end is bounded, and the failure is in it.
func TestOutputBounded(t *testing.T) {
	var o output
	const printed = 100_000
	for range printed {
		o.add("hello\n")
	}
	o.add("    x_test.go:9: got 1, want 2\n")
	o.add("more\n")
	for range printed {
		o.add("    logged\n")
	}
	got := o.tidied()
	require.Equal(t, 60, strings.Count(got.Head, "hello"))
	require.True(t, strings.HasPrefix(got.Logged, "    x_test.go:9: got 1, want 2\n    logged\n"), got.Logged[:100])
	require.Equal(t, 400, strings.Count(got.Logged, "\n"))
	require.Equal(t, 2*printed+2-60-400, got.Dropped)

	var wide output
	for range printed {
		wide.add(strings.Repeat("x", 4096))
	}
	require.LessOrEqual(t, len(wide.tidied().Head), 20<<10)
}

// A crash after much output is kept too.
func TestOutputCrash(t *testing.T) {
	var o output
	for range 1000 {
		o.add("hello\n")
	}
	o.add("fatal error: stack overflow\n")
	o.add("goroutine 7 [running]:\n")
	require.Equal(t, "fatal error: stack overflow\ngoroutine 7 [running]:\n", o.tidied().Logged)
	require.Equal(t, 940, o.tidied().Dropped)
}

func TestCompilerLines(t *testing.T) {
	require.Equal(t, "a.go:1: x\n\ta.go:2: y\n", CompilerLines("# gmplab/labs/x\na.go:1: x\n# other\n\ta.go:2: y\n"))
	require.Empty(t, CompilerLines(""))
}
