package book

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gmplab/internal/lang"
)

// fixture makes a workbook of these files in a temporary directory, whose name
// is one that a pattern or a shell would stumble over.
func fixture(t *testing.T, files map[string]string) Book {
	t.Helper()
	b := Book{filepath.Join(t.TempDir(), "my labs [1]")}
	write(t, b, "go.mod", "module gmplab\n\ngo 1.26.0\n")
	for name, text := range files {
		write(t, b, name, text)
	}
	return b
}

func write(t *testing.T, b Book, name, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(b.path(name)), 0o755))
	require.NoError(t, os.WriteFile(b.path(name), []byte(text), 0o644))
}

func read(t *testing.T, b Book, name string) string {
	t.Helper()
	text, err := os.ReadFile(b.path(name))
	require.NoError(t, err)
	return string(text)
}

// saidWell checks an error that a reader sees: each language a line without a
// slip of formatting.
func saidWell(t *testing.T, err error) {
	t.Helper()
	require.Error(t, err)
	text := lang.TextOf(err)
	require.NotEqual(t, text.EN, text.KO)
	for _, line := range []string{text.EN, text.KO} {
		require.NotContains(t, line, "\n", "one line")
		require.NotContains(t, line, "%!", "formatting")
		require.NotEmpty(t, line)
	}
}

func TestFind(t *testing.T) {
	b := fixture(t, map[string]string{"labs/03-x/sub/go.mod": "module other\n", "labs/03-x/deep/down/a.go": "package a\n"})
	for _, dir := range []string{".", "labs", "labs/03-x/sub", "labs/03-x/deep/down"} {
		found, err := Find(b.path(dir))
		require.NoError(t, err)
		require.Equal(t, b, found, dir)
	}
}

// Not every system has Hangul in its paths: wine in the C locale has not.
func TestHangulPath(t *testing.T) {
	b := Book{filepath.Join(t.TempDir(), "내 실습")}
	if err := os.MkdirAll(b.path("labs/03-switch"), 0o755); err != nil {
		t.Skip("no Hangul in paths here: ", err)
	}
	write(t, b, "go.mod", "module gmplab\n")
	found, err := Find(b.path("labs"))
	require.NoError(t, err)
	l, err := found.Lab("3", "test")
	require.NoError(t, err)
	require.Equal(t, "03-switch", l.Name)
	require.NoError(t, b.Save("hints.json", guesses{"C8": 1}))
	require.True(t, b.Has(".lab/hints.json"))
}

func TestFindOutside(t *testing.T) {
	_, err := Find(t.TempDir())
	saidWell(t, err)
	require.ErrorContains(t, err, "is not in the workbook, want a directory under the one whose go.mod says module gmplab, for example: cd gmplab && go tool lab")
}

func TestLabs(t *testing.T) {
	b := fixture(t, map[string]string{
		"labs/04-gmp/gmp.go": "package gmp\n", "labs/03-switch/switch.go": "package s\n", "labs/README.md": "# Labs\n", "labs/05-file": "no directory",
	})
	labs, err := b.Labs()
	require.NoError(t, err)
	require.Equal(t, []Lab{{"03", "03-switch", b.path("labs/03-switch")}, {"04", "04-gmp", b.path("labs/04-gmp")}}, labs)
	require.Equal(t, "03, 04", Numbers(labs))
	require.Equal(t, "./labs/03-switch", labs[0].Package())
}

func TestNoLabs(t *testing.T) {
	b := fixture(t, nil)
	_, err := b.Labs()
	saidWell(t, err)
	require.ErrorContains(t, err, "no labs here, want directories labs/01-... in "+b.Root)
	_, err = b.Lab("3", "test")
	require.ErrorContains(t, err, "no labs here")
}

func TestLab(t *testing.T) {
	b := fixture(t, map[string]string{"labs/03-switch/switch.go": "package s\n", "labs/04-gmp/gmp.go": "package gmp\n"})
	for _, arg := range []string{"3", "03", "03-switch", "labs/03-switch", "./labs/03-switch/"} {
		l, err := b.Lab(arg, "test")
		require.NoError(t, err, arg)
		require.Equal(t, "03-switch", l.Name, arg)
	}
}

func TestLabThatIsNotThere(t *testing.T) {
	b := fixture(t, map[string]string{"labs/03-switch/switch.go": "package s\n"})
	for _, arg := range []string{"", "99", "0", "-3", "x", "3x", "실습", "03-", "labs", "a\nb", "%d", "labs/03-switch/switch.go"} {
		_, err := b.Lab(arg, "hint")
		saidWell(t, err)
		require.ErrorIs(t, err, lang.ErrUsage, arg)
		text := lang.TextOf(err)
		for _, line := range []string{text.EN, text.KO} {
			require.Contains(t, line, "go tool lab hint 03", "an example")
		}
	}
	_, err := b.Lab("99", "test")
	require.Equal(t, `no lab "99", there is 03, for example: go tool lab test 03`, lang.TextOf(err).EN)
	require.Equal(t, `"99"라는 실습은 없습니다. 있는 것: 03. 예: go tool lab test 03`, lang.TextOf(err).KO)
}

