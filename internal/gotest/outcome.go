package gotest

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Outcome is what became of a lab's tests.
type Outcome struct {
	Tests  []*Test // top-level, in the order in which they ran
	Broken bool    // it does not build
	Build  string  // the compiler's lines then
	Rest   Output  // outside any test: a crash, a leak
	Last   string  // what the process said last, where a test did not end
	Failed bool    // the package as a whole
	Ended  error   // why this tool ended it: ErrLimit, ErrMost; nil: it did not

	begun  bool
	closed *Test // the last event said that it ended
	pkg    output
}

// Test is a top-level test.
type Test struct {
	Name    string
	Task    int  // 0: it said none
	Ended   bool // or the process ended first
	Passed  bool
	Skipped bool
	Output  Output

	said output
}

// Output is what a test printed, without the frames of go test: the beginning
// of it, how many lines were dropped then, and what package testing or a crash
// wrote after that. A Println in an endless loop fills no memory, and hides no
// failure.
type Output struct {
	Head    string
	Dropped int
	Logged  string
}

// Failed reports whether the test began and did not end well.
func (t *Test) Failed() bool { return !t.Passed && !t.Skipped }

// event is a line of `go test -json`.
type event struct {
	Action      string
	ImportPath  string
	Test        string
	Output      string
	Key, Value  string
	FailedBuild string
}

// events reads the output of `go test -json` of one package as it comes. It
// keeps little, however much there is.
type events struct {
	outcome *Outcome
	starts  func() // the test binary starts
	begins  func() // its first test begins
	line    []byte
	long    bool // the line is too long to be kept: no event
	build   map[string]*output
	byName  map[string]*Test
}

// longest is more than any event: go test cuts its output at 4 KB.
const longest = 1 << 20

func newEvents(starts, begins func()) *events {
	return &events{outcome: &Outcome{}, starts: starts, begins: begins, build: map[string]*output{}, byName: map[string]*Test{}}
}

// Write implements io.Writer.
func (e *events) Write(b []byte) (int, error) {
	for rest := b; len(rest) > 0; {
		part, after, ended := bytes.Cut(rest, []byte("\n"))
		rest = after
		if len(e.line)+len(part) > longest {
			e.long = true
		} else {
			e.line = append(e.line, part...)
		}
		if ended {
			var ev event
			if !e.long && json.Unmarshal(e.line, &ev) == nil {
				e.add(ev)
			}
			e.line, e.long = e.line[:0], false
		}
	}
	return len(b), nil
}

func (e *events) add(ev event) {
	o := e.outcome
	o.closed = nil
	switch {
	case ev.Action == "build-output":
		if e.build[ev.ImportPath] == nil {
			e.build[ev.ImportPath] = &output{}
		}
		e.build[ev.ImportPath].add(ev.Output)
	case ev.Test != "":
		e.test(ev)
	case ev.Action == "start":
		e.starts()
	case ev.Action == "output":
		o.pkg.add(ev.Output)
	case ev.Action == "fail":
		o.Failed = true
		if ev.FailedBuild != "" {
			o.Broken = true
			if b := e.build[ev.FailedBuild]; b != nil {
				o.Build = CompilerLines(b.head.String() + b.logged.String())
			}
		}
	}
}

func (e *events) test(ev event) {
	if !e.outcome.begun {
		e.outcome.begun = true
		e.begins()
	}
	top, sub, _ := strings.Cut(ev.Test, "/")
	t := e.byName[top]
	if t == nil {
		t = &Test{Name: top}
		e.byName[top] = t
		e.outcome.Tests = append(e.outcome.Tests, t)
	}
	switch ev.Action {
	case "output":
		t.said.add(ev.Output)
	case "attr":
		if ev.Key == "task" {
			t.Task, _ = strconv.Atoi(ev.Value)
		}
	case "fail", "pass", "skip":
		if sub == "" {
			t.Ended, t.Passed, t.Skipped = true, ev.Action == "pass", ev.Action == "skip"
			e.outcome.closed = t
		}
	}
}

