package check

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gmplab/internal/lang"
)

// What a learner's file may import, by lab: "common" and what is here. What is
// in no list may well be harmless; but a list of what does harm is never whole.
var (
	common = "gmplab/internal/machine cmp container/list errors fmt iter maps math math/bits slices sort strconv strings"
	also   = map[string]string{
		"02-spawn-cost":      "runtime sync sync/atomic time",
		"04-gmp":             "sync sync/atomic",
		"05-syscall-handoff": "gmplab/internal/interleave gmplab/internal/interleave/atomic time",
		"06-work-stealing":   "gmplab/internal/interleave gmplab/internal/interleave/atomic",
	}
)

// counter is the type of a variable that a lab may have: lab 02 numbers all
// goroutines of the process, as the runtime does by sched.goidgen.
var counter = map[string]string{"02-spawn-cost": "Uint64"}

const explorer = "gmplab/internal/interleave/atomic"

// Refusal is something that a learner's file must not hold.
type Refusal struct {
	Line            int
	Got, Want, Rule lang.Text
}

// Source reports what the text of a learner's file holds that it must not, in
// the order of its lines: other imports than the lab's, variables of the package
// that can change; and in a lab whose code is explored what an exploration does
// not see. An error: it is no Go.
func Source(lab, text string) ([]Refusal, error) {
	s := &source{files: token.NewFileSet(), lab: lab, allowed: strings.Fields(also[lab] + " " + common)}
	s.explored = slices.Contains(s.allowed, explorer)
	file, err := parser.ParseFile(s.files, "", text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	s.imports(file)
	s.variables(file)
	if s.explored {
		s.unseen(file)
		s.pointers(file)
	}
	slices.SortStableFunc(s.refused, func(a, b Refusal) int { return a.Line - b.Line })
	return s.refused, nil
}

type source struct {
	files    *token.FileSet
	lab      string
	allowed  []string // imports
	explored bool     // the lab's code is
	refused  []Refusal
}

func (s *source) refuse(n ast.Node, got, want, rule lang.Text) {
	s.refused = append(s.refused, Refusal{s.files.Position(n.Pos()).Line, got, want, rule})
}

// code is what a learner has written, in either language.
func code(text string) lang.Text { return lang.Pair(text, text) }

func (s *source) imports(file *ast.File) {
	all := strings.Join(s.allowed, ", ")
	rule := lang.Pair("a lab is built from what its page names, not from what does the work already", "실습은 페이지에 나온 것으로 만듭니다. 그 일을 이미 해 주는 것은 쓰지 않습니다")
	if s.explored {
		rule = lang.Pair("what is locked or kept in another package the explorer does not see, and what it does not see it can't try in every order: keep state in types of interleave/atomic, and wait by interleave.Pause",
			"다른 패키지의 락이나 상태는 탐색기가 볼 수 없고, 볼 수 없는 것은 모든 순서로 시험할 수 없습니다. 상태는 interleave/atomic의 타입에 두고, 기다릴 때는 interleave.Pause를 부릅니다")
	}
	for _, spec := range file.Imports {
		p, _ := strconv.Unquote(spec.Path.Value)
		if spec.Name != nil && spec.Name.Name == "." {
			s.refuse(spec, code("import . "+spec.Path.Value), lang.Pair("an import with its name", "이름이 있는 import"),
				lang.Pair("a reader sees by its name where a thing comes from, and so does this check", "이름이 있어야 어디에서 온 것인지 읽는 사람도, 이 검사도 압니다"))
		}
		if slices.Contains(s.allowed, p) {
			continue
		}
		s.refuse(spec, code("import "+spec.Path.Value), lang.Pair("imports of this lab: "+all, "이 실습에서 쓸 수 있는 import: "+all), rule)
	}
}

// variables refuses variables of the package, but for errors, for _ and for
// tables that nobody changes.
func (s *source) variables(file *ast.File) {
	for _, d := range file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.VAR {
			continue
		}
		for _, spec := range g.Specs {
			v := spec.(*ast.ValueSpec)
			for i, name := range v.Names {
				var value ast.Expr
				if i < len(v.Values) {
					value = v.Values[i]
				}
				if name.Name == "_" || constant(v.Type, value) && !changed(file, name.Name) {
					continue
				}
				if typ, ok := v.Type.(*ast.SelectorExpr); ok && isName(typ, "atomic", counter[s.lab]) {
					continue
				}
				s.refuse(name, lang.Pair("var "+name.Name+", a variable of the package", "패키지 변수 var "+name.Name),
					lang.Pair("a field, a local variable or a constant; an error (errors.New) or an array that nobody changes may stay", "필드나 지역 변수나 상수. 오류(errors.New)와 아무도 바꾸지 않는 배열은 패키지 변수로 두어도 됨"),
					lang.Pair("all values and all threads share a variable of the package: two queues, two pools, two tests get into each other's way, and nothing says who comes first",
						"패키지 변수는 모든 값과 모든 스레드가 함께 씁니다. 큐 둘, 풀 둘, 테스트 둘이 서로를 건드리고, 누가 먼저인지 아무것도 정하지 않습니다"))
			}
		}
	}
}