func TestFiles(t *testing.T) {
	b := fixture(t, map[string]string{
		"labs/03-switch/switch.go": "package s\n", "labs/03-switch/switch_test.go": "package s\n", "labs/03-switch/README.md": "# Switch\n",
	})
	l, err := b.Lab("3", "test")
	require.NoError(t, err)
	require.Equal(t, []string{"switch.go"}, l.Files())
	require.Equal(t, "labs/03-switch/switch.go", l.Edited())
	require.False(t, l.HasHarness())

	write(t, b, "labs/03-switch/mine.go", "package s\n")
	write(t, b, "labs/03-switch/bench_test.go", "package s\n")
	require.Equal(t, []string{"mine.go", "switch.go"}, l.Files())
	require.Equal(t, "labs/03-switch", l.Edited(), "which of the files, nobody knows")
	require.True(t, l.HasHarness())
}

func TestTests(t *testing.T) {
	b := fixture(t, map[string]string{
		"labs/03-switch/a_test.go": `package s

import "testing"

func TestB(t *testing.T)       {}
func TestA(t *testing.T)       {}
func TestMain(m *testing.M)    {}
func Testify(t *testing.T)     {}
func Test_under(t *testing.T)  {}
func BenchmarkA(b *testing.B)  {}
func helper()                  {}
func (fake) TestMethod()       {}
type fake struct{}
`,
		"labs/03-switch/b_plan9_test.go":    "package s\n\nfunc TestElsewhere(t *testing.T) {}\n",
		"labs/03-switch/c_test.go":          "//go:build ignore\n\npackage s\n\nfunc TestNowhere(t *testing.T) {}\n",
		"labs/03-switch/d_test.go":          "package s\n\nfunc TestBroken(t *testing.T) {",
		"labs/03-switch/switch.go":          "package s\n\nfunc TestNoTestFile() {}\n",
		"labs/03-switch/sub/sub_test.go":    "package sub\n\nfunc TestSub(t *testing.T) {}\n",
		"labs/03-switch/testdata/x_test.go": "package x\n\nfunc TestData(t *testing.T) {}\n",
	})
	l, err := b.Lab("3", "test")
	require.NoError(t, err)
	names, err := l.Tests()
	require.NoError(t, err)
	require.Equal(t, []string{"TestB", "TestA", "Test_under"}, names)

	require.NoError(t, os.RemoveAll(l.Dir))
	_, err = l.Tests()
	require.ErrorContains(t, err, "find the tests: ")
}

func TestTitle(t *testing.T) {
	b := fixture(t, map[string]string{"labs/03-switch/README.md": "> note\n# Context switch \n", "labs/03-switch/README.ko.md": "# 문맥 교환\n", "labs/04-gmp/README.md": "no heading\n", "labs/05-call/call.go": "package call\n"})
	labs, err := b.Labs()
	require.NoError(t, err)
	require.Equal(t, lang.Pair("Context switch", "문맥 교환"), labs[0].Title())
	require.Equal(t, lang.Pair("04-gmp", "04-gmp"), labs[1].Title())
	require.Equal(t, lang.Pair("05-call", "05-call"), labs[2].Title())
}

const hintsEN = "# Hints\n\nintro\n\n## Task 1: Save and Load\n\nlead\n\n### The idea\n\nThree words.\n\n### Nearly the code\n\n```go\n## no heading\n### nor this\nreturn 1\n```\n\n## Task 2: Ready\n\n### The idea\n\nA queue.\n"

func TestTasks(t *testing.T) {
	b := fixture(t, map[string]string{"labs/03-switch/hints.md": hintsEN, "labs/03-switch/hints.ko.md": "# 힌트\n\n## 과제 1: Save와 Load\n\n### 생각\n\n세 워드.\n"})
	l, err := b.Lab("3", "hint")
	require.NoError(t, err)
	tasks := l.Tasks()
	require.Len(t, tasks, 2)
	require.Equal(t, lang.Pair("Task 1: Save and Load", "과제 1: Save와 Load"), tasks[0].Title)
	require.Len(t, tasks[0].Hints, 2)
	require.Equal(t, lang.Pair("The idea", "생각"), tasks[0].Hints[0].Title)
	require.Equal(t, "세 워드.", strings.TrimSpace(tasks[0].Hints[0].Text.KO))
	code := tasks[0].Hints[1]
	require.Equal(t, "```go\n## no heading\n### nor this\nreturn 1\n```", strings.TrimSpace(code.Text.EN))
	require.Equal(t, code.Text.EN, code.Text.KO, "what Korean lacks is said in English")
	require.Equal(t, lang.Pair("Task 2: Ready", "Task 2: Ready"), tasks[1].Title)
}

func TestTasksWithoutHints(t *testing.T) {
	b := fixture(t, map[string]string{"labs/03-switch/switch.go": "package s\n"})
	l, err := b.Lab("3", "hint")
	require.NoError(t, err)
	require.Empty(t, l.Tasks())
}
