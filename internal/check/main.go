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
// left after they have passed. text is the learner's file of this name, as it
// was built (go:embed): what it must not hold fails each test.
func Main(m *testing.M, lab, name, text string) {
	flag.Parse()
	learner.name = name
	var err error
	if learner.refused, err = Source(lab, text); err != nil {
		fmt.Fprintln(os.Stderr, err) // it was built, so it is Go
		os.Exit(1)
	}
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
