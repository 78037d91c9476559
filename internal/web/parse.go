package web

import (
	"fmt"
	"html/template"
	"strings"
	"sync"
	"text/template/parse"
)

// common is what pages share, with the catalogue of texts: read once, and never
// executed. Each page has copies of what it needs of it: executing escapes a template
// for its page, and of all of it for every page there would be 170 MB.
var common = sync.OnceValues(func() (map[string]*parse.Tree, error) {
	t, err := template.New(layout).Funcs(functions).ParseFS(templateFiles, "templates/layout.html", "templates/*parts.html")
	if err == nil {
		err = english.define(t)
	}
	return trees(t), err
})

const layout = "layout.html" // what a page is executed by

func trees(t *template.Template) map[string]*parse.Tree {
	all := map[string]*parse.Tree{}
	if t == nil {
		return all
	}
	for _, one := range t.Templates() {
		if one.Tree != nil {
			all[one.Name()] = one.Tree
		}
	}
	return all
}

// mentions is whatever may name a template in a tree's text: in {{template "x"}}, as an
// argument, or, which does no harm, between two of those.
func mentions(tree *parse.Tree) []string {
	return strings.FieldsFunc(tree.Root.String(), func(r rune) bool { return r == '"' || r == '`' })
}

// readPage makes the template of a page: its own file, and of the common ones those that
// anything in it names.
func readPage(name string) (page *template.Template, err error) {
	shared, err := common()
	if err != nil {
		return nil, fmt.Errorf("page %s: %w", name, err)
	}
	its := template.FuncMap{"kept": func(part string, view any) (template.HTML, error) { return kept.of(page, part, view) }}
	file, err := template.New(name).Funcs(functions).Funcs(its).ParseFS(templateFiles, "templates/"+name+".html")
	if err != nil {
		return nil, fmt.Errorf("page %s: %w", name, err)
	}
	own := trees(file)
	page = template.New(name).Funcs(functions).Funcs(its)
	for waiting, seen := []string{layout}, map[string]bool{}; len(waiting) > 0; waiting = waiting[1:] {
		tree := own[waiting[0]]
		if tree == nil {
			tree = shared[waiting[0]]
		}
		if tree == nil || seen[waiting[0]] {
			continue
		}
		seen[waiting[0]] = true
		if page, err = page.AddParseTree(waiting[0], tree.Copy()); err != nil {
			return nil, fmt.Errorf("page %s: %w", name, err)
		}
		waiting = append(waiting, mentions(tree)...)
	}
	return page.Lookup(layout), nil
}
