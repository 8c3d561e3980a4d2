// Package solutions_test guards the whole book: the references pass the labs'
// tests (that is what the overlay is for), wrong solutions fail them, and the
// two languages stay in step. A new lab joins by adding its folder.
//
// What is true of untouched starters only runs by
//
//	go test ./solutions -starters
//
// and what takes minutes, the wrong solutions and the mutation pass over the
// references, by
//
//	go test ./solutions -misconceptions
//	go test ./solutions -mutants
package solutions_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	starters = flag.Bool("starters", false, "check what is true of untouched starters")
	wrong    = flag.Bool("misconceptions", false, "try the wrong solutions that people write")
	mutants  = flag.Bool("mutants", false, "mutate the references")
)

// root is the module's directory: overlays are relative to it.
const root = ".."

// lab is a folder below labs/ and the one file in it that a learner edits.
type lab struct {
	name string // 03-context-switch
	file string // switch.go
}

func (l lab) starter() string   { return filepath.Join("labs", l.name, l.file) }
func (l lab) reference() string { return filepath.Join("solutions", l.name, l.file) }

// labs finds the labs. The file that a learner edits is the one that the
// reference has too; beside it a learner may have put whatever they like.
func labs(t *testing.T) []lab {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(root, "labs", "[0-9][0-9]-*"))
	require.NoError(t, err)
	require.NotEmpty(t, dirs)
	var all []lab
	for _, dir := range dirs {
		name := filepath.Base(dir)
		files, err := filepath.Glob(filepath.Join(name, "*.go"))
		require.NoError(t, err)
		require.Len(t, files, 1, "solutions/%s: the one file that a learner edits", name)
		all = append(all, lab{name, filepath.Base(files[0])})
		require.FileExists(t, filepath.Join(root, all[len(all)-1].starter()))
	}
	return all
}

// goCommand runs the go command at the root and returns what it printed.
func goCommand(env []string, args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), append([]string{"LAB_LANG=en"}, env...)...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestOverlayIsTheTree(t *testing.T) {
	text, err := os.ReadFile("overlay.json")
	require.NoError(t, err)
	var got struct{ Replace map[string]string }
	require.NoError(t, json.Unmarshal(text, &got))
	want := map[string]string{}
	for _, l := range labs(t) {
		want[filepath.ToSlash(l.starter())] = filepath.ToSlash(l.reference())
	}
	require.Equal(t, want, got.Replace)
}

func TestReferencesAreSmall(t *testing.T) {
	for _, l := range labs(t) {
		text, err := os.ReadFile(filepath.Join(root, l.reference()))
		require.NoError(t, err)
		code := 0
		for line := range bytes.Lines(text) {
			line = bytes.TrimSpace(line)
			if len(line) > 0 && !bytes.HasPrefix(line, []byte("//")) {
				code++
			}
		}
		limit := 150
		if strings.HasPrefix(l.name, "06") {
			limit = 200
		}
		require.LessOrEqual(t, code, limit, "%s: lines of code", l.name)
	}
}

// ---- the two languages ----

// pairs are the texts that exist in both languages: the English one's path.
func pairs(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"README.md", "labs/README.md", "labs/*/README.md", "labs/*/hints.md", "solutions/wrong/README.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		require.NoError(t, err)
		require.NotEmpty(t, found, pattern)
		all = append(all, found...)
	}
	for _, l := range labs(t) {
		for _, name := range []string{"README.md", "hints.md"} {
			require.Contains(t, all, filepath.Join(root, "labs", l.name, name))
		}
	}
	return all
}

var (
	heading = regexp.MustCompile(`(?m)^(#+) `)
	fence   = regexp.MustCompile("(?ms)^```.*?^```$")
	link    = regexp.MustCompile(`\]\(([^)#\s]+)[^)]*\)`)
	image   = regexp.MustCompile(`<img [^>]*src="([^"]+)"`)
)

func TestLanguagesAreInStep(t *testing.T) {
	for _, en := range pairs(t) {
		ko := strings.TrimSuffix(en, ".md") + ".ko.md"
		t.Run(filepath.ToSlash(en), func(t *testing.T) {
			var levels, blocks [2][]string
			for i, file := range []string{en, ko} {
				text, err := os.ReadFile(file)
				require.NoError(t, err)
				for _, b := range fence.FindAllString(string(text), -1) {
					blocks[i] = append(blocks[i], withoutComments(b))
				}
				prose := fence.ReplaceAllString(string(text), "")
				for _, m := range heading.FindAllStringSubmatch(prose, -1) {
					levels[i] = append(levels[i], m[1])
				}
				for _, m := range append(link.FindAllStringSubmatch(prose, -1), image.FindAllStringSubmatch(prose, -1)...) {
					if !strings.Contains(m[1], "://") {
						require.FileExists(t, filepath.Join(filepath.Dir(file), m[1]), "a link of %s", file)
					}
				}
			}
			require.Equal(t, levels[0], levels[1], "the levels of the headings, in order")
			require.Equal(t, blocks[0], blocks[1], "the code blocks")
		})
	}
}

