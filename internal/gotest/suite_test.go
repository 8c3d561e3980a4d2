package gotest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"gmplab/internal/book"
	"gmplab/internal/lang"
)

const (
	passes     = `{"Action":"run","Test":"TestT"}` + "\n" + `{"Action":"attr","Test":"TestT","Key":"task","Value":"1"}` + "\n" + `{"Action":"pass","Test":"TestT"}` + "\n" + `{"Action":"pass"}` + "\n"
	task3Fails = `{"Action":"run","Test":"TestT"}` + "\n" + `{"Action":"attr","Test":"TestT","Key":"task","Value":"3"}` + "\n" + `{"Action":"fail","Test":"TestT"}` + "\n" + `{"Action":"fail"}` + "\n"
	noBuild    = `{"Action":"output","Output":"FAIL\n"}` + "\n" + `{"Action":"fail","FailedBuild":"x"}` + "\n"
	noTests    = `{"Action":"pass"}` + "\n"
	fullDisk   = `{"ImportPath":"x","Action":"build-output","Output":"write $WORK/b001/_pkg_.a: no space left on device\n"}` + "\n" + noBuild
)

// scene plays the go command for a workbook of two labs.
type scene struct {
	env   string            // what go env prints
	tests map[string]string // the events of a lab's tests
	says  string            // on the standard error
	err   error

	mu  sync.Mutex
	ran []string // the labs whose tests ran
}

func (s *scene) run(_ context.Context, c Child) error {
	if c.Args[1] == "env" {
		_, _ = io.WriteString(c.Stdout, s.env)
		return nil
	}
	lab := strings.TrimPrefix(c.Args[len(c.Args)-1], "./labs/")
	s.mu.Lock()
	s.ran = append(s.ran, lab[:2])
	s.mu.Unlock()
	_, _ = io.WriteString(c.Stdout, s.tests[lab])
	_, _ = io.WriteString(c.Stderr, s.says)
	return s.err
}

func staged(t *testing.T) (Suite, *scene, []book.Lab) {
	t.Helper()
	b := book.Book{Root: t.TempDir()}
	for name, text := range map[string]string{
		"go.mod":                                "module gmplab\n",
		"labs/03-context-switch/switch.go":      "package ctxswitch\n",
		"labs/03-context-switch/switch_test.go": "package ctxswitch\n\nfunc TestT(t *testing.T) {}\n",
		"labs/04-gmp/gmp.go":                    "package gmp\n",
		"labs/04-gmp/gmp_test.go":               "package gmp\n\nfunc TestT(t *testing.T) {}\n",
		"labs/04-gmp/README.md":                 "# GMP\n",
		"internal/machine/machine.go":           "package machine\n",
		"solutions/overlay.json":                `{"Replace": {"labs/03-context-switch/switch.go": "solutions/switch.go", "labs/04-gmp/gmp.go": "solutions/gmp.go"}}`,
		"solutions/switch.go":                   "package ctxswitch\n",
		"solutions/gmp.go":                      "package gmp\n",
	} {
		edit(t, b, name, text)
	}
	labs, err := b.Labs()
	require.NoError(t, err)
	s := &scene{env: "/go\ngo1.26.8\nlinux\namd64\n\n\n0\n", tests: map[string]string{"03-context-switch": passes, "04-gmp": task3Fails}}
	return Suite{Book: b, Run: s.run}, s, labs
}

func edit(t *testing.T, b book.Book, name, text string) {
	t.Helper()
	path := filepath.Join(b.Root, filepath.FromSlash(name))
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
}

// try tries the labs, and returns what is known and which tests ran.
func try(t *testing.T, s Suite, sc *scene, labs []book.Lab) ([]Known, []string) {
	t.Helper()
	sc.ran = nil
	var open []string
	known, err := s.Try(t.Context(), labs, func(labs []book.Lab) {
		for _, l := range labs {
			open = append(open, l.NN)
		}
	}, func(err error) { require.NoError(t, err) })
	require.NoError(t, err)
	slices.Sort(sc.ran)
	require.Equal(t, open, sc.ran, "what it tells it does")
	return known, sc.ran
}

func TestTry(t *testing.T) {
	s, sc, labs := staged(t)
	known, ran := try(t, s, sc, labs)
	require.Equal(t, []string{"03", "04"}, ran)
	require.True(t, known[0].Solved)
	require.True(t, known[0].Fresh())
	require.False(t, known[1].Solved)
	require.Equal(t, []TaskResult{{3, false}}, known[1].Tasks)
	require.False(t, known[1].When.IsZero())
}

