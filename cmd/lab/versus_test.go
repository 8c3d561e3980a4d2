package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// versusScene is a scene in which tiny's benchmarks are built and run.
func versusScene(t *testing.T, complaint string, procs []int) (*app, *scene) {
	a, s, _ := runFixture(t)
	round := 0
	a.run = func(ctx context.Context, c child) error {
		switch line := strings.Join(c.args, " "); {
		case strings.HasPrefix(line, "go test -c"):
			require.Contains(t, c.env, "CGO_ENABLED=0")
			require.Contains(t, line, "-overlay "+filepath.Join(".lab", "run", "overlay.json"))
			require.Equal(t, "./internal/tiny", c.args[len(c.args)-1])
			if complaint != "" {
				io.WriteString(c.stdout, "# gmplab/labs/03-context-switch\n"+complaint)
				return errors.New("exit status 1")
			}
			return nil
		case line == "go env GOROOT GOVERSION":
			io.WriteString(c.stdout, "/goroot\ngo1.26.8\n")
			return nil
		case strings.HasPrefix(line, "go "):
			return s.run(ctx, c)
		}
		round++
		require.Equal(t, filepath.Join(a.root, "internal", "tiny"), c.dir)
		fmt.Fprint(c.stdout, "goos: linux\ngoarch: amd64\ncpu: A CPU\n")
		for _, run := range []string{"a", "b"} {
			fmt.Fprintf(c.stdout, "BenchmarkNoise/run=%s-2 \t 1 \t %g ns/yield\n", run, 30+0.1*float64(round))
		}
		for i, b := range versusBenches {
			for k, kind := range []string{"tiny", "go", "thread"} {
				for _, p := range procs {
					if kind == "thread" && b.Name != "ForkJoin" {
						continue
					}
					// Go takes twice as long, and a second P halves it.
					v := float64(100*(i+1)*(k+1)/p) + float64(round)
					if b.Unit == "ns/run" {
						v *= 1e5
					}
					fmt.Fprintf(c.stdout, "Benchmark%s/kind=%s/procs=%d-2 \t 1 \t %g %s\n", b.Name, kind, p, v, b.Unit)
				}
			}
		}
		fmt.Fprintln(c.stdout, "PASS")
		return nil
	}
	return a, s
}

func TestVersus(t *testing.T) {
	for _, korean := range []bool{false, true} {
		a, _ := versusScene(t, "", []int{1, 2})
		speak(t, korean)
		out, err := do(t, a, "measure", "tiny")
		require.NoError(t, err)
		golden(t, fmt.Sprintf("versus.%t", korean), machineLine.ReplaceAllString(out, "MACHINE"))
	}

	a, _ := versusScene(t, "", []int{1})
	out, err := do(t, a, "measure", "tiny", "-json", "-rounds", "2")
	require.NoError(t, err)
	var report struct {
		Machine struct{ Go string }
		Labs    []labCode
		Versus  []struct {
			Bench string
			Procs int
			Ratio struct {
				Value, Lo *float64
				N         int
			}
		}
		ForkJoin struct{ Ratio struct{ Value *float64 } }
	}
	require.NoError(t, json.Unmarshal([]byte(out), &report))
	require.Equal(t, "go1.26.8", report.Machine.Go)
	require.Len(t, report.Labs, 2)
	require.Len(t, report.Versus, len(versusBenches), "a row for each benchmark at one P")
	require.InDelta(t, 0.5, *report.Versus[0].Ratio.Value, 0.01)
	require.Nil(t, report.Versus[0].Ratio.Lo, "two rounds have no interval")
	require.Equal(t, 2, report.Versus[0].Ratio.N)
	require.Nil(t, report.ForkJoin.Ratio.Value, "one P has no gain")
}

// The benchmarks are there, and report what the table shows.
func TestVersusBenchmarks(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "internal", "tiny", "bench_test.go"))
	require.NoError(t, err)
	for _, b := range versusBenches {
		require.Contains(t, string(text), "func Benchmark"+b.Name+"(b *testing.B)")
		require.Contains(t, string(text), fmt.Sprintf("%q", b.Unit))
	}
}

func TestVersusFails(t *testing.T) {
	a, _ := versusScene(t, "switch.go:3:1: undefined: x\n", nil)
	_, err := do(t, a, "measure", "tiny")
	require.Equal(t, 1, code(err))
	require.ErrorContains(t, err, "the labs do not build together")
	require.ErrorContains(t, err, "switch.go:3:1: undefined: x")

	_, err = do(t, a, "measure", "tiny", "03")
	require.Equal(t, 2, code(err))
	require.EqualError(t, err, "measure tiny stands alone, for example: go tool lab measure tiny")
}
