package book

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// referenced is a workbook with two labs, each with a reference.
func referenced(t *testing.T) (Book, []Lab) {
	b := fixture(t, map[string]string{
		"labs/03-switch/switch.go": "package s\n", "labs/04-gmp/gmp.go": "package gmp\n", "labs/04-gmp/extra.go": "package gmp\n", "labs/04-gmp/gmp_test.go": "package gmp\n",
		"solutions/overlay.json": `{"Replace": {"labs/03-switch/switch.go": "solutions/switch.go", "labs/04-gmp/gmp.go": "solutions/gmp.go"}}`,
		"solutions/switch.go":    "package s\n", "solutions/gmp.go": "package gmp\n",
	})
	labs, err := b.Labs()
	require.NoError(t, err)
	return b, labs
}

func TestReferences(t *testing.T) {
	b, labs := referenced(t)
	o, err := b.References(labs[1:])
	require.NoError(t, err)
	require.Equal(t, map[string]string{"labs/04-gmp/gmp.go": "solutions/gmp.go", "labs/04-gmp/extra.go": ""}, o.Replace, "and nothing of what the learner put beside it")
	o, err = b.References(nil)
	require.NoError(t, err)
	require.Empty(t, o.Replace)
}

// A teacher may delete solutions/, or some of it.
func TestReferencesGone(t *testing.T) {
	for _, gone := range []string{"solutions", "solutions/gmp.go", "solutions/overlay.json"} {
		b, labs := referenced(t)
		require.NoError(t, os.RemoveAll(b.path(gone)))
		_, err := b.References(labs[1:])
		saidWell(t, err)
		require.EqualError(t, err, "labs that are not solved: 04; and there is no reference to run in their place (solutions/ is not here). Next: go tool lab test 04")
		_, err = b.References(nil)
		require.NoError(t, err, "every lab is solved")
	}
}

func TestReferencesDamaged(t *testing.T) {
	b, labs := referenced(t)
	write(t, b, "solutions/overlay.json", "{")
	_, err := b.References(labs)
	saidWell(t, err)
	require.ErrorContains(t, err, "solutions/overlay.json can't be read: ")
}

func TestWriteOverlay(t *testing.T) {
	b, _ := referenced(t)
	want := Overlays{map[string]string{"labs/04-gmp/gmp.go": "solutions/gmp.go", "labs/04-gmp/extra.go": ""}}
	path, remove, err := b.WriteOverlay(want)
	require.NoError(t, err)
	other, removeOther, err := b.WriteOverlay(Overlays{})
	require.NoError(t, err)
	require.NotEqual(t, path, other, "two commands at once")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var got Overlays
	require.NoError(t, json.Unmarshal(text, &got))
	require.Equal(t, want, got)
	remove()
	require.NoFileExists(t, path)
	require.FileExists(t, other)
	removeOther()
}
