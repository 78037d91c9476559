package mispfeed

import (
	"cmp"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/stix"
)

// distributions are what the levels say in MISP; the others are 0, the
// follower's own organisation only.
var distributions = map[access.TLP]string{access.Clear: "3", access.Green: "1"}

// markedAs is the narrowest level that an object's markings name.
func markedAs(refs []string) (level access.TLP) {
	for _, ref := range refs {
		if name, ok := stix.TLPOf(ref); ok {
			if level == "" {
				level = access.TLP(name)
			}
			level = access.Narrower(level, access.TLP(name))
		}
	}
	return level
}

// tightened is the level of an object that came from MISP, if that is narrower
// than what it says of itself; without a word, it says GREEN.
func tightened(o *catalog.Object) (access.TLP, bool) {
	said := access.Green
	if h, err := stix.ParseHeader(o.Raw); err == nil {
		if marked := markedAs(h.MarkingRefs); marked != "" {
			said = marked
		}
	}
	return o.Audience.TLP, said != o.Audience.TLP && access.Narrower(said, o.Audience.TLP) == o.Audience.TLP
}

// marked is an object with the marking of its level, where that is not the
// event's: its attribute's tags follow from it.
func (g *gathering) marked(o *catalog.Object) jsontext.Value {
	h, err := stix.ParseHeader(o.Raw)
	if err != nil || markedAs(h.MarkingRefs) == o.Audience.TLP {
		return o.Raw
	}
	refs := slices.DeleteFunc(h.MarkingRefs, func(ref string) bool {
		_, ok := stix.TLPOf(ref)
		return ok
	})
	if o.Audience.TLP != g.event.level {
		refs = append(refs, stix.TLPMarking(string(o.Audience.TLP)))
	}
	m := parse(o.Raw)
	if m["object_marking_refs"], err = json.Marshal(refs); err != nil {
		return o.Raw
	}
	return m.object()
}

// say writes on an event what its audience is.
func (g *gathering) say(m members) {
	e := g.event
	if !e.foreign {
		if len(g.tight) > 0 {
			g.tighten(m)
		}
		return
	}
	distribution := distributions[e.level]
	if distribution == "" {
		distribution = "0"
	}
	m.set("distribution", distribution)
	m.tag("tlp:" + string(e.level))
	m["published"] = jsontext.Value("true")
	m.set("date", cmp.Or(e.day, e.modified.Format(time.DateOnly)))
}

// tighten tags what is for fewer than it says. Elements that say nothing follow
// their event.
func (g *gathering) tighten(m members) {
	whole, narrower := g.tight[g.event.uuid]
	if narrower {
		m.tag("tlp:" + string(whole))
	}
	g.tightenAll(m, whole, "Attribute", "Object")
}

func (g *gathering) tightenAll(m members, whole access.TLP, lists ...string) {
	for _, list := range lists {
		elements := m.list(list)
		for i, raw := range elements {
			one := parse(raw)
			level, ok := g.tight[one.text("uuid")]
			if list == "Object" {
				g.tightenAll(one, whole, "Attribute")
			}
			if ok && level != whole && list == "Attribute" {
				one.tag("tlp:" + string(level))
			}
			elements[i] = one.object()
		}
		if len(elements) > 0 {
			m.setList(list, elements)
		}
	}
}
