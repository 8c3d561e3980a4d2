package osthread

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"os/exec"
	"runtime"
	"strconv"
	"time"

	"gmplab/internal/compile"
)

//go:embed pthread/pingpong.c
var pingpong []byte

// PThread is [Alternate] between two pthreads of a small C program, without
// Go's runtime around them. The program is compiled by the first C compiler
// that works ($CC, cc, gcc, clang) and kept in the user's cache directory. The
// kernel's switches are those of its whole process.
//
// The error wraps [ErrUnsupported] where no compiler works, which it says as
// "no C compiler", and where the platform has no such kind or can't pin.
func PThread(ctx context.Context, kind Kind, pinned bool, n int) (Alternation, error) {
	if n < 1 || n > 1<<30 {
		return Alternation{}, fmt.Errorf("osthread: %d switches, want 1 to %d", n, 1<<30)
	}
	switch {
	case runtime.GOOS == "windows":
		return Alternation{}, fmt.Errorf("pthread %s: %w: windows has no pthreads", kind, ErrUnsupported)
	case runtime.GOOS != "linux" && (pinned || kind == Futex):
		return Alternation{}, fmt.Errorf("pthread %s: %w: %s can't pin and has no futex", kind, ErrUnsupported, runtime.GOOS)
	}
	pin := "unpinned"
	if pinned {
		pin = "pinned"
	}
	a := Alternation{Counted: true}
	var name string
	var ns float64
	err := runPThread(ctx, []string{string(kind), pin, strconv.Itoa(n)}, "%s %f ns/switch %d switches %d voluntary %d involuntary",
		&name, &ns, &a.Switches, &a.Voluntary, &a.Involuntary)
	if err == nil && (name != string(kind) || a.Switches != n) {
		err = fmt.Errorf("pthread %s: %d switches wanted, got %d of %s", kind, n, a.Switches, name)
	}
	a.Elapsed = time.Duration(ns * float64(n))
	return a, err
}

// PThreadSpawn creates n pthreads, one after the other, in a small C program,
// waits for the end of each, and returns how long all took. Errors are those of
// [PThread].
func PThreadSpawn(ctx context.Context, n int) (time.Duration, error) {
	if n < 1 || n > 1<<20 {
		return 0, fmt.Errorf("osthread: %d threads, want 1 to %d", n, 1<<20)
	}
	if runtime.GOOS == "windows" {
		return 0, fmt.Errorf("pthread spawn: %w: windows has no pthreads", ErrUnsupported)
	}
	var ns float64
	err := runPThread(ctx, []string{"spawn", "unpinned", strconv.Itoa(n)}, "spawn %f ns/spawn", &ns)
	return time.Duration(ns * float64(n)), err
}

// runPThread runs the C program and scans what it prints.
func runPThread(ctx context.Context, args []string, format string, results ...any) error {
	program, remove, err := compile.C(ctx, "pingpong", pingpong, string(Pipe), "unpinned", "1")
	if err != nil {
		return err
	}
	defer remove()
	cmd := exec.CommandContext(ctx, program, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("pthread %s: %w: %s", args[0], err, compile.FirstLine(stderr.Bytes()))
	}
	if _, err := fmt.Sscanf(string(out), format, results...); err != nil {
		return fmt.Errorf("pthread %s printed %q: %w", args[0], out, err)
	}
	return nil
}
