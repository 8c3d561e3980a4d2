package handoff_test

import (
	_ "embed"
	"fmt"
	"strings"
	"testing"

	"gmplab/internal/check"
	"gmplab/internal/harness"
	"gmplab/internal/interleave"
)

//go:embed handoff.go
var source string

func TestMain(m *testing.M) {
	harness.Play(parts)
	check.Main(m, "05-syscall-handoff", "handoff.go", source)
}

// explore runs a model in every order. Each of events must take place in one
// of them.
func explore(t *testing.T, call, want, rule string, f func(*interleave.Model), events ...string) {
	t.Helper()
	r := interleave.Explore(f)
	if r.Failure != nil {
		check.Fail(t, call, r.Failure.Error(), want, rule)
	}
	for _, e := range events {
		check.True(t, r.Saw(e) > 0, call,
			fmt.Sprintf(check.Say("in none of %d orders: %s", "실행 순서 %d개 어디에서도 일어나지 않음: %s"), r.Runs, e),
			fmt.Sprintf(check.Say("in some order: %s", "어떤 순서에서는 일어남: %s"), e), rule)
	}
	t.Logf("%s, %d runs", r.Scope(), r.Runs)
}

// words prints the word of a State, laid out as in the lab, in a trace.
func words(name string, v any) string {
	w, ok := v.(uint64)
	if !ok || !strings.HasSuffix(name, ".word") {
		return ""
	}
	status := []string{"idle", "running", "in call", "?"}[w&3]
	return fmt.Sprintf("%s/%d", status, w>>2)
}

// ---- Task 1: save, then publish ----

var saveFirst = check.Say(
	"save first, then publish: from the moment g is in ready another thread may take it and run it, and it goes on where g.PC says at that moment",
	"먼저 저장하고 그다음에 내놓습니다. g가 ready에 들어간 순간부터 다른 스레드가 꺼내 실행할 수 있고, 그 순간의 g.PC가 가리키는 곳부터 실행합니다")
