package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gmplab/internal/exectrace"
	"gmplab/internal/timeline"
)

// traceEvent is an event of Chrome's trace-event format; what is not here does
// not belong into our traces.
type traceEvent struct {
	Name string                     `json:"name"`
	Ph   string                     `json:"ph"`
	TS   *float64                   `json:"ts"`
	Dur  *float64                   `json:"dur"`
	Pid  *int                       `json:"pid"`
	Tid  *int                       `json:"tid"`
	ID   json.RawMessage            `json:"id"`
	Cat  string                     `json:"cat"`
	Bp   string                     `json:"bp"`
	S    string                     `json:"s"`
	Args map[string]json.RawMessage `json:"args"`
}

// TestChromeIsValid reads traces strictly, by the format's definition and by what
// Perfetto makes of it: https://perfetto.dev/docs/getting-started/other-formats,
// and json_trace_parser_impl.cc in its source. It knows nothing of schedulers.
func TestChromeIsValid(t *testing.T) {
	data, err := os.ReadFile("../exectrace/testdata/handoff.trace")
	require.NoError(t, err)
	recorded, err := exectrace.Read(bytes.NewReader(data))
	require.NoError(t, err)
	for _, line := range []*timeline.Timeline{small(), &recorded.Timeline} {
		var out bytes.Buffer
		require.NoError(t, Chrome(&out, line, false))
		var file struct {
			TraceEvents     []traceEvent `json:"traceEvents"`
			DisplayTimeUnit string       `json:"displayTimeUnit"`
		}
		dec := json.NewDecoder(&out)
		dec.DisallowUnknownFields()
		require.NoError(t, dec.Decode(&file))
		require.NotEmpty(t, file.TraceEvents)
		require.NoError(t, checkTrace(file.TraceEvents))
		require.Contains(t, []string{"ms", "ns", ""}, file.DisplayTimeUnit)
	}
}

type row struct{ pid, tid int }

func checkTrace(events []traceEvent) error {
	var (
		rows   = map[row]string{}          // named
		owner  = map[int]int{}             // tid: Perfetto names a thread by it alone
		names  = map[int]string{}          // of processes
		slices = map[row][]traceEvent{}    // X
		flows  = map[string][]traceEvent{} // s and f by what binds them
		first  = map[row]float64{}         // when the first slice or instant of a row begins
	)
	for i, e := range events {
		bad := func(what string) error { return fmt.Errorf("event %d, %q %s: %s", i, e.Name, e.Ph, what) }
		if e.Pid == nil || e.Tid == nil || *e.Pid < 1 || *e.Tid < 1 {
			return bad("pid and tid are numbers from 1 on: Perfetto takes 0 for the idle thread")
		}
		at := row{*e.Pid, *e.Tid}
		if pid, ok := owner[at.tid]; ok && pid != at.pid {
			return bad("its tid is one of another process too")
		}
		owner[at.tid] = at.pid
		if e.Name == "" {
			return bad("no name")
		}
		if e.Ph != "M" && (e.TS == nil || *e.TS < 0) {
			return bad("ts is missing or negative")
		}
		if e.Dur != nil && e.Ph != "X" {
			return bad("dur")
		}
		if ts, ok := first[at]; (e.Ph == "X" || e.Ph == "i") && (!ok || *e.TS < ts) {
			first[at] = *e.TS
		}
		switch e.Ph {
		case "M":
			var name string
			if err := json.Unmarshal(e.Args["name"], &name); err != nil && !strings.HasSuffix(e.Name, "_sort_index") {
				return bad("args.name is no string")
			}
			switch e.Name {
			case "process_name":
				names[at.pid] = name
			case "thread_name":
				if rows[at] != "" {
					return bad("named twice")
				}
				rows[at] = name
			case "process_sort_index", "thread_sort_index":
			default:
				return bad("unknown metadata")
			}
		case "X":
			if e.Dur == nil || *e.Dur < 0 {
				return bad("dur is missing or negative")
			}
			slices[at] = append(slices[at], e)
		case "s", "f":
			if len(e.ID) == 0 || e.Cat == "" {
				return bad("a flow has an id and a category")
			}
			key := e.Cat + "/" + e.Name + "/" + string(e.ID)
			flows[key] = append(flows[key], e)
		case "C":
			if len(e.Args) == 0 {
				return bad("no series")
			}
			for _, v := range e.Args {
				var n float64
				if json.Unmarshal(v, &n) != nil || n < 0 {
					return bad("a counter that is no number from 0 on")
				}
			}
		case "i":
			if !strings.Contains("gpt", e.S) || e.S == "" {
				return bad("scope")
			}
		default:
			return bad("a phase that we do not write")
		}
	}
	for i, e := range events {
		if e.Ph != "M" && (names[*e.Pid] == "" || e.Ph != "C" && rows[row{*e.Pid, *e.Tid}] == "") {
			return fmt.Errorf("event %d, %q %s: a row without a name", i, e.Name, e.Ph)
		}
	}
	for at, list := range slices {
		end, before := -1.0, ""
		for _, e := range sortedByTime(list) {
			if *e.TS < end-0.0005 { // half a nanosecond: they are written in µs
				return fmt.Errorf("row %v: %s at %v begins before %s ends", at, e.Name, *e.TS, before)
			}
			end, before = *e.TS+*e.Dur, e.Name
		}
	}
	for key, ends := range flows {
		if len(ends) != 2 || ends[0].Ph != "s" || ends[1].Ph != "f" || *ends[0].TS > *ends[1].TS {
			return fmt.Errorf("flow %s: want a start and then an end, have %d", key, len(ends))
		}
		for _, e := range ends {
			// Perfetto draws an arrow from the last slice or instant that has
			// begun on its row; where there is none it drops the arrow.
			if ts, ok := first[row{*e.Pid, *e.Tid}]; !ok || *e.TS < ts {
				return fmt.Errorf("flow %s: %s at %v has no slice to bind to", key, e.Ph, *e.TS)
			}
		}
	}
	return nil
}

