// Package check words what a lab's test has to say to the learner: what was
// called, what came, what was wanted, and which rule is broken. It speaks one
// language at a time; every text is a pair where it is needed, check.Say.
package check

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"gmplab/internal/lang"
)

// Deadline is how long Within lets the learner's code run. It is no measure
// of speed: only code that never ends needs as long. LAB_DEADLINE sets another,
// for what tries hundreds of programs of which some never end.
var Deadline = deadline(os.Getenv("LAB_DEADLINE"))

func deadline(set string) time.Duration {
	if d, err := time.ParseDuration(set); err == nil && d > 0 {
		return d
	}
	return 10 * time.Second
}

// Say returns en or ko, whichever the reader's language is.
func Say(en, ko string) string { return lang.Say(en, ko) }

// Addr prints as an address, in hexadecimal.
type Addr uint64

func (a Addr) String() string { return fmt.Sprintf("%#x", uint64(a)) }

var tasks struct {
	sync.Mutex
	failed map[int]bool
	now    int    // the task whose test runs; tests of a lab run one at a time
	hung   string // the test in which the learner's code did not come back
}

// Task runs body as a test of the lab's task n. A lab's tests are in files
// task1_test.go, task2_test.go and so on, because Go runs the files of a package
// in the order of their names: so the tests of a task run after those of the
// tasks before it. A file that holds what it must not is told first. While a test of an earlier
// task has failed in this run, the test fails in one line: one message is
// read at a time. So it does after a test in which the learner's code did not
// come back: whatever it waits for, or does, it may still. A panic in body becomes a failure, so that it doesn't hide
// the tests after it.
func Task(t *testing.T, n int, body func(t *testing.T)) {
	t.Helper()
	t.Attr("task", fmt.Sprint(n))
	tasks.Lock()
	for earlier := 1; earlier < n; earlier++ {
		if tasks.failed[earlier] {
			tasks.Unlock()
			t.Fatalf(Say("task %d waits for task %d", "과제 %d: 과제 %d번을 먼저 통과해야 합니다"), n, earlier)
		}
	}
	if tasks.hung != "" {
		defer tasks.Unlock()
		t.Fatalf(Say("task %d: not run, since in %s the code did not come back", "과제 %d: %s에서 코드가 끝나지 않아 실행하지 않습니다"), n, tasks.hung)
	}
	tasks.now = n
	tasks.Unlock()
	defer func() {
		t.Helper()
		if r := recover(); r != nil {
			t.Errorf(Say("a panic: %v\n%s\n%s", "패닉이 일어났습니다: %v\n%s\n%s"), r, ownFrames(debug.Stack()), hint())
		}
		if !t.Failed() {
			return
		}
		tasks.Lock()
		defer tasks.Unlock()
		if tasks.failed == nil {
			tasks.failed = map[int]bool{}
		}
		tasks.failed[n] = true
	}()
	refuseFile(t)
	body(t)
}

// hint is the line that says where help is.
func hint() string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	lab, _, _ := strings.Cut(filepath.Base(dir), "-")
	tasks.Lock()
	defer tasks.Unlock()
	return fmt.Sprintf(Say("hint: go tool lab hint %s %d", "힌트: go tool lab hint %s %d"), lab, tasks.now)
}

// Fail ends the test: call is what was called, rule is what it breaks and why
// that matters.
func Fail(t testing.TB, call, got, want, rule string) {
	t.Helper()
	t.Fatalf("%s\n%s %s\n%s %s\n%s %s\n%s", call,
		Say("got: ", "결과:"), indent(got),
		Say("want:", "기대:"), indent(want),
		Say("rule:", "규칙:"), indent(rule), hint())
}

func indent(s string) string { return strings.ReplaceAll(s, "\n", "\n      ") }

// Equal fails the test unless got equals want. Never for a *G, a Stack or a
// queue, of which two may have equal fields: compare their ids.
func Equal(t testing.TB, call, what string, got, want any, rule string) {
	t.Helper()
	if !assert.ObjectsAreEqual(want, got) {
		Fail(t, call, fmt.Sprintf("%s = %v", what, got), fmt.Sprintf("%s = %v", what, want), rule)
	}
}

// True fails the test unless ok.
func True(t testing.TB, ok bool, call, got, want, rule string) {
	t.Helper()
	if !ok {
		Fail(t, call, got, want, rule)
	}
}

// Within runs f, the learner's code, in a goroutine of its own and waits for
// it. It fails the test when f panics, and when f has not returned after
// Deadline, with what f is doing then; the tests after that one do not run. The rule is one whose breach ends so.
func Within(t testing.TB, call, rule string, f func()) {
	t.Helper()
	within(t, call, rule, Deadline, f)
}

func within(t testing.TB, call, rule string, limit time.Duration, f func()) {
	t.Helper()
	done := make(chan string, 1)
	go func() {
		defer func() {
			failure := ""
			if r := recover(); r != nil {
				failure = fmt.Sprintf(Say("a panic: %v\n%s", "패닉: %v\n%s"), r, ownFrames(debug.Stack()))
			}
			done <- failure
		}()
		f()
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case failure := <-done:
		if failure != "" {
			Fail(t, call, failure, Say("it returns", "정상적으로 끝남"), rule)
		}
	case <-timer.C:
		tasks.Lock()
		tasks.hung = t.Name()
		tasks.Unlock()
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		Fail(t, call, fmt.Sprintf(Say("no return after %v; who is in the file then:\n%s", "%v 안에 끝나지 않았습니다. 그때 실행 위치:\n%s"),
			limit, theirs(string(stacks))),
			Say("it returns: no loop without an end (a goroutine that is linked to itself, a condition that is never met), no wait that nobody ends",
				"정상적으로 끝남. 끝없는 반복(자기 자신으로 이어진 고루틴, 만족되지 않는 조건)도, 아무도 깨워 주지 않아 끝없이 기다리는 일도 없어야 합니다"), rule)
	}
}

// theirs is the dump of the goroutines that are in the learner's file; of the
// one that Within started, if none is.
func theirs(stacks string) string {
	var learners []string
	started := stacks
	for g := range strings.SplitSeq(stacks, "\n\n") {
		switch {
		case strings.Contains(g, "runtime.Stack("):
		case learnersFile.MatchString(g):
			learners = append(learners, ownFrames([]byte(g)))
		case strings.Contains(g, "check.within.func"):
			started = ownFrames([]byte(g))
		}
	}
	if learners == nil {
		return started
	}
	return strings.Join(learners, "\n\n")
}

// learnersFile is a frame in the file of a lab: its name has no underscore.
var learnersFile = regexp.MustCompile(`\t\S*/(labs|solutions)/[^/]+/[a-z]+\.go:`)

// ownFrames keeps of a stack dump the frames in the labs and the machine.
func ownFrames(stack []byte) string {
	lines := strings.Split(string(stack), "\n")
	var kept []string
	for i, line := range lines {
		at := strings.TrimSpace(line)
		if strings.HasPrefix(line, "\t") && i > 0 && !strings.Contains(at, "/internal/check/") &&
			(strings.Contains(at, "/labs/") || strings.Contains(at, "/solutions/") || strings.Contains(at, "/internal/")) &&
			!strings.Contains(at, "/src/internal/") {
			at, _, _ = strings.Cut(at, " +")
			dir, file := filepath.Split(at)
			kept = append(kept, "  "+filepath.Base(dir)+"/"+file)
		}
	}
	return strings.Join(kept, "\n")
}
