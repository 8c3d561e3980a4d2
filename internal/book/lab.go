package book

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"gmplab/internal/lang"
)

// Lab is a directory labs/NN-name.
type Lab struct {
	NN   string // "03"
	Name string // "03-context-switch"
	Dir  string
}

// Package names the lab for the go command that runs in the root.
func (l Lab) Package() string { return "./labs/" + l.Name }

// Files returns the names of the lab's Go files that are no tests: its one
// file that a learner edits, and what the learner has put beside it.
func (l Lab) Files() []string {
	return slices.DeleteFunc(glob(l.Dir, "*.go"), func(f string) bool { return strings.HasSuffix(f, "_test.go") })
}

// Edited is what the learner edits, seen from the root: the lab's one file,
// or, where there are more, its directory.
func (l Lab) Edited() string {
	path := "labs/" + l.Name
	if files := l.Files(); len(files) == 1 {
		path += "/" + files[0]
	}
	return path
}

// HasHarness reports whether the lab has benchmarks to measure.
func (l Lab) HasHarness() bool {
	_, err := os.Stat(filepath.Join(l.Dir, "bench_test.go"))
	return err == nil
}

// Tests returns the names of the lab's top-level tests on this platform, as
// its test files declare them. Nothing of the learner's runs for it. A file that
// can't be parsed declares none: it does not build either.
func (l Lab) Tests() ([]string, error) {
	if _, err := os.ReadDir(l.Dir); err != nil {
		return nil, fmt.Errorf("find the tests: %w", err)
	}
	var names []string
	for _, file := range glob(l.Dir, "*_test.go") {
		if ok, err := build.Default.MatchFile(l.Dir, file); err != nil || !ok {
			continue // not built here
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(l.Dir, file), nil, parser.SkipObjectResolution)
		if err != nil {
			continue
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && isTest(fn.Name.Name) {
				names = append(names, fn.Name.Name)
			}
		}
	}
	return names, nil
}

// isTest is go test's rule: TestX and Test_x are tests, Testify is none.
func isTest(name string) bool {
	rest, ok := strings.CutPrefix(name, "Test")
	first, _ := utf8.DecodeRuneInString(rest)
	return ok && !unicode.IsLower(first) && name != "TestMain"
}

// page reads name.md and name.ko.md. Without a Korean page the English one
// stands for both.
func (l Lab) page(name string) (lang.Text, error) {
	en, err := os.ReadFile(filepath.Join(l.Dir, name+".md"))
	if err != nil {
		return lang.Text{}, err
	}
	ko, err := os.ReadFile(filepath.Join(l.Dir, name+".ko.md"))
	if err != nil {
		ko = en
	}
	return lang.Pair(string(en), string(ko)), nil
}

// Title is the heading of the lab's page, or its name.
func (l Lab) Title() lang.Text {
	page, err := l.page("README")
	if err != nil {
		return lang.Pair(l.Name, l.Name)
	}
	heading := func(text string) string {
		for line := range strings.Lines(text) {
			if title, ok := strings.CutPrefix(line, "# "); ok {
				return strings.TrimSpace(title)
			}
		}
		return l.Name
	}
	return lang.Pair(heading(page.EN), heading(page.KO))
}
