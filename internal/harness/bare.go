package harness

import (
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"gmplab/internal/compile"
)

// Bare reports what once costs in ns, in a program of its own that is made of
// the learner's file, source, alone: it imports sync/atomic in the place of
// interleave/atomic, and has types of its own in the place of machine's. So the
// explorer, which costs a look at each operation, is not in the figure. setup and
// once are Go statements.
func Bare(b *testing.B, source, setup, once, unit string) {
	b.Helper()
	path, remove, err := compile.Go(b.Context(), "bare", []byte(bare(source, setup, once)))
	if err != nil {
		Skip(b, "your file alone, over sync/atomic, does not compile: "+compile.FirstLine([]byte(err.Error())),
			"sync/atomic을 쓰도록 바꾼 파일이 따로 컴파일되지 않습니다: "+compile.FirstLine([]byte(err.Error())))
	}
	defer remove()
	ns := 0.0
	for b.Loop() {
		cmd := exec.CommandContext(b.Context(), path)
		cmd.Env = append(compile.Env(), "GOMAXPROCS=1", "GOGC=off")
		out, err := cmd.Output()
		if _, scan := fmt.Sscan(string(out), &ns); err != nil || scan != nil {
			b.Fatalf("child printed %q: %v", out, err)
		}
	}
	Report(b, ns, unit)
}

var (
	packageLine = regexp.MustCompile(`(?m)^package \w+$`)
	givenLine   = regexp.MustCompile(`(?m)^\s*"gmplab/internal/machine"\n`)
	given       = regexp.MustCompile(`\bmachine\.(G|Batch|RunQueue)\b`)
)

// bare is the program's source. It times by the timer of a testing.B, which is
// the only one in the standard library that is exact on Windows too (see
// [gmplab/internal/clock]).
func bare(source, setup, once string) string {
	text := strings.Replace(source, `"gmplab/internal/interleave/atomic"`, `"sync/atomic"`, 1)
	text = packageLine.ReplaceAllString(text, "package main\n\nimport benchfmt \"fmt\"\nimport benchtesting \"testing\"\n")
	text = givenLine.ReplaceAllString(text, "")
	text = given.ReplaceAllString(text, "machine$1")
	return text + `
type machineG struct {
	ID      uint64
	Status  uint32
	Context [3]uint64
	Stack   struct {
		Lo, Hi uint64
		words  []uint64
	}
	Full bool
	Ret  uint64
	Link *machineG
}

type machineBatch struct {
	First, Last *machineG
	N           int
}

type machineRunQueue any

func main() {
	` + setup + `
	best := 1e18
	for range 40 {
		const n = 20_000
		var timer benchtesting.B
		timer.StartTimer()
		for range n {
			` + once + `
		}
		timer.StopTimer()
		best = min(best, float64(timer.Elapsed().Nanoseconds())/n)
	}
	benchfmt.Println(best)
}
`
}
