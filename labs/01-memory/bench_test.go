package memory_test

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"math"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"gmplab/internal/compile"
	"gmplab/internal/harness"
)

// The programs that are looked at: a fresh process for each sample, because a
// process keeps the stacks and descriptors that it has once made, and because
// a test binary links more than what it measures.
var (
	//go:embed testdata/child/main.go
	childSource []byte
	//go:embed testdata/pthread.c
	pthreadSource []byte
)

// BenchmarkGoroutine: what a goroutine takes that waits, all in all.
func BenchmarkGoroutine(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			each(b, goChild, []string{"goroutines", fmt.Sprint(n)}, func(v figures) {
				b.ReportMetric(v.get(b, "resident"), "B/goroutine")
			})
		})
	}
}

// BenchmarkStack: of that, the stack.
func BenchmarkStack(b *testing.B) {
	want := 2048.0
	if runtime.GOOS == "windows" {
		want = 8192
	}
	each(b, goChild, []string{"goroutines", "100000"}, func(v figures) {
		b.ReportMetric(v.get(b, "stack"), "B-stack/goroutine")
		b.ReportMetric(100*math.Abs(v["stack"]-want)/want, "percent-off")
	})
}

// BenchmarkThread: what a thread takes that waits. B/thread is what is resident
// and the kernel's stack together.
func BenchmarkThread(b *testing.B) {
	report := func(b *testing.B) func(v figures) {
		return func(v figures) {
			resident, kernel := v.get(b, "resident"), v.get(b, "kernel")
			b.ReportMetric(resident+kernel, "B/thread")
			b.ReportMetric(resident, "B-resident/thread")
			b.ReportMetric(kernel, "B-kernel/thread")
			b.ReportMetric(v.get(b, "pagetables"), "B-pagetables/thread")
			// Go's runtime reserves address space ahead, for its heap and its
			// stacks alike: there it says nothing about the threads.
			if strings.HasSuffix(b.Name(), "kind=pthread") {
				b.ReportMetric(v.get(b, "virtual"), "B-virtual/thread")
			}
		}
	}
	b.Run("kind=go", func(b *testing.B) { each(b, goChild, []string{"threads", "500"}, report(b)) })
	b.Run("kind=pthread", func(b *testing.B) { each(b, pthreadChild, []string{"memory", "500"}, report(b)) })
}

// BenchmarkGrowth: the stacks of 1,000 goroutines after a call that needs 20
// KB, and after collections. The outcome is 1 if they were 2^k bytes at every
// step, were halved by collections, and stopped at 4 KB (8 on Windows): the
// goroutines wait for a channel, and the frames of that are too many for less.
func BenchmarkGrowth(b *testing.B) {
	each(b, goChild, []string{"growth", "1000"}, func(v figures) {
		outcome, last := 1.0, v.get(b, "stack0")
		for i := range 9 {
			stack := v.get(b, fmt.Sprintf("stack%d", i))
			k := math.Round(math.Log2(stack))
			if math.Abs(stack/math.Exp2(k)-1) > 0.05 || stack > last*1.05 || stack < last*0.45 {
				outcome = 0
			}
			last = stack
		}
		floor := 4096.0
		if runtime.GOOS == "windows" {
			floor = 8192
		}
		if v["stack0"] < 20<<10 || math.Abs(last-floor) > 0.05*floor {
			outcome = 0
		}
		b.ReportMetric(outcome, "outcome")
		b.ReportMetric(v["stack0"], "B-deep/goroutine")
		b.ReportMetric(last, "B-after/goroutine")
	})
}