// What is known of files that have not changed is not found out again.
func TestTryAgain(t *testing.T) {
	s, sc, labs := staged(t)
	try(t, s, sc, labs)
	for _, c := range []struct {
		file string
		want []string
	}{
		{"", nil},
		{"labs/04-gmp/README.md", nil},
		{"labs/04-gmp/testdata/rapid/a/b.fail", nil},
		{"solutions/gmp.go", nil},
		{"labs/04-gmp/gmp.go", []string{"04"}},
		{"labs/03-context-switch/testdata/x.txt", []string{"03"}},
		{"internal/machine/machine.go", []string{"03", "04"}},
		{"go.sum", []string{"03", "04"}},
	} {
		if c.file != "" {
			edit(t, s.Book, c.file, "package gmp // another\n")
		}
		_, ran := try(t, s, sc, labs)
		require.Equal(t, c.want, ran, c.file)
		_, ran = try(t, s, sc, labs)
		require.Empty(t, ran, "again: %s", c.file)
	}
	sc.env = strings.Replace(sc.env, "1.26.8", "1.27.0", 1)
	_, ran := try(t, s, sc, labs)
	require.Equal(t, []string{"03", "04"}, ran, "another Go")
}

func TestKnownRunsNothing(t *testing.T) {
	s, sc, labs := staged(t)
	known, err := s.Known(t.Context(), labs)
	require.NoError(t, err)
	require.Empty(t, sc.ran)
	require.False(t, known[0].Fresh())
	require.True(t, known[0].When.IsZero())

	try(t, s, sc, labs)
	edit(t, s.Book, "labs/04-gmp/gmp.go", "package gmp // another\n")
	known, err = s.Known(t.Context(), labs)
	require.NoError(t, err)
	require.True(t, known[0].Fresh())
	require.False(t, known[1].Fresh(), "and what it said is still known")
	require.Equal(t, []TaskResult{{3, false}}, known[1].Tasks)
}

// A file that can't be read knows nothing, and is written anew.
func TestKnownDamaged(t *testing.T) {
	for _, text := range []string{"{", "null", `{"version": 2, "data": null}`, `{"version": 2, "data": {"03-context-switch": null}}`, `{"version": 9, "data": {}}`} {
		s, sc, labs := staged(t)
		edit(t, s.Book, ".lab/tests.json", text)
		_, ran := try(t, s, sc, labs)
		require.Equal(t, []string{"03", "04"}, ran, text)
		_, ran = try(t, s, sc, labs)
		require.Empty(t, ran, text)
	}
}

// What can't be kept is known all the same.
func TestTryCantKeep(t *testing.T) {
	s, _, labs := staged(t)
	edit(t, s.Book, ".lab", "a file")
	var mu sync.Mutex
	var warned []error
	known, err := s.Try(t.Context(), labs, func([]book.Lab) {}, func(err error) {
		mu.Lock()
		defer mu.Unlock()
		warned = append(warned, err)
	})
	require.NoError(t, err)
	require.True(t, known[0].Solved)
	require.Len(t, warned, 2)
	require.ErrorContains(t, warned[0], "can't keep .lab/tests.json: ")
}

func TestKnownTasks(t *testing.T) {
	k := Known{Tasks: []TaskResult{{1, true}, {2, false}}}
	passed, tried := k.Passed(2)
	require.False(t, passed)
	require.True(t, tried)
	_, tried = k.Passed(3)
	require.False(t, tried)
	require.Equal(t, 2, k.FirstOpen(3))
	require.Equal(t, 0, k.FirstOpen(1))
	require.Equal(t, 1, Known{}.FirstOpen(3))
}

func TestWhose(t *testing.T) {
	s, _, _ := staged(t)
	codes, overlays, err := s.Whose(t.Context(), false, func([]book.Lab) {}, func(err error) { require.NoError(t, err) })
	require.NoError(t, err)
	require.Equal(t, []Code{{"03-context-switch", "03", Yours, "", 0}, {"04-gmp", "04", Reference, Fails, 3}}, codes)
	require.Equal(t, map[string]string{"labs/04-gmp/gmp.go": "solutions/gmp.go"}, overlays.Replace)
}

func TestWhoseWhy(t *testing.T) {
	s, sc, _ := staged(t)
	sc.tests["03-context-switch"], sc.tests["04-gmp"] = noBuild, noTests
	codes, _, err := s.Whose(t.Context(), false, func([]book.Lab) {}, func(err error) { require.NoError(t, err) })
	require.NoError(t, err)
	require.Equal(t, []Code{{"03-context-switch", "03", Reference, Broken, 0}, {"04-gmp", "04", Reference, Fails, 0}}, codes)
}

// With mine the learner's labs run, and no test is asked.
func TestWhoseMine(t *testing.T) {
	s, sc, _ := staged(t)
	codes, overlays, err := s.Whose(t.Context(), true, nil, nil)
	require.NoError(t, err)
	require.Equal(t, []Code{{"03-context-switch", "03", Yours, Untested, 0}, {"04-gmp", "04", Yours, Untested, 0}}, codes)
	require.Empty(t, overlays.Replace)
	require.Empty(t, sc.ran)
}