// withoutComments drops what is prose in a code block: comments, and the
// blocks marked as text, whose words are in the page's language.
func withoutComments(block string) string {
	if strings.HasPrefix(block, "```text") {
		return "```text"
	}
	var b strings.Builder
	for line := range strings.Lines(block) {
		for _, mark := range []string{";", "//", "#"} {
			line, _, _ = strings.Cut(line, mark)
		}
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return b.String()
}

func TestHintsHaveThreeLevelsATask(t *testing.T) {
	task := regexp.MustCompile(`(?m)^## .*\n`)
	level := regexp.MustCompile(`(?m)^### `)
	for _, l := range labs(t) {
		starter, err := os.ReadFile(filepath.Join(root, l.starter()))
		require.NoError(t, err)
		files, err := filepath.Glob(filepath.Join(root, "labs", l.name, "task*_test.go"))
		require.NoError(t, err)
		require.NotEmpty(t, files)
		tasks := map[string]bool{}
		for _, file := range files {
			tasks[regexp.MustCompile(`task(\d+)_test\.go$`).FindStringSubmatch(file)[1]] = true
		}
		if *starters {
			for n := range tasks {
				require.Contains(t, string(starter), "TODO(task "+n+")")
				require.Contains(t, string(starter), "할 일(과제 "+n+")")
			}
		}
		for _, name := range []string{"hints.md", "hints.ko.md"} {
			text, err := os.ReadFile(filepath.Join(root, "labs", l.name, name))
			require.NoError(t, err)
			sections := task.Split(string(text), -1)[1:]
			require.Len(t, sections, len(tasks), "%s/%s: a section a task", l.name, name)
			for i, s := range sections {
				require.Len(t, level.FindAllString(s, -1), 3, "%s/%s: levels of task %d", l.name, name, i+1)
			}
		}
	}
}

// ---- the book without its solutions ----

func TestTheBookWorksWithoutSolutions(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the project in another place")
	}
	copied := t.TempDir()
	require.NoError(t, filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if rel == "solutions" || rel == ".git" || rel == ".lab" {
				return filepath.SkipDir
			}
			return os.MkdirAll(filepath.Join(copied, rel), 0o777)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, l := range labs(t) { // whatever the learner has in it, it compiles
			if rel == l.starter() {
				text, err = os.ReadFile(filepath.Join(root, l.reference()))
			}
		}
		return errors.Join(err, os.WriteFile(filepath.Join(copied, rel), text, 0o666))
	}))
	for _, args := range [][]string{
		{"test", "-count=1", "./labs/..."},
		{"tool", "lab", "list"},
		{"tool", "lab", "test", "03"},
		{"tool", "lab", "hint", "03", "1"},
		{"tool", "lab", "measure", "C3", "-rounds", "1"},
	} {
		cmd := exec.Command("go", args...)
		cmd.Dir = copied
		// The cache knows what was built in another place without its path.
		cmd.Env = append(os.Environ(), "LAB_LANG=en", "GOFLAGS=-trimpath")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "go %s: %s", strings.Join(args, " "), out)
	}
}

// ---- untouched starters ----

// panicked is how a panic looks, the runtime's own and one that check tells.
var panicked = regexp.MustCompile(`panic: |패닉: |패닉이 일어났습니다`)

