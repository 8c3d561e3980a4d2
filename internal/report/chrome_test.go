package report

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gmplab/internal/timeline"
)

// small is a run on three Ps, of which P2 does nothing: P1 steals G2 from P0, G2
// makes a call, the monitor hands P1 to the M 13, and the record is cut while G2
// goes on. When P0 steals, nobody has run on P2 yet.
func small() *timeline.Timeline {
	µs := func(n int) time.Duration { return time.Duration(n) * time.Microsecond }
	span := func(begin, end int) timeline.Span { return timeline.Span{Begin: µs(begin), End: µs(end)} }
	open := func(begin int) timeline.Span { return timeline.Span{Begin: µs(begin), End: µs(100), Open: true} }
	return &timeline.Timeline{
		Procs: 3, End: µs(100), Cut: true,
		Runs: []timeline.Run{
			{G: 1, M: 11, P: 0, Span: span(0, 40), Then: timeline.Runnable, Why: "YIELD"},
			{G: 2, M: 12, P: 1, Span: span(10, 20), Then: timeline.Syscall, Why: "SYS"},
			{G: 1, M: 13, P: 1, Span: span(45, 60), Then: timeline.Dead},
			{G: 2, M: 11, P: 0, Span: open(80)},
		},
		Calls: []timeline.Call{{G: 2, M: 12, P: 1, Span: span(20, 70)}},
		Holds: []timeline.Hold{{P: 0, M: 11, Span: open(0)}, {P: 1, M: 12, Span: span(5, 30)}, {P: 1, M: 13, Span: span(35, 65)}},
		Handoffs: []timeline.Handoff{
			{P: 1, M: 12, By: timeline.Monitor, ByM: 10, At: µs(30)},
		},
		Steals:  []timeline.Steal{{P: 1, M: 12, From: 0, N: 1, At: µs(9)}, {P: 0, M: 11, From: 2, N: 3, At: µs(41)}},
		Lengths: []timeline.Length{{P: 0, N: 1, At: µs(3)}, {P: 0, N: 0, At: µs(9)}, {P: timeline.None, N: 1, At: µs(40)}, {P: timeline.None, N: 0, At: µs(45)}},
	}
}

func TestChrome(t *testing.T) {
	require.NoError(t, small().Check())
	for file, korean := range map[string]bool{"testdata/chrome.en.json": false, "testdata/chrome.ko.json": true} {
		var out, lines bytes.Buffer
		require.NoError(t, Chrome(&out, small(), korean))
		require.NoError(t, json.Indent(&lines, out.Bytes(), "", " "))
		golden(t, file, lines.String())
	}
}

// The P that the world is stopped with is handed to nobody; one that its own M
// gets back has not moved.
func TestChromeNoHandoff(t *testing.T) {
	flows := func(tl *timeline.Timeline) (n int) {
		var out bytes.Buffer
		require.NoError(t, Chrome(&out, tl, false))
		var file struct{ TraceEvents []chromeEvent }
		require.NoError(t, json.Unmarshal(out.Bytes(), &file))
		for _, e := range file.TraceEvents {
			if e.Ph == "s" && e.Cat == "handoff" {
				n++
			}
		}
		return n
	}
	require.Equal(t, 1, flows(small()))
	world := small()
	world.Handoffs[0].By = timeline.World
	require.Equal(t, 0, flows(world))
	back := small()
	back.Runs[2].M = 12
	require.Equal(t, 0, flows(back))
}
