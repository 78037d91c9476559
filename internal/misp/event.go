package misp

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"github.com/tocsin-project/tocsin/internal/compose"
	"github.com/tocsin-project/tocsin/stix"
)

// event is one event being taken in.
type event struct {
	*importer
	pointer  string
	line     int
	uuid     string
	id       string // of its report or grouping
	author   string // the identity of its Orgc, "" if it has none
	created  time.Time
	modified time.Time
	scope    scope
	alike    map[string]int    // how many elements without a UUID are alike
	ids      map[string]string // the objects' ids by the elements' UUIDs
}

// elementLists are the lists whose elements become objects of their own.
var elementLists = []string{"Attribute", "Object", "EventReport"}

// event makes the objects of one event.
func (in *importer) event(m fields, pointer string, line int) error {
	for name, v := range m {
		if tooDeep(v) {
			return in.problem(pointer+"/"+name, line, fmt.Sprintf("it is nested deeper than %d levels", maxDepth))
		}
	}
	if err := in.define(line); err != nil {
		return err
	}
	e := &event{importer: in, pointer: pointer, line: line, alike: map[string]int{}, ids: map[string]string{}}
	e.scope = scope{}.within(m, in.opt)
	e.times(m)
	org := parse(m["Orgc"])
	if org == nil {
		org = parse(m["Org"])
	}
	if err := e.organisation(org); err != nil {
		return err
	}
	e.uuid = m.uuid("uuid")
	if e.uuid == "" {
		e.uuid = uuidOf(compose.ID("event", e.author, m.text("id"), m.text("date"), m.text("info")))
	}
	objectType := "grouping"
	if m.truth("published") {
		objectType = "report"
	}
	e.id = objectType + "--" + e.uuid
	c := &container{event: e, id: e.id, scope: e.scope, created: e.created, modified: e.modified}
	for _, list := range elementLists {
		if m[list].Kind() != '[' {
			continue
		}
		for i, raw := range m.list(list) {
			if err := in.ctx.Err(); err != nil {
				return err
			}
			if err := e.element(list, i, parse(raw), c, place{pointer: pointer + "/" + list + "/" + strconv.Itoa(i), line: line}); err != nil {
				return err
			}
		}
	}
	if err := e.galaxies(m, c, e.at(pointer, e.scope)); err != nil {
		return err
	}
	return e.finish(m, c)
}

// at is the place of something with a scope.
func (e *event) at(pointer string, s scope) place {
	return place{pointer: pointer, line: e.line, release: s.release(e.opt)}
}

// element makes the objects of one element of the event's lists.
func (e *event) element(list string, i int, m fields, c *container, p place) (err error) {
	if m == nil {
		return e.problem(p.pointer, p.line, "it is no JSON object")
	}
	var made ref
	switch list {
	case "Attribute":
		made, err = e.attribute(m, p.pointer, e.scope)
	case "Object":
		made, err = e.object(m, p.pointer)
	case "EventReport":
		made, err = e.report(m, p.pointer)
	}
	if err == nil && made.id != "" {
		made.place = i
		c.add(made)
	}
	return err
}

// times finds when the event was created and last changed.
func (e *event) times(m fields) {
	e.modified = newest(m)
	e.created = m.instant("date")
	if e.modified.IsZero() {
		e.modified = e.created
	}
	if e.created.IsZero() || e.created.After(e.modified) {
		e.created = e.modified
	}
}

// since are the created and modified of an element that last changed then.
func (e *event) since(changed time.Time) (created, modified time.Time) {
	if changed.IsZero() {
		changed = e.modified
	}
	if e.created.After(changed) {
		return changed, changed
	}
	return e.created, changed
}

// organisation makes the identity of who made the event.
func (e *event) organisation(org fields) error {
	name, id := org.text("name"), org.uuid("uuid")
	if name == "" && id == "" {
		return nil
	}
	e.author = "identity--" + id
	if id == "" {
		e.author = compose.ID("identity", "misp", name)
	}
	o := compose.New("identity", e.author, time.Time{}, time.Time{})
	o.Set("name", cmp.Or(name, id))
	o.Set("identity_class", "organization")
	return e.single(o, e.at(e.pointer+"/Orgc", e.scope))
}

// finish writes the event's report or grouping, and what continues it.
func (e *event) finish(m fields, c *container) error {
	o := compose.New(stix.TypeOfID(e.id), e.id, e.created, e.modified)
	o.Set("created_by_ref", e.author)
	o.Set("labels", tagNames(m))
	o.Set("object_marking_refs", e.scope.marking(e.opt))
	info := m.text("info")
	if stix.TypeOfID(e.id) == "report" {
		o.Set("name", cmp.Or(info, "MISP event "+e.uuid))
		o.Set("report_types", []string{"threat-report"})
		published := m.seconds("publish_timestamp")
		if published.IsZero() {
			published = e.created
		}
		if published.IsZero() {
			published = compose.Unknown
		}
		o.Set("published", published)
	} else {
		o.Set("name", info)
		o.Set("context", "unspecified")
	}
	raw, err := o.JSON()
	if err != nil {
		return e.problem(e.pointer, e.line, err.Error())
	}
	x := extension{Kind: kindEvent}
	lists := fields{}
	for _, list := range elementLists {
		if m[list].Kind() == '[' {
			lists[list] = array(nil)
		}
	}
	original := m.without()
	for list, empty := range lists {
		original[list] = empty // its elements come back by the references
	}
	x.remember(original, describeEvent(parse(raw)))
	return c.write(o, &x, e.at(e.pointer, e.scope), e.scope.notes...)
}

// describeEvent is the event that a report's or grouping's properties give.
func describeEvent(o fields) fields {
	id := o.text("id")
	f := fields{"uuid": quote(uuidOf(id)), "published": boolean(stix.TypeOfID(id) == "report"), "info": quote(o.text("name"))}
	if t, err := stix.ParseTimestamp(o.text("modified")); err == nil && t.Unix() > 0 { // else it is unknown
		f["timestamp"] = quote(strconv.FormatInt(t.Unix(), 10))
	}
	if t, err := stix.ParseTimestamp(o.text("created")); err == nil && t.Unix() > 0 {
		f["date"] = quote(t.Format(time.DateOnly))
	}
	return f
}

func uuidOf(id string) string { return id[len(id)-36:] }

// identify is an element's UUID, or one that is made of what it says.
func (e *event) identify(m fields, parts ...string) string {
	if id := m.uuid("uuid"); id != "" {
		return id
	}
	name := fmt.Sprintf("%q", parts)
	e.alike[name]++
	return uuidOf(compose.ID("element", append([]string{e.uuid, strconv.Itoa(e.alike[name])}, parts...)...))
}
