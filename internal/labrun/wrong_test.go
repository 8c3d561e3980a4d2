package main

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gmplab/internal/labrun/wire"
)

// wrongLabs are references with one mistake, under which a program must end
// with an explanation and never hang.
var wrongLabs = []struct {
	name, lab, old, new string
	program             string
	says                string // one of these words, by |
}{
	{"a stolen batch is lost", "06-work-stealing/steal.go",
		"q.tail.Store(mine + n - 1) // publishes", "q.tail.Store(mine) // publishes", "fib", "lost count"},
	{"nobody looks again", "06-work-stealing/steal.go",
		"\tif !anyWork() || !reacquire() {\n\t\treturn false\n\t}\n\ts.n.Add(1)\n\treturn true\n", "\treturn false\n", "fib", ""},
	{"Get never ends", "06-work-stealing/steal.go",
		"\t\tif h == q.tail.Load() {\n\t\t\treturn nil, false\n", "\t\tif h == q.tail.Load() {\n\t\t\tcontinue\n", "fib", "does not come back|steal.go"},
	{"the same goroutine twice", "06-work-stealing/steal.go",
		"\t\tif q.head.CompareAndSwap(h, h+1) { // takes g\n", "\t\t{\n", "fib", "lost count"},
	{"a misuse panics", "05-syscall-handoff/handoff.go",
		"\treturn w&status == idle && s.word.CompareAndSwap(w, w+running)\n", "\t_ = w\n\treturn false\n", "pingpong", "lab 05"},
	{"the global queue keeps its goroutines", "04-gmp/gmp.go",
		"n := min(s.n, s.n/procs+1, max)\n", "n := min(s.n, s.n/procs+1, max, 0)\n", "hog", "lost count|does not come back"},
	{"New makes nothing", "02-spawn-cost/spawn.go",
		"\tg.Status.Store(machine.Runnable)\n\treturn g\n", "\tg.Status.Store(machine.Runnable)\n\treturn nil\n", "fib", "lab 02"},
}

func TestWrongLabs(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program for each")
	}
	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	overlay, err := os.ReadFile(filepath.Join(root, "solutions", "overlay.json"))
	if err != nil {
		t.Skip("no solutions/")
	}
	for _, w := range wrongLabs {
		t.Run(strings.ReplaceAll(w.name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			right, err := os.ReadFile(filepath.Join(root, "solutions", w.lab))
			require.NoError(t, err)
			require.Equal(t, 1, strings.Count(string(right), w.old), "old occurs once")
			file := filepath.Join(dir, filepath.Base(w.lab))
			require.NoError(t, os.WriteFile(file, []byte(strings.Replace(string(right), w.old, w.new, 1)), 0o644))
			var all struct{ Replace map[string]string }
			require.NoError(t, json.Unmarshal(overlay, &all))
			all.Replace["labs/"+w.lab] = file
			text, err := json.Marshal(all)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(dir, "overlay.json"), text, 0o644))
			bin := filepath.Join(dir, "labrun.exe")
			build := exec.Command("go", "build", "-trimpath", "-overlay", filepath.Join(dir, "overlay.json"), "-o", bin, "./internal/labrun")
			build.Dir = root
			out, err := build.CombinedOutput()
			require.NoError(t, err, "%s", out)

			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			result := filepath.Join(dir, "result.json")
			cmd := exec.CommandContext(ctx, bin, "-result", result, "-procs", "4", "-patience", "3s", filepath.Join(root, "examples", w.program+".asm"))
			cmd.Env = append(os.Environ(), "LAB_LANG=en")
			stdin, err := cmd.StdinPipe() // whose end would stop it
			require.NoError(t, err)
			defer stdin.Close()
			out, err = cmd.CombinedOutput()
			require.NoError(t, ctx.Err(), "it hangs: %s", out)
			text, readErr := os.ReadFile(result)
			require.NoError(t, readErr, "%v: %s", err, out)
			var r wire.Report
			require.NoError(t, json.Unmarshal(text, &r))
			t.Logf("%s", r.Error.EN)
			if w.says == "" { // it may be lucky
				return
			}
			found := false
			for word := range strings.SplitSeq(w.says, "|") {
				found = found || strings.Contains(r.Error.EN, word)
			}
			require.True(t, found, "want one of %q, got %q", w.says, r.Error.EN)
		})
	}
}
