package osthread

import (
	"context"
	"errors"
	"os"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// caches points the cache and the temporary directory to empty ones.
func caches(t *testing.T) (tmp string) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	tmp = t.TempDir()
	t.Setenv("TMPDIR", tmp)
	return tmp
}

// pthread skips t where there is no compiler.
func pthread(t *testing.T, kind Kind, pinned bool, n int) Alternation {
	a, err := PThread(t.Context(), kind, pinned, n)
	if errors.Is(err, ErrUnsupported) {
		t.Skip(err)
	}
	require.NoError(t, err)
	require.Equal(t, n, a.Switches)
	require.Positive(t, a.Elapsed)
	return a
}

func TestPThread(t *testing.T) {
	tmp := caches(t)
	for _, kind := range kinds {
		if kind == Futex && runtime.GOOS != "linux" {
			continue
		}
		pthread(t, kind, false, 101)
		if runtime.GOOS == "linux" {
			a := pthread(t, kind, true, 1000)
			require.GreaterOrEqual(t, a.Voluntary+a.Involuntary, int64(900), "%s: two threads on one CPU", kind)
		}
	}
	// It is in the cache now, so no compiler is needed.
	t.Setenv("PATH", "")
	t.Setenv("CC", "")
	pthread(t, Pipe, false, 10)
	list, err := os.ReadDir(tmp)
	require.NoError(t, err)
	require.Empty(t, list, "temporary files")
}

func TestPThreadWithoutCache(t *testing.T) {
	tmp := caches(t)
	t.Setenv("HOME", "")
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("CC", "false") // is there, and does not work: the next one is tried
	pthread(t, Pipe, false, 10)
	list, err := os.ReadDir(tmp)
	require.NoError(t, err)
	require.Empty(t, list, "temporary files")
}

func TestPThreadWithoutCompiler(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no pthreads")
	}
	tmp := caches(t)
	t.Setenv("PATH", t.TempDir())
	t.Setenv("CC", "nosuchcompiler -m64")
	_, err := PThread(t.Context(), Pipe, false, 10)
	require.ErrorIs(t, err, ErrUnsupported)
	require.ErrorContains(t, err, "no C compiler")
	require.NotContains(t, err.Error(), "\n")
	list, err := os.ReadDir(tmp)
	require.NoError(t, err)
	require.Empty(t, list, "temporary files")
}

func TestPThreadCanceled(t *testing.T) {
	caches(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := PThread(ctx, Pipe, false, 10)
	if !errors.Is(err, ErrUnsupported) {
		require.ErrorIs(t, err, context.Canceled)
	}
}
