package solutions_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A mutant is the reference with one small mechanical change. One that
// survives its lab's tests is a rule that nobody checks, or a change that
// changes nothing.

// equivalent names the mutants that may survive, and says why: the lab, the
// line as it is and as the mutant has it.
var equivalent = []struct{ lab, line, mutant, why string }{
	{"04-gmp", "before := q.ring[(q.head+n/2-1-i)&(n-1)]", "before := q.ring[(q.head - n/2-1-i)&(n-1)]",
		"modulo n, half a turn forward is half a turn back"},
	{"05-syscall-handoff", "inCall  = 2", "inCall  = 3", "any other value of the two bits will do"},
}

// mutant is a source with one change.
type mutant struct {
	line   int
	before string // the line as it was
	after  string // what stands in its place
	source []byte
}

// mutate returns every mutant of a source: each condition negated, each
// comparison and sum turned round, each statement deleted, each constant
// shifted.
func mutate(t *testing.T, name string, source []byte) []mutant {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, source, 0)
	require.NoError(t, err)
	at := func(p token.Pos) int { return fset.Position(p).Offset }
	lines := strings.Split(string(source), "\n")
	var all []mutant
	add := func(n ast.Node, replacement string) {
		from, to := at(n.Pos()), at(n.End())
		text := string(source[:from]) + replacement + string(source[to:])
		line := fset.Position(n.Pos()).Line
		after := strings.TrimSpace(strings.Split(text, "\n")[line-1])
		all = append(all, mutant{line, strings.TrimSpace(lines[line-1]), after, []byte(text)})
	}
	text := func(n ast.Node) string { return string(source[at(n.Pos()):at(n.End())]) }
	negate := func(cond ast.Expr) {
		if cond != nil {
			add(cond, "!("+text(cond)+")")
		}
	}
	deleteAll := func(list []ast.Stmt) {
		for _, s := range list {
			switch s := s.(type) {
			case *ast.DeclStmt:
			case *ast.AssignStmt:
				if s.Tok != token.DEFINE { // without it nothing compiles
					add(s, ";")
				}
			default:
				add(s, ";")
			}
		}
	}
	other := map[token.Token]string{
		token.LSS: "<=", token.LEQ: "<", token.GTR: ">=", token.GEQ: ">", token.EQL: "!=", token.NEQ: "==",
		token.ADD: "-", token.SUB: "+", token.MUL: "+", token.QUO: "*", token.LAND: "||", token.LOR: "&&",
		token.AND: "|", token.OR: "&", token.SHL: ">>", token.SHR: "<<",
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GenDecl:
			return n.Tok != token.IMPORT
		case *ast.IfStmt:
			negate(n.Cond)
		case *ast.ForStmt:
			negate(n.Cond)
		case *ast.BlockStmt:
			deleteAll(n.List)
		case *ast.CaseClause:
			deleteAll(n.Body)
		case *ast.BinaryExpr:
			if o, ok := other[n.Op]; ok {
				add(n, text(n.X)+" "+o+" "+text(n.Y))
			}
		case *ast.IncDecStmt:
			if n.Tok == token.INC {
				add(n, text(n.X)+"--")
			} else {
				add(n, text(n.X)+"++")
			}
		case *ast.AssignStmt:
			if n.Tok == token.ADD_ASSIGN {
				add(n, text(n.Lhs[0])+" -= "+text(n.Rhs[0]))
			} else if n.Tok == token.SUB_ASSIGN {
				add(n, text(n.Lhs[0])+" += "+text(n.Rhs[0]))
			}
		case *ast.BasicLit:
			if n.Kind == token.INT {
				v, err := strconv.ParseInt(n.Value, 0, 64)
				require.NoError(t, err)
				add(n, fmt.Sprint(v+1))
			}
		case *ast.SelectorExpr:
			if x := text(n); x == "machine.Word" || x == "machine.SP" || x == "machine.BP" {
				add(n, "("+x+" - 1)")
			}
		case *ast.Ident:
			if n.Name == "true" {
				add(n, "false")
			} else if n.Name == "false" {
				add(n, "true")
			}
		}
		return true
	})
	return all
}

func TestMutantsAreKilled(t *testing.T) {
	if !*mutants {
		t.Skip("only with -mutants: it takes minutes")
	}
	for _, l := range labs(t) {
		source, err := os.ReadFile(filepath.Join(root, l.reference()))
		require.NoError(t, err)
		all := mutate(t, l.file, source)
		results := make([]string, len(all))
		t.Run(l.name, func(t *testing.T) {
			for i, m := range all {
				t.Run(fmt.Sprintf("line_%d_%d", m.line, i), func(t *testing.T) {
					t.Parallel()
					results[i] = try(t, l, m)
				})
			}
		})
		if slices.Contains(results, "") {
			continue // -run asked for another lab
		}
		count := map[string]int{}
		excused := make([]bool, len(equivalent))
		for i, m := range all {
			if results[i] == "survives" {
				k := slices.IndexFunc(equivalent, func(e struct{ lab, line, mutant, why string }) bool {
					return e.lab == l.name && e.line == m.before && e.mutant == m.after
				})
				if k < 0 {
					t.Errorf("%s:%d: a mutant survives:\n\t%s\n\t%s", l.reference(), m.line, m.before, m.after)
				} else {
					results[i] = "equivalent"
					excused[k] = true
				}
			}
			count[results[i]]++
		}
		for k, e := range equivalent {
			if e.lab == l.name && !excused[k] {
				t.Errorf("%s: no such mutant survives any more: %s", l.name, e.line)
			}
		}
		t.Logf("%s: %d mutants: %v", l.name, len(all), count)
	}
}

// try says what becomes of a mutant: killed, killed by a time-out, survives,
// or does not compile.
func try(t *testing.T, l lab, m mutant) string {
	binary := filepath.Join(t.TempDir(), "lab.test")
	if _, err := goCommand(nil, "test", "-overlay", overlayOf(t, l, m.source), "-ldflags=-s -w", "-vet=off", "-c", "-o", binary, "./labs/"+l.name); err != nil {
		return "does not compile"
	}
	out, err := testBinary(binary, filepath.Join(root, "labs", l.name))
	switch {
	case err == nil:
		return "survives"
	case strings.Contains(out, "panic: test timed out"):
		return "killed by a time-out"
	default:
		return "killed"
	}
}
