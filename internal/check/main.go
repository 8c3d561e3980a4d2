package check

import (
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"testing"

	"go.uber.org/goleak"
)

// Main is a lab's TestMain: it runs the tests, and fails if a goroutine is
// left after they have passed.
func Main(m *testing.M) {
	flag.Parse()
	// A learner's directory stays as it is: no file for each failure.
	if err := flag.Set("rapid.nofailfile", "true"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	// What a wrong lab keeps between two tries can't be shrunk: don't try long.
	if err := flag.Set("rapid.shrinktime", "2s"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	// An endless recursion ends after a moment, and not when it has filled 1 GB.
	// No solution comes near: the deepest takes some KB.
	debug.SetMaxStack(64 << 20)
	goleak.VerifyTestMain(m)
}
