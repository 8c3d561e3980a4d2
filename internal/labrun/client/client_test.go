package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gmplab/internal/book"
	"gmplab/internal/gotest"
	"gmplab/internal/labrun/wire"
	"gmplab/internal/lang"
)

// scene plays the children: go env, go build and the program.
type scene struct {
	t       *testing.T
	suite   gotest.Suite
	said    string // by go env
	build   string // what the compiler says
	program func() *wire.Report
	ran     []string // what was run, in short
	args    []string // of the program
	overlay book.Overlays
}

var ended = wire.Report{Stats: wire.Stats{Threads: 2, Ps: []wire.P{{Switches: 4}}, All: wire.P{Switches: 4}}}

func newScene(t *testing.T) *scene {
	old := lang.Korean
	lang.Korean = func() bool { return false }
	t.Cleanup(func() { lang.Korean = old })
	root := t.TempDir()
	s := &scene{t: t, said: "/go\ngo1.26.8\nlinux\n"}
	s.suite = gotest.Suite{Book: book.Book{Root: root}, Run: s.run}
	s.write("labs/03-context-switch/switch.go", "package ctxswitch\n")
	s.write("solutions/switch.go", "package ctxswitch\n")
	s.write("internal/machine/machine.go", "package machine\n")
	return s
}