// constant reports whether a variable of this type or with this value is an
// error, an array or a plain value.
func constant(typ, value ast.Expr) bool {
	if call, ok := value.(*ast.CallExpr); ok {
		f, ok := call.Fun.(*ast.SelectorExpr)
		return ok && (isName(f, "errors", "New") || isName(f, "fmt", "Errorf"))
	}
	if lit, ok := value.(*ast.CompositeLit); ok && typ == nil {
		typ = lit.Type
	}
	switch typ := typ.(type) {
	case nil:
		_, ok := value.(*ast.BasicLit)
		return ok
	case *ast.ArrayType:
		return typ.Len != nil && constant(typ.Elt, nil)
	case *ast.Ident:
		return slices.Contains(strings.Fields("bool string int int8 int16 int32 int64 uint uint8 uint16 uint32 uint64 uintptr byte rune float32 float64"), typ.Name)
	}
	return false
}

func isName(f *ast.SelectorExpr, pkg, name string) bool {
	x, ok := f.X.(*ast.Ident)
	return ok && x.Name == pkg && f.Sel.Name == name
}

// changed reports whether the file assigns to name, or to a part of it, or lets
// others do so by a pointer or a slice.
func changed(file *ast.File, name string) (yes bool) {
	is := func(e ast.Expr) bool {
		id, ok := base(e).(*ast.Ident)
		return ok && id.Name == name
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			yes = yes || n.Tok != token.DEFINE && slices.ContainsFunc(n.Lhs, is)
		case *ast.IncDecStmt:
			yes = yes || is(n.X)
		case *ast.UnaryExpr:
			yes = yes || n.Op == token.AND && is(n.X)
		case *ast.SliceExpr:
			yes = yes || is(n.X)
		case *ast.RangeStmt:
			yes = yes || n.Tok == token.ASSIGN && (n.Key != nil && is(n.Key) || n.Value != nil && is(n.Value))
		}
		return true
	})
	return yes
}

// base is x of x.f, x[i], *x and (x).
func base(e ast.Expr) ast.Expr {
	for {
		switch x := e.(type) {
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return e
		}
	}
}

// unseen refuses channels, go statements and what ties a thread.
func (s *source) unseen(file *ast.File) {
	refuse := func(n ast.Node, what string) {
		s.refuse(n, code(what), lang.Pair("the threads of the model alone, and state in types of interleave/atomic", "모델의 스레드만 쓰고, 상태는 interleave/atomic의 타입에 둠"),
			lang.Pair("the explorer does not see it, and what it does not see it can't try in every order", "탐색기가 볼 수 없고, 볼 수 없는 것은 모든 순서로 시험할 수 없습니다"))
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ChanType:
			refuse(n, "chan")
		case *ast.SendStmt:
			refuse(n, "<-")
		case *ast.UnaryExpr:
			if n.Op == token.ARROW {
				refuse(n, "<-")
			}
		case *ast.SelectStmt:
			refuse(n, "select")
		case *ast.GoStmt:
			refuse(n, "go")
		}
		return true
	})
}

// pointers refuses an atomic.Pointer to a type of the file whose plain fields
// are written when others can have it already.
func (s *source) pointers(file *ast.File) {
	atomics := "atomic"
	for _, spec := range file.Imports {
		if p, _ := strconv.Unquote(spec.Path.Value); path.Base(p) == "atomic" && spec.Name != nil {
			atomics = spec.Name.Name
		}
	}
	fields := map[string][]string{} // plain ones, by type
	for _, d := range file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range g.Specs {
			t, ok := spec.(*ast.TypeSpec)
			if !ok {
				continue
			}
			if st, ok := t.Type.(*ast.StructType); ok {
				for _, f := range st.Fields.List {
					if x, ok := base(f.Type).(*ast.Ident); ok && x.Name == atomics {
						continue
					}
					for _, name := range f.Names {
						fields[t.Name.Name] = append(fields[t.Name.Name], name.Name)
					}
				}
			}
		}
	}
	published := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if x, ok := n.(*ast.IndexExpr); ok {
			if f, ok := x.X.(*ast.SelectorExpr); ok && isName(f, atomics, "Pointer") {
				if t, ok := x.Index.(*ast.Ident); ok && fields[t.Name] != nil {
					published[t.Name] = true
				}
			}
		}
		return true
	})
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
			for t := range published {
				s.written(f, t, fields[t])
			}
		}
	}
}

