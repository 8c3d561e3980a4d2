package claims

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The sources are there, in this Go, in the files that the rows name.
func TestSourcesAreThere(t *testing.T) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	require.NoError(t, err)
	dir := filepath.Join(strings.TrimSpace(string(root)), "src", "runtime")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no runtime source here")
	}
	src, ok := os.DirFS(dir).(fs.ReadDirFS)
	require.True(t, ok)
	for _, c := range All() {
		for _, s := range c.Sources {
			f, err := s.Find(src)
			require.NoError(t, err)
			require.NotEmpty(t, f.File, "%s: %s", c.ID, s.Name)
		}
	}
}

// lab04Samples makes ten rounds that all report the same.
func lab04Samples(changes map[string]string) *Samples {
	lines := map[string]string{
		"BenchmarkOrder/n=5":   "100 percent-as-expected",
		"BenchmarkOrder/n=300": "80 percent-as-expected",
		"BenchmarkAffinity":    "1 procs",
		"BenchmarkIdlePs":      "90 percent-idle",
		"BenchmarkLocked":      "1 ids/goroutine \t 0 threads-apart",
		"BenchmarkRunning":     "2 running",
	}
	for name, line := range changes {
		lines[name] = line
	}
	s := &Samples{}
	for range 10 {
		out := ""
		for name, line := range lines {
			out += fmt.Sprintf("%s-2 \t 1 \t %s\n", name, line)
		}
		s.Add([]byte(out))
	}
	return s
}

func TestLab04Verdicts(t *testing.T) {
	judge := func(id string, s *Samples) Verdict {
		for _, c := range All() {
			if c.ID == id {
				return Judge(c, Evidence{Samples: s}).Measured
			}
		}
		t.Fatalf("no %s", id)
		return ""
	}
	for _, c := range []struct{ id, bench, fails string }{
		{"G5.2", "BenchmarkLocked", "1 ids/goroutine \t 3 threads-apart"},
		{"G5.1", "BenchmarkLocked", "0.5 ids/goroutine \t 0 threads-apart"},
		{"G7a", "BenchmarkRunning", "3 running"},
		{"G7b", "BenchmarkAffinity", "2 procs"},
		{"G9", "BenchmarkIdlePs", "10 percent-idle"},
		{"G10.1", "BenchmarkOrder/n=5", "20 percent-as-expected"},
		{"G10.2", "BenchmarkOrder/n=300", "20 percent-as-expected"},
	} {
		require.Equal(t, Holds, judge(c.id, lab04Samples(nil)), c.id)
		require.Equal(t, Fails, judge(c.id, lab04Samples(map[string]string{c.bench: c.fails})), c.id)
	}
}
