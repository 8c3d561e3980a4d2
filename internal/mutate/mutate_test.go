package mutate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const file = `package p

import "fmt"

type stack[T any] struct{ all []T }

// Push adds v.
func (s *stack[T]) Push(v T) {
	s.all = append(s.all, v)
}

func (s *stack[T]) len() int { return len(s.all) }

func sum(first int, rest ...int) (total int, err error) {
	total = first
	for _, n := range rest {
		total += n
	}
	return total, nil
}

func biggest[T int | string](a, b T) T {
	if a > b {
		return a
	}
	return b
}

func ignored(_ int) string { return "none" }

var limit = 7

func init() { limit = 8 }

func text() string { return fmt.Sprint(limit) }
`

// replaced is file with one text for another.
func replaced(t *testing.T, old, new string) []byte {
	t.Helper()
	require.Equal(t, 1, strings.Count(file, old), old)
	return []byte(strings.Replace(file, old, new, 1))
}

func TestFoldedVariantsAreTheirSources(t *testing.T) {
	variants := [][]byte{
		replaced(t, "\ts.all = append(s.all, v)\n", ""),                   // a method of a generic type
		replaced(t, "total += n", "total -= n"),                           // variadic, named results
		replaced(t, "a > b", "a < b"),                                     // generic
		replaced(t, `"none"`, `"some"`),                                   // can't be called by its names
		replaced(t, "limit = 7", "limit = 9"),                             // no function
		replaced(t, "limit = 8", "limit = 9"),                             // init
		replaced(t, "fmt.Sprint(limit)", `fmt.Sprint("limit ", limit)`),   // no parameters
		replaced(t, `import "fmt"`, "import (\n\t\"fmt\"\n\t_ \"os\"\n)"), // an import
		replaced(t, "func text()", "func more() {}\n\nfunc text()"),       // a function more
		replaced(t, "return total, nil", "return total, fmt.Errorf(\"no\")"),
		bytes.Replace(replaced(t, "total += n", "total *= n"), []byte("a > b"), []byte("a >= b+b"), 1), // two functions
		[]byte("package p\n\nfunc ("),                                                                  // no Go
	}
	folded, alone, err := Fold([]byte(file), variants)
	require.NoError(t, err)
	require.Equal(t, map[int]bool{4: true, 5: true, 6: true, 8: true, 9: true, 12: true}, alone)
	was := strings.Split(file, "\n")
	is := strings.Split(string(folded), "\n")
	for i, line := range was { // lines keep their numbers
		require.True(t, line == is[i] || strings.Contains(line, "{") && strings.HasPrefix(is[i], line[:strings.Index(line, "{")+1]), "%d: %s", i+1, is[i])
	}

	const main = `package p

import (
	"fmt"
	"os"
	"testing"
)

func TestAll(t *testing.T) {
	var s stack[int]
	s.Push(1)
	total, err := sum(10, 2, 3)
	fmt.Fprintln(os.Stderr, s.len(), total, err, biggest(4, 5), ignored(0), text())
}
`
	dir := t.TempDir()
	write := func(name string, text []byte) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), text, 0o644))
	}
	write("go.mod", []byte("module p\n\ngo 1.26\n"))
	write("p.go", folded)
	write("folded.go", Choice("p"))
	write("p_test.go", []byte(main))
	bin := filepath.Join(dir, "p.test.exe")
	build := exec.Command("go", "test", "-c", "-vet=off", "-o", bin, ".")
	build.Dir = dir
	build.Env = append(os.Environ(), "GOFLAGS=")
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	for n, want := range map[int]string{
		0: "1 15 <nil> 5 none 8", 1: "0 15 <nil> 5 none 8", 2: "1 5 <nil> 5 none 8", 3: "1 15 <nil> 4 none 8",
		7: "1 15 <nil> 5 none limit 8", 10: "1 15 no 5 none 8", 11: "1 60 <nil> 5 none 8",
	} {
		cmd := exec.Command(bin)
		cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", Env, n))
		var said bytes.Buffer
		cmd.Stderr = &said
		require.NoError(t, cmd.Run())
		require.Equal(t, want, strings.TrimSpace(said.String()), "variant %d", n)
	}
}

