package house_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// docs/path-of-a-sighting.md names files, each followed by functions in it. A
// name that is no longer there misleads its reader.
func TestThePathOfASightingExists(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs", "path-of-a-sighting.md"))
	if err != nil {
		t.Fatal(err)
	}
	path, named := "", 0
	for _, quoted := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(string(text), -1) {
		name := quoted[1]
		switch {
		case strings.HasSuffix(name, ".go"):
			if _, err := os.Stat(filepath.Join(root, name)); err != nil {
				t.Errorf("there is no file %s", name)
			}
			path = name
		case strings.ContainsAny(name, "/_"):
		default:
			named++
			if !declared(t, path, name) {
				t.Errorf("%s has no function %s", path, name)
			}
		}
	}
	if named < 20 {
		t.Errorf("only %d functions are named: is the document read rightly?", named)
	}
}

// declared says whether a file has the function "Name" or the method
// "Type.Name".
func declared(t *testing.T, path, name string) bool {
	t.Helper()
	receiver, method, isMethod := strings.Cut(name, ".")
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, path), nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		switch {
		case !ok:
		case !isMethod && f.Recv == nil && f.Name.Name == name:
			return true
		case isMethod && f.Recv != nil && f.Name.Name == method && receiverOf(f) == receiver:
			return true
		}
	}
	return false
}

func receiverOf(f *ast.FuncDecl) string {
	of := f.Recv.List[0].Type
	if pointer, ok := of.(*ast.StarExpr); ok {
		of = pointer.X
	}
	if named, ok := of.(*ast.Ident); ok {
		return named.Name
	}
	return ""
}
