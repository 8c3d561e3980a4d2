package book

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// mayImport says which packages of the project each may import, its tests
// aside. A package that is not here may not be.
var mayImport = map[string]string{
	"cmd/lab": "book claims gotest labrun/client labrun/wire lang measure report term",

	// What a learner's file and the labs' tests are made of.
	"labs/01-memory":           "machine",
	"labs/02-spawn-cost":       "machine",
	"labs/03-context-switch":   "machine",
	"labs/04-gmp":              "machine",
	"labs/05-syscall-handoff":  "machine interleave/atomic",
	"labs/06-work-stealing":    "machine interleave/atomic",
	"check":                    "lang machine",
	"clock":                    "",
	"compile":                  "",
	"exectrace":                "lang timeline",
	"harness":                  "compile lang",
	"interleave":               "interleave/atomic interleave/internal/hook lang",
	"interleave/atomic":        "interleave/internal/hook",
	"interleave/internal/hook": "",
	"lang":                     "",
	"machine":                  "lang",
	"osthread":                 "clock compile",
	"queuetest":                "check machine",
	"regswitch":                "clock",
	"timeline":                 "",

	// What only the tool needs.
	"book":          "lang",
	"claims":        "lang",
	"gotest":        "book lang",
	"labrun":        "labrun/wire lang machine tiny",
	"labrun/client": "book gotest labrun/wire lang",
	"labrun/wire":   "lang timeline",
	"measure":       "book claims gotest lang",
	"mutate":        "",
	"report":        "book claims exectrace gotest labrun/wire lang measure term timeline",
	"term":          "",
	"tiny":          "clock lang machine osthread timeline labs/01-memory labs/02-spawn-cost labs/03-context-switch labs/04-gmp labs/05-syscall-handoff labs/06-work-stealing",

	"scripts/loop": "",
	"scripts/park": "",

	// A teacher may delete them: nothing imports them.
	"solutions":                    "",
	"solutions/01-memory":          "machine",
	"solutions/02-spawn-cost":      "machine",
	"solutions/03-context-switch":  "machine",
	"solutions/04-gmp":             "machine",
	"solutions/05-syscall-handoff": "machine interleave/atomic",
	"solutions/06-work-stealing":   "machine interleave/atomic",
}

// A lab's tests are built on every learner's machine, at each save: they pull
// in nothing that draws, and nothing that only the tool needs.
var notForLabs = []string{
	"book", "claims", "gotest", "measure", "mutate", "report", "term", "tiny", "labrun", "labrun/client", "labrun/wire",
	"github.com/clipperhouse/displaywidth", "golang.org/x/term", "golang.org/x/perf/benchfmt", "golang.org/x/perf/benchmath", "golang.org/x/sync/errgroup",
}

type listed struct {
	ImportPath string
	Standard   bool
	Imports    []string
	CgoFiles   []string
}

// list runs go list at the root.
func list(t *testing.T, args ...string) []listed {
	t.Helper()
	dir, err := os.Getwd()
	require.NoError(t, err)
	b, err := Find(dir)
	require.NoError(t, err)
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Standard,Imports,CgoFiles"}, args...)...)
	cmd.Dir = b.Root
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	require.NoError(t, cmd.Run(), "%s", errs.String())
	var all []listed
	for dec := json.NewDecoder(&out); dec.More(); {
		var p listed
		require.NoError(t, dec.Decode(&p))
		all = append(all, p)
	}
	return all
}

// ours names a package of the project as the tables do; "" for another's.
func ours(path string) string {
	name, ok := strings.CutPrefix(path, "gmplab/")
	if !ok {
		return ""
	}
	return strings.TrimPrefix(name, "internal/")
}

func TestImports(t *testing.T) {
	for _, p := range list(t, "./...") {
		name := ours(p.ImportPath)
		allowed, ok := mayImport[name]
		if !ok {
			t.Errorf("%s is not in the table", p.ImportPath)
		}
		for _, imp := range p.Imports {
			if other := ours(imp); other != "" && !slices.Contains(strings.Fields(allowed), other) {
				t.Errorf("%s imports %s, which the table does not allow", p.ImportPath, imp)
			}
		}
	}
}

func TestWhatTheLabsTestsPullIn(t *testing.T) {
	for _, p := range list(t, "-deps", "-test", "./labs/...") {
		path, _, _ := strings.Cut(p.ImportPath, " [")
		if slices.Contains(notForLabs, path) || slices.Contains(notForLabs, ours(path)) {
			t.Errorf("a lab's tests pull in %s", path)
		}
		if !p.Standard && len(p.CgoFiles) > 0 {
			t.Errorf("a lab's tests pull in %s, which uses cgo", path)
		}
	}
}
