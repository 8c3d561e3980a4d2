package claims

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// memoryRounds makes the output of n rounds as lab 01's harness prints them.
func memoryRounds(n int, killed float64) *Samples {
	s := &Samples{}
	for i := range n {
		s.Add(fmt.Appendf(nil, `goos: linux
BenchmarkGoroutine/n=100000-2 	 1	 %d B/goroutine
BenchmarkStack-2 	 1	 2048 B-stack/goroutine	 0.02 percent-off
BenchmarkThread/kind=go-2 	 1	 35283 B/thread	 18997 B-resident/thread
BenchmarkThread/kind=pthread-2 	 1	 24994 B/thread	 8610 B-resident/thread	 8392974 B-virtual/thread
BenchmarkGrowth-2 	 1	 1 outcome
BenchmarkBelow/kind=pthread-2 	 1	 %g outcome
BenchmarkBelow/kind=goroutine-2 	 1	 1 outcome
BenchmarkLimit-2 	 1	 1 outcome
`, 2780+i, killed))
	}
	return s
}

func judgeLab01(s *Samples) map[string]Row {
	rows := map[string]Row{}
	for _, c := range lab01 {
		rows[c.ID] = Judge(c, Evidence{Samples: s})
	}
	return rows
}

func TestLab01Verdicts(t *testing.T) {
	rows := judgeLab01(memoryRounds(10, 1))
	require.Len(t, rows, 7)
	for id, row := range rows {
		require.Equal(t, Holds, row.Measured, "%s: %s", id, row.Note())
	}
	require.InDelta(t, 975, float64(rows["M4b"].Value), 1)
	require.InDelta(t, 8.97, float64(rows["M5"].Value), 0.05, "the nearer of the two kinds of thread")

	rows = judgeLab01(memoryRounds(10, 0))
	require.Equal(t, Fails, rows["M4a"].Measured)
	require.Equal(t, Inconclusive, judgeLab01(memoryRounds(5, 1))["M1"].Measured)
}
