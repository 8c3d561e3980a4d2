package gotest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gmplab/internal/lang"
)

// The test binary plays the children too.
func TestMain(m *testing.M) {
	if play := plays[os.Getenv("GOTEST_PLAY")]; play != nil {
		play()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

var plays = map[string]func(){
	"says": func() {
		fmt.Println("out")
		fmt.Fprintln(os.Stderr, "err")
	},
	"fails":  func() { os.Exit(3) },
	"silent": forever,
	"begun":  func() { fmt.Println("begun"); forever() },
	"prints": func() { prints(os.Stdout) },
	"wails":  func() { prints(os.Stderr) },
	"minds": func() {
		fmt.Println("begun")
		_, _ = io.Copy(io.Discard, os.Stdin)
		fmt.Println("ended")
	},
	"env": func() { fmt.Printf("%q %q", os.Getenv("GOMAXPROCS"), os.Getenv("GOTEST_MORE")) },
	// parent leaves a grandchild, which holds the pipe.
	"parent": func() {
		grandchild := exec.Command(os.Args[0])
		grandchild.Env = append(os.Environ(), "GOTEST_PLAY=grandchild")
		grandchild.Stdout = os.Stdout
		if err := grandchild.Start(); err != nil {
			fmt.Println(err)
		}
		forever()
	},
	"grandchild": func() { fmt.Println("grandchild"); forever() },
}

// forever is longer than any test.
func forever() { time.Sleep(10 * time.Minute) }

func prints(w io.Writer) {
	for {
		fmt.Fprintln(w, "hello world")
	}
}

// played is a child that plays a part.
func played(t *testing.T, part string) Child {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	return Child{Args: []string{self}, Env: []string{"GOTEST_PLAY=" + part}}
}

// onText calls f, once, when it has been written.
type onText struct {
	got  bytes.Buffer
	text string
	f    func()
}

func (o *onText) String() string { return o.got.String() }

func (o *onText) Write(b []byte) (int, error) {
	n, err := o.got.Write(b)
	if o.f != nil && strings.Contains(o.String(), o.text) {
		o.f()
		o.f = nil
	}
	return n, err
}

func TestExecute(t *testing.T) {
	c := played(t, "says")
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	c.Begin, c.Limit, c.Most = time.Minute, time.Minute, 100
	require.NoError(t, Execute(t.Context(), c))
	require.Equal(t, "out\n", out.String())
	require.Equal(t, "err\n", errs.String())

	var both bytes.Buffer
	c.Stdout, c.Stderr = &both, &both
	require.NoError(t, Execute(t.Context(), c))
	require.Equal(t, "out\nerr\n", both.String())
}

func TestExecuteFails(t *testing.T) {
	var exit *exec.ExitError
	require.ErrorAs(t, Execute(t.Context(), played(t, "fails")), &exit)
	require.Equal(t, 3, exit.ExitCode())
	require.Error(t, Execute(t.Context(), Child{Args: []string{"/nowhere/at-all"}}))
}

func TestExecuteEnvironment(t *testing.T) {
	t.Setenv("GOMAXPROCS", "1")
	c := played(t, "env")
	c.Env = append(c.Env, "GOTEST_MORE=x")
	var out bytes.Buffer
	c.Stdout = &out
	require.NoError(t, Execute(t.Context(), c))
	require.Equal(t, `"" "x"`, out.String())
}

// What never ends is ended, for the reason that is told.
func TestExecuteLimits(t *testing.T) {
	for _, c := range []struct {
		part  string
		limit func(c *Child)
		want  error
	}{
		{"silent", func(c *Child) { c.Begin = 100 * time.Millisecond }, ErrBegin},
		{"begun", func(c *Child) { c.Limit = 100 * time.Millisecond }, ErrLimit},
		{"prints", func(c *Child) { c.Most = 1 << 16 }, ErrMost},
		{"wails", func(c *Child) { c.Most = 1 << 16 }, ErrMost},
		{"minds", func(c *Child) { c.Limit, c.Patience = 100*time.Millisecond, 10*time.Minute }, ErrLimit},
	} {
		child := played(t, c.part)
		var out, errs bytes.Buffer
		child.Stdout, child.Stderr = &out, &errs
		c.limit(&child)
		require.Equal(t, c.want, Execute(t.Context(), child), c.part)
		if child.Most > 0 {
			require.EqualValues(t, child.Most, out.Len()+errs.Len(), "no more than this is kept")
		}
	}
}

// A child that has begun is not ended for being silent after that.
func TestExecuteHasBegun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := played(t, "begun")
	var begun atomic.Bool
	c.Stdout = &onText{text: "begun", f: func() { begun.Store(true); cancel() }}
	c.Begin = time.Minute
	err := Execute(ctx, c)
	require.Error(t, err)
	require.NotEqual(t, ErrBegin, err)
	require.True(t, begun.Load())
}

// Who is given time learns of the end by its standard input.
func TestPatience(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	out := &onText{text: "begun", f: cancel}
	c := played(t, "minds")
	c.Stdout, c.Patience = out, time.Minute
	require.ErrorIs(t, Execute(ctx, c), context.Canceled)
	require.Equal(t, "begun\nended\n", out.String())
}

// Who does not mind is killed.
func TestPatienceEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	out := &onText{text: "begun", f: cancel}
	c := played(t, "begun")
	c.Stdout, c.Patience = out, 10*time.Millisecond
	require.Error(t, Execute(ctx, c))
	require.Equal(t, "begun\n", out.String())
}

// The pipe of a grandchild that goes on would never end.
func TestExecuteEndsTheGroup(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	out := &onText{text: "grandchild", f: cancel}
	c := played(t, "parent")
	c.Stdout = out
	require.Error(t, Execute(ctx, c))
	require.Equal(t, "grandchild\n", out.String())
}

func TestHead(t *testing.T) {
	var h Head
	for range 3 {
		n, err := h.Write(bytes.Repeat([]byte("x"), mostHead/2+1))
		require.NoError(t, err)
		require.Equal(t, mostHead/2+1, n)
	}
	require.Equal(t, strings.Repeat("x", mostHead), h.String())
}

func TestInterrupted(t *testing.T) {
	err := Interrupted("interrupted in round %d", "%d라운드에서 중단했습니다", 3)
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, errors.Is(err, lang.ErrUsage))
	require.Equal(t, lang.Pair("interrupted in round 3", "3라운드에서 중단했습니다"), lang.TextOf(err))
}
