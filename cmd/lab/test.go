package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"gmplab/internal/lang"
)

// result is what a run of a lab's tests came to, kept in .lab/tests/NN.json.
type result struct {
	When   time.Time    `json:"when"`
	Passed bool         `json:"passed"`
	Tasks  []taskResult `json:"tasks"`
}

type taskResult struct {
	Task   string `json:"task"`
	Passed bool   `json:"passed"`
}

func (r result) task(id string) (taskResult, bool) {
	i := slices.IndexFunc(r.Tasks, func(t taskResult) bool { return t.Task == id })
	if i < 0 {
		return taskResult{}, false
	}
	return r.Tasks[i], true
}

// firstOpen is the first of the tasks that has not passed.
func (r result) firstOpen(tasks []task) (id string, ok bool) {
	for _, t := range tasks {
		if done, ok := r.task(t.id); !ok || !done.Passed {
			return t.id, true
		}
	}
	return "", false
}

// event is a line of `go test -json`.
type event struct {
	Action      string
	Test        string
	Output      string
	Key, Value  string
	FailedBuild string
}

// outcome is a run of a lab's tests as the events tell it.
type outcome struct {
	tests   []*testOutcome // top-level, in the order in which they ran
	build   []string       // the compiler's lines, if it does not build
	broken  bool           // it does not build
	pkg     []string       // output outside any test: a crash, a leak
	failed  bool           // the package as a whole
	noTests bool
}

type testOutcome struct {
	name, task string
	failed     bool
	ended      bool
	output     []string
}

func parseEvents(r io.Reader) (*outcome, error) {
	o := &outcome{noTests: true}
	byName := map[string]*testOutcome{}
	for dec := json.NewDecoder(r); ; {
		var e event
		if err := dec.Decode(&e); err == io.EOF {
			return o, nil
		} else if err != nil {
			return o, fmt.Errorf("read go test's output: %w", err)
		}
		switch e.Action {
		case "build-output":
			o.build = append(o.build, e.Output)
			continue
		case "build-fail":
			o.broken = true
			continue
		}
		if e.Test == "" {
			switch e.Action {
			case "output":
				o.pkg = append(o.pkg, e.Output)
			case "fail":
				o.failed = true
				o.broken = o.broken || e.FailedBuild != ""
			}
			continue
		}
		o.noTests = false
		top, _, _ := strings.Cut(e.Test, "/")
		t := byName[top]
		if t == nil {
			t = &testOutcome{name: top}
			byName[top] = t
			o.tests = append(o.tests, t)
		}
		switch e.Action {
		case "output":
			t.output = append(t.output, e.Output)
		case "attr":
			if e.Key == "task" {
				t.task = e.Value
			}
		case "fail":
			t.failed, t.ended = true, true
		case "pass", "skip":
			t.ended = true
		}
	}
}

// unfinished marks the tests that have begun and have no result as failed: the
// process ended while they ran.
func (o *outcome) unfinished(stderr string) {
	for _, t := range o.tests {
		if t.ended || !o.failed {
			continue
		}
		t.failed = true
		t.output = append(t.output, lang.Say(
			"it did not finish: the process ended while it ran. Out of memory, os.Exit, a panic in a goroutine, or a loop without an end?\n",
			"테스트가 끝나기 전에 프로세스가 종료되었습니다. 메모리 부족, os.Exit, 고루틴 안의 패닉, 끝없는 반복 중 하나일 수 있습니다.\n"))
		if said := strings.TrimSpace(tidy(o.pkg) + stderr); said != "" {
			lines := strings.SplitAfter(said, "\n")
			t.output = append(t.output, lang.Say("What it said last:\n", "마지막 출력:\n"))
			t.output = append(t.output, lines[max(0, len(lines)-20):]...)
		}
	}
}

// frame lines belong to go test, and the last to the learner without this tool.
var frame = regexp.MustCompile(`^\s*(=== |--- |FAIL\b|PASS\b|ok\s|exit status )|: .*go tool lab hint \d+ \d+$`)

