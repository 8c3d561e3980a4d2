package claims

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"gmplab/internal/lang"
)

// Source is a place in Go's runtime that settles a row by reading.
type Source struct {
	File    string // in $GOROOT/src/runtime
	Pattern string // a regular expression for the line
	Name    string // the identifier, as the page shows it
}

// Found is where a Source is in the reader's own Go.
type Found struct {
	Source
	File  string // "" if the identifier is nowhere
	Line  int
	Text  string // the line itself, without an opening brace at its end
	Moved bool   // it is in another file than the ledger says
}

// Find looks a source up in a $GOROOT/src/runtime: in its file, else in the
// directory's other Go and assembly files.
func (s Source) Find(runtime fs.FS) (Found, error) {
	re, err := regexp.Compile(s.Pattern)
	if err != nil {
		return Found{Source: s}, fmt.Errorf("claims: pattern of %s: %w", s.Name, err)
	}
	entries, err := fs.ReadDir(runtime, ".")
	if err != nil {
		return Found{Source: s}, fmt.Errorf("claims: read the runtime's source: %w", err)
	}
	files := []string{s.File}
	for _, e := range entries {
		if name := e.Name(); name != s.File && !strings.HasSuffix(name, "_test.go") &&
			(strings.HasSuffix(name, ".go") || strings.HasSuffix(name, ".s")) {
			files = append(files, name)
		}
	}
	for _, file := range files {
		text, err := fs.ReadFile(runtime, file)
		if err != nil {
			continue // the ledger's file is gone in this Go
		}
		n := 0
		for line := range strings.Lines(string(text)) {
			n++
			if line = strings.TrimSpace(line); re.MatchString(line) {
				return Found{s, file, n, strings.TrimSuffix(line, " {"), file != s.File}, nil
			}
		}
	}
	return Found{Source: s}, nil
}

// quote shows the sources as file, line and the line itself.
func quote(runtime fs.FS, sources []Source) []Note {
	missing := []Note{{NoteNoSource, lang.Pair("$GOROOT/src/runtime is not there to be read", "$GOROOT/src/runtime을 읽을 수 없습니다")}}
	if runtime == nil {
		return missing
	}
	var out []Note
	for _, s := range sources {
		f, err := s.Find(runtime)
		switch {
		case err != nil:
			return missing
		case f.File == "":
			out = append(out, Note{NoteNoSource, lang.Pairf(
				"%s is no longer in your Go's runtime (it was in %s in Go 1.26)",
				"%s: 이 Go의 런타임에는 없습니다(Go 1.26에서는 %s)", s.Name, s.File)})
		case f.Moved:
			out = append(out, Note{NoteSource, lang.Pairf(
				"%s:%d: %s (in %s in Go 1.26)",
				"%s:%d: %s (Go 1.26에서는 %s)", f.File, f.Line, f.Text, s.File)})
		default:
			out = append(out, Note{NoteSource, lang.Pairf("%s:%d: %s", "%s:%d: %s", f.File, f.Line, f.Text)})
		}
	}
	return out
}
