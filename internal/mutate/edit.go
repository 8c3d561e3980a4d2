// Package mutate makes wrong programs of one Go file: edits that somebody has
// written down, mutants that are made mechanically, and many such variants
// folded into one build.
package mutate

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Edit replaces lines of a file.
type Edit struct {
	Old, New string // whole lines; Old occurs once
}

// Apply applies edits. Each means the file as it is without the others, so no
// two may touch the same lines.
func Apply(source []byte, edits []Edit) ([]byte, error) {
	text := string(source)
	edits = slices.Clone(edits)
	for _, e := range edits {
		if n := occurrences(text, e.Old); n != 1 {
			return nil, fmt.Errorf("these lines occur %d times, want once:\n%s", n, e.Old)
		}
	}
	slices.SortFunc(edits, func(a, b Edit) int { return index(text, a.Old) - index(text, b.Old) })
	out, done := "", 0
	for _, e := range edits {
		at := index(text, e.Old)
		if at < done {
			return nil, fmt.Errorf("another edit touches these lines:\n%s", e.Old)
		}
		out += text[done:at] + e.New
		done = at + len(e.Old)
	}
	return []byte(out + text[done:]), nil
}

// index is where lines begin in text, -1 if nowhere.
func index(text, lines string) int {
	if strings.HasPrefix(text, lines) {
		return 0
	}
	if i := strings.Index(text, "\n"+lines); i >= 0 {
		return i + 1
	}
	return -1
}

func occurrences(text, lines string) int {
	n := strings.Count(text, "\n"+lines)
	if strings.HasPrefix(text, lines) {
		n++
	}
	return n
}

// Kind is what a variant of a reference is.
type Kind string

// The kinds.
const (
	Mistake    Kind = "mistake"    // what people really write; a test must catch it
	Race       Kind = "race"       // one that only -race may see: a test must catch it then
	Right      Kind = "right"      // another solution; no test may refuse it
	Equivalent Kind = "equivalent" // a mutant that may survive
)

// Variant is a variant of a reference as somebody has written it down.
type Variant struct {
	Kind   Kind
	Test   string // the test that catches a Mistake or a Race
	EN, KO string // what is misunderstood, or why it is right
	Edits  []Edit
	Line   int // of its beginning in the file that was read
}

// Read reads variants. A variant is a paragraph; its edits are lines as in a
// diff, and @@ stands between two of them:
//
//	mistake: TestSaveKeepsThreeWords
//	en: Full is set once and for all
//	ko: Full은 한 번 정해지면 그대로다
//	-	g.Full = false
//
// A line that begins with # between two variants is a comment.
func Read(r io.Reader) ([]Variant, error) {
	var all []Variant
	var v *Variant
	var e *Edit
	scanner := bufio.NewScanner(r)
	for n := 1; scanner.Scan(); n++ {
		line := scanner.Text()
		key, value, isKey := strings.Cut(line, ": ")
		switch {
		case line == "":
			v, e = nil, nil
		case line[0] == '#' && v == nil:
		case v == nil && isKey && known(Kind(key)):
			all = append(all, Variant{Kind: Kind(key), Line: n})
			v = &all[len(all)-1]
			if v.Kind == Mistake || v.Kind == Race {
				v.Test = value
			} else {
				v.EN = value
			}
		case v == nil:
			return nil, fmt.Errorf("line %d: %q, want a variant to begin with %s, %s, %s or %s and a colon, for example: mistake: TestReadyIsFirstInFirstOut", n, line, Mistake, Race, Right, Equivalent)
		case line == "@@":
			e = nil
		case strings.ContainsRune("-+ ", rune(line[0])):
			if e == nil {
				v.Edits = append(v.Edits, Edit{})
				e = &v.Edits[len(v.Edits)-1]
			}
			if line[0] != '+' {
				e.Old += line[1:] + "\n"
			}
			if line[0] != '-' {
				e.New += line[1:] + "\n"
			}
		case key == "en" && isKey:
			v.EN = value
		case key == "ko" && isKey:
			v.KO = value
		default:
			return nil, fmt.Errorf("line %d: %q, want en:, ko:, @@, or a line that begins with -, + or a space", n, line)
		}
	}
	if err := scanner.Err(); err != nil {
		return nil, err
	}
	for _, v := range all {
		if v.EN == "" || v.KO == "" || len(v.Edits) == 0 || (v.Kind == Mistake || v.Kind == Race) && v.Test == "" {
			return nil, fmt.Errorf("line %d: this variant lacks its en:, its ko:, its test or its edit", v.Line)
		}
	}
	return all, nil
}

func known(k Kind) bool { return k == Mistake || k == Race || k == Right || k == Equivalent }

// lineOf is the number of the line at an offset.
func lineOf(source []byte, offset int) int { return 1 + bytes.Count(source[:offset], []byte("\n")) }
