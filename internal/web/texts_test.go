package web

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"
	syntax "text/template/parse"

	"golang.org/x/net/html"
)

// Words stand in the catalogue, not in templates, so that another language needs
// no other templates.
func TestTemplatesHaveNoWords(t *testing.T) {
	files, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := path.Base(file)
		text, err := templateFiles.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range wordsOf(t, string(text)) {
			t.Errorf("%s: %q belongs into texts/en", name, one)
		}
	}
}

// Go code says what people read by its key. Errors are of whoever finds them.
func TestGoCodeHasNoWords(t *testing.T) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name := f.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		for _, one := range sentencesOf(t, name) {
			t.Errorf("%s: %q belongs into texts/en", name, one)
		}
	}
}

// Each text is used, and each that is used exists.
func TestTheCatalogueIsWhatIsUsed(t *testing.T) {
	var all strings.Builder
	for _, pattern := range []string{"templates/*.html", "texts/en/*.toml", "*.go"} {
		files, err := fs.Glob(os.DirFS("."), pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(text)
		}
	}
	used := map[string]bool{}
	for _, m := range regexp.MustCompile(`\\?"([a-z][a-z0-9-]*\.[a-z0-9][a-z0-9.-]*)\\?"`).FindAllStringSubmatch(all.String(), -1) {
		used[m[1]] = true
	}
	for key := range english {
		if !used[key] {
			t.Errorf("nothing says %s", key)
		}
	}
	for _, m := range regexp.MustCompile(`(?:say\(|template )\\?"([a-z][a-z0-9-]*\.[a-z0-9][a-z0-9.-]*)\\?"`).FindAllStringSubmatch(all.String(), -1) {
		if _, known := english[m[1]]; !known {
			t.Errorf("there is no text %s", m[1])
		}
	}
}

// wordsOf is the words of a template that a person reads or hears: its text, and
// the attributes that browsers show. What stands in <code> is for machines.
func wordsOf(t *testing.T, text string) (found []string) {
	t.Helper()
	trees := map[string]*syntax.Tree{}
	tree := syntax.New("page")
	tree.Mode = syntax.SkipFuncCheck
	if _, err := tree.Parse(text, "", "", trees); err != nil {
		t.Fatal(err)
	}
	for _, tree := range trees {
		var b strings.Builder
		flatten(&b, tree.Root)
		tokens := html.NewTokenizer(strings.NewReader(b.String()))
		code := false
		for kind := tokens.Next(); kind != html.ErrorToken; kind = tokens.Next() {
			token := tokens.Token()
			if token.Data == "code" || token.Data == "script" {
				code = kind == html.StartTagToken
			}
			if kind == html.TextToken && !code && hasWord(token.Data) {
				found = append(found, strings.TrimSpace(token.Data))
			}
			for _, a := range token.Attr {
				if heard[a.Key] && hasWord(a.Val) {
					found = append(found, a.Key+"="+a.Val)
				}
			}
		}
	}
	return found
}

// heard are the attributes that a person reads or hears.
var heard = map[string]bool{"alt": true, "title": true, "placeholder": true, "aria-label": true, "aria-description": true, "label": true, "data-label": true}

var word = regexp.MustCompile(`\pL{2,}`)

// names stay as they are in every language.
var properNames = strings.NewReplacer("Tocsin", "", "TLP:", "", "PAP:", "", "UTC", "", "WannaCry", "", "Lazarus Group", "", "Lazarus", "")

func hasWord(text string) bool { return word.MatchString(properNames.Replace(text)) }

// flatten writes the text of a template; what is put in at run time is a dot.
func flatten(b *strings.Builder, n syntax.Node) {
	switch n := n.(type) {
	case *syntax.ListNode:
		if n == nil {
			return
		}
		for _, one := range n.Nodes {
			flatten(b, one)
		}
	case *syntax.TextNode:
		b.Write(n.Text)
	case *syntax.IfNode:
		flatten(b, n.List)
		flatten(b, n.ElseList)
	case *syntax.RangeNode:
		flatten(b, n.List)
		flatten(b, n.ElseList)
	case *syntax.WithNode:
		flatten(b, n.List)
		flatten(b, n.ElseList)
	case *syntax.ActionNode, *syntax.TemplateNode:
		b.WriteByte('.')
	}
}

// sentencesOf is the texts of a Go file that are three words and more and are
// neither an error's, a log's, a pattern's nor a piece of a picture.
func sentencesOf(t *testing.T, file string) (found []string) {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.CallExpr:
			switch called := fmt.Sprint(exprName(n.Fun)); {
			case called == "fmt.Errorf", called == "errors.New", called == "panic", strings.HasSuffix(called, "Logger.Error"), strings.HasSuffix(called, "Logger.Warn"), called == "regexp.MustCompile":
				return false
			}
		case *ast.BasicLit:
			if text, err := strconv.Unquote(n.Value); n.Kind == token.STRING && err == nil && threeWords.MatchString(text) && !strings.ContainsAny(text, "<>=;{") {
				found = append(found, text)
			}
		}
		return true
	})
	return found
}

var threeWords = regexp.MustCompile(`\pL+[,:]? \pL+[,:]? \pL+`)

func exprName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.SelectorExpr:
		return exprName(e.X) + "." + e.Sel.Name
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// Where a command is named that does what a page does, the page is named as well: by a
// link, or because the text stands on it.
func TestACommandIsNamedBesideItsPage(t *testing.T) {
	pages := map[string]string{
		"outbreak ring": "/outbreaks", "action open": "/actions/new", "case open": "/cases/new", "alert issue": "/alerts/new", "token issue": "/tokens",
		"partner add": "/partners/new", "protection add": "/protections/new", "duty open": "/duties", "impact report": "/impact/", "channel add": "/channels",
	}
	for key, text := range english {
		for _, m := range regexp.MustCompile(`tocsin ([a-z]+ [a-z]+)`).FindAllStringSubmatch(text, -1) {
			page, there := pages[m[1]]
			if there && !strings.Contains(text, `href="`+page) && !regexp.MustCompile(`\b([Hh]ere|[Bb]elow|above|sign in)\b`).MatchString(text) {
				t.Errorf("%s names tocsin %s, and not the page %s: %s", key, m[1], page, text)
			}
		}
	}
}
