// Package compile builds small programs that are looked at from outside: in C,
// or in Go with the standard library alone. A program is kept in the user's
// cache directory, so that it is built once.
package compile

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// C returns the path of a C program, compiled with pthreads by the first C
// compiler that works ($CC, cc, gcc, clang): it must make a program that ends
// well when it is run with the arguments try. Call remove after its use.
//
// The error wraps [errors.ErrUnsupported] where none works, which it says as
// "no C compiler".
func C(ctx context.Context, name string, source []byte, try ...string) (path string, remove func(), err error) {
	return cached(name, ".c", source, func(file, program string) error {
		var why []string
		for _, cc := range compilers() {
			words := strings.Fields(cc) // CC="ccache gcc" is usual
			if len(words) == 0 {
				continue
			}
			out, err := exec.CommandContext(ctx, words[0], append(words[1:], "-O2", "-pthread", "-o", program, file)...).CombinedOutput()
			if err == nil {
				// A cross compiler's program does not run here.
				out, err = exec.CommandContext(ctx, program, try...).CombinedOutput()
			}
			if err == nil || ctx.Err() != nil {
				return ctx.Err()
			}
			if !errors.Is(err, exec.ErrNotFound) {
				why = append(why, fmt.Sprintf("%s: %v %s", cc, err, FirstLine(out)))
			}
		}
		return fmt.Errorf("%w: no C compiler: %s", errors.ErrUnsupported, strings.Join(append(why, "tried $CC, cc, gcc and clang"), "; "))
	})
}

// compilers returns what to try, $CC first, which may be empty.
func compilers() []string {
	// On macOS there are a cc, a gcc and a clang also without the developer
	// tools: each opens a window then, which offers to install them.
	// xcode-select only says that there are none.
	if runtime.GOOS == "darwin" && exec.Command("/usr/bin/xcode-select", "-p").Run() != nil {
		return []string{os.Getenv("CC")}
	}
	return []string{os.Getenv("CC"), "cc", "gcc", "clang"}
}

// Go returns the path of a Go program of one file, which imports the standard
// library alone and is built without cgo. Call remove after its use.
//
// The error wraps [errors.ErrUnsupported] where there is no go command.
func Go(ctx context.Context, name string, source []byte) (path string, remove func(), err error) {
	return cached(name, ".go", source, func(file, program string) error {
		cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", program, file)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off", "GO111MODULE=off")
		out, err := cmd.CombinedOutput()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, exec.ErrNotFound):
			return fmt.Errorf("%w: no go command to build %s with", errors.ErrUnsupported, name)
		case err != nil:
			return fmt.Errorf("build %s: %w: %s", name, err, out)
		}
		return nil
	})
}

// Env returns the environment without what it sets for Go's runtime and
// tools: a child has the defaults.
func Env() []string {
	var env []string
	for _, e := range os.Environ() {
		if name, _, _ := strings.Cut(e, "="); !strings.HasPrefix(strings.ToUpper(name), "GO") {
			env = append(env, e)
		}
	}
	return env
}

// FirstLine returns the first line of what a program printed.
func FirstLine(out []byte) string {
	line, _, _ := bytes.Cut(bytes.TrimSpace(out), []byte("\n"))
	return string(line)
}

// cached returns the path of a program, made now if it is not in the cache.
func cached(name, suffix string, source []byte, build func(file, program string) error) (path string, remove func(), err error) {
	key := sha256.Sum256(append([]byte(runtime.Version()), source...))
	final := fmt.Sprintf("%s-%s-%s-%x.exe", name, runtime.GOOS, runtime.GOARCH, key[:8])
	if cache, err := os.UserCacheDir(); err == nil {
		dir := filepath.Join(cache, "gmplab")
		path := filepath.Join(dir, final)
		if _, err := os.Stat(path); err == nil {
			return path, func() {}, nil
		}
		if os.MkdirAll(dir, 0o755) == nil {
			if made, err := fresh(dir, name, suffix, source, build); err == nil {
				defer os.RemoveAll(filepath.Dir(made))
				if os.Rename(made, path) == nil { // at once: others may be doing the same
					return path, func() {}, nil
				}
			}
		}
	}
	// No cache to write to, or one that nothing can be run from.
	made, err := fresh("", name, suffix, source, build)
	if err != nil {
		return "", nil, err
	}
	return made, func() { os.RemoveAll(filepath.Dir(made)) }, nil
}

// fresh makes the program in a new directory under dir.
func fresh(dir, name, suffix string, source []byte, build func(file, program string) error) (program string, err error) {
	tmp, err := os.MkdirTemp(dir, name+"-")
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			os.RemoveAll(tmp)
		}
	}()
	file := filepath.Join(tmp, name+suffix)
	if err := os.WriteFile(file, source, 0o644); err != nil {
		return "", err
	}
	program = filepath.Join(tmp, name+".exe")
	return program, build(file, program)
}
