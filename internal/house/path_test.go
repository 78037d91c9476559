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

// docs/path-of-a-sighting.md names files, each followed by functions of that
// file's package. A name that is no longer there misleads its reader.
func TestThePathOfASightingExists(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs", "path-of-a-sighting.md"))
	if err != nil {
		t.Fatal(err)
	}
	dir, named := "", 0
	for _, quoted := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(string(text), -1) {
		name := quoted[1]
		switch {
		case strings.HasSuffix(name, ".go"):
			if _, err := os.Stat(filepath.Join(root, name)); err != nil {
				t.Errorf("there is no file %s", name)
			}
			dir = filepath.Dir(name)
		case strings.ContainsAny(name, "/_"):
		default:
			named++
			if !declared(t, dir, name) {
				t.Errorf("%s has no function %s", dir, name)
			}
		}
	}
	if named < 20 {
		t.Errorf("only %d functions are named: is the document read rightly?", named)
	}
}

// declared says whether a package has the function "Name" or the method
// "Type.Name".
func declared(t *testing.T, dir, name string) bool {
	t.Helper()
	receiver, method, isMethod := strings.Cut(name, ".")
	files, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
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
