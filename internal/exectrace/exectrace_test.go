package exectrace

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	rt "runtime/trace"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The picture of lab 05 is drawn from testdata/handoff.trace, the trace of a
// real run. To record another one (Linux; with -trimpath, so that no paths of
// this machine are in it), and to draw it again:
//
//	go test -trimpath ./internal/exectrace -run Picture -update
//
// `go tool trace internal/exectrace/testdata/handoff.trace` shows the same one.
var update = flag.Bool("update", false, "record testdata/handoff.trace anew, and draw lab 05's picture from it")

// play is what this program does instead of testing when it is the child of a
// test.
var play = map[string]func(){}

func TestMain(m *testing.M) {
	if f := play[os.Getenv("EXECTRACE_PLAY")]; f != nil {
		f()
		return
	}
	os.Exit(m.Run())
}

func read(t *testing.T, data []byte) *Trace {
	t.Helper()
	tr, err := Read(bytes.NewReader(data))
	require.NoError(t, err)
	return tr
}

func sample(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/handoff.trace")
	require.NoError(t, err)
	return data
}

// TestKnowsThisGo fails when the pinned golang.org/x/exp is older than the Go
// in use.
func TestKnowsThisGo(t *testing.T) {
	if rt.IsEnabled() {
		t.Skip("go test -trace records already")
	}
	var data bytes.Buffer
	require.NoError(t, rt.Start(&data))
	done := make(chan bool)
	go func() { done <- true }()
	<-done
	rt.Stop()
	tr := read(t, data.Bytes())
	consistent(t, tr)
	require.NotEmpty(t, tr.Runs)
}

func TestUnknownVersion(t *testing.T) {
	for _, v := range []string{"1.21", "1.27", "1.300"} {
		_, err := Read(strings.NewReader("go " + v + " trace\x00\x00\x00\x01\x02\x03"))
		var unknown *UnknownVersionError
		require.ErrorAs(t, err, &unknown)
		require.Equal(t, v, unknown.Go)
		require.ErrorIs(t, err, errors.ErrUnsupported)
		for _, part := range []string{v, "1.22", "1.26", "golang.org/x/exp"} { // what was read, what is known, what to do
			require.Contains(t, err.Error(), part)
		}
		require.NotContains(t, err.Error(), "\n")
	}
}

