package web

import (
	"cmp"
	"html/template"
	"net/url"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/picture/relations"
)

// graphView is an object and what is one and two steps from it.
type graphView struct {
	catalog.Object
	Far        bool // two steps
	Kind       string
	Filters    []filterLink
	Closer     string // leads to the picture of one step
	Wider      string // and of two
	Everything string // leads to all types
	Picture    template.HTML
	Near       []relationGroup
	Beyond     []beyond
	More       bool
}

// beyond is what is related to a neighbour.
type beyond struct {
	Of     catalog.Object
	Groups []relationGroup
}

// filterLink is a choice, and how much fits it.
type filterLink struct {
	Name string
	N    int
	Here bool
	Href string
}

const (
	maxSteps    = 6   // neighbours whose own relations are drawn
	maxStepWide = 100 // relations of each
)

// graphPath is the address of the graph's page with a choice changed.
func graphPath(id, hops, kind string) string {
	q := url.Values{}
	if hops == "1" {
		q.Set("hops", hops)
	}
	if kind != "" {
		q.Set("type", kind)
	}
	path := "/objects/" + url.PathEscape(id) + "/graph"
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	return path
}

func (p *pages) graph(r reading) (content, error) {
	o, err := p.Views.Catalog.Object(r.Context(), r.who, r.PathValue("id"))
	if err != nil {
		return content{}, err
	}
	query := r.URL.Query()
	hops, kind := "2", shorten(query.Get("type"), maxWord)
	if query.Get("hops") == "1" {
		hops = "1"
	}
	v := graphView{Object: o, Far: hops == "2", Kind: kind, Closer: graphPath(o.ID, "1", kind), Wider: graphPath(o.ID, "2", kind), Everything: graphPath(o.ID, hops, "")}
	related, more, err := p.Views.Catalog.Relations(r.Context(), r.who, o.ID)
	if err != nil {
		return content{}, err
	}
	v.More = more
	steps := map[string][]catalog.Relation{}
	wide := map[string]bool{o.ID: more}
	var via []catalog.Object
	if v.Far {
		via = worthAStep(related, query.Get("expand"))
		for _, one := range via {
			if steps[one.ID], wide[one.ID], err = p.Views.Catalog.SomeRelations(r.Context(), r.who, one.ID, maxStepWide); err != nil {
				return content{}, err
			}
		}
	}
	counts := typesOf(o.ID, related, steps)
	for _, k := range counts {
		v.Filters = append(v.Filters, filterLink{k.Name, k.N, k.Name == kind, graphPath(o.ID, hops, k.Name)})
	}
	if kind != "" {
		related, steps = only(kind, related, steps)
	}
	g := graphOf(o, related, via, steps, wide, func(id string) string { return graphPath(id, hops, "") })
	v.Picture = drawn(g, relations.Options{Most: 60, More: restOf(func(near relations.Node, _ string) string { return "/objects/" + url.PathEscape(near.ID) })})
	who, rest := group(related)
	v.Near = append(who, rest...)
	for _, one := range via {
		who, rest := group(slices.DeleteFunc(slices.Clone(steps[one.ID]), func(r catalog.Relation) bool { return r.Other.ID == o.ID }))
		if list := short(append(who, rest...)); len(list) > 0 {
			v.Beyond = append(v.Beyond, beyond{one, list})
		}
	}
	return content{"graph", shorten(cmp.Or(o.Name, o.ID), maxTitle), "/search", v}, nil
}

// worthAStep is the neighbours whose own relations tell most: the one that was asked
// for, then those who act, then what they use.
func worthAStep(related []catalog.Relation, asked string) (list []catalog.Object) {
	rank := func(o catalog.Object) int {
		switch {
		case o.ID == asked:
			return 0
		case o.Type == "intrusion-set", o.Type == "threat-actor", o.Type == "campaign":
			return 1
		case o.Type == "malware", o.Type == "tool":
			return 2
		case o.Type == "attack-pattern", o.Type == "course-of-action", o.Type == "identity":
			return 4
		}
		return 3
	}
	for _, r := range firstFirst(related) {
		if !slices.ContainsFunc(list, func(o catalog.Object) bool { return o.ID == r.Other.ID }) {
			list = append(list, r.Other)
		}
	}
	slices.SortStableFunc(list, func(a, b catalog.Object) int { return cmp.Compare(rank(a), rank(b)) })
	return list[:min(len(list), maxSteps)]
}

// typesOf is the types of what is related, the most frequent first.
func typesOf(focus string, related []catalog.Relation, steps map[string][]catalog.Relation) (list []filterLink) {
	seen := map[string]bool{focus: true}
	count := func(all []catalog.Relation) {
		for _, r := range all {
			if seen[r.Other.ID] {
				continue
			}
			seen[r.Other.ID] = true
			i := slices.IndexFunc(list, func(k filterLink) bool { return k.Name == r.Other.Type })
			if i < 0 {
				i, list = len(list), append(list, filterLink{Name: r.Other.Type})
			}
			list[i].N++
		}
	}
	count(related)
	for _, all := range steps {
		count(all)
	}
	slices.SortFunc(list, func(a, b filterLink) int { return cmp.Or(cmp.Compare(b.N, a.N), strings.Compare(a.Name, b.Name)) })
	return list[:min(len(list), maxFilters)]
}

const maxFilters = 12

// only leaves objects of a type, and the neighbours that lead to them.
func only(kind string, related []catalog.Relation, steps map[string][]catalog.Relation) ([]catalog.Relation, map[string][]catalog.Relation) {
	other := func(r catalog.Relation) bool { return r.Other.Type != kind }
	left := map[string][]catalog.Relation{}
	for id, all := range steps {
		left[id] = slices.DeleteFunc(slices.Clone(all), other)
	}
	return slices.DeleteFunc(slices.Clone(related), func(r catalog.Relation) bool { return other(r) && len(left[r.Other.ID]) == 0 }), left
}

// short is groups of which each shows a few.
func short(groups []relationGroup) []relationGroup {
	const most = 6
	for i := range groups {
		if g := &groups[i]; len(g.Others) > most {
			g.More += len(g.Others) - most
			g.Others = g.Others[:most]
		}
	}
	return groups[:min(len(groups), most)]
}
