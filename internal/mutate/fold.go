package mutate

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
)

// Env names the environment variable that chooses which variant of a folded
// build runs: its number. Without it, or with 0, the reference runs.
const Env = "LAB_FOLDED"

// Fold makes one source of a reference and of its variants, which are numbered
// from 1. Each function that a variant changes begins with a switch, which leads
// to the variant's version of it; the lines of the reference keep their numbers.
// Beside the folded file Choice must stand in the package.
//
// alone are the variants that are not in it and want a build of their own: they
// differ in more than the bodies of functions (a constant, a type, an import, a
// function more), or in one that can't be called by what its parameters are
// named, or they are no Go at all.
func Fold(reference []byte, variants [][]byte) (folded []byte, alone map[int]bool, err error) {
	ref, err := split(reference)
	if err != nil {
		return nil, nil, err
	}
	alone = map[int]bool{}
	cases := map[string]*strings.Builder{}
	var copies strings.Builder
	for i, source := range variants {
		n := i + 1
		changed, ok := ref.changed(source)
		if !ok {
			alone[n] = true
			continue
		}
		for _, key := range ref.order {
			body, ok := changed[key]
			if !ok {
				continue
			}
			f := ref.funcs[key]
			if cases[key] == nil {
				cases[key] = &strings.Builder{}
			}
			call := f.call(n)
			if f.results {
				fmt.Fprintf(cases[key], "case %d: return %s; ", n, call)
			} else {
				fmt.Fprintf(cases[key], "case %d: %s; return; ", n, call)
			}
			fmt.Fprintf(&copies, "\n%s%s%s%s\n", f.before, f.version(n), f.after, body)
		}
	}
	out := bytes.Clone(reference)
	for i := len(ref.order) - 1; i >= 0; i-- { // from the end: offsets stay
		f := ref.funcs[ref.order[i]]
		if c := cases[ref.order[i]]; c != nil {
			out = append(out[:f.open:f.open], append([]byte(" switch labFolded { "+c.String()+"}; "), out[f.open:]...)...)
		}
	}
	return append(out, copies.String()...), alone, nil
}

// Choice is a file for the package of a folded one. It reads Env.
func Choice(pkg string) []byte {
	return fmt.Appendf(nil, `package %s

import (
	"os"
	"strconv"
)

// labFolded is which variant runs; 0: the reference.
var labFolded, _ = strconv.Atoi(os.Getenv(%q))
`, pkg, Env)
}

// parts is a source by its declarations.
type parts struct {
	rest  string // all that is no function
	funcs map[string]function
	order []string
}

type function struct {
	name          string
	before, after string // what stands before and after the name, up to the body
	body          string
	receiver      string // "t.", "" for a function
	types, args   string // as a call writes them
	results       bool
	callable      bool
	open          int // offset after the body's brace
}

func (f function) version(n int) string { return fmt.Sprintf("%s__%d", f.name, n) }

func (f function) call(n int) string {
	return f.receiver + f.version(n) + f.types + "(" + f.args + ")"
}

// changed returns the bodies of the functions that a variant changes, and
// whether it changes nothing else.
func (p parts) changed(variant []byte) (bodies map[string]string, ok bool) {
	v, err := split(variant)
	if err != nil || v.rest != p.rest || len(v.funcs) != len(p.funcs) {
		return nil, false
	}
	bodies = map[string]string{}
	for key, f := range v.funcs {
		was, ok := p.funcs[key]
		if !ok || was.before+was.name+was.after != f.before+f.name+f.after {
			return nil, false
		}
		if was.body != f.body {
			if !was.callable {
				return nil, false
			}
			bodies[key] = f.body
		}
	}
	return bodies, true
}

func split(source []byte) (parts, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", source, parser.SkipObjectResolution|parser.ParseComments)
	if err != nil {
		return parts{}, err
	}
	text := func(from, to token.Pos) string {
		return string(source[fset.Position(from).Offset:fset.Position(to).Offset])
	}
	p := parts{funcs: map[string]function{}}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Body == nil {
			p.rest += text(d.Pos(), d.End()) + "\n"
			continue
		}
		g := function{
			name: f.Name.Name, before: text(f.Pos(), f.Name.Pos()), after: text(f.Name.End(), f.Body.Pos()),
			body: text(f.Body.Pos(), f.Body.End()), results: f.Type.Results != nil,
			callable: f.Name.Name != "init" && f.Name.Name != "_" && !directed(f.Doc),
			open:     fset.Position(f.Body.Lbrace).Offset + 1,
		}
		key := g.name
		if f.Recv != nil {
			r := f.Recv.List[0]
			key = text(r.Type.Pos(), r.Type.End()) + "." + key
			g.receiver = names(r)[0] + "."
		}
		var types, args []string
		if f.Type.TypeParams != nil {
			for _, field := range f.Type.TypeParams.List {
				types = append(types, names(field)...)
			}
			g.types = "[" + strings.Join(types, ", ") + "]"
		}
		for _, field := range f.Type.Params.List {
			for _, name := range names(field) {
				if _, ok := field.Type.(*ast.Ellipsis); ok {
					name += "..."
				}
				args = append(args, name)
			}
		}
		g.args = strings.Join(args, ", ")
		if blank(args) || blank(types) || g.receiver == "_." {
			g.callable = false
		}
		p.funcs[key] = g
		p.order = append(p.order, key)
	}
	return p, nil
}

// names returns the names of a field, "_" for one without.
func names(f *ast.Field) []string {
	if len(f.Names) == 0 {
		return []string{"_"}
	}
	var out []string
	for _, n := range f.Names {
		out = append(out, n.Name)
	}
	return out
}

func blank(names []string) bool {
	for _, n := range names {
		if strings.TrimSuffix(n, "...") == "_" {
			return true
		}
	}
	return false
}

// directed reports whether a comment holds a directive to the compiler, which
// a copy would not have.
func directed(doc *ast.CommentGroup) bool {
	if doc == nil {
		return false
	}
	for _, c := range doc.List {
		if strings.HasPrefix(c.Text, "//go:") {
			return true
		}
	}
	return false
}