func sortedByTime(list []traceEvent) []traceEvent {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b traceEvent) int {
		switch {
		case *a.TS < *b.TS:
			return -1
		case *a.TS > *b.TS:
			return 1
		}
		return 0
	})
	return list
}

// The reader itself catches what it is for.
func TestCheckTrace(t *testing.T) {
	const good = `[
		{"ph":"M","name":"process_name","pid":1,"tid":1,"args":{"name":"Ps"}},
		{"ph":"M","name":"thread_name","pid":1,"tid":1,"args":{"name":"P0"}},
		{"ph":"M","name":"thread_name","pid":1,"tid":2,"args":{"name":"P1"}},
		{"ph":"X","name":"g1","pid":1,"tid":1,"ts":0,"dur":5},
		{"ph":"X","name":"g2","pid":1,"tid":1,"ts":5,"dur":0},
		{"ph":"i","name":"steal","s":"t","pid":1,"tid":2,"ts":6},
		{"ph":"s","name":"steal","cat":"steal","id":1,"pid":1,"tid":1,"ts":6},
		{"ph":"f","name":"steal","cat":"steal","id":1,"bp":"e","pid":1,"tid":2,"ts":6.001},
		{"ph":"C","name":"queue","pid":1,"tid":1,"ts":7,"args":{"n":3}}]`
	for _, c := range []struct{ old, new, want string }{
		{"", "", ""},
		{`"ts":0,`, `"ts":-1,`, "negative"},
		{`"ts":0,`, ``, "missing"},
		{`"dur":5`, `"dur":-5`, "negative"},
		{`"dur":5`, `"dur":5.1`, "begins before g1 ends"},
		{`"name":"g1","pid":1`, `"name":"g1","pid":2`, "of another process"},
		{`"name":"g1","pid":1,"tid":1`, `"name":"g1","pid":1,"tid":0`, "idle"},
		{`"name":"g1","pid":1,"tid":1`, `"name":"g1","pid":1,"tid":3`, "without a name"},
		{`"args":{"name":"P1"}`, `"args":{"name":1}`, "no string"},
		{`"bp":"e","pid":1,"tid":2,"ts":6.001`, `"pid":1,"tid":2,"ts":5.9`, "a start and then an end"},
		{`"id":1,"bp"`, `"id":2,"bp"`, "a start and then an end"},
		{`"id":1,"pid"`, `"pid"`, "has an id"},
		{`"s":"t"`, `"s":"x"`, "scope"},
		{`"pid":1,"tid":2,"ts":6}`, `"pid":1,"tid":2,"ts":8}`, "no slice to bind to"},
		{`{"n":3}`, `{"n":"3"}`, "no number"},
		{`"ph":"C"`, `"ph":"B"`, "we do not write"},
	} {
		require.True(t, c.old == "" || strings.Count(good, c.old) == 1, c.old)
		var events []traceEvent
		require.NoError(t, json.Unmarshal([]byte(strings.Replace(good, c.old, c.new, 1)), &events))
		if err := checkTrace(events); c.want == "" {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, c.want)
		}
	}
}
