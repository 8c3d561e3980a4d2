package tiny_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

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
		trace := &tiny.Trace{}
		_, stats, err := run(t, "trace", program, tiny.Options{Procs: procs, Trace: trace})
		require.NoError(t, err)
		var file struct {
			TraceEvents []struct {
				Name, Ph string
				TS       float64
				Args     struct{ N int }
			}
		}
		var text bytes.Buffer
		require.NoError(t, trace.WriteJSON(&text))
		require.NoError(t, json.Unmarshal(text.Bytes(), &file))
		_, _, err = run(t, "trace", program, tiny.Options{Procs: procs, Trace: trace})
		require.ErrorContains(t, err, "Trace", "it serves one Run")
		last, most, stolen := map[string]int{}, 0, 0
		for _, e := range file.TraceEvents {
			switch {
			case e.Ph == "C" && strings.HasPrefix(e.Name, "queue of P"):
				last[e.Name] = e.Args.N
				most = max(most, e.Args.N)
			case e.Ph == "i" && strings.HasPrefix(e.Name, "steal "):
				stolen += e.Args.N
			}
		}
		require.Equal(t, stats.Sum().Stolen, stolen)
		if procs == 1 {
			require.Equal(t, 257, most, "a full ring and the seat before it")
		}
		require.LessOrEqual(t, most, 257)
		for p := range procs {
			require.Zero(t, last[fmt.Sprintf("queue of P%d", p)], "at the end nobody is on the queue of P%d: %v", p, last)
		}
	})
}
