package misp

import (
	"cmp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Skipped is an object that no event has a place for.
type Skipped struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

// Report is what became of the objects of an export.
type Report struct {
	Events     int       `json:"events"`
	Attributes int       `json:"attributes"`
	Skipped    []Skipped `json:"skipped,omitempty"`
}

// Origin says who makes the event of the objects that belong to none.
type Origin struct {
	UUID    string // of that event; made of the objects' ids if it is empty
	Info    string // its title
	OrgName string
	OrgUUID string
}

// Export writes STIX objects as events, each the JSON of what stands under
// "Event". What came from MISP comes back as it was. Of anything else, a report
// or grouping becomes an event, an indicator attributes with to_ids, an
// observable one without, a note an event report, a sighting one of its
// indicator's attribute, and a label a tag; domain objects become tags of
// galaxies. What belongs to no report stands in one event of the origin's.
// Every object that has no place in it is in the report.
//
// Of several versions of an object the latest counts. Export changes nothing
// that it is given.
func Export(objects []jsontext.Value, from Origin) ([]jsontext.Value, Report) {
	x := newExporter(objects, from)
	var events []jsontext.Value
	for _, o := range x.order {
		if o.ext != nil && o.ext.Kind == kindEvent {
			events = append(events, x.event(o).object())
		}
	}
	for _, o := range x.order {
		if o.ext == nil && !o.used && (o.stixType == "report" || o.stixType == "grouping") {
			events = append(events, x.foreign(o))
		}
	}
	if loose := x.loose(); loose != nil {
		events = append(events, loose)
	}
	for _, o := range x.order {
		if !o.used && !o.shared() {
			x.report.Skipped = append(x.report.Skipped, Skipped{ID: o.id, Reason: "MISP has no word for a " + o.stixType + " that belongs to no event"})
		}
	}
	x.report.Events = len(events)
	return events, x.report
}

// exporter is one export.
type exporter struct {
	from      Origin
	order     []*object // the latest version of each, as they came
	byID      map[string]*object
	more      map[string][]*object // what continues a container, by its id
	sightings map[string][]*object // by what was seen
	leads     map[string][]*object // relationships, by source
	report    Report
}

// object is one object to be exported.
type object struct {
	fields
	id, stixType string
	ext          *extension
	used         bool
}

// shared says that an object is of use to others and no element itself.
func (o *object) shared() bool {
	switch o.stixType {
	case "marking-definition", "extension-definition", "language-content", "identity", "relationship", "opinion", "sighting":
		return true
	}
	return o.ext != nil && o.ext.Kind == kindCluster
}

func newExporter(objects []jsontext.Value, from Origin) *exporter {
	x := &exporter{from: from, byID: map[string]*object{}, more: map[string][]*object{}, sightings: map[string][]*object{}, leads: map[string][]*object{}}
	for _, raw := range objects {
		m := parse(raw)
		id := m.text("id")
		kind, _, ok := strings.Cut(id, "--")
		if !ok || len(id) != len(kind)+len("--")+36 {
			x.report.Skipped = append(x.report.Skipped, Skipped{ID: id, Reason: "it is no STIX object with an id"})
			continue
		}
		o := &object{fields: m, id: id, stixType: kind, ext: extensionOf(m)}
		if earlier := x.byID[id]; earlier != nil {
			if m.text("modified") > earlier.text("modified") { // RFC 3339 in UTC sorts but for its fraction
				*earlier = *o
			}
			continue
		}
		x.byID[id] = o
		x.order = append(x.order, o)
	}
	for _, o := range x.order {
		switch {
		case o.ext != nil && o.ext.Kind == kindMore:
			x.more[o.ext.Of] = append(x.more[o.ext.Of], o)
		case o.stixType == "sighting":
			x.sightings[o.text("sighting_of_ref")] = append(x.sightings[o.text("sighting_of_ref")], o)
		case o.stixType == "relationship":
			x.leads[o.text("source_ref")] = append(x.leads[o.text("source_ref")], o)
		}
	}
	for _, parts := range x.more {
		slices.SortStableFunc(parts, func(a, b *object) int { return cmp.Compare(a.ext.Part, b.ext.Part) })
	}
	return x
}

// placed is an object that a container names, and where; -1 after those before it.
type placed struct {
	*object
	at int
}

// elements are the objects that a container names and that are at hand, by the
// kind of their element, in the order in which they were.
func (x *exporter) elements(container *object) map[kind][]*object {
	all := map[kind][]placed{}
	gather := func(c *object) {
		c.used = true
		for i, raw := range c.list("object_refs") {
			id := fields{"": raw}.text("")
			o := x.byID[id]
			if o == nil || o.ext == nil {
				continue
			}
			p := placed{o, -1}
			if i < len(c.ext.Places) {
				p.at = c.ext.Places[i]
			}
			all[o.ext.Kind] = append(all[o.ext.Kind], p)
		}
	}
	gather(container)
	for _, more := range x.more[container.id] {
		gather(more)
	}
	ordered := map[kind][]*object{}
	for k, list := range all {
		ordered[k] = inOrder(list)
	}
	return ordered
}

// inOrder puts those that have a place there, and the others around them.
func inOrder(list []placed) []*object {
	slots := make([]*object, len(list))
	var rest []*object
	for _, p := range list {
		if p.at >= 0 && p.at < len(slots) && slots[p.at] == nil {
			slots[p.at] = p.object
		} else {
			rest = append(rest, p.object)
		}
	}
	for i := range slots {
		if slots[i] == nil {
			slots[i], rest = rest[0], rest[1:]
		}
	}
	return slots
}
