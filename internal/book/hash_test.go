package book

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func key(t *testing.T, b Book, said string) string {
	t.Helper()
	k, err := b.Key(said, "go.mod", "go.sum", "internal", "labs/03-switch")
	require.NoError(t, err)
	return k
}

func keyed(t *testing.T) Book {
	return fixture(t, map[string]string{
		"internal/machine/machine.go":       "package machine\n",
		"labs/03-switch/switch.go":          "package s\n",
		"labs/03-switch/testdata/deep/x":    "x",
		"labs/03-switch/README.md":          "# Switch\n",
		"labs/03-switch/testdata/rapid/a/b": "seed",
	})
}

// What a build or a test reads changes the key.
func TestKeyChanges(t *testing.T) {
	for name, text := range map[string]string{
		"go.mod":                         "module gmplab\n",
		"go.sum":                         "x v1 h1:=\n",
		"internal/machine/machine.go":    "package machine // other\n",
		"internal/machine/cpu.s":         "TEXT\n",
		"labs/03-switch/switch.go":       "package  s\n",
		"labs/03-switch/testdata/deep/x": "y",
		"labs/03-switch/testdata/new":    "",
	} {
		b := keyed(t)
		before := key(t, b, "go1.26")
		require.Equal(t, before, key(t, b, "go1.26"))
		write(t, b, name, text)
		require.NotEqual(t, before, key(t, b, "go1.26"), name)
	}
	b := keyed(t)
	require.NotEqual(t, key(t, b, "go1.26"), key(t, b, "go1.27"), "what the caller says")
}

// What no test reads does not change it.
func TestKeyStays(t *testing.T) {
	for _, name := range []string{"labs/03-switch/README.md", "labs/03-switch/testdata/rapid/a/b", "labs/03-switch/.switch.go.swp", "labs/04-gmp/gmp.go", ".lab/tests.json"} {
		b := keyed(t)
		before := key(t, b, "")
		write(t, b, name, "other")
		require.Equal(t, before, key(t, b, ""), name)
	}
}

// Text does not move from one file to another unseen.
func TestKeyNamesFiles(t *testing.T) {
	a, b := keyed(t), keyed(t)
	write(t, a, "labs/03-switch/a.go", "package s\n")
	write(t, b, "labs/03-switch/b.go", "package s\n")
	require.NotEqual(t, key(t, a, ""), key(t, b, ""))
}

// A learner may keep the file elsewhere, and link to it. An editor's lock is a
// link to nothing.
func TestKeyFollowsLinks(t *testing.T) {
	b := keyed(t)
	mine := filepath.Join(t.TempDir(), "mine.go")
	require.NoError(t, os.WriteFile(mine, []byte("package s\n"), 0o644))
	if err := os.Symlink(mine, b.path("labs/03-switch/mine.go")); err != nil {
		t.Skip("no links here: ", err)
	}
	if _, err := os.ReadFile(b.path("labs/03-switch/mine.go")); err != nil {
		t.Skip("links are not followed here: ", err) // wine makes such
	}
	before := key(t, b, "")
	require.NoError(t, os.Symlink("me@host.1", b.path("labs/03-switch/.#switch.go")))
	require.Equal(t, before, key(t, b, ""))
	require.NoError(t, os.WriteFile(mine, []byte("package s // other\n"), 0o644))
	require.NotEqual(t, before, key(t, b, ""))
}
