package web

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/catalog"
)

// relationGroup is the relations of one kind and direction.
type relationGroup struct {
	Heading string
	Anchor  string
	Others  []catalog.Relation
	More    int // beyond those shown
}

const (
	maxShown    = 60  // relations of a group that a page lists
	maxShownAll = 400 // and of all groups together
	longList    = 24  // from here on a list is folded
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

// headings say a relationship from the object's side: texts for outgoing and incoming
// ones.
var headings = map[string][2]string{
	"uses":            {"knowledge.uses", "knowledge.used-by"},
	"attributed-to":   {"knowledge.attributed", "knowledge.attributed-of"},
	"mitigates":       {"knowledge.mitigates", "knowledge.mitigated"},
	"targets":         {"knowledge.targets", "knowledge.targeted"},
	"exploits":        {"knowledge.exploits", "knowledge.exploited"},
	"indicates":       {"knowledge.indicates", "knowledge.indicated"},
	"detects":         {"knowledge.detects", "knowledge.detected"},
	"subtechnique-of": {"knowledge.above", "knowledge.below"},
	"revoked-by":      {"knowledge.replaced", "knowledge.replaces"},
}

// heading says a relation from the object's side.
func heading(r catalog.Relation) string {
	keys, known := headings[r.Type]
	switch {
	case known && r.Outgoing:
		return english.say(keys[0], nil)
	case known:
		return english.say(keys[1], nil)
	case r.Outgoing:
		return shorten(r.Type, maxWord)
	}
	return english.say("knowledge.from", shorten(r.Type, maxWord))
}

const maxWord = 40 // of a relation of somebody's own

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
var order = []catalog.Relation{
	{Type: "attributed-to", Outgoing: true}, {Type: "uses"}, {Type: "uses", Outgoing: true}, {Type: "exploits", Outgoing: true}, {Type: "targets", Outgoing: true},
	{Type: "indicates"}, {Type: "detects"}, {Type: "mitigates"},
}

// place is that of a relation's group among the others.
func place(r catalog.Relation) int {
	i := slices.IndexFunc(order, func(o catalog.Relation) bool { return o.Type == r.Type && o.Outgoing == r.Outgoing })
	if i < 0 {
		return len(order)
	}
	return i
}

// firstFirst sorts relations: who is behind it before what it does, and that before
// the long lists.
func firstFirst(related []catalog.Relation) []catalog.Relation {
	related = slices.Clone(related)
	first := func(r catalog.Relation) int {
		if behind(r) {
			return -1
		}
		return place(r)
	}
	slices.SortStableFunc(related, func(a, b catalog.Relation) int {
		return cmp.Or(cmp.Compare(first(a), first(b)), cmp.Compare(a.Type, b.Type), cmp.Compare(telling(a.Other), telling(b.Other)))
	})
	return related
}

// group sorts relations into who is behind the object, and the rest by kind
// and direction.
func group(related []catalog.Relation) (who, rest []relationGroup) {
	all := 0
	for _, r := range firstFirst(related) {
		groups := &rest
		if behind(r) {
			groups = &who
		}
		title := heading(r)
		i := slices.IndexFunc(*groups, func(g relationGroup) bool { return g.Heading == title })
		if i < 0 {
			*groups = append(*groups, relationGroup{Heading: title, Anchor: anchor(r.Type, r.Outgoing)})
			i = len(*groups) - 1
		}
		if g := &(*groups)[i]; len(g.Others) < maxShown && all < maxShownAll {
			g.Others = append(g.Others, r)
			all++
		} else {
			g.More++
		}
	}
	return who, rest
}

// anchor names a group's section, for links within the page.
func anchor(relation string, outgoing bool) string {
	direction := "from"
	if outgoing {
		direction = "to"
	}
	return "rel-" + direction + "-" + class(relation)
}

// class makes a name of the field safe as a class.
func class(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r == '-' {
			return r
		}
		return -1
	}, name)
}
