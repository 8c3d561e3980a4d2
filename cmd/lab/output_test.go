//go:build unix

package main

import (
	"context"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// gone is a pipe that nobody reads any more.
func gone(t *testing.T) *os.File {
	r, w, err := os.Pipe()
	require.NoError(t, err)
	require.NoError(t, r.Close())
	t.Cleanup(func() { _ = w.Close() })
	return w
}

// `head` has enough: that is said to nobody, and is no success.
func TestNobodyReads(t *testing.T) {
	err := run(t.Context(), []string{"help"}, gone(t), os.Stderr)
	require.Equal(t, errSaid, err)
	require.Empty(t, message(err))
}

// A terminal that is closed interrupts, and takes no output.
func TestTerminalCloses(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := run(ctx, []string{"help"}, gone(t), os.Stderr)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 130, exitCode(err))
}
