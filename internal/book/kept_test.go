package book

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

type guesses map[string]float64

func TestSaveAndLoad(t *testing.T) {
	b := fixture(t, nil)
	require.NoError(t, b.Save("predict/03.json", guesses{"C8": 3.5}))
	got := guesses{"C1": 1}
	require.NoError(t, b.Load("predict/03.json", &got))
	require.Equal(t, guesses{"C1": 1, "C8": 3.5}, got)
	require.Contains(t, read(t, b, ".lab/predict/03.json"), `"version": 2`)
	require.Equal(t, []string{"03.json"}, glob(b.path(".lab/predict"), "*"), "no temporary file stays")
}

func TestLoadNothing(t *testing.T) {
	b := fixture(t, nil)
	got := guesses{"C1": 1}
	require.NoError(t, b.Load("predict/03.json", &got))
	require.Equal(t, guesses{"C1": 1}, got)
}

// The first edition wrote the data alone.
func TestLoadFirstEdition(t *testing.T) {
	b := fixture(t, map[string]string{".lab/predict/03.json": `{"C5.1": 20}`})
	got := guesses{}
	require.NoError(t, b.Load("predict/03.json", &got))
	require.Equal(t, guesses{"C5.1": 20}, got)
}

func TestLoadWhatCantBeRead(t *testing.T) {
	for _, text := range []string{"", "{", "null", " null\n", "[]", "7", `"x"`, "\x00\x01", `{"C8": "three"}`, `{"version": 2}`, `{"version": 2, "data": null}`, `{"version": 2, "data": [1]}`, `{"version": "2"}`, `{"version": 3, "data": {}}`} {
		b := fixture(t, map[string]string{".lab/predict/03.json": text})
		err := b.Load("predict/03.json", &guesses{})
		saidWell(t, err)
		require.ErrorContains(t, err, ".lab/predict/03.json", text)
		require.ErrorContains(t, err, "move it away, then the command again", text)
		require.Equal(t, text, read(t, b, ".lab/predict/03.json"), "it stays as it is")
	}
}

func TestLoadLaterVersion(t *testing.T) {
	b := fixture(t, map[string]string{".lab/hints.json": `{"version": 3, "data": {}}`})
	err := b.Load("hints.json", &guesses{})
	require.EqualError(t, err, ".lab/hints.json was written by a later edition of this tool (version 3, want 2): move it away, then the command again")
}

// Where .lab is a file, nothing can be kept, and it is said so.
func TestLabIsAFile(t *testing.T) {
	b := fixture(t, map[string]string{".lab": "mine"})
	err := b.Save("hints.json", guesses{})
	saidWell(t, err)
	require.ErrorContains(t, err, "can't keep .lab/hints.json: ")
	require.NoError(t, b.Load("hints.json", &guesses{}), "nothing is kept there")
	_, _, err = b.WriteOverlay(Overlays{})
	saidWell(t, err)
	require.ErrorContains(t, err, "can't write into .lab: ")
	b.Sweep(time.Now())
	require.Equal(t, "mine", read(t, b, ".lab"))
}

// What can't be opened, here a directory, is no file of the tool's.
func TestLoadADirectory(t *testing.T) {
	b := fixture(t, map[string]string{".lab/hints.json/x": "x"})
	err := b.Load("hints.json", &guesses{})
	saidWell(t, err)
	require.ErrorContains(t, err, "can't read .lab/hints.json: ")
}

// What can't be written whole is not written: here the name is a directory.
func TestSaveWholeOrNotAtAll(t *testing.T) {
	b := fixture(t, map[string]string{".lab/hints.json/x": "x"})
	saidWell(t, b.Save("hints.json", guesses{}))
	require.Equal(t, []string{"hints.json"}, glob(b.path(".lab"), "*"), "no temporary file stays")
	saidWell(t, b.Save("n.json", func() {}))
	require.False(t, b.Has(".lab/n.json"))
}

func TestSweep(t *testing.T) {
	left := []string{".hints.json.1", "tests.json.new", "predict/.03.json.12", "measure/.03-x.9", "tests/03.json.new", "run/result-1.json", "run/overlay-2.json", "run/new-7-labrun-x"}
	stay := []string{"hints.json", "tests.json", "predict/03.json", "measure/03-x.txt", "measure/03-x.interrupted.txt", "run/labrun-abc", "bin/03-x.test", "mine.txt"}
	b := fixture(t, nil)
	now := time.Now()
	for _, name := range append(append([]string{}, left...), stay...) {
		write(t, b, ".lab/"+name, "x")
		require.NoError(t, os.Chtimes(b.path(".lab/"+name), now, now.Add(-2*time.Hour)))
	}
	write(t, b, ".lab/run/result-3.json", "in use")
	b.Sweep(now.Add(-time.Hour))
	for _, name := range left {
		require.False(t, b.Has(".lab/"+name), name)
	}
	for _, name := range append(stay, "run/result-3.json") {
		require.True(t, b.Has(".lab/"+name), name)
	}
	Book{filepath.Join(b.Root, "nowhere")}.Sweep(now)
}
