//go:build unix

package gotest

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// A go command that is interrupted in a build cleans up nothing: it is done
// for it.
func TestInterruptedBuildLeavesNothing(t *testing.T) {
	bin, tmp := t.TempDir(), t.TempDir()
	script := "#!/bin/sh\nmkdir $GOTMPDIR/go-build1 && echo begun\nwhile :; do sleep 1; done\n"
	require.NoError(t, os.WriteFile(filepath.Join(bin, "go"), []byte(script), 0o755))
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	t.Setenv("GOTMPDIR", tmp)
	ctx, cancel := context.WithCancel(t.Context())
	out := &onText{text: "begun", f: cancel}
	require.Error(t, Execute(ctx, Child{Dir: bin, Stdout: out, Args: []string{"go", "build"}}))
	require.Equal(t, "begun\n", out.String())
	left, err := os.ReadDir(tmp)
	require.NoError(t, err)
	require.Empty(t, left)
}

// A child is interrupted first, so that it may clean up.
func TestExecuteInterruptsFirst(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	out := &onText{text: "begun", f: cancel}
	err := Execute(ctx, Child{Stdout: out, Args: []string{"sh", "-c", `trap 'echo cleaned; exit 1' INT; echo begun; while :; do sleep 1; done`}})
	require.Error(t, err)
	require.Equal(t, "begun\ncleaned\n", out.String())
}

// A go command that is interrupted while the tests run leaves nothing in its
// temporary directory.
func TestInterruptLeavesNothing(t *testing.T) {
	s, l := workbook(t, loops)
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	ctx, cancel := context.WithCancel(t.Context())
	run := s.Run
	s.Run = func(ctx context.Context, c Child) error {
		if c.Args[1] == "test" {
			c.Stdout = &onText{text: `"Action":"run"`, f: cancel}
		}
		return run(ctx, c)
	}
	_, err := s.Test(ctx, l)
	require.ErrorIs(t, err, context.Canceled)
	left, err := os.ReadDir(tmp)
	require.NoError(t, err)
	require.Empty(t, left)
}
