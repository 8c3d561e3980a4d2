package mutate

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
)

// Checker says whether a file compiles, in a millisecond, by its types alone.
type Checker struct {
	fset *token.FileSet
	imp  types.Importer
}

// NewChecker returns a checker of files whose imports have their export data
// where export finds it, by path (go list -export).
func NewChecker(export func(path string) (io.ReadCloser, error)) *Checker {
	fset := token.NewFileSet()
	return &Checker{fset, importer.ForCompiler(fset, "gc", export)}
}

// Check returns the first error of a package of this one file.
func (c *Checker) Check(source []byte) error {
	file, err := parser.ParseFile(c.fset, "", source, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	_, err = (&types.Config{Importer: c.imp}).Check(file.Name.Name, c.fset, []*ast.File{file}, nil)
	return err
}
