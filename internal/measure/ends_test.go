package measure

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"gmplab/internal/gotest"
)

// A process that exits in the middle, as if all were well, has no figures.
func TestBenchmarksExit(t *testing.T) {
	for printed, want := range map[string]string{
		"":                                    "the benchmarks of 03-context-switch ended in the middle of round 1, as if all were well: an os.Exit?",
		"goos: linux\nBenchmarkNoise/run=a\n": "the benchmarks of 03-context-switch ended in the middle of round 1, as if all were well: an os.Exit? The last lines:\ngoos: linux\nBenchmarkNoise/run=a",
	} {
		f := &fake{t: t, bench: func(int) string { return printed }}
		r, err := measured(t, f, fixture(t, nil), usual, "C8")
		require.NoError(t, err)
		require.EqualError(t, r.Err, want)
		require.Len(t, f.rounds, 1)
	}
}

// Each round has to begin, and to end.
func TestRoundsAreLimited(t *testing.T) {
	f := &fake{t: t}
	_, err := measured(t, f, fixture(t, nil), usual, "C8")
	require.NoError(t, err)
	require.Equal(t, gotest.StartLimit, f.rounds[0].Begin)
	require.Equal(t, roundLimit, f.rounds[0].Limit)
	require.EqualValues(t, mostOutput, f.rounds[0].Most)
}

// What can't be kept is judged all the same.
func TestRawLinesCantBeKept(t *testing.T) {
	b := fixture(t, nil)
	require.NoError(t, os.MkdirAll(filepath.Join(b.Root, ".lab"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(b.Root, ".lab", "measure"), []byte("a file"), 0o644))
	r, err := measured(t, &fake{t: t}, b, usual, "C8")
	require.NoError(t, err)
	require.NoError(t, r.Err)
	require.Len(t, r.Samples.Rounds, DefaultRounds)
	require.NotEmpty(t, r.Rows)
	require.Empty(t, r.Raw)
	require.ErrorContains(t, r.Unkept, "can't keep the raw lines: ")
}
