package web

import (
	"cmp"
	"html/template"
	"net/url"
	"strings"

	"github.com/tocsin-project/tocsin/internal/catalog"
	casepage "github.com/tocsin-project/tocsin/internal/dossier/page"
	"github.com/tocsin-project/tocsin/internal/picture/relations"
)

// neighbours is an object's small picture: what is beside it.
func neighbours(o catalog.Object, related []catalog.Relation, more bool) template.HTML {
	if len(related) == 0 {
		return ""
	}
	g := graphOf(o, related, nil, nil, map[string]bool{o.ID: more}, func(id string) string { return "/objects/" + url.PathEscape(id) })
	return drawn(g, relations.Options{Most: maxPicture, More: restOf(func(_ relations.Node, anchor string) string { return "#" + anchor })})
}

// graphOf is what is related to an object, and to some of its neighbours, as a graph;
// wide are those that have more relations than are given.
func graphOf(o catalog.Object, related []catalog.Relation, via []catalog.Object, steps map[string][]catalog.Relation, wide map[string]bool, href func(id string) string) relations.Graph {
	node := func(o catalog.Object) relations.Node {
		return relations.Node{ID: o.ID, Name: cmp.Or(o.Name, o.ID), Kind: o.Type, Href: href(o.ID), More: wide[o.ID]}
	}
	g := relations.Graph{Focus: node(o)}
	g.Focus.Href = ""
	add := func(of catalog.Object, all []catalog.Relation) {
		for _, r := range firstFirst(all) {
			e := relations.Edge{From: of.ID, To: r.Other.ID, Label: plainly(r.Type)}
			if !r.Outgoing {
				e.From, e.To = e.To, e.From
			}
			g.Nodes, g.Edges = append(g.Nodes, node(r.Other)), append(g.Edges, e)
		}
	}
	add(o, related)
	for _, one := range via {
		add(one, steps[one.ID])
	}
	return g
}

// drawn is the picture with the words of the catalogue.
func drawn(g relations.Graph, options relations.Options) template.HTML {
	options.Caption = func(drawn, of int) string {
		return english.say("knowledge.picture", struct {
			Name      string
			Drawn, Of int
		}{brief(g.Focus.Name), drawn, of})
	}
	options.Kind = plainly
	options.Says = func(from, label, to string) string { return from + " " + label + " " + to }
	return template.HTML(relations.Lay(g, options).SVG()) //nolint:gosec // every text in it is escaped
}

// restOf says what is not drawn, and leads to where it is listed.
func restOf(href func(near relations.Node, anchor string) string) func(relations.Rest) (string, string) {
	return func(rest relations.Rest) (string, string) {
		rest.Kind = plainly(rest.Kind)
		return english.say("knowledge.rest", rest), href(rest.Near, anchor(strings.ReplaceAll(rest.Label, " ", "-"), rest.Outgoing))
	}
}

// plainly is a word of STIX as people write it, and nothing in it that cannot be seen.
func plainly(word string) string {
	return strings.ReplaceAll(casepage.Visible(shorten(word, maxWord)), "-", " ")
}
