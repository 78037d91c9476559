package web

import (
	"cmp"
	"html/template"
	"slices"

	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/stix"
)

// objectView is one object and what it is related to.
type objectView struct {
	catalog.Object
	Description string
	Aliases     []string
	ExternalIDs []string
	Contributor string
	Who         []relationGroup // who is behind it or uses it: what is asked first
	Groups      []relationGroup // the rest
	Newest      bool            // there are more relations: these are those added last
	Picture     template.HTML
}

// relationGroup is the relations of one kind and direction.
type relationGroup struct {
	Heading string
	Anchor  string
	Others  []catalog.Relation
	More    int // beyond those shown
}

const (
	maxShown = 200 // relations of a group that a page lists
	longList = 24  // from here on a list is folded
)

// Long says whether the list is better folded away until it is asked for.
func (g relationGroup) Long() bool { return len(g.Others) > longList }

// Kind is the type of all others, in words; "" where they differ.
func (g relationGroup) Kind() string {
	kind := ""
	for i, r := range g.Others {
		if i > 0 && r.Other.Type != kind {
			return ""
		}
		kind = r.Other.Type
	}
	return kind
}

// Count is all relations of the group.
func (g relationGroup) Count() int { return len(g.Others) + g.More }

func (p *pages) object(r reading) (content, error) {
	o, err := p.Views.Catalog.Object(r.Context(), r.who, r.PathValue("id"))
	if err != nil {
		return content{}, err
	}
	related, more, err := p.Views.Catalog.Relations(r.Context(), r.who, o.ID)
	if err != nil {
		return content{}, err
	}
	head, err := stix.ParseHeader(o.Raw)
	if err != nil {
		return content{}, err
	}
	v := objectView{Object: o, Description: readable(head.Description), Aliases: head.Aliases, ExternalIDs: head.ExternalIDs}
	v.Aliases = slices.DeleteFunc(slices.Clone(v.Aliases), func(alias string) bool { return alias == o.Name })
	v.Who, v.Groups = group(related)
	v.Newest = more
	v.Picture = relationPicture(o, related)
	if owner, _ := p.Views.Access.Partner(o.Owner); owner.Name != "" {
		v.Contributor = owner.Name
	}
	return content{"object", cmp.Or(o.Name, o.ID), "/search", v}, nil
}

// headings say a relationship from the object's side.
var headings = map[string][2]string{ // outgoing, incoming
	"uses":            {"Uses", "Used by"},
	"attributed-to":   {"Attributed to", "Attributed to it"},
	"mitigates":       {"Mitigates", "Mitigated by"},
	"targets":         {"Targets", "Targeted by"},
	"exploits":        {"Exploits", "Exploited by"},
	"indicates":       {"Indicates", "Indicated by"},
	"detects":         {"Detects", "Detected by"},
	"subtechnique-of": {"Technique above", "Techniques below"},
	"revoked-by":      {"Replaced by", "Replaces"},
}

// heading says a relation from the object's side.
func heading(r catalog.Relation) string {
	names, known := headings[r.Type]
	switch {
	case known && r.Outgoing:
		return names[0]
	case known:
		return names[1]
	case r.Outgoing:
		return r.Type
	}
	return r.Type + " (from)"
}

// behind says whether the relation tells who is behind the object.
func behind(r catalog.Relation) bool {
	switch r.Other.Type {
	case "intrusion-set", "threat-actor", "campaign":
		return r.Type == "attributed-to" && r.Outgoing || r.Type == "uses" && !r.Outgoing
	}
	return r.Type == "attributed-to" && r.Outgoing
}

// telling puts what can be found on a host before how it works.
func telling(o catalog.Object) int {
	if o.Type == "malware" || o.Type == "tool" {
		return 0
	}
	return 1
}

// order is of the groups: what somebody does next depends on the first ones.
var order = []string{"Attributed to", "Used by", "Uses", "Exploits", "Targets", "Indicated by", "Detected by", "Mitigated by"}

// group sorts relations into who is behind the object, and the rest by kind
// and direction.
func group(related []catalog.Relation) (who, rest []relationGroup) {
	related = slices.Clone(related)
	slices.SortStableFunc(related, func(a, b catalog.Relation) int { return cmp.Compare(telling(a.Other), telling(b.Other)) })
	for _, r := range related {
		groups := &rest
		if behind(r) {
			groups = &who
		}
		title := heading(r)
		i := slices.IndexFunc(*groups, func(g relationGroup) bool { return g.Heading == title })
		if i < 0 {
			*groups = append(*groups, relationGroup{Heading: title, Anchor: anchor(r)})
			i = len(*groups) - 1
		}
		if g := &(*groups)[i]; len(g.Others) < maxShown {
			g.Others = append(g.Others, r)
		} else {
			g.More++
		}
	}
	for _, groups := range [][]relationGroup{who, rest} {
		slices.SortStableFunc(groups, func(a, b relationGroup) int { return cmp.Compare(place(a.Heading), place(b.Heading)) })
	}
	return who, rest
}

func place(title string) int {
	if i := slices.Index(order, title); i >= 0 {
		return i
	}
	return len(order)
}

// anchor names a group's section, for links within the page.
func anchor(r catalog.Relation) string {
	direction := "from"
	if r.Outgoing {
		direction = "to"
	}
	return "rel-" + direction + "-" + class(r.Type)
}