// written refuses in f assignments to fields of a t, unless it is f's own still:
// made there, and not handed on before.
func (s *source) written(f *ast.FuncDecl, t string, fields []string) {
	types := map[string]string{} // of the parameters
	lists := []*ast.FieldList{f.Type.Params}
	if f.Recv != nil {
		lists = append(lists, f.Recv)
	}
	for _, list := range lists {
		for _, p := range list.List {
			for _, name := range p.Names {
				if id, ok := base(p.Type).(*ast.Ident); ok {
					types[name.Name] = id.Name
				}
			}
		}
	}
	made := map[string]bool{} // by f; and nobody else has it so far
	value := map[string]bool{}
	var visit func(n ast.Node) bool
	target := func(e ast.Expr) {
		for {
			if x, ok := e.(*ast.IndexExpr); ok {
				e = x.X
			} else if x, ok := e.(*ast.ParenExpr); ok {
				e = x.X
			} else {
				break
			}
		}
		sel, ok := e.(*ast.SelectorExpr)
		if !ok || !slices.Contains(fields, sel.Sel.Name) {
			return
		}
		x, ok := base(sel.X).(*ast.Ident)
		if ok && (made[x.Name] || types[x.Name] != "" && types[x.Name] != t) {
			return
		}
		s.refuse(e, lang.Pairf("a write to %s of a %s, which others may have by an atomic.Pointer[%s]", "atomic.Pointer[%[3]s]로 남도 가질 수 있는 %[2]s의 %[1]s에 씀", sel.Sel.Name, t, t),
			lang.Pair("a new value for each change, filled before it is published; or fields of types of interleave/atomic", "바꿀 때마다 새 값을 만들어, 다 채운 다음 내놓음. 아니면 필드를 interleave/atomic의 타입으로 둠"),
			lang.Pair("only the pointer is atomic, not what it points to: to look at a plain field and then to write it are two steps that nobody sees",
				"원자적인 것은 포인터뿐이고 가리키는 값은 아닙니다. 일반 필드를 확인하고 나서 쓰면 두 걸음이고, 그 사이는 아무도 볼 수 없습니다"))
	}
	visit = func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, e := range n.Rhs {
				ast.Inspect(e, visit)
			}
			for i, e := range n.Lhs {
				target(e)
				if id, ok := e.(*ast.Ident); ok && len(n.Lhs) == len(n.Rhs) {
					made[id.Name], value[id.Name] = fresh(n.Rhs[i])
				} else {
					ast.Inspect(e, visit)
				}
			}
			return false
		case *ast.ValueSpec:
			if id, ok := n.Type.(*ast.Ident); ok && id.Name == t {
				for _, name := range n.Names {
					made[name.Name], value[name.Name] = true, true
				}
				return false
			}
		case *ast.IncDecStmt:
			target(n.X)
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				target(n.X)
				if id, ok := n.X.(*ast.Ident); ok {
					made[id.Name] = false
				}
			}
		case *ast.SelectorExpr:
			if _, ok := n.X.(*ast.Ident); ok {
				return false // a look at a field hands nothing on
			}
		case *ast.Ident:
			if !value[n.Name] {
				made[n.Name] = false
			}
		}
		return true
	}
	ast.Inspect(f.Body, visit)
}

// fresh reports whether e makes a value that nobody else has, and whether it is
// the value, not a pointer to it.
func fresh(e ast.Expr) (made, value bool) {
	switch e := e.(type) {
	case *ast.CompositeLit, *ast.StarExpr:
		return true, true
	case *ast.UnaryExpr:
		_, ok := e.X.(*ast.CompositeLit)
		return ok && e.Op == token.AND, false
	case *ast.CallExpr:
		id, ok := e.Fun.(*ast.Ident)
		return ok && id.Name == "new", false
	}
	return false, false
}

// learner is the file whose tests run.
var learner struct {
	name    string
	refused []Refusal
	told    bool
}

// refuseFile fails the test if the learner's file holds what it must not.
func refuseFile(t testing.TB) {
	t.Helper()
	if len(learner.refused) == 0 {
		return
	}
	r := learner.refused[0]
	place := fmt.Sprintf("%s:%d", learner.name, r.Line)
	if learner.told {
		t.Fatalf(Say("not run: %s first", "%s을(를) 먼저 고쳐야 실행합니다"), place)
	}
	learner.told = true
	Fail(t, place, r.Got.String(), r.Want.String(), r.Rule.String())
}
