// Package book is the workbook on the disk: its root, its labs with their
// tasks and hints, the overlays that put references in the place of starters,
// and what the tool keeps in .lab/. It runs nothing.
package book

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"gmplab/internal/lang"
)

// Book is a checkout of the workbook.
type Book struct {
	Root string // the directory of go.mod
}

// Find returns the workbook that start, a directory, lies in.
func Find(start string) (Book, error) {
	for dir := start; ; {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil {
			for line := range strings.Lines(string(text)) {
				if f := strings.Fields(line); len(f) == 2 && f[0] == "module" && f[1] == "gmplab" {
					return Book{dir}, nil
				}
			}
		}
		up := filepath.Dir(dir)
		if up == dir {
			return Book{}, lang.Errorf(
				"%s is not in the workbook, want a directory under the one whose go.mod says module gmplab, for example: cd gmplab && go tool lab",
				"%s 디렉터리는 실습서 안이 아닙니다. go.mod에 module gmplab이 있는 디렉터리나 그 아래에서 실행합니다. 예: cd gmplab && go tool lab", start)
		}
		dir = up
	}
}

// Has reports whether there is a file or directory of this name, which is
// relative to the root and has slashes.
func (b Book) Has(name string) bool {
	_, err := os.Stat(b.path(name))
	return err == nil
}

// glob returns the names in dir that match a pattern, in their order. The path
// of dir is no pattern: it may hold brackets.
func glob(dir, pattern string) []string {
	names, _ := fs.Glob(os.DirFS(dir), pattern) // no pattern here is wrong
	return names
}

func (b Book) path(name string) string { return filepath.Join(b.Root, filepath.FromSlash(name)) }

// Labs returns the labs in their order.
func (b Book) Labs() ([]Lab, error) {
	var labs []Lab
	for _, name := range glob(b.path("labs"), "[0-9][0-9]-*") {
		dir := b.path("labs/" + name)
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			labs = append(labs, Lab{name[:2], name, dir})
		}
	}
	if len(labs) == 0 {
		return nil, lang.Errorf("no labs here, want directories labs/01-... in %s", "실습이 없습니다. %s 아래에 labs/01-... 디렉터리가 있어야 합니다", b.Root)
	}
	return labs, nil
}

// Lab finds a lab by "3", "03", its name or its path. The error gives an
// example for the tool's command of this name.
func (b Book) Lab(arg, command string) (Lab, error) {
	labs, err := b.Labs()
	if err != nil {
		return Lab{}, err
	}
	want := filepath.Base(filepath.FromSlash(arg))
	if n, err := strconv.Atoi(want); err == nil {
		want = fmt.Sprintf("%02d", n)
	}
	for _, l := range labs {
		if l.NN == want || l.Name == want {
			return l, nil
		}
	}
	return Lab{}, lang.Usagef("no lab %q, there is %s, for example: go tool lab %s %s", "%q라는 실습은 없습니다. 있는 것: %s. 예: go tool lab %s %s",
		arg, Numbers(labs), command, labs[0].NN)
}

// Numbers lists labs by their numbers: "03, 04".
func Numbers(labs []Lab) string {
	var nn []string
	for _, l := range labs {
		nn = append(nn, l.NN)
	}
	return strings.Join(nn, ", ")
}
