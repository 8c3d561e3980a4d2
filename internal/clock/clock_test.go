package clock

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestNowNeverGoesBack(t *testing.T) {
	last := Now()
	for range 100_000 {
		now := Now()
		require.GreaterOrEqual(t, now, last)
		last = now
	}
}

// The smallest step of some thousand is far below a tick of Windows's kernel,
// 0.5 ms at least. Only the smallest: a busy machine makes the others longer.
func TestStepsAreShort(t *testing.T) {
	shortest := time.Hour
	for range 1000 {
		begin := Now()
		end := Now()
		for end == begin {
			end = Now()
		}
		shortest = min(shortest, end-begin)
	}
	require.LessOrEqual(t, shortest, 100*time.Microsecond)
}

// What time.Now sees pass between two of our calls is no longer than what we
// see, and what it sees around them no shorter, but for a step of its own.
func TestNowCountsNanoseconds(t *testing.T) {
	const step = 16 * time.Millisecond
	before := time.Now()
	begin := Now()
	began := time.Now()
	for time.Since(began) < 10*step {
	}
	inside := time.Since(began)
	ours := Now() - begin
	around := time.Since(before)
	require.GreaterOrEqual(t, ours, inside-step)
	require.LessOrEqual(t, ours, around+step)
}