func tidy(output []string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.Join(output, "")) {
		if line = strings.TrimRight(line, " \t\r\n"); line != "" && !frame.MatchString(line) {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

func (o *outcome) result(now time.Time) result {
	r := result{When: now, Passed: !o.failed && !o.broken}
	for _, t := range o.tests {
		if t.task == "" {
			continue
		}
		i := slices.IndexFunc(r.Tasks, func(r taskResult) bool { return r.Task == t.task })
		if i < 0 {
			i = len(r.Tasks)
			r.Tasks = append(r.Tasks, taskResult{t.task, true})
		}
		r.Tasks[i].Passed = r.Tasks[i].Passed && !t.failed
	}
	slices.SortFunc(r.Tasks, func(a, b taskResult) int { return byNumber(a.Task, b.Task) })
	return r
}

// test runs a lab's tests and shows the first task that fails.
func (a *app) test(ctx context.Context, args []string) error {
	args, err := parse(flag.NewFlagSet("test", 0), args, "go tool lab test 03")
	if err != nil {
		return err
	}
	l, err := a.oneLab(args, "test")
	if err != nil {
		return err
	}
	passed, err := a.testLab(ctx, l)
	if err != nil {
		return err
	}
	if !passed {
		return &exitError{code: 1}
	}
	return a.next(l)
}

// where finds the first lab that is not solved: 03, then by number.
func (a *app) where(ctx context.Context) error {
	labs, err := a.labs()
	if err != nil {
		return err
	}
	// The pages say: begin with lab 03.
	if i := slices.IndexFunc(labs, func(l lab) bool { return l.nn == "03" }); i > 0 {
		first := labs[i]
		labs = slices.Insert(slices.Delete(labs, i, i+1), 0, first)
	}
	for _, l := range labs {
		passed, err := a.testLab(ctx, l)
		if err != nil || !passed {
			return err
		}
	}
	a.printf("Every lab is solved. Next: go tool lab measure", "모든 실습을 풀었습니다. 다음: go tool lab measure")
	a.runNext()
	return nil
}

// next says what comes after a lab that is solved.
func (a *app) next(l lab) error {
	labs, err := a.labs()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(labs, func(m lab) bool { return m.name == l.name })
	if i+1 < len(labs) {
		a.printf("Next: go tool lab measure %s, then: go tool lab test %s", "다음: go tool lab measure %s, 그다음: go tool lab test %s", l.nn, labs[i+1].nn)
	} else {
		a.printf("Next: go tool lab measure %s", "다음: go tool lab measure %s", l.nn)
		a.runNext()
	}
	return nil
}

// runNext says what the labs are good for together, where there are examples.
func (a *app) runNext() {
	if _, err := os.Stat(filepath.Join(a.root, "examples", "pingpong.asm")); err == nil {
		a.printf("And see your own scheduler run: go tool lab run examples/pingpong.asm",
			"여러분의 스케줄러를 돌려 봅니다: go tool lab run examples/pingpong.asm")
	}
}

// testLab runs a lab's tests, keeps what passed, and shows the first failure.
func (a *app) testLab(ctx context.Context, l lab) (passed bool, err error) {
	var out, errs bytes.Buffer
	waits := time.AfterFunc(8*time.Second, func() {
		fmt.Fprintln(a.stderr, lang.Say("still running: a first build takes a while, and so does code that never comes back",
			"아직 실행 중입니다. 처음 빌드하거나 코드가 끝나지 않으면 오래 걸립니다"))
	})
	defer waits.Stop()
	runErr := a.run(ctx, child{dir: a.root, stdout: &out, stderr: &errs, args: []string{"go", "test", "-json", "-timeout", "2m", l.pkg()}})
	if ctx.Err() != nil {
		return false, &exitError{130, lang.Say("interrupted", "중단했습니다")}
	}
	o, err := parseEvents(&out)
	if err != nil {
		return false, err
	}
	if runErr != nil && !o.failed && !o.broken {
		return false, failure("go test %s did not run: %v\n%s", "go test %s 명령이 실행되지 않았습니다: %v\n%s", l.pkg(), runErr, strings.TrimSpace(errs.String()))
	}
	if o.broken {
		fmt.Fprint(a.stdout, compilerLines(o.build))
		return false, failure("%s does not compile, want the first line above mended, then: go tool lab test %s",
			"%s: 컴파일되지 않습니다. 위의 첫 줄부터 고친 뒤: go tool lab test %s", l.name, l.nn)
	}
	o.unfinished(errs.String())
	res := o.result(time.Now())
	if err := a.save("tests/"+l.nn+".json", res); err != nil {
		return false, err
	}
	if o.noTests && !o.failed {
		if tests, err := filepath.Glob(filepath.Join(l.dir, "*_test.go")); len(tests) > 0 || err != nil {
			return false, failure("%s: no test has run, want a file that does not end the process (os.Exit?), then: go tool lab test %s",
				"%s: 테스트가 하나도 실행되지 않았습니다. 파일에서 프로세스를 끝내지 않는지(os.Exit?) 확인한 뒤: go tool lab test %s", l.name, l.nn)
		}
		a.printf("%s: no tests yet", "%s: 아직 테스트가 없습니다", l.name)
		return true, nil
	}
	if !o.failed {
		a.printf("%s: solved, %d of %d tasks pass.", "%s: 모두 통과했습니다. 과제 %[3]d개 중 %[2]d개.", l.name, len(res.Tasks), len(res.Tasks))
		return true, nil
	}
	a.showFailure(l, o)
	return false, nil
}

// compilerLines drops the `# package` line, so that the first complaint is
// the first line.
func compilerLines(build []string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.Join(build, "")) {
		if !strings.HasPrefix(line, "# ") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// showFailure shows one message in full: that of the first test that fails of
// the first task that fails. The rest is named.
func (a *app) showFailure(l lab, o *outcome) {
	failing := slices.DeleteFunc(slices.Clone(o.tests), func(t *testOutcome) bool { return !t.failed })
	slices.SortStableFunc(failing, func(a, b *testOutcome) int { return byNumber(a.task, b.task) })
	if len(failing) == 0 { // a crash in TestMain, a leak
		a.printf("%s: the tests pass, but not the package:", "%s: 테스트는 통과했지만 패키지가 실패했습니다:", l.name)
		fmt.Fprint(a.stdout, tidy(o.pkg))
		a.printf("Next: mend it, then: go tool lab test %s", "다음: 고친 뒤 go tool lab test %s", l.nn)
		return
	}
	first := failing[0]
	if first.task != "" {
		a.printf("%s: task %s fails in %s", "%s: 과제 %s 실패 (%s)", l.name, first.task, first.name)
	} else {
		a.printf("%s: %s fails", "%s: %s 실패", l.name, first.name)
	}
	fmt.Fprintf(a.stdout, "\n%s\n", hang(tidy(first.output), widthOf(a.stdout)))

	var same, later []string
	for _, t := range failing[1:] {
		if t.task == first.task {
			same = append(same, t.name)
		} else if !slices.Contains(later, t.task) {
			later = append(later, t.task)
		}
	}
	if same != nil {
		a.printf("Of the same task: %s.", "같은 과제에서 실패한 테스트: %s.", strings.Join(same, ", "))
	}
	if later != nil {
		a.printf("Later tasks wait or fail: %s.", "다음 과제 가운데 아직 통과하지 못한 것: %s.", strings.Join(later, ", "))
	}
	hint := strings.TrimSpace(l.nn + " " + first.task)
	a.printf("Next: edit %s, then: go tool lab test %s; or a hint: go tool lab hint %s",
		"다음: %s 파일을 고친 뒤 go tool lab test %s, 힌트는 go tool lab hint %s", l.edited(), l.nn, hint)
}
