package timeline

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// small is a run on two Ps: G1 makes G2, which P1 steals. G2 makes a call, the
// monitor hands P1 to M13, and G2 goes on on M11 when G1 has yielded.
func small() Timeline {
	span := func(begin, end time.Duration) Span { return Span{Begin: begin, End: end} }
	open := func(begin time.Duration) Span { return Span{begin, 100, true} }
	return Timeline{
		Procs: 2,
		End:   100,
		Runs: []Run{
			{1, 11, 0, span(0, 40), Runnable, "YIELD"},
			{2, 12, 1, span(10, 20), Syscall, "SYS"},
			{1, 13, 1, span(45, 60), Dead, "EXIT"},
			{2, 11, 0, open(80), Unknown, ""},
		},
		Calls:    []Call{{2, 12, 1, span(20, 70)}},
		Holds:    []Hold{{0, 11, open(0)}, {1, 12, span(5, 30)}, {1, 13, span(35, 65)}},
		Readies:  []Ready{{2, 1, 0, 3}},
		Handoffs: []Handoff{{1, 12, Monitor, 10, 30}},
		Steals:   []Steal{{1, 12, 0, 1, 9}},
		Lengths:  []Length{{0, 1, 3}, {0, 0, 9}, {None, 1, 40}, {None, 0, 45}},
	}
}

func TestJSON(t *testing.T) {
	tl := small()
	text, err := json.Marshal(tl)
	require.NoError(t, err)
	require.Contains(t, string(text), `{"g":2,"m":12,"p":1,"begin_ns":10,"end_ns":20,"then":"syscall","why":"SYS"}`)
	require.Contains(t, string(text), `{"p":0,"m":11,"begin_ns":0,"end_ns":100,"open":true}`)
	var back Timeline
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, tl, back)
}

func TestSort(t *testing.T) {
	tl, want := small(), small()
	slices.Reverse(tl.Runs)
	slices.Reverse(tl.Calls)
	slices.Reverse(tl.Holds)
	slices.Reverse(tl.Lengths)
	tl.Sort()
	require.Equal(t, want, tl)
}

func TestCutAt(t *testing.T) {
	for end := time.Duration(0); end <= 100; end++ {
		tl := small()
		tl.CutAt(end)
		require.NoError(t, tl.Check(), "%v", end)
		require.True(t, tl.Cut)
	}
	tl := small()
	tl.CutAt(30)
	require.Equal(t, []Run{{1, 11, 0, Span{0, 30, true}, Unknown, ""}, {2, 12, 1, Span{10, 20, false}, Syscall, "SYS"}}, tl.Runs)
	require.Equal(t, []Call{{2, 12, 1, Span{20, 30, true}}}, tl.Calls)
	require.Equal(t, []Hold{{0, 11, Span{0, 30, true}}, {1, 12, Span{5, 30, false}}}, tl.Holds)
	require.Len(t, tl.Handoffs, 1)
	require.Len(t, tl.Lengths, 2)
}

// Check finds what it is for.
func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(tl *Timeline)
		want  string
	}{
		{"nothing", func(*Timeline) {}, ""},
		{"empty", func(tl *Timeline) { *tl = Timeline{} }, ""},
		{"Ms not known", func(tl *Timeline) {
			for i := range tl.Runs {
				tl.Runs[i].M = 0
			}
			for i := range tl.Holds {
				tl.Holds[i].M = 0
			}
			tl.Calls[0].M, tl.Handoffs[0].M = 0, 0
		}, ""},
		{"a G twice", func(tl *Timeline) { tl.Runs[2].G = 2 }, "G 2 does two things at once"},
		{"a G in a call and elsewhere", func(tl *Timeline) { tl.Runs[3].Begin = 69 }, "G 2 does two things at once"},
		{"a G that runs is made runnable", func(tl *Timeline) { tl.Readies[0].At = 15 }, "G 2 does two things at once"},
		{"two Gs on an M", func(tl *Timeline) { tl.Runs[0].End = 81 }, "M 11 does two things at once"},
		{"a G runs while its M is in a call", func(tl *Timeline) { tl.Calls[0].M, tl.Calls[0].G = 11, 3 }, "M 11 does two things at once"},
		{"two Gs on a P", func(tl *Timeline) { tl.Runs[1].End = 46; tl.Calls[0].Begin = 46 }, "P 1 does two things at once"},
		{"a P in two hands", func(tl *Timeline) { tl.Holds[2].Begin = 29 }, "hold of P 1 does two things at once"},
		{"an M with two Ps", func(tl *Timeline) { tl.Holds[2].M = 11 }, "hold by M 11 does two things at once"},
		{"a run without a P", func(tl *Timeline) { tl.Holds[2].End = 59 }, "its M does not hold its P"},
		{"a call without a P", func(tl *Timeline) { tl.Calls[0].P = 0 }, "its M does not hold its P"},
		{"a P given up in a call", func(tl *Timeline) { tl.Handoffs = nil }, "without a hand-off"},
		{"a hand-off after the call", func(tl *Timeline) { tl.Calls[0].End = 29 }, "in no call"},
		{"a hand-off, and the P is kept", func(tl *Timeline) { tl.Handoffs[0].At = 29 }, "no hold of the P by the M ends there"},
		{"it lives after its death", func(tl *Timeline) { tl.Runs[0].Then = Dead }, "it is dead since 40ns"},
		{"nobody woke it", func(tl *Timeline) { tl.Runs[0].Then = Waiting }, "it waits since 40ns"},
		{"it was woken before it waited", func(tl *Timeline) {
			tl.Runs[0].Begin, tl.Runs[0].Then, tl.Readies[0].G = 4, Waiting, 1
		}, "it waits since 40ns"},
		{"somebody woke it", func(tl *Timeline) { tl.Runs[0].Then, tl.Readies[0] = Waiting, Ready{1, 2, 1, 42} }, ""},
		{"no call", func(tl *Timeline) { tl.Calls, tl.Handoffs = nil, nil }, "there is no such call"},
		{"no such P", func(tl *Timeline) { tl.Procs = 1 }, "Ps are 0 to 0"},
		{"a queue of no P", func(tl *Timeline) { tl.Lengths[0].P = 2 }, "Ps are 0 to 1"},
		{"beyond the end", func(tl *Timeline) { tl.End = 90 }, "ends at 90ns"},
		{"backwards", func(tl *Timeline) { tl.Runs[2].End = 44 }, "in a record that ends at"},
		{"before the beginning", func(tl *Timeline) { tl.Readies[0].At = -1 }, "not within the record"},
		{"open, but ends", func(tl *Timeline) { tl.Runs[3].End = 99 }, "in a record that ends at"},
		{"open, and something became of it", func(tl *Timeline) { tl.Runs[3].Then = Waiting }, "if and only if"},
		{"nothing became of it", func(tl *Timeline) { tl.Runs[2].Then = Unknown }, "if and only if"},
		{"out of order", func(tl *Timeline) { slices.Reverse(tl.Holds) }, "comes after a later one"},
		{"lengths out of order", func(tl *Timeline) { slices.Reverse(tl.Lengths) }, "comes after a later one"},
		{"stolen from itself", func(tl *Timeline) { tl.Steals[0].From = 1 }, "from another P"},
		{"nothing stolen", func(tl *Timeline) { tl.Steals[0].N = 0 }, "at least one G"},
		{"a length below 0", func(tl *Timeline) { tl.Lengths[1].N = -1 }, "less than none"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tl := small()
			c.spoil(&tl)
			if err := tl.Check(); c.want == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, c.want)
			}
		})
	}
}
