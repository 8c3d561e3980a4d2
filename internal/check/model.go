package check

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Model tries prop on random sequences of calls, and shrinks one that fails
// to the shortest before it is told. prop draws its calls from rt and stops at
// the first in which got and want differ; equal ones mean that all is well.
func Model(t testing.TB, rule string, prop func(rt *rapid.T) (call, got, want string)) {
	t.Helper()
	var q quiet
	var call, got, want, panicked string
	random := Say("calls at random", "무작위 호출")
	within(t, random, rule, 3*Deadline, func() { // FailNow ends the goroutine it is called in
		rapid.Check(&q, func(rt *rapid.T) {
			returned := false
			defer func() { // not recovered: rapid has panics of its own
				if !returned {
					panicked = string(debug.Stack())
				}
			}()
			call, got, want = prop(rt)
			returned = true
			if got != want {
				rt.Fatal() // the last one told so is the shortest
			}
		})
	})
	if call == "" {
		call = random
	}
	switch {
	case q.said == "":
	case got != want:
		Fail(t, call, got, want, rule)
	case strings.Contains(q.said, "flaky"):
		Fail(t, call, Say("the same calls gave something else the second time", "같은 호출을 다시 하면 결과가 다름"),
			Say("the same each time: nothing outlives a value, such as a list in a package variable",
				"매번 같은 결과. 새 값을 만들었는데 이전 값의 것(패키지 변수에 둔 리스트 등)이 남아 있으면 안 됩니다"), rule)
	default:
		said, _, _ := strings.Cut(q.said, "\n") // and then rapid's own frames
		Fail(t, call, said+"\n"+ownFrames([]byte(panicked)), Say("no panic", "패닉 없음"), rule)
	}
}

// quiet is a rapid.TB that keeps the first thing said and prints nothing.
type quiet struct {
	rapid.TB
	said string
}

func (q *quiet) Helper()             {}
func (q *quiet) Name() string        { return "Model" }
func (q *quiet) Logf(string, ...any) {}
func (q *quiet) Log(...any)          {}
func (q *quiet) Failed() bool        { return q.said != "" }
func (q *quiet) FailNow()            { runtime.Goexit() }
func (q *quiet) Fail()               { q.Errorf("failed") }
func (q *quiet) Error(args ...any)   { q.Errorf("%s", fmt.Sprint(args...)) }
func (q *quiet) Errorf(format string, args ...any) {
	if q.said == "" {
		q.said = fmt.Sprintf(format, args...)
	}
}
