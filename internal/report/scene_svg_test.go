package report

import (
	"bytes"
	"flag"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gmplab/internal/exectrace"
)

var update = flag.Bool("update", false, "write the golden files and lab 05's pictures anew")

// TestPicture holds lab 05's pictures to the trace that they are drawn from.
func TestPicture(t *testing.T) {
	data, err := os.ReadFile("../exectrace/testdata/handoff.trace")
	require.NoError(t, err)
	tr, err := exectrace.Read(bytes.NewReader(data))
	require.NoError(t, err)
	calls := tr.CallsBy("nap")
	require.Len(t, calls, 1)
	scene, err := tr.Scene(calls[0], 150*time.Microsecond)
	require.NoError(t, err)
	const lab = "../../labs/05-syscall-handoff/"
	for file, korean := range map[string]bool{lab + "trace.svg": false, lab + "trace.ko.svg": true} {
		var svg bytes.Buffer
		require.NoError(t, SceneSVG(&svg, scene, korean))
		golden(t, file, svg.String())
	}
}

// golden holds text to what a file has.
func golden(t *testing.T, file, text string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	}
	kept, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(kept), text, "%s is not what is drawn now; -update writes it", file)
}