// BenchmarkBelow: what becomes of who writes, or calls, beyond the end of a
// stack. The outcome is 1 if a pthread dies by SIGSEGV, and if a goroutine is
// moved.
func BenchmarkBelow(b *testing.B) {
	b.Run("kind=pthread", func(b *testing.B) {
		for b.Loop() {
			out, err := run(b, pthreadChild(b), "guard")
			v := parse(b, out)
			if v["survived"] == 0 && !killed(err) {
				b.Fatalf("the child ended by %v", err)
			}
			b.ReportMetric(1-v["survived"], "outcome")
			b.ReportMetric(v.get(b, "guard"), "B-guard")
			b.ReportMetric(v.get(b, "stack"), "B-stack")
		}
		b.ReportMetric(0, "ns/op")
	})
	b.Run("kind=goroutine", func(b *testing.B) {
		each(b, goChild, []string{"moves", "1"}, func(v figures) { b.ReportMetric(v.get(b, "moved"), "outcome") })
	})
}

func killed(err error) bool {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return false
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && (status.Signal() == syscall.SIGSEGV || status.Signal() == syscall.SIGBUS)
}

// BenchmarkLimit: 60 threads where 50 are allowed. The outcome is 1 if 1,200
// goroutines were no trouble, and the threads ended the program by its limit.
func BenchmarkLimit(b *testing.B) {
	for b.Loop() {
		out, err := run(b, goChild(b), "limit", "60")
		v := parse(b, out)
		var exit *exec.ExitError
		outcome := 0.0
		if v["goroutines"] == 1200 && v["threads"] == 0 && errors.As(err, &exit) && bytes.Contains(exit.Stderr, []byte("thread exhaustion")) {
			outcome = 1
		}
		b.ReportMetric(outcome, "outcome")
	}
	b.ReportMetric(0, "ns/op")
}

// ---- children ----

// figures is what a child printed: a name and a value a line.
type figures map[string]float64

func (v figures) get(b *testing.B, name string) float64 {
	b.Helper()
	x, ok := v[name]
	if !ok {
		harness.Skip(b, "this platform does not tell: "+name, "이 플랫폼에서는 알 수 없는 값입니다: "+name)
	}
	return x
}

// each runs a child for each iteration and hands on what it printed.
func each(b *testing.B, program func(*testing.B) string, args []string, report func(figures)) {
	path := program(b)
	for b.Loop() {
		out, err := run(b, path, args...)
		if err != nil {
			b.Fatalf("%s: %v", strings.Join(args, " "), err)
		}
		report(parse(b, out))
	}
	b.ReportMetric(0, "ns/op")
}

func parse(b *testing.B, out []byte) figures {
	b.Helper()
	v := figures{}
	for line := range strings.Lines(string(out)) {
		var name string
		var x float64
		if _, err := fmt.Sscan(line, &name, &x); err != nil {
			b.Fatalf("the child printed %q", line)
		}
		v[name] = x
	}
	return v
}

// run starts a child without what the environment may set for Go. It skips b where the machine has no more threads to give.
func run(b *testing.B, path string, args ...string) ([]byte, error) {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), path, args...)
	cmd.Env = append(compile.Env(), "GOTRACEBACK=none")
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		text := string(exit.Stderr)
		if strings.Contains(text, "failed to create new OS thread") || strings.Contains(text, "temporarily unavailable") {
			harness.Skip(b, "a limit allows fewer threads than this takes", "제한 때문에 필요한 만큼 스레드를 만들 수 없습니다")
		}
		if exit.ExitCode() == 3 {
			b.Fatalf("%s", text)
		}
	}
	return out, err
}

// goChild returns the path of the Go child.
func goChild(b *testing.B) string {
	b.Helper()
	return built(b)(compile.Go(b.Context(), "memory", childSource))
}

// pthreadChild returns the path of the C child.
func pthreadChild(b *testing.B) string {
	b.Helper()
	if runtime.GOOS != "linux" {
		harness.Skip(b, "this child reads Linux's /proc", "리눅스의 /proc이 있어야 하는 자식 프로그램입니다")
	}
	return built(b)(compile.C(b.Context(), "memory-pthread", pthreadSource, "memory", "1"))
}

func built(b *testing.B) func(path string, remove func(), err error) string {
	b.Helper()
	return func(path string, remove func(), err error) string {
		b.Helper()
		harness.Need(b, err)
		b.Cleanup(remove)
		return path
	}
}