func TestFoldRefusesWhatIsNoGo(t *testing.T) {
	_, _, err := Fold([]byte("package"), nil)
	require.Error(t, err)
	_, err = Mutants([]byte("package"))
	require.Error(t, err)
}

func TestMutants(t *testing.T) {
	mutants, err := Mutants([]byte("package p\n\nimport \"fmt\"\n\nfunc f(a int) bool {\n\tif a < 3 {\n\t\ta++\n\t\tfmt.Println()\n\t}\n\treturn true\n}\n"))
	require.NoError(t, err)
	var got []string
	for _, m := range mutants {
		got = append(got, fmt.Sprintf("%d %s -> %s", m.Line, m.Before, m.After))
	}
	require.Equal(t, []string{
		"6 if a < 3 { -> ;", "10 return true -> ;",
		"6 if a < 3 { -> if !(a < 3) {", "6 if a < 3 { -> if a <= 3 {", "6 if a < 3 { -> if a < 4 {",
		"7 a++ -> ;", "8 fmt.Println() -> ;", "7 a++ -> a--",
		"10 return true -> return false",
	}, got)
}

func TestCheckerFindsWhatDoesNotCompile(t *testing.T) {
	out, err := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Export", "fmt").Output()
	require.NoError(t, err)
	exports := map[string]string{}
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var p struct{ ImportPath, Export string }
		require.NoError(t, dec.Decode(&p))
		exports[p.ImportPath] = p.Export
	}
	c := NewChecker(func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	require.NoError(t, c.Check([]byte(file)))
	for _, wrong := range [][]byte{
		replaced(t, "total += n", ""),                       // n is not used
		replaced(t, "fmt.Sprint(limit)", `"none"`),          // fmt is not used
		replaced(t, "\treturn total, nil\n", ""),            // no return
		replaced(t, "total = first", "total = first + nil"), // a type
		[]byte("package p\n\nfunc ("),
	} {
		require.Error(t, c.Check(wrong))
	}
}

func TestApply(t *testing.T) {
	source := []byte("a\nb\nc\nb2\n")
	apply := func(edits ...Edit) (string, error) {
		out, err := Apply(source, edits)
		return string(out), err
	}
	out, err := apply(Edit{"c\n", ""}, Edit{"a\n", "b\nb\n"}) // in any order, and New may repeat what is there
	require.NoError(t, err)
	require.Equal(t, "b\nb\nb\nb2\n", out)
	_, err = apply(Edit{"d\n", "e\n"})
	require.EqualError(t, err, "these lines occur 0 times, want once:\nd\n")
	_, err = apply(Edit{"b", "e"})
	require.ErrorContains(t, err, "occur 2 times")
	_, err = apply(Edit{"a\nb\n", ""}, Edit{"b\nc\n", ""})
	require.ErrorContains(t, err, "another edit touches these lines")
}

func TestRead(t *testing.T) {
	all, err := Read(strings.NewReader("# a comment\n\nmistake: TestA\nen: why: so\nko: 왜\n a\n-b\n+c\n@@\n-d\n\nright: fine\nko: 옳다\n+e\n"))
	require.NoError(t, err)
	require.Equal(t, []Variant{
		{Mistake, "TestA", "why: so", "왜", []Edit{{"a\nb\n", "a\nc\n"}, {"d\n", ""}}, 3},
		{Right, "", "fine", "옳다", []Edit{{"", "e\n"}}, 12},
	}, all)
	for text, want := range map[string]string{
		"wrong: TestA\n":                      "line 1: \"wrong: TestA\", want a variant to begin with",
		"mistake: TestA\nen: x\nko: y\n*b\n":  "line 4: \"*b\", want en:, ko:, @@",
		"\nmistake: TestA\nen: x\n-b\n":       "line 2: this variant lacks its en:, its ko:",
		"mistake: TestA\nen: x\nko: y\n":      "line 1: this variant lacks",
		"equivalent: x\nko: y\n-b\n\nhello\n": "line 5:",
	} {
		_, err := Read(strings.NewReader(text))
		require.ErrorContains(t, err, want)
	}
}
