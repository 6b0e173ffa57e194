package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// messagePackages hold what machines say to each other.
var messagePackages = []string{"run/protocol", "run/reach", "run/transfer", "allreduce"}

// sent is a struct's tag that has a field travel.
var sent = regexp.MustCompile("json:\"")

// Clocks of machines may be minutes apart: no field that travels is a moment, since nobody could
// compare it with a clock of its own. Spans of a trace are the exception: a person looks at them.
func TestNoMessageHoldsAMoment(t *testing.T) {
	fields := 0
	for _, dir := range messagePackages {
		err := filepath.WalkDir(filepath.Join("..", dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.Field:
					if n.Tag == nil || !sent.MatchString(n.Tag.Value) {
						return true
					}
					fields++
					if of, ok := n.Type.(*ast.SelectorExpr); ok && of.Sel.Name == "Time" {
						t.Errorf("%s: field %s travels and is a moment", path, n.Names[0])
					}
				case *ast.CallExpr:
					// time.Now().Unix(), UnixMilli() and the like, which take nothing.
					if of, ok := n.Fun.(*ast.SelectorExpr); ok && len(n.Args) == 0 && strings.HasPrefix(of.Sel.Name, "Unix") {
						t.Errorf("%s calls %s: a moment that is sent must not be compared elsewhere", path, of.Sel.Name)
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if fields < 100 {
		t.Errorf("only %d fields that travel were found", fields)
	}
}
