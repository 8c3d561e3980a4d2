package client

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gmplab/internal/book"
	"gmplab/internal/gotest"
)

// copied is a copy of what labrun is built of.
func copied(t *testing.T) gotest.Suite {
	t.Helper()
	if testing.Short() {
		t.Skip("builds and runs the whole book")
	}
	wd, err := os.Getwd()
	require.NoError(t, err)
	from, err := book.Find(wd)
	require.NoError(t, err)
	if !from.Has(book.Overlay) {
		t.Skip("no solutions/")
	}
	s := newScene(t).suite
	for _, name := range []string{"labs", "internal", "solutions"} {
		to := filepath.Join(s.Book.Root, name)
		require.NoError(t, os.RemoveAll(to))
		require.NoError(t, os.CopyFS(to, os.DirFS(filepath.Join(from.Root, name))))
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(from.Root, name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(s.Book.Root, name), text, 0o644))
	}
	s.Run = gotest.Execute
	return s
}

// The whole of it, but for the tests of the labs: overlay, build, program,
// timeline, and an end by Ctrl-C.
func TestRealRuns(t *testing.T) {
	s := copied(t)
	labs, err := s.Book.Labs()
	require.NoError(t, err)
	references, err := s.Book.References(labs)
	require.NoError(t, err)
	run := func(ctx context.Context, text string, out io.Writer) (string, bool) {
		file := filepath.Join(t.TempDir(), "x.asm")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
		r, err := Run(ctx, s, codes, references, Program{File: file, Procs: 2, Record: true}, out)
		require.NoError(t, err)
		if r.Timeline != nil {
			require.NoError(t, r.Timeline.Check())
			require.NotEmpty(t, r.Timeline.Runs)
			require.Equal(t, 2, r.Timeline.Procs)
		}
		require.Equal(t, r.Stats.Threads > 0, r.Timeline != nil, "it has run")
		return r.Error.EN, r.Interrupted
	}

	var out bytes.Buffer
	said, _ := run(t.Context(), "main: ENTER 1\n STORE [SP], 7\n HOST print\n RET\n", &out)
	require.Empty(t, said)
	require.Equal(t, "7\n", out.String())

	said, _ = run(t.Context(), "main: ENTER 0\n BLAH\n RET 1\n", io.Discard)
	require.Regexp(t, `(?s)^\S*x\.asm:2: unknown instruction "BLAH".*\n\S*x\.asm:3: RET takes 0 operands`, said)

	said, _ = run(t.Context(), "main: ENTER 1\n STORE [SP], 0\n CHAN\n STORE [SP], R0\n RECV\n RET\n", io.Discard)
	require.Regexp(t, `(?s)^deadlock: nobody is left to wake anybody; waiting: 1\ngoroutine 1 \[waiting\]: to receive from channel 1 \(\S*x\.asm:3: CHAN\)\n    \S*x\.asm:5: RECV$`, said)

	ctx, cancel := context.WithCancel(t.Context())
	printed := &onWrite{f: func(text string) {
		if strings.Contains(text, "7\n7\n") {
			cancel()
		}
	}}
	_, interrupted := run(ctx, "main: ENTER 1\n STORE [SP], 7\nloop: HOST print\n JMP loop\n", printed)
	require.True(t, interrupted)
}

type onWrite struct {
	text bytes.Buffer
	f    func(text string)
}

func (o *onWrite) Write(b []byte) (int, error) {
	if o.text.Len() > 1<<10 {
		o.text.Reset()
	}
	o.text.Write(b)
	o.f(o.text.String())
	return len(b), nil
}
