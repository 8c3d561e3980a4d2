package gotest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gmplab/internal/book"
)

// labTests are the tests of a lab of two tasks.
const labTests = `package ctxswitch

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	before()
	code := m.Run()
	after()
	os.Exit(code)
}

func TestSaveKeepsPC(t *testing.T) {
	t.Attr("task", "1")
	if got := Save(); got != 1 {
		t.Fatalf("Save\ngot:  PC = %d\nwant: PC = 1\nrule: a goroutine goes on where it stopped\nhint: go tool lab hint 03 1", got)
	}
}

func TestReady(t *testing.T) {
	t.Attr("task", "2")
	t.Run("deep", func(t *testing.T) {
		if Ready() != 1 {
			t.Error("task 2 waits for task 1")
		}
	})
}
`

// learner is the lab's file with these bodies and imports.
func learner(imports, save, ready, rest string) string {
	return "package ctxswitch\n\nimport (" + imports + ")\n\nfunc Save() int {\n" + save + "\nreturn 1\n}\n\nfunc Ready() int {\n" + ready + "\nreturn 1\n}\n" + rest
}

const hooks = "\nfunc before() {}\nfunc after() {}\n"

var (
	right = learner("", "", "", hooks)
	loops = learner("", "for {}", "", hooks)
)

// workbook is a workbook with one lab, whose file is this.
func workbook(t *testing.T, file string) (Suite, book.Lab) {
	t.Helper()
	if testing.Short() {
		t.Skip("runs go test")
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go command: ", err)
	}
	b := book.Book{Root: filepath.Join(t.TempDir(), "my labs")}
	for name, text := range map[string]string{
		"go.mod": "module gmplab\n\ngo 1.26.0\n", "labs/03-context-switch/switch_test.go": labTests, "labs/03-context-switch/switch.go": file,
	} {
		path := filepath.Join(b.Root, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	l, err := b.Lab("3", "test")
	require.NoError(t, err)
	return Suite{Book: b, Run: Execute}, l
}

// misbehaves is what a learner's file does, and what the tool sees of it.
type misbehaves struct {
	name, file string
	see        func(t *testing.T, o *Outcome)
}

var misbehaviours = []misbehaves{
	{"does not compile", learner("", "retrun 0", "", hooks), func(t *testing.T, o *Outcome) {
		require.True(t, o.Broken)
		require.Regexp(t, `^labs.03-context-switch.switch\.go:6:8: `, o.Build, "the compiler's first line first")
	}},
	{"fails", learner("", "return 0", "return 0", hooks), func(t *testing.T, o *Outcome) {
		require.Equal(t, []TaskResult{{1, false}, {2, false}}, o.Tasks())
		first := o.Failures()[0]
		require.Equal(t, "TestSaveKeepsPC", first.Name)
		require.Equal(t, "    switch_test.go:18: Save\n        got:  PC = 0\n        want: PC = 1\n        rule: a goroutine goes on where it stopped\n", first.Output.Head)
		require.True(t, first.Ended)
	}},
	{"prints, then fails", learner(`"fmt"`, "for range 1000 { fmt.Println(`hello world`) }\nreturn 0", "", hooks), func(t *testing.T, o *Outcome) {
		out := o.Failures()[0].Output
		require.Contains(t, out.Logged, "want: PC = 1\n        rule: a goroutine goes on where it stopped")
		require.Equal(t, 1000, strings.Count(out.Head, "hello world")+out.Dropped, "each line is shown or counted")
		require.NotContains(t, out.Logged, "hello world")
	}},
	{"prints without end", learner(`"fmt"`, "for { fmt.Println(`hello world`) }", "", hooks), func(t *testing.T, o *Outcome) {
		require.Equal(t, ErrMost, o.Ended)
		unfinished(t, o, "TestSaveKeepsPC")
	}},
	{"prints one line without end", learner(`"fmt"`, "for { fmt.Print(`hello world `) }", "", hooks), func(t *testing.T, o *Outcome) {
		require.Equal(t, ErrMost, o.Ended)
		unfinished(t, o, "TestSaveKeepsPC")
		require.LessOrEqual(t, len(o.Failures()[0].Output.Head), 16<<10)
	}},
	{"loops in init", learner("", "", "", hooks+"func init() { for {} }"), func(t *testing.T, o *Outcome) {
		require.Equal(t, ErrLimit, o.Ended)
		require.True(t, o.NoTests())
		require.Empty(t, o.Rest.Head, "that this tool interrupted it says nothing")
	}},
	{"exits in init", learner(`"os"`, "", "", hooks+"func init() { os.Exit(0) }"), func(t *testing.T, o *Outcome) {
		require.True(t, o.NoTests())
	}},
	{"panics in a goroutine of init", learner("", "", "", hooks+"func init() { go panic(`oh`); select {} }"), func(t *testing.T, o *Outcome) {
		require.True(t, o.NoTests())
		require.True(t, o.Failed)
		require.Contains(t, o.Rest.Head, "panic: oh")
	}},
	{"exits well in a function", learner(`"syscall"`, "syscall.Exit(0)", "", hooks), func(t *testing.T, o *Outcome) {
		unfinished(t, o, "TestSaveKeepsPC")
	}},
	{"exits well in a subtest", learner(`"syscall"`, "", "syscall.Exit(0)", hooks), func(t *testing.T, o *Outcome) {
		unfinished(t, o, "TestReady")
		require.Equal(t, []TaskResult{{1, true}, {2, false}}, o.Tasks())
	}},
	{"exits badly in a function", learner(`"syscall"`, "syscall.Exit(3)", "", hooks), func(t *testing.T, o *Outcome) {
		unfinished(t, o, "TestSaveKeepsPC")
	}},
	{"os.Exit in a function", learner(`"os"`, "os.Exit(0)", "", hooks), func(t *testing.T, o *Outcome) {
		require.Equal(t, "TestSaveKeepsPC", o.Failures()[0].Name)
	}},
	{"panics in a goroutine", learner("", "go panic(`oh`); select {}", "", hooks), func(t *testing.T, o *Outcome) {
		unfinished(t, o, "TestSaveKeepsPC")
		require.Contains(t, o.Failures()[0].Output.Head, "panic: oh")
	}},
	{"prints, then recurses without end", learner(`"fmt"; "runtime/debug"`, "debug.SetMaxStack(1 << 16); for range 1000 { fmt.Println(`hello world`) }\nreturn deeper(0)", "", hooks+"func deeper(n int) int { return deeper(n+1) + 1 }"), func(t *testing.T, o *Outcome) {
		unfinished(t, o, "TestSaveKeepsPC")
		require.Contains(t, o.Failures()[0].Output.Logged, "fatal error: stack overflow", "after all that was printed")
	}},
	{"crashes before the tests", learner("", "", "", "func before() { panic(`oh`) }\nfunc after() {}"), func(t *testing.T, o *Outcome) {
		require.True(t, o.NoTests())
		require.Contains(t, o.Rest.Head, "panic: oh")
	}},
	{"leaks", learner(`"fmt"; "os"`, "", "", "func before() {}\nfunc after() { fmt.Println(`goleak: found unexpected goroutines`); os.Exit(1) }"), func(t *testing.T, o *Outcome) {
		require.Equal(t, []TaskResult{{1, true}, {2, true}}, o.Tasks())
		require.Empty(t, o.Failures())
		require.Equal(t, "goleak: found unexpected goroutines\n", o.Rest.Head)
	}},
}

// unfinished is an outcome in which one test has begun and not ended.
func unfinished(t *testing.T, o *Outcome, name string) {
	t.Helper()
	require.NotEmpty(t, o.Failures())
	require.Equal(t, name, o.Failures()[0].Name)
	require.False(t, o.Failures()[0].Ended)
	require.True(t, o.Failed)
}

// Whatever a learner's file does, the tool goes on, sees what it was, and never
// takes it for solved.
func TestMisbehaves(t *testing.T) {
	for _, m := range misbehaviours {
		t.Run(strings.ReplaceAll(m.name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			s, l := workbook(t, m.file)
			s.StartLimit, s.Most = time.Hour, 1<<20
			if strings.Contains(m.file, "init() { for {} }") {
				s.StartLimit = 100 * time.Millisecond // never enough
			}
			o, err := s.Test(t.Context(), l)
			require.NoError(t, err)
			tests, err := l.Tests()
			require.NoError(t, err)
			require.Equal(t, []string{"TestSaveKeepsPC", "TestReady"}, tests)
			require.False(t, o.Solved(tests))
			m.see(t, o)
		})
	}
}

// What the reader has set for go test is nothing to the tool.
func TestSolvedWhateverGOFLAGS(t *testing.T) {
	s, l := workbook(t, right)
	tests, err := l.Tests()
	require.NoError(t, err)
	for _, flags := range []string{"", "-run=Nothing", "-skip=. -v", "-count=0 -short", "-json", "-list=. -bench=.", "-race", "-mod=mod -run=Nothing"} {
		t.Setenv("GOFLAGS", flags)
		o, err := s.Test(t.Context(), l)
		require.NoError(t, err, flags)
		require.True(t, o.Solved(tests), flags)
		require.Equal(t, []TaskResult{{1, true}, {2, true}}, o.Tasks(), flags)
	}
}
