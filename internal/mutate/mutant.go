package mutate

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
)

// Mutant is a file with one small mechanical change. One that survives its
// tests is a rule that nobody checks, or a change that changes nothing.
type Mutant struct {
	Line   int
	Before string // the line as it was
	After  string // what stands in its place
	Source []byte
}

// Mutants returns every mutant of a file: each condition negated, each
// comparison and sum turned round, each statement deleted, each constant
// shifted.
func Mutants(source []byte) ([]Mutant, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	m := &mutator{source: source, at: func(p token.Pos) int { return fset.Position(p).Offset }}
	ast.Inspect(file, m.visit)
	return m.all, m.err
}

type mutator struct {
	source []byte
	at     func(token.Pos) int
	all    []Mutant
	err    error
}

// turned is what stands for an operator in a mutant.
var turned = map[token.Token]string{
	token.LSS: "<=", token.LEQ: "<", token.GTR: ">=", token.GEQ: ">", token.EQL: "!=", token.NEQ: "==",
	token.ADD: "-", token.SUB: "+", token.MUL: "+", token.QUO: "*", token.LAND: "||", token.LOR: "&&",
	token.AND: "|", token.OR: "&", token.SHL: ">>", token.SHR: "<<",
}

func (m *mutator) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.GenDecl:
		return n.Tok != token.IMPORT
	case *ast.IfStmt:
		m.negate(n.Cond)
	case *ast.ForStmt:
		m.negate(n.Cond)
	case *ast.BlockStmt:
		m.deleteEach(n.List)
	case *ast.CaseClause:
		m.deleteEach(n.Body)
	case *ast.BinaryExpr:
		if o, ok := turned[n.Op]; ok {
			m.add(n, m.text(n.X)+" "+o+" "+m.text(n.Y))
		}
	case *ast.IncDecStmt:
		if n.Tok == token.INC {
			m.add(n, m.text(n.X)+"--")
		} else {
			m.add(n, m.text(n.X)+"++")
		}
	case *ast.AssignStmt:
		if n.Tok == token.ADD_ASSIGN {
			m.add(n, m.text(n.Lhs[0])+" -= "+m.text(n.Rhs[0]))
		} else if n.Tok == token.SUB_ASSIGN {
			m.add(n, m.text(n.Lhs[0])+" += "+m.text(n.Rhs[0]))
		}
	case *ast.BasicLit:
		if n.Kind == token.INT {
			v, err := strconv.ParseInt(n.Value, 0, 64)
			if err != nil {
				m.err = err
				return false
			}
			m.add(n, fmt.Sprint(v+1))
		}
	case *ast.SelectorExpr:
		// Constants of the machine: its word, its registers.
		if x := m.text(n); x == "machine.Word" || x == "machine.SP" || x == "machine.BP" {
			m.add(n, "("+x+" - 1)")
		}
	case *ast.Ident:
		if n.Name == "true" {
			m.add(n, "false")
		} else if n.Name == "false" {
			m.add(n, "true")
		}
	}
	return true
}

func (m *mutator) text(n ast.Node) string { return string(m.source[m.at(n.Pos()):m.at(n.End())]) }

func (m *mutator) add(n ast.Node, replacement string) {
	from, to := m.at(n.Pos()), m.at(n.End())
	text := string(m.source[:from]) + replacement + string(m.source[to:])
	line := lineOf(m.source, from)
	m.all = append(m.all, Mutant{line, lineAt(string(m.source), line), lineAt(text, line), []byte(text)})
}

func lineAt(text string, n int) string { return strings.TrimSpace(strings.Split(text, "\n")[n-1]) }

func (m *mutator) negate(cond ast.Expr) {
	if cond != nil {
		m.add(cond, "!("+m.text(cond)+")")
	}
}

func (m *mutator) deleteEach(list []ast.Stmt) {
	for _, s := range list {
		switch s := s.(type) {
		case *ast.DeclStmt:
		case *ast.AssignStmt:
			if s.Tok != token.DEFINE { // without it nothing compiles
				m.add(s, ";")
			}
		default:
			m.add(s, ";")
		}
	}
}
