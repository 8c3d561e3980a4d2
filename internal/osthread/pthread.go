package osthread

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
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
	program, remove, err := compiled(ctx)
	if err != nil {
		return Alternation{}, err
	}
	defer remove()
	return runPingpong(ctx, program, kind, pinned, n)
}

func runPingpong(ctx context.Context, program string, kind Kind, pinned bool, n int) (Alternation, error) {
	pin := "unpinned"
	if pinned {
		pin = "pinned"
	}
	cmd := exec.CommandContext(ctx, program, string(kind), pin, strconv.Itoa(n))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return Alternation{}, fmt.Errorf("pthread %s: %w: %s", kind, err, firstLine(stderr.Bytes()))
	}
	var name string
	var ns float64
	var a Alternation
	_, err = fmt.Sscanf(string(out), "%s %f ns/switch %d switches %d voluntary %d involuntary",
		&name, &ns, &a.Switches, &a.Voluntary, &a.Involuntary)
	if err != nil || name != string(kind) || a.Switches != n {
		return Alternation{}, fmt.Errorf("pthread %s: %d switches wanted, and it printed %q", kind, n, out)
	}
	a.Elapsed = time.Duration(ns * float64(n))
	return a, nil
}

// compiled returns the path of the program, made now if it is not in the
// cache, and what to call after its use.
func compiled(ctx context.Context) (path string, remove func(), err error) {
	keep := func() {}
	name := fmt.Sprintf("pingpong-%s-%s-%x", runtime.GOOS, runtime.GOARCH, sha256.Sum256(pingpong))
	if cache, err := os.UserCacheDir(); err == nil {
		dir := filepath.Join(cache, "gmplab")
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err == nil {
			return path, keep, nil
		}
		if os.MkdirAll(dir, 0o755) == nil {
			if made, err := compile(ctx, dir); err == nil {
				defer os.RemoveAll(filepath.Dir(made))
				if os.Rename(made, path) == nil { // at once: others may be doing the same
					return path, keep, nil
				}
			}
		}
	}
	// No cache to write to, or one that nothing can be run from.
	made, err := compile(ctx, "")
	if err != nil {
		return "", nil, err
	}
	return made, func() { os.RemoveAll(filepath.Dir(made)) }, nil
}

// compile makes the program in a new directory under dir and tries it.
func compile(ctx context.Context, dir string) (program string, err error) {
	tmp, err := os.MkdirTemp(dir, "pingpong-")
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			os.RemoveAll(tmp)
		}
	}()
	source := filepath.Join(tmp, "pingpong.c")
	if err := os.WriteFile(source, pingpong, 0o644); err != nil {
		return "", err
	}
	program = filepath.Join(tmp, "pingpong")
	var why []string
	for _, cc := range []string{os.Getenv("CC"), "cc", "gcc", "clang"} {
		words := strings.Fields(cc) // CC="ccache gcc" is usual
		if len(words) == 0 {
			continue
		}
		cmd := exec.CommandContext(ctx, words[0], append(words[1:], "-O2", "-pthread", "-o", program, source)...)
		out, err := cmd.CombinedOutput()
		if err == nil {
			// A cross compiler's program does not run here.
			_, err = runPingpong(ctx, program, Pipe, false, 1)
		}
		if err == nil {
			return program, nil
		}
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		if !errors.Is(err, exec.ErrNotFound) {
			why = append(why, fmt.Sprintf("%s: %v %s", cc, err, firstLine(out)))
		}
	}
	return "", fmt.Errorf("%w: no C compiler: %s", ErrUnsupported, strings.Join(append(why, "tried $CC, cc, gcc and clang"), "; "))
}

func firstLine(b []byte) []byte {
	line, _, _ := bytes.Cut(bytes.TrimSpace(b), []byte("\n"))
	return line
}
