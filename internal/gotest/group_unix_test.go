//go:build unix

package gotest

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The go command is interrupted, so that it cleans up behind itself, and only
// killed when that does not help.
func TestExecuteInterruptsFirst(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no sh")
	}
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	var errs bytes.Buffer
	err := Execute(ctx, Child{
		Dir: dir, Stdout: &onText{text: "begun", f: cancel}, Stderr: &errs,
		Args: []string{"sh", "-c", `mkdir go-build1; trap 'rmdir go-build1; exit 1' INT; echo begun; while :; do sleep 1; done`},
	})
	require.Error(t, err)
	left, err := filepath.Glob(filepath.Join(dir, "go-build*"))
	require.NoError(t, err)
	require.Empty(t, left, errs.String())
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
