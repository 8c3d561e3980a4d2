package interleave

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"gmplab/internal/lang"
)

// Fields reports the fields of the struct type of v, or of what v points to,
// that an exploration does not see: those that are of no type of
// interleave/atomic, no Mutex and no Note, nor structs, arrays or slices of
// such. (The header of a slice is taken for constant.) allowed names the fields
// that never change after the value is made: "ring", "inner.limit".
func Fields(v any, allowed ...string) error {
	t := reflect.TypeOf(v)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return fmt.Errorf("interleave: Fields of %v, want a struct", t)
	}
	var bad []string
	var walk func(name string, t reflect.Type)
	walk = func(name string, t reflect.Type) {
		switch {
		case understood(t) || slices.Contains(allowed, name) || strings.HasSuffix("."+name, "._"):
		case t.Kind() == reflect.Struct && !strings.HasPrefix(t.PkgPath(), "sync"):
			for i := range t.NumField() {
				walk(strings.TrimPrefix(name+"."+t.Field(i).Name, "."), t.Field(i).Type)
			}
		case (t.Kind() == reflect.Array || t.Kind() == reflect.Slice) && seen(t.Elem()):
			walk(name+"[]", t.Elem())
		default:
			bad = append(bad, name+" "+t.String())
		}
	}
	walk("", t)
	if bad == nil {
		return nil
	}
	return fmt.Errorf(lang.Say("%v: the explorer does not see what happens in %s: every field that changes must be of a type of interleave/atomic",
		"%v: 탐색기는 다음 필드의 변화를 볼 수 없습니다: %s. 바뀌는 필드는 모두 interleave/atomic의 타입이어야 합니다"), t, strings.Join(bad, ", "))
}

// seen reports whether t holds something that the explorer sees.
func seen(t reflect.Type) bool {
	switch {
	case understood(t):
		return true
	case t.Kind() == reflect.Struct:
		for i := range t.NumField() {
			if seen(t.Field(i).Type) {
				return true
			}
		}
	case t.Kind() == reflect.Array || t.Kind() == reflect.Slice:
		return seen(t.Elem())
	}
	return false
}

// Imports reports what in a Go file an exploration does not see: imports of
// sync, sync/atomic and unsafe; channels, select and go statements; and calls
// of runtime.LockOSThread and Goexit. src is the file's text, as for
// go/parser.ParseFile; nil: the file is read. A test had
// better embed the text (go:embed): that is the file which was built, even
// where -overlay replaces it.
func Imports(name string, src any) error {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, src, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	var bad []error
	refuse := func(n ast.Node, what string) {
		at := files.Position(n.Pos())
		bad = append(bad, fmt.Errorf(lang.Say("%s:%d: %s: the explorer does not see it", "%s:%d: %s: 탐색기가 볼 수 없습니다"),
			filepath.Base(at.Filename), at.Line, what))
	}
	for _, spec := range file.Imports {
		switch p, _ := strconv.Unquote(spec.Path.Value); p {
		case "sync", "sync/atomic", "unsafe":
			refuse(spec, "import "+spec.Path.Value)
		}
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
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && x.Name == "runtime" && (n.Sel.Name == "LockOSThread" || n.Sel.Name == "Goexit") {
				refuse(n, "runtime."+n.Sel.Name)
			}
		}
		return true
	})
	return errors.Join(bad...)
}
