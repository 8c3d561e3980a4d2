// Package harness is what the labs' benchmarks share: how to say that
// something can't be measured here, how to keep quiet, and how to look at the
// real runtime in a process of its own.
package harness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"gmplab/internal/compile"
	"gmplab/internal/lang"
)

// Skip ends b and says why. `go tool lab measure` knows these words.
func Skip(b *testing.B, en, ko string) {
	b.Helper()
	b.Skip("not measurable here: " + lang.Say(en, ko))
}

// Need ends b if there is an error: as skipped where the machine can't do it,
// as failed otherwise.
func Need(b *testing.B, err error) {
	b.Helper()
	if errors.Is(err, errors.ErrUnsupported) {
		Skip(b, "this machine can't do it: "+err.Error(), "이 환경에서는 지원되지 않습니다: "+err.Error())
	}
	if err != nil {
		b.Fatal(err)
	}
}

// Unsolved ends b, which measures the learner's own code, which is not there
// yet.
func Unsolved(b *testing.B, what, lab string) {
	b.Helper()
	Skip(b, "your "+what+" does not work yet: go test ./labs/"+lab+"-...",
		"아직 동작하지 않는 코드입니다("+what+"): go test ./labs/"+lab+"-...")
}

// Quiet switches the GC off and sets GOMAXPROCS, until b ends.
func Quiet(b *testing.B, procs int) {
	percent := debug.SetGCPercent(-1)
	procs = runtime.GOMAXPROCS(procs)
	b.Cleanup(func() {
		runtime.GOMAXPROCS(procs)
		debug.SetGCPercent(percent)
	})
}

// Report replaces the time of an iteration, which nobody asked for.
func Report(b *testing.B, value float64, unit string) {
	b.ReportMetric(value, unit)
	b.ReportMetric(0, "ns/op")
}

// PerUnit reports the time that one of n took, in ns by unit: "ns/switch".
func PerUnit(b *testing.B, took time.Duration, n int, unit string) {
	Report(b, float64(took.Nanoseconds())/float64(n), unit)
}

// Race reports whether the race detector is on.
func Race() bool {
	info, _ := debug.ReadBuildInfo()
	if info == nil {
		return false
	}
	for _, s := range info.Settings {
		if s.Key == "-race" {
			return s.Value == "true"
		}
	}
	return false
}

// part names, in the environment of a test binary, the part that it plays
// instead of running tests: "order=300".
const part = "LAB_PART"

// Play plays the part that the environment names, if it names one, and ends
// the process. Call it in TestMain, not in an init: while those run the main
// goroutine is locked to its thread.
func Play(parts map[string]func(n int)) {
	name, text, _ := strings.Cut(os.Getenv(part), "=")
	if name == "" {
		return
	}
	n, err := strconv.Atoi(text)
	f := parts[name]
	if f == nil || err != nil {
		fmt.Fprintf(os.Stderr, "%s=%q: no such part, or no number\n", part, os.Getenv(part))
		os.Exit(2)
	}
	f(n)
	os.Exit(0)
}

// Child is a command that runs this test binary in a part, in a fresh process
// with the environment of [compile.Env] and env.
func Child(ctx context.Context, b testing.TB, name string, n int, env ...string) *exec.Cmd {
	b.Helper()
	exe, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, exe)
	cmd.Env = append(append(compile.Env(), env...), fmt.Sprintf("%s=%s=%d", part, name, n))
	return cmd
}

// Started ends t if cmd, which runs this program again, did not even start, as
// err says. As skipped, where an emulator runs this program and the kernel was
// not told of it: qemu-user without binfmt_misc.
func Started(t testing.TB, cmd *exec.Cmd, err error) {
	t.Helper()
	if cmd.ProcessState != nil {
		return
	}
	if errors.Is(err, syscall.ENOEXEC) {
		t.Skip("not measurable here: " + lang.Say("under this emulator the program can't start itself: "+err.Error(),
			"이 에뮬레이터에서는 프로그램이 자신을 다시 실행할 수 없습니다: "+err.Error()))
	}
	t.Fatal(err)
}

// Ask runs a [Child] and returns what it printed. It has 30 seconds.
func Ask(b *testing.B, name string, n int, env ...string) (stdout, stderr string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), 30*time.Second)
	defer cancel()
	cmd := Child(ctx, b, name, n, env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	Started(b, cmd, err)
	if err != nil {
		b.Fatalf("child %s=%d: %v: %s", name, n, err, errs.String())
	}
	return out.String(), errs.String()
}

// FreeMemory returns the bytes that this process may still take, by the kernel
// and by its control groups: 0 where there is no telling.
func FreeMemory() int64 {
	info, _ := os.ReadFile("/proc/meminfo")
	free := int64(0)
	for line := range strings.Lines(string(info)) {
		fmt.Sscanf(line, "MemAvailable: %d kB", &free)
	}
	free <<= 10
	// A line of /proc/self/cgroup is number:controllers:path, and no
	// controllers means version 2. In a container the path may be the host's,
	// and the limit stands at the root or on the way to it.
	groups, _ := os.ReadFile("/proc/self/cgroup")
	for line := range strings.Lines(string(groups)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		root, limit, used := "/sys/fs/cgroup", "memory.max", "memory.current"
		if parts[1] == "memory" {
			root, limit, used = "/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes"
		} else if parts[1] != "" {
			continue
		}
		for _, group := range upwards(parts[2]) {
			if most, ok := number(path.Join(root, group, limit)); ok {
				now, _ := number(path.Join(root, group, used))
				free = min(free, most-now)
			}
		}
	}
	return max(0, free)
}

// upwards returns a control group and all above it. Their paths have slashes,
// whatever the system's own have: filepath.Dir would never come to "/" on
// Windows.
func upwards(group string) []string {
	groups := []string{group}
	for group != "/" && group != "." {
		group = path.Dir(group)
		groups = append(groups, group)
	}
	return groups
}

// number reads a file that holds one; "max", no limit, is none.
func number(file string) (int64, bool) {
	text, _ := os.ReadFile(file)
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	return n, err == nil
}
