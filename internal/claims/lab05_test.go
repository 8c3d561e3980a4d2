package claims

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// lab05Samples makes ten rounds that all report the same.
func lab05Samples(changes map[string]string) *Samples {
	lines := map[string]string{
		"BenchmarkRead":                  "100 percent-undisturbed",
		"BenchmarkHandoff/call=short":    "0.01 percent-handed-off",
		"BenchmarkHandoff/call=long":     "100 percent-handed-off",
		"BenchmarkResume":                "50 percent-elsewhere",
		"BenchmarkBlocked/kind=read":     "1 outcome \t 103 threads",
		"BenchmarkBlocked/kind=pollable": "500 goroutines \t 5 threads",
		"BenchmarkThreads":               "4 threads",
	}
	for name, line := range changes {
		lines[name] = line
	}
	s := &Samples{}
	for range 10 {
		out := ""
		for name, line := range lines {
			out += fmt.Sprintf("%s-2 \t 1 \t %s\n", name, line)
		}
		s.Add([]byte(out))
	}
	return s
}

func TestLab05Verdicts(t *testing.T) {
	judge := func(id string, s *Samples) Verdict {
		for _, c := range lab05 {
			if c.ID == id {
				return Judge(c, Evidence{Samples: s}).Measured
			}
		}
		t.Fatalf("no %s", id)
		return ""
	}
	for _, c := range []struct{ id, bench, fails string }{
		{"H1", "BenchmarkRead", "90 percent-undisturbed"},
		{"H2.1", "BenchmarkHandoff/call=short", "100 percent-handed-off"},
		{"H2.2", "BenchmarkHandoff/call=long", "50 percent-handed-off"},
		{"H3", "BenchmarkResume", "0 percent-elsewhere"},
		{"H4.1", "BenchmarkBlocked/kind=read", "0 outcome \t 103 threads"},
		{"H4.2", "BenchmarkBlocked/kind=read", "1 outcome \t 5 threads"},
		{"H4.3", "BenchmarkBlocked/kind=pollable", "500 goroutines \t 500 threads"},
		{"H7", "BenchmarkThreads", "1 threads"},
	} {
		require.Equal(t, Holds, judge(c.id, lab05Samples(nil)), c.id)
		require.Equal(t, Fails, judge(c.id, lab05Samples(map[string]string{c.bench: c.fails})), c.id)
	}
}