func (s *scene) write(name, text string) {
	path := filepath.Join(s.suite.Book.Root, filepath.FromSlash(name))
	require.NoError(s.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(s.t, os.WriteFile(path, []byte(text), 0o644))
}

func (s *scene) run(_ context.Context, c gotest.Child) error {
	switch line := strings.Join(c.Args, " "); {
	case strings.HasPrefix(line, "go env"):
		io.WriteString(c.Stdout, s.said)
	case strings.HasPrefix(line, "go build"):
		s.ran = append(s.ran, "build")
		require.Contains(s.t, c.Env, "CGO_ENABLED=0")
		if s.build != "" {
			io.WriteString(c.Stdout, "# gmplab/labs/03-context-switch\n"+s.build)
			return errors.New("exit status 1")
		}
		at := func(flag string) string { return c.Args[slices.Index(c.Args, flag)+1] }
		require.NoError(s.t, os.WriteFile(at("-o"), nil, 0o755))
		text, err := os.ReadFile(at("-overlay"))
		require.NoError(s.t, err)
		require.NoError(s.t, json.Unmarshal(text, &s.overlay))
	default:
		s.ran, s.args = append(s.ran, "run"), c.Args
		require.Equal(s.t, Patience, c.Patience)
		require.Contains(s.t, c.Env, "LAB_LANG="+lang.Say("en", "ko"))
		io.WriteString(c.Stdout, "100000\n")
		r := &ended
		if s.program != nil {
			r = s.program()
		}
		if r == nil {
			io.WriteString(c.Stderr, "panic: oh\n\ngoroutine 7 [running]:\n")
			return errors.New("exit status 2")
		}
		text, err := json.Marshal(r)
		require.NoError(s.t, err)
		return os.WriteFile(c.Args[slices.Index(c.Args, "-result")+1], text, 0o644)
	}
	return nil
}

var (
	codes    = []gotest.Code{{Lab: "03-context-switch", Code: gotest.Yours}, {Lab: "04-gmp", Code: gotest.Reference}}
	overlays = book.Overlays{Replace: map[string]string{"labs/04-gmp/gmp.go": "solutions/gmp.go"}}
)

func (s *scene) do(p Program) (string, wire.Report, error) {
	var out bytes.Buffer
	s.ran = nil
	r, err := Run(s.t.Context(), s.suite, codes, overlays, p, &out)
	return out.String(), r, err
}

func TestRun(t *testing.T) {
	s := newScene(t)
	out, r, err := s.do(Program{File: "x.asm", Procs: 2, Record: true})
	require.NoError(t, err)
	require.Equal(t, "100000\n", out)
	require.Equal(t, ended, r)
	require.Equal(t, []string{"build", "run"}, s.ran)
	require.Equal(t, overlays, s.overlay)
	require.Equal(t, []string{"-procs", "2", "-record", "--", "x.asm"}, s.args[3:])
	left, err := filepath.Glob(filepath.Join(s.suite.Book.Root, ".lab", "run", "*"))
	require.NoError(t, err)
	require.Len(t, left, 1, "the program alone: %v", left)
}

// What was built of the same content is not built again.
func TestBuildsWhenSomethingChanged(t *testing.T) {
	s := newScene(t)
	again := func() []string {
		_, _, err := s.do(Program{File: "x.asm"})
		require.NoError(t, err)
		return s.ran
	}
	again()
	require.Equal(t, []string{"run"}, again())
	for _, name := range []string{"labs/03-context-switch/switch.go", "solutions/switch.go", "internal/machine/machine.go"} {
		s.write(name, "package x // another\n")
		require.Equal(t, []string{"build", "run"}, again(), name)
		require.Equal(t, []string{"run"}, again(), name)
	}
	s.write("labs/03-context-switch/README.md", "# More\n")
	require.Equal(t, []string{"run"}, again(), "what no build reads")
	s.said = "/go\ngo1.27\nlinux\n"
	require.Equal(t, []string{"build", "run"}, again(), "another Go")
	left, err := filepath.Glob(filepath.Join(s.suite.Book.Root, ".lab", "run", "*"))
	require.NoError(t, err)
	require.Len(t, left, 1, "the old ones are gone: %v", left)
}

// A binary without a report may be damaged: the next run has another.
func TestEndsWithoutAReport(t *testing.T) {
	s := newScene(t)
	s.program = func() *wire.Report { return nil }
	_, _, err := s.do(Program{File: "x.asm"})
	require.EqualError(t, err, "the process ended before its program did: a crash in a lab's code? (yours: 03-context-switch)\npanic: oh\n\ngoroutine 7 [running]:")
	s.program = nil
	_, _, err = s.do(Program{File: "x.asm"})
	require.NoError(t, err)
	require.Equal(t, []string{"build", "run"}, s.ran)
}

func TestDoesNotBuild(t *testing.T) {
	s := newScene(t)
	s.build = "labs/03-context-switch/switch.go:5: undefined: x\n"
	_, _, err := s.do(Program{File: "x.asm"})
	require.EqualError(t, err, "the labs do not build together, want the first line mended, then the command again:\nlabs/03-context-switch/switch.go:5: undefined: x")
	s.build = "go: write go-build: no space left on device\n"
	_, _, err = s.do(Program{File: "x.asm"})
	require.ErrorContains(t, err, "no space left on device; want room on the disk")
}

func TestInterrupted(t *testing.T) {
	for _, during := range []string{"go env", "go build", "labrun"} {
		s := newScene(t)
		ctx, cancel := context.WithCancel(t.Context())
		suite := s.suite
		suite.Run = func(ctx context.Context, c gotest.Child) error {
			if strings.Contains(strings.Join(c.Args, " "), during) && (during != "labrun" || c.Args[0] != "go") {
				cancel()
				return errors.New("signal: interrupt")
			}
			return s.run(ctx, c)
		}
		_, err := Run(ctx, suite, codes, overlays, Program{File: "x.asm"}, io.Discard)
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorContains(t, err, "interrupted")
		if during == "labrun" {
			require.EqualError(t, err, "interrupted; a thread did not come back within 15s, so the process was ended (yours: 03-context-switch)")
		}
	}
}

func TestWhose(t *testing.T) {
	require.True(t, Yours(codes))
	require.False(t, Yours(codes[1:]))
	require.Equal(t, lang.Pair("the reference", "모범 답안"), whose(codes[1:]))
	require.Equal(t, lang.Pair("yours: 03-context-switch", "여러분의 코드: 03-context-switch"), whose(codes))
}