func TestWhoseWithoutReference(t *testing.T) {
	s, _, _ := staged(t)
	require.NoError(t, os.RemoveAll(filepath.Join(s.Book.Root, "solutions")))
	_, _, err := s.Whose(t.Context(), false, func([]book.Lab) {}, func(error) {})
	require.ErrorContains(t, err, "labs that are not solved: 04; and there is no reference")
}

// A go command that fails without a test's failure is passed on.
func TestGoFails(t *testing.T) {
	s, sc, labs := staged(t)
	sc.tests, sc.err, sc.says = nil, errors.New("exit status 1"), "go: go.mod requires go >= 1.99\n"
	_, err := s.Test(t.Context(), labs[0])
	require.EqualError(t, err, "go test ./labs/03-context-switch did not run: exit status 1\ngo: go.mod requires go >= 1.99")
}

// A full disk is no mistake in the learner's file.
func TestGoHasNoRoom(t *testing.T) {
	s, sc, labs := staged(t)
	sc.tests["03-context-switch"] = fullDisk
	_, err := s.Test(t.Context(), labs[0])
	require.ErrorContains(t, err, "can't write: write $WORK/b001/_pkg_.a: no space left on device; want room")
	sc.tests, sc.err, sc.says = nil, errors.New("exit status 1"), "go: creating work dir: stat /nowhere: no such file or directory\n"
	_, err = s.Test(t.Context(), labs[0])
	require.ErrorContains(t, err, "go: creating work dir: stat /nowhere")

	require.NoError(t, NoRoom("labs/03/x.go:1:1: undefined: space\n"))
	for _, err := range []error{NoRoom("x\nopen /x: read-only file system\n"), NotTogether("link: no space left on device")} {
		text := lang.TextOf(err)
		require.Contains(t, text.EN, "want room")
		require.Contains(t, text.KO, "빈 공간이 필요합니다")
		require.NotContains(t, text.EN+text.KO, "\n")
	}
	require.ErrorContains(t, NotTogether("a.go:1:1: wrong\n"), "the labs do not build together")
}

func TestNoGo(t *testing.T) {
	s, _, labs := staged(t)
	s.Run = Execute
	t.Setenv("PATH", t.TempDir())
	_, err := s.Known(t.Context(), labs)
	text := lang.TextOf(err)
	require.Contains(t, text.EN, "want a go command that works on PATH, for example: ")
	require.Contains(t, text.KO, "PATH에 있어야 합니다. 예: ")
	require.NotContains(t, text.EN+text.KO, "\n")

	s, sc, labs := staged(t)
	sc.env = "\n"
	sc.env = strings.TrimSpace(sc.env)
	_, err = s.Known(t.Context(), labs)
	require.ErrorContains(t, err, `go env printed "", want GOROOT and more`)
}

func TestInterrupts(t *testing.T) {
	for _, during := range []string{"env", "test"} {
		s, sc, labs := staged(t)
		ctx, cancel := context.WithCancel(t.Context())
		s.Run = func(ctx context.Context, c Child) error {
			if c.Args[1] == during {
				cancel()
				return errors.New("signal: interrupt")
			}
			return sc.run(ctx, c)
		}
		_, err := s.Try(ctx, labs, func([]book.Lab) {}, func(error) {})
		require.ErrorIs(t, err, context.Canceled, during)
		require.EqualError(t, err, "interrupted", during)
	}
}

// GOFLAGS keeps what says how modules are found, and nothing that changes what
// the tool asks for.
func TestToolchainEnv(t *testing.T) {
	for flags, want := range map[string]string{
		"": "",
		"-run=Nothing -short --v -json -race -p=2":   "-p=2",
		"-mod=mod --tags=x -count=3 -buildvcs=false": "-mod=mod --tags=x -buildvcs=false",
	} {
		require.Equal(t, []string{"GOFLAGS=" + want}, Toolchain{flags: flags}.Env(), flags)
	}
	s, sc, _ := staged(t)
	sc.env = "/go\ngo1.26.8\nlinux\namd64\n-mod=mod -run=x\n\n0\n"
	tools, err := s.Go(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"/go", "go1.26.8", "GOFLAGS=-mod=mod"}, []string{tools.Root, tools.Version, tools.Env()[0]})
}

// Two at a time remember into one file.
func TestRememberTogether(t *testing.T) {
	s, _, labs := staged(t)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			_, err := s.Remember(labs[i%2], fmt.Sprint(i), outcomeOf(t, passes))
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	known, err := s.Known(t.Context(), labs)
	require.NoError(t, err)
	require.True(t, known[0].Solved)
	require.True(t, known[1].Solved)
}
