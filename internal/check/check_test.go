package check

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"gmplab/internal/harness"
)

// The fixtures fail on purpose, in a child.
func fixture(t *testing.T) {
	t.Helper()
	if os.Getenv("CHECK_FIXTURE") == "" {
		t.Skip("run by TestWording")
	}
}

func TestFixtureEqual(t *testing.T) {
	fixture(t)
	Task(t, 1, func(t *testing.T) { Equal(t, "Save(c, g)", "SP", Addr(0x10), Addr(0x18), "three words") })
}

func TestFixtureLater(t *testing.T) {
	fixture(t)
	Task(t, 2, func(t *testing.T) { t.Error("never said") })
}

func TestFixturePanic(t *testing.T) {
	fixture(t)
	Task(t, 1, func(t *testing.T) { panic("boom") })
}

func TestFixtureHang(t *testing.T) {
	fixture(t)
	Task(t, 1, func(t *testing.T) {
		stop := make(chan int)
		t.Cleanup(func() { close(stop) })
		within(t, "Run(c, p, ready)", "", time.Millisecond, func() { <-stop })
	})
}

func TestWording(t *testing.T) {
	run := func(language, name string) string {
		cmd := exec.Command(os.Args[0], "-test.v", "-test.run", name)
		cmd.Env = append(os.Environ(), "CHECK_FIXTURE=1", "LAB_LANG="+language)
		out, err := cmd.CombinedOutput()
		harness.Started(t, cmd, err)
		require.Error(t, err, "a fixture fails")
		return string(out)
	}
	out := run("en", "^(TestFixtureEqual|TestFixtureLater)$")
	require.Contains(t, out, "Save(c, g)\n        got:  SP = 0x10\n        want: SP = 0x18\n        rule: three words\n        hint: go tool lab hint check 1")
	require.Contains(t, out, "task 2 waits for task 1")
	require.NotContains(t, out, "never said")
	require.Contains(t, run("ko", "^(TestFixtureEqual|TestFixtureLater)$"), "과제 2: 과제 1번을 먼저")
	require.Contains(t, run("en", "TestFixturePanic"), "a panic: boom")
	require.Contains(t, run("en", "TestFixtureHang"), "no return after 1ms")
	require.Contains(t, run("en", "TestFixtureModel$"), "f(7)\n        got:  true\n        want: false\n        rule: under 7")
	require.Contains(t, run("en", "TestFixtureModelPanics"), "boom")
}

func TestFixtureModel(t *testing.T) {
	fixture(t)
	Task(t, 1, func(t *testing.T) {
		Model(t, "under 7", func(rt *rapid.T) (call, got, want string) {
			n := rapid.IntRange(0, 100).Draw(rt, "n")
			return fmt.Sprintf("f(%d)", n), fmt.Sprint(n >= 7), "false"
		})
	})
}

func TestFixtureModelPanics(t *testing.T) {
	fixture(t)
	Task(t, 1, func(t *testing.T) {
		Model(t, "never panics", func(rt *rapid.T) (call, got, want string) { panic("boom") })
	})
}

func TestModelHolds(t *testing.T) {
	Model(t, "a number is itself", func(rt *rapid.T) (call, got, want string) {
		n := rapid.Int().Draw(rt, "n")
		return "", fmt.Sprint(n), fmt.Sprint(n)
	})
}

func TestWithinReturns(t *testing.T) {
	ran := false
	Within(t, "f()", "", func() { ran = true })
	require.True(t, ran)
}

func TestTheirs(t *testing.T) {
	within := "goroutine 7 [chan receive]:\ncheck.within.func1()\n\t/x/labs/04-gmp/task5_test.go:321 +0x1"
	learner := "goroutine 9 [running]:\nf()\n\t/x/labs/04-gmp/gmp.go:12 +0x1"
	self := "goroutine 1 [running]:\nruntime.Stack()\n\t/x/labs/04-gmp/gmp.go:1 +0x1"
	require.Equal(t, "  04-gmp/gmp.go:12", theirs(self+"\n\n"+within+"\n\n"+learner))
	require.Equal(t, "  04-gmp/task5_test.go:321", theirs(self+"\n\n"+within))
}

func TestMain(m *testing.M) { Main(m, "", "x.go", "package x") }