// finish completes the outcome when the process has ended, with what it wrote
// to its standard error.
func (o *Outcome) finish(stderr string, ended error) {
	o.Ended = ended
	if o.closed != nil && ended == nil {
		// Of a process that exits while a test runs go test takes the exit
		// code for that test's, and says no more.
		o.closed.Ended, o.closed.Passed, o.closed.Skipped = false, false, false
	}
	o.Failed = o.Failed || ended != nil
	o.Rest = o.pkg.tidied()
	for _, t := range o.Tests {
		t.Output = t.said.tidied()
		if !t.Ended {
			o.Failed = true
			o.Last = lastLines(strings.TrimSpace(o.Rest.Head+o.Rest.Logged+stderr), 20)
		}
	}
}

func lastLines(text string, n int) string {
	lines := strings.Split(text, "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// NoTests reports whether no test has begun.
func (o *Outcome) NoTests() bool { return len(o.Tests) == 0 }

// Solved reports whether each of the tests has ended well, and the package.
func (o *Outcome) Solved(tests []string) bool {
	for _, name := range tests {
		i := slices.IndexFunc(o.Tests, func(t *Test) bool { return t.Name == name })
		if i < 0 || o.Tests[i].Failed() {
			return false
		}
	}
	return !o.Failed && !o.Broken
}

// Tasks returns the tasks that tests announced, in their order.
func (o *Outcome) Tasks() []TaskResult {
	var tasks []TaskResult
	for _, t := range o.Tests {
		if t.Task == 0 {
			continue
		}
		i := slices.IndexFunc(tasks, func(r TaskResult) bool { return r.Task == t.Task })
		if i < 0 {
			i = len(tasks)
			tasks = append(tasks, TaskResult{t.Task, true})
		}
		tasks[i].Passed = tasks[i].Passed && !t.Failed()
	}
	slices.SortFunc(tasks, func(a, b TaskResult) int { return a.Task - b.Task })
	return tasks
}

// Failures returns the tests that failed, those of an earlier task first.
func (o *Outcome) Failures() []*Test {
	failed := slices.DeleteFunc(slices.Clone(o.Tests), func(t *Test) bool { return !t.Failed() })
	slices.SortStableFunc(failed, func(a, b *Test) int { return a.Task - b.Task })
	return failed
}

// output collects an Output. What package testing writes is indented.
type output struct {
	head, logged part
	dropped      int
	crashed      bool
}

// part is some lines of an output. A line without an end comes in pieces of
// 4 KB.
type part struct {
	lines []string
	bytes int
}

func (p *part) add(text string, lines, bytes int) bool {
	if len(p.lines) >= lines || p.bytes+len(text) > bytes {
		return false
	}
	p.lines, p.bytes = append(p.lines, text), p.bytes+len(text)
	return true
}

func (p *part) String() string { return strings.Join(p.lines, "") }

func (o *output) add(text string) {
	o.crashed = o.crashed || crashes.MatchString(text)
	weighty := o.crashed || strings.HasPrefix(text, "    ")
	if o.dropped == 0 && o.head.add(text, 60, 16<<10) || weighty && o.logged.add(text, 400, 256<<10) {
		return
	}
	if !strings.HasPrefix(text, "--- ") { // go test's own
		o.dropped++
	}
}

func (o *output) tidied() Output {
	return Output{tidy(o.head.String()), o.dropped, tidy(o.logged.String())}
}

// crashes is how the runtime begins to report one.
var crashes = regexp.MustCompile(`^(panic: |fatal error: |runtime: |SIG[A-Z]+: )`)

// frame lines belong to go test, and the last to the learner without this tool.
// The signal is this tool's own.
var frame = regexp.MustCompile(`^\s*(=== |--- |FAIL\b|PASS\b|ok\s|exit status |signal: interrupt)|: .*go tool lab hint \d+ \d+$`)

// isFrame reports whether a line is one; a long line is not looked at.
func isFrame(line string) bool { return len(line) < 200 && frame.MatchString(line) }

func tidy(output string) string {
	var b strings.Builder
	for line := range strings.Lines(output) {
		if line = strings.TrimRight(line, " \t\r\n"); line != "" && !isFrame(line) {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// CompilerLines drops the `# package` lines of a build, so that the first
// complaint is the first line.
func CompilerLines(build string) string {
	var b strings.Builder
	for line := range strings.Lines(build) {
		if !strings.HasPrefix(line, "# ") {
			b.WriteString(line)
		}
	}
	return b.String()
}