func TestStarters(t *testing.T) {
	if !*starters {
		t.Skip("only with -starters: a learner's files are the learner's business")
	}
	for _, l := range labs(t) {
		t.Run(l.name, func(t *testing.T) {
			t.Run("one file to edit", func(t *testing.T) {
				files, err := filepath.Glob(filepath.Join(root, "labs", l.name, "*.go"))
				require.NoError(t, err)
				files = slices.DeleteFunc(files, func(f string) bool { return strings.HasSuffix(f, "_test.go") })
				require.Equal(t, []string{filepath.Join(root, l.starter())}, files)
			})
			t.Run("same API and docs as the reference", func(t *testing.T) {
				starter, err := goCommand(nil, "doc", "-all", "./labs/"+l.name)
				require.NoError(t, err, starter)
				reference, err := goCommand(nil, "doc", "-all", "./solutions/"+l.name)
				require.NoError(t, err, reference)
				reference = strings.ReplaceAll(reference, "gmplab/solutions/", "gmplab/labs/")
				const fields = "\t// Has unexported fields.\n" // which a starter need not have yet
				require.Equal(t, strings.ReplaceAll(reference, fields, ""), strings.ReplaceAll(starter, fields, ""))
			})
			t.Run("every test fails by an assertion", func(t *testing.T) {
				list, err := goCommand(nil, "test", "-list", ".", "./labs/"+l.name)
				require.NoError(t, err, list)
				bin := filepath.Join(t.TempDir(), "lab.test.exe")
				out, err := goCommand(nil, "test", "-trimpath", "-c", "-o", bin, "./labs/"+l.name)
				require.NoError(t, err, out)
				run := func(language string, args ...string) (string, error) {
					cmd := exec.Command(bin, append(args, "-test.timeout=1m")...)
					cmd.Dir = filepath.Join(root, "labs", l.name)
					cmd.Env = append(os.Environ(), "LAB_LANG="+language)
					text, err := cmd.CombinedOutput()
					return string(text), err
				}
				for _, language := range []string{"en", "ko"} {
					text, err := run(language, "-test.v")
					require.Error(t, err)
					for name := range strings.FieldsSeq(list) {
						if strings.HasPrefix(name, "Test") {
							require.Contains(t, text, "--- FAIL: "+name+" (")
						}
						require.False(t, strings.HasPrefix(name, "Fuzz") || strings.HasPrefix(name, "Example"), "%s would pass unsolved", name)
					}
					require.NotRegexp(t, panicked, text)
					rule, waits := "rule: ", "task 2 waits for task 1"
					if language == "ko" {
						rule, waits = "규칙: ", "과제 2: 과제 1번을 먼저 통과해야 합니다"
					}
					require.Contains(t, text, rule)
					require.Contains(t, text, waits)
					if l.name == "03-context-switch" {
						shownAsItIs(t, language, text)
					}
				}
				// Each test alone, so that no earlier failure speaks for it.
				names := slices.DeleteFunc(strings.Fields(list), func(name string) bool { return !strings.HasPrefix(name, "Test") })
				each(len(names), func(i int) {
					out, err := run("en", "-test.run=^"+names[i]+"$")
					assert.Error(t, err, names[i])
					assert.Contains(t, out, "got: ", "%s fails by an assertion", names[i])
					assert.NotRegexp(t, panicked, out, names[i])
				})
			})
		})
	}
}

// shownAsItIs holds the failure that labs/README.md shows and explains against
// the real one, but for the line numbers.
func shownAsItIs(t *testing.T, language, output string) {
	t.Helper()
	file := map[string]string{"en": "README.md", "ko": "README.ko.md"}[language]
	page, err := os.ReadFile(filepath.Join(root, "labs", file))
	require.NoError(t, err)
	number := regexp.MustCompile(`_test\.go:\d+:`)
	output = number.ReplaceAllString(output, "")
	shown := 0
	for _, block := range fence.FindAllString(string(page), -1) {
		if body, ok := strings.CutPrefix(block, "```text\n--- FAIL"); ok {
			for line := range strings.Lines(strings.TrimSuffix("--- FAIL"+body, "```")) {
				require.Contains(t, output, number.ReplaceAllString(line, ""), "labs/%s", file)
				shown++
			}
		}
	}
	require.NotZero(t, shown, "labs/%s shows a failure", file)
}

// The pages of labs 05 and 06 say that every order is tried, and how many there
// are: so it is, with the references.
func TestEveryOrderIsTried(t *testing.T) {
	for _, l := range labs(t)[4:] {
		out, err := goCommand(nil, "test", "-count=1", "-v", "-overlay", "solutions/overlay.json", "./labs/"+l.name)
		require.NoError(t, err, out)
		require.NotContains(t, out, "every order with at most", "%s: a model is too big to be run in every order", l.name)
		all := 0
		for _, m := range regexp.MustCompile(`every order: (\d+) classes`).FindAllStringSubmatch(out, -1) {
			n, err := strconv.Atoi(m[1])
			require.NoError(t, err)
			all += n
		}
		require.Positive(t, all)
		number := strconv.Itoa(all)
		if n := len(number); n > 3 {
			number = number[:n-3] + "," + number[n-3:]
		}
		for _, page := range []string{"README.md", "README.ko.md"} {
			text, err := os.ReadFile(filepath.Join(root, "labs", l.name, page))
			require.NoError(t, err)
			require.Contains(t, string(text), number, "labs/%s/%s does not say how many orders its models have", l.name, page)
		}
	}
}
