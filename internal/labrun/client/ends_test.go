package client

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gmplab/internal/gotest"
	"gmplab/internal/lang"
)

// ending answers for the program alone: with what it says, and how it ends.
func (s *scene) ending(said string, err error) {
	s.suite.Run = func(ctx context.Context, c gotest.Child) error {
		if strings.HasPrefix(c.Args[0], s.suite.Book.Root) {
			s.ran = append(s.ran, "run")
			_, _ = io.WriteString(c.Stderr, said)
			return err
		}
		return s.run(ctx, c)
	}
}

// A binary that was built before and does not begin is built anew, and at once.
func TestDamaged(t *testing.T) {
	s := newScene(t)
	_, _, err := s.do(Program{File: "x.asm"})
	require.NoError(t, err)
	s.suite.Run = func(ctx context.Context, c gotest.Child) error {
		if strings.HasPrefix(c.Args[0], s.suite.Book.Root) && !strings.Contains(strings.Join(s.ran, " "), "build") {
			s.ran = append(s.ran, "damaged")
			return errors.New("exec format error")
		}
		return s.run(ctx, c)
	}
	out, _, err := s.do(Program{File: "x.asm"})
	require.NoError(t, err)
	require.Equal(t, "100000\n", out)
	require.Equal(t, []string{"damaged", "build", "run"}, s.ran)
}

// Why a program has no report is said as it is, in both languages.
func TestEndsEarly(t *testing.T) {
	for _, c := range []struct {
		said   string
		err    error
		en, ko string
	}{
		{"", nil, "the process ended before its program did: an os.Exit in a lab's code? (yours: 03-context-switch)\n", "os.Exit"},
		{"", gotest.ErrBegin, "the program does not begin: an endless loop in init or in a package variable? (yours: 03-context-switch)", "프로그램이 시작되지 않습니다"},
		{"\n", errors.New("signal: killed"), "the process ended before its program did: signal: killed. Out of memory? (yours: 03-context-switch)\n", "메모리가 부족"},
		{"\nfatal error: stack overflow\n", errors.New("exit status 2"), "the process ended before its program did: a crash in a lab's code? (yours: 03-context-switch)\nfatal error: stack overflow", "비정상 종료"},
		{"\nlabrun: report: write /x: no space left on device\n", errors.New("exit status 1"), "can't write: labrun: report: write /x: no space left on device; want room", "빈 공간이 필요합니다"},
	} {
		s := newScene(t)
		s.ending(c.said, c.err)
		_, _, err := s.do(Program{File: "x.asm"})
		text := lang.TextOf(err)
		require.True(t, strings.HasPrefix(text.EN, c.en), text.EN)
		require.Contains(t, text.KO, c.ko)
		require.Equal(t, []string{"build", "run"}, s.ran, "what was built just now is not built again")
		left, err := filepath.Glob(filepath.Join(s.suite.Book.Root, ".lab", "run", "*"))
		require.NoError(t, err)
		require.Empty(t, left)
	}
}

func TestCantWrite(t *testing.T) {
	s := newScene(t)
	require.NoError(t, os.WriteFile(filepath.Join(s.suite.Book.Root, ".lab"), []byte("a file"), 0o644))
	_, _, err := s.do(Program{File: "x.asm"})
	require.ErrorContains(t, err, "can't write into .lab: ")
	require.Empty(t, s.ran)
}
