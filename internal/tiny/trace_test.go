package tiny_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gmplab/internal/timeline"
	"gmplab/internal/tiny"
)

// TestTraceCountsQueues: main makes 600 goroutines, more than its ring holds,
// that end without waiting for anybody. When main has heard of each, nobody is
// on a queue, so what is counted up has been counted down again: by Get, by an
// overflow, by a thief.
func TestTraceCountsQueues(t *testing.T) {
	const program = `main: ENTER 2
        STORE [SP], 600
        CHAN
        STORE [SP], R0
        STORE [SP+8], 0     ; how many have been made
more:   GO    tell, 1
        LOAD  R1, [SP+8]
        ADD   R1, 1
        STORE [SP+8], R1
        JLT   R1, 600, more
hear:   RECV
        LOAD  R1, [SP+8]
        SUB   R1, 1
        STORE [SP+8], R1
        JNE   R1, 0, hear
        RET
tell:   ENTER 2
        LOAD  R1, [BP+16]
        STORE [SP], R1
        SEND
        RET`
	everyProcs(t, func(t *testing.T, procs int) {
		tl, stats := traced(t, program, procs)
		last, most := map[int]int{}, 0
		for _, l := range tl.Lengths {
			if last[l.P] = l.N; l.P != timeline.None {
				most = max(most, l.N)
			}
		}
		stolen := 0
		for _, s := range tl.Steals {
			stolen += s.N
		}
		require.Equal(t, stats.Sum().Stolen, stolen)
		if procs == 1 {
			require.Equal(t, 257, most, "a full ring and the seat before it")
		}
		require.LessOrEqual(t, most, 257)
		for p := range procs {
			require.Zero(t, last[p], "at the end nobody is on the queue of P%d: %v", p, last)
		}
	})
}

// traced runs a program that ends well, and returns what its Trace has.
func traced(t *testing.T, program string, procs int) (*timeline.Timeline, tiny.Stats) {
	t.Helper()
	trace := &tiny.Trace{}
	_, stats, err := run(t, "trace", program, tiny.Options{Procs: procs, Trace: trace})
	require.NoError(t, err)
	tl := trace.Timeline()
	require.NoError(t, tl.Check())
	require.Equal(t, tl, trace.Timeline(), "it may be asked again")
	require.Equal(t, procs, tl.Procs)
	_, _, err = run(t, "trace", program, tiny.Options{Procs: procs, Trace: trace})
	require.ErrorContains(t, err, "Trace", "it serves one Run")
	return tl, stats
}

// TestTraceAgrees: what the trace has is what the run has counted.
func TestTraceAgrees(t *testing.T) {
	for _, e := range examples {
		text := e.small(t)
		t.Run(e.name, func(t *testing.T) {
			everyProcs(t, func(t *testing.T, procs int) {
				tl, stats := traced(t, text, procs)
				require.False(t, tl.Cut)
				recorded, made := make([]tiny.PStats, procs), map[int64]bool{}
				for _, r := range tl.Readies {
					made[r.G] = true
				}
				for _, s := range tl.Steals {
					recorded[s.P].Steals++
					recorded[s.P].Stolen += s.N
				}
				for _, h := range tl.Handoffs {
					require.Equal(t, timeline.Monitor, h.By)
					recorded[h.P].Handoffs++
				}
				for p := range recorded {
					s := stats.Ps[p]
					require.Equal(t, tiny.PStats{Steals: s.Steals, Stolen: s.Stolen, Handoffs: s.Handoffs}, recorded[p], "P%d", p)
				}
				// A goroutine that comes back from a call with a P goes on without a switch.
				require.LessOrEqual(t, stats.Sum().Switches, len(tl.Runs))
				require.LessOrEqual(t, len(tl.Runs), stats.Sum().Switches+len(tl.Calls))
				require.Len(t, made, stats.Sum().Spawns)
				for g := range made {
					require.True(t, 1 <= g && g <= int64(len(made)), "goroutine %d", g)
				}
			})
		})
	}
}

// TestTraceCut: when main has yielded often enough, one of the lists has 20,000
// entries, and the trace ends. A call that had begun by then, and ends long after
// it, is still in it.
func TestTraceCut(t *testing.T) {
	tl, _ := traced(t, `main: ENTER 3
        STORE [SP], 0
        CHAN
        STORE [BP-8], R0
        STORE [SP], R0
        GO    reader, 1
        STORE [BP-8], 400000
more:   YIELD
        LOAD  R1, [BP-8]
        SUB   R1, 1
        STORE [BP-8], R1
        JNE   R1, 0, more
        STORE [SP], 1
        HOST  write
        RET
reader: ENTER 1
        STORE [SP], 1
        SYS   read
        RET`, 1)
	require.True(t, tl.Cut)
	most := max(len(tl.Runs), len(tl.Readies), len(tl.Lengths))
	require.GreaterOrEqual(t, most, 20_000)
	require.Less(t, most, 50_000)
	require.Len(t, tl.Calls, 1)
	call := tl.Calls[0]
	require.True(t, call.Open, "%+v", call)
	require.Equal(t, tl.End, call.End)
	require.Len(t, tl.Handoffs, 1)
}

// A trace that is cut is one of a sound run at any number of Ps, and so is one of a
// run that ends badly.
func TestTraceIsSound(t *testing.T) {
	long := strings.Replace(source(t, "pingpong"), "100000, loop", "20000, loop", 1)
	everyProcs(t, func(t *testing.T, procs int) {
		tl, _ := traced(t, long, procs)
		require.True(t, tl.Cut)
		for _, name := range []string{"deadlock", "overflow"} {
			trace := &tiny.Trace{}
			_, _, err := run(t, name, source(t, name), tiny.Options{Procs: procs, Trace: trace, MaxStack: 1 << 12})
			require.Error(t, err)
			require.NoError(t, trace.Timeline().Check(), name)
		}
	})
}
