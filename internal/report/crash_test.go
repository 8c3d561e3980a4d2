package report

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gmplab/internal/gotest"
)

const dump = `panic: test timed out after 2m0s

goroutine 33 [running]:
testing.(*M).startAlarm.func1()
	/go/src/testing/testing.go:2682 +0x345

goroutine 1 [chan receive]:
gmplab/labs/03-context-switch.TestMain(0x1)
	/home/me/gmplab/labs/03-context-switch/main_test.go:11 +0x1d

goroutine 7 [running]:
gmplab/labs/03-context-switch.Save(...)
	/home/me/gmplab/labs/03-context-switch/switch.go:24
gmplab/labs/03-context-switch.Save(...)
	/home/me/gmplab/labs/03-context-switch/switch.go:24
gmplab/labs/03-context-switch.TestSave(0x1)
	/home/me/gmplab/labs/03-context-switch/task1_test.go:16 +0x1d
`

// Of a crash the complaint and the places are left, the learner's file first.
func TestCrash(t *testing.T) {
	require.Equal(t, `panic: test timed out after 2m0s
    labs/03-context-switch/switch.go:24
    labs/03-context-switch/main_test.go:11
    labs/03-context-switch/task1_test.go:16
`, crash(dump))
	require.Equal(t, "got 1, want 2\n", crash("got 1, want 2\n"), "no crash")
}

// Wherever what was kept of an output is cut, the crash in it is short.
func TestCrashInAnOutput(t *testing.T) {
	for cut := range strings.Index(dump, "goroutine 7") {
		text := outputText(gotest.Output{Head: "hello\n" + dump[:cut], Logged: dump[cut:]})
		require.Contains(t, text, "hello\n")
		if cut >= len("panic: ") {
			require.NotContains(t, text, "testing.go", cut)
		}
	}
	text := outputText(gotest.Output{Head: "hello\n", Dropped: 7, Logged: dump})
	require.True(t, strings.HasPrefix(text, "hello\n"), text)
	require.NotContains(t, text, "goroutine")
}