func TestBroken(t *testing.T) {
	good := sample(t)
	for name, data := range map[string][]byte{
		"empty":         {},
		"short":         []byte("go 1.2"),
		"text":          []byte("PASS\nok gmplab 0.1s\n"),
		"a huge number": []byte("go 1.99999999999999999999 trace\x00\x00\x00"),
		"no number":     []byte("go 1.x trace\x00\x00\x00"),
		"cut":           good[:len(good)/2],
		"the head only": good[:16],
		"overwritten":   append(slices.Clone(good[:len(good)-200]), bytes.Repeat([]byte{7}, 200)...),
	} {
		t.Run(name, func(t *testing.T) {
			tr, err := Read(bytes.NewReader(data))
			require.Error(t, err, "%+v", tr)
			require.NotErrorIs(t, err, errors.ErrUnsupported)
			require.True(t, strings.HasPrefix(err.Error(), "exectrace: "), err)
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

// consistent asserts what is true of every trace.
func consistent(t *testing.T, tr *Trace) {
	t.Helper()
	// of groups intervals by what can be in one of them at a time.
	type interval struct{ begin, end time.Duration }
	of := map[string][]interval{}
	add := func(kind string, id any, begin, end time.Duration) {
		key := fmt.Sprintf("%s %v", kind, id)
		if begin > end || end > tr.End {
			t.Fatalf("%s from %v to %v, of a trace that ends at %v", key, begin, end, tr.End)
		}
		of[key] = append(of[key], interval{begin, end})
	}
	type pair struct {
		m int64
		p int
	}
	holds := map[pair][]Hold{}
	for _, h := range tr.Holds {
		holds[pair{h.M, h.P}] = append(holds[pair{h.M, h.P}], h)
	}
	held := func(m int64, p int, is func(h Hold) bool) bool { return slices.ContainsFunc(holds[pair{m, p}], is) }
	for _, r := range tr.Runs {
		add("runs: G", r.G, r.Begin, r.End)
		add("runs: M", r.M, r.Begin, r.End)
		add("runs: P", r.P, r.Begin, r.End)
		if !held(r.M, r.P, func(h Hold) bool { return h.Begin <= r.Begin && r.End <= h.End }) {
			t.Fatalf("runs without a P: %+v", r)
		}
	}
	for _, h := range tr.Holds {
		add("holds: M", h.M, h.Begin, h.End)
		add("holds: P", h.P, h.Begin, h.End)
	}
	for _, c := range tr.Calls {
		if c.End == Never {
			require.Equal(t, Never, c.Resumed)
			continue
		}
		// In a call there is no Go code, of this G or on this M.
		add("runs: G", c.G, c.Begin, c.End)
		add("runs: M", c.M, c.Begin, c.End)
		require.Equal(t, c.Taker != Nobody, c.Lost())
		if c.Lost() {
			require.LessOrEqual(t, c.Begin, c.Taken)
			require.LessOrEqual(t, c.Taken, c.End)
			require.Equal(t, c.Taker != Itself, c.TakerM != c.M)
		} else {
			require.Equal(t, []any{c.End, c.M, c.P}, []any{c.Resumed, c.ResumedM, c.ResumedP},
				"a call that kept its P goes on where it was: %+v", c)
		}
		require.True(t, held(c.M, c.P, func(h Hold) bool {
			// From Begin on, to the loss or beyond the call's end.
			return h.Begin <= c.Begin &&
				(c.Lost() && h.End == c.Taken && h.Taken == (c.Taker != Itself) || !c.Lost() && h.End >= c.End)
		}), "%+v", c)
		if c.Resumed != Never {
			require.LessOrEqual(t, c.End, c.Resumed)
			require.True(t, slices.ContainsFunc(tr.Runs, func(r Run) bool {
				return r.G == c.G && r.M == c.ResumedM && r.P == c.ResumedP && r.Begin == c.Resumed
			}), "%+v", c)
		}
	}
	for key, intervals := range of {
		slices.SortFunc(intervals, func(a, b interval) int { return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end)) })
		for i := range intervals[1:] {
			if intervals[i].end > intervals[i+1].begin {
				t.Fatalf("%s: two at once, %v and %v", key, intervals[i], intervals[i+1])
			}
		}
	}
	require.True(t, slices.IsSortedFunc(tr.Runs, func(a, b Run) int { return cmp.Compare(a.Begin, b.Begin) }))
	require.True(t, slices.IsSortedFunc(tr.Calls, func(a, b Call) int { return cmp.Compare(a.Begin, b.Begin) }))
	require.True(t, slices.IsSortedFunc(tr.Holds, func(a, b Hold) int { return cmp.Compare(a.Begin, b.Begin) }))
}

// scene is what the picture shows: the call that the function nap makes.
func scene(t *testing.T, tr *Trace) *Scene {
	t.Helper()
	calls := tr.CallsBy("nap")
	require.Len(t, calls, 1)
	s, err := tr.Scene(calls[0], around)
	require.NoError(t, err)
	return s
}

const around = 150 * time.Microsecond

func TestSample(t *testing.T) {
	tr := read(t, sample(t))
	consistent(t, tr)
	calls := tr.CallsBy("nap")
	require.Len(t, calls, 1)
	c := calls[0]
	require.Equal(t, Monitor, c.Taker)
	require.True(t, c.Lost() && c.HandedOff() && c.Elsewhere())
	require.Empty(t, tr.CallsBy("ap"), "half a name")
	require.Equal(t, calls, tr.CallsBy("gmplab/internal/exectrace.nap"), "a whole name")
	require.Equal(t, calls, tr.CallsBy("napper"), "its caller")
	for _, bad := range []Call{{Taker: Monitor, Resumed: Never}, {Taker: World, M: 1, ResumedM: 2}, {}} {
		_, err := tr.Scene(bad, 0)
		require.ErrorContains(t, err, "want a call whose P the monitor took")
	}
	bad := c
	bad.Taken = tr.End
	_, err := tr.Scene(bad, 0)
	require.ErrorContains(t, err, "nobody else ran on the P")
}

// TestPicture holds lab 05's picture and its text against the trace that they
// are drawn from.
func TestPicture(t *testing.T) {
	if *update {
		record(t)
	}
	s := scene(t, read(t, sample(t)))
	lab := filepath.FromSlash("../../labs/05-syscall-handoff/")
	for _, of := range []struct {
		words     Words
		svg, text string
	}{
		{English, lab + "trace.svg", "testdata/handoff.en.txt"},
		{Korean, lab + "trace.ko.svg", "testdata/handoff.ko.txt"},
	} {
		var svg bytes.Buffer
		require.NoError(t, s.SVG(&svg, of.words))
		for file, drawn := range map[string]string{of.svg: svg.String(), of.text: s.Text(of.words)} {
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(drawn), 0o644))
			}
			kept, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Equal(t, string(kept), drawn, "%s is not what is drawn from testdata/handoff.trace", file)
		}
	}
}

// record makes testdata/handoff.trace: the first run with the whole story in
// it, and short enough for a picture.
func record(t *testing.T) {
	if _, file, _, _ := runtime.Caller(0); filepath.IsAbs(file) {
		t.Fatal("-update needs -trimpath: a trace names the files of its program")
	}
	for range 1000 {
		data, _ := child(t, "picture", "GOMAXPROCS=1")
		tr := read(t, data)
		calls := tr.CallsBy("nap")
		require.Len(t, calls, 1)
		c := calls[0]
		s, err := tr.Scene(c, around)
		if err == nil && len(s.ms) == 2 && c.End-c.Begin < 1500*time.Microsecond && c.Resumed-c.End > around/2 {
			require.NoError(t, os.WriteFile("testdata/handoff.trace", data, 0o644))
			return
		}
	}
	t.Fatal("1000 runs, and no hand-off that fits into a picture")
}
