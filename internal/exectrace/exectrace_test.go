package exectrace

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	rt "runtime/trace"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gmplab/internal/timeline"
)

// The picture of lab 05 is drawn from testdata/handoff.trace, the trace of a
// real run. To record another one (Linux; with -trimpath, so that no paths of
// this machine are in it), and to draw it again:
//
//	go test -trimpath ./internal/exectrace -run Sample -update
//	go test ./internal/report -run Picture -update
//
// `go tool trace internal/exectrace/testdata/handoff.trace` shows the same one.
var update = flag.Bool("update", false, "record testdata/handoff.trace anew, and write its text")

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
	require.Equal(t, runtime.GOMAXPROCS(0), tr.Procs)
	// One of the two waits for the other, which makes it runnable. (The runtime's
	// own goroutines wait for channels too.)
	require.True(t, slices.ContainsFunc(tr.Runs, func(waits timeline.Run) bool {
		return (waits.Why == "chan send" || waits.Why == "chan receive") && waits.Then == timeline.Waiting &&
			slices.ContainsFunc(tr.Readies, func(r timeline.Ready) bool {
				return r.G == waits.G && r.By != 0 && r.By != r.G && r.At > waits.End
			})
	}), "%+v\n%+v", tr.Runs, tr.Readies)
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
	require.NoError(t, tr.Check())
	require.Empty(t, tr.Steals)
	require.Empty(t, tr.Lengths)
	handoffs := 0
	for _, call := range tr.Calls {
		c := follow(&tr.Timeline, call)
		require.Equal(t, c.Taker != "", c.Lost())
		switch {
		case c.Lost():
			handoffs++
			require.Equal(t, c.Taker != timeline.Itself, c.TakerM != c.M)
		case c.Open:
			require.Equal(t, Never, c.Resumed)
		default:
			require.Equal(t, []any{c.End, c.M, c.P}, []any{c.Resumed, c.ResumedM, c.ResumedP},
				"a call that kept its P goes on where it was: %+v", c)
		}
		if c.Resumed != Never {
			require.LessOrEqual(t, c.End, c.Resumed)
		}
	}
	require.Len(t, tr.Handoffs, handoffs)
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
	if *update {
		record(t)
	}
	tr := read(t, sample(t))
	consistent(t, tr)
	require.Equal(t, 1, tr.Procs)
	calls := tr.CallsBy("nap")
	require.Len(t, calls, 1)
	c := calls[0]
	require.Equal(t, timeline.Monitor, c.Taker)
	require.True(t, c.Lost() && c.HandedOff() && c.Elsewhere())
	require.Empty(t, tr.CallsBy("ap"), "half a name")
	require.Equal(t, calls, tr.CallsBy("gmplab/internal/exectrace.nap"), "a whole name")
	require.Equal(t, calls, tr.CallsBy("napper"), "its caller")
	for _, bad := range []Call{
		{Taker: timeline.Monitor, Resumed: Never},
		{Taker: timeline.World, Call: timeline.Call{M: 1}, ResumedM: 2},
		{},
	} {
		_, err := tr.Scene(bad, 0)
		require.ErrorContains(t, err, "want a call whose P the monitor took")
	}
	bad := c
	bad.Taken = tr.End
	_, err := tr.Scene(bad, 0)
	require.ErrorContains(t, err, "nobody else ran on the P")
}

// TestSampleText holds the text of the scene to the golden files.
func TestSampleText(t *testing.T) {
	text := scene(t, read(t, sample(t))).Text()
	for file, said := range map[string]string{"testdata/handoff.en.txt": text.EN, "testdata/handoff.ko.txt": text.KO} {
		if *update {
			require.NoError(t, os.WriteFile(file, []byte(said), 0o644))
		}
		kept, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, string(kept), said, "%s is not what testdata/handoff.trace says", file)
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
		if err == nil && len(s.Ms) == 2 && c.End-c.Begin < 1500*time.Microsecond && c.Resumed-c.End > around/2 {
			require.NoError(t, os.WriteFile("testdata/handoff.trace", data, 0o644))
			return
		}
	}
	t.Fatal("1000 runs, and no hand-off that fits into a picture")
}
