package misp

import (
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/compose"
	"github.com/tocsin-project/tocsin/stix"
)

// report makes the note of an event report.
func (e *event) report(m fields, pointer string) (ref, error) {
	s := e.scope.within(m, e.opt)
	created, modified := e.since(newest(m))
	id := "note--" + e.identify(m, "report", m.text("name"))
	o := compose.New("note", id, created, modified)
	o.Set("created_by_ref", e.author)
	if m.truth("deleted") {
		o.Set("revoked", true)
	}
	o.Set("object_marking_refs", s.marking(e.opt))
	o.Set("abstract", m.text("name"))
	content := m.text("content")
	if content == "" {
		content = "(no text)"
	}
	o.Set("content", content)
	o.Set("object_refs", []string{e.id})
	raw, err := o.JSON()
	if err != nil {
		return ref{}, e.problem(pointer, e.line, err.Error())
	}
	x := extension{Kind: kindReport}
	x.remember(m, describeReport(parse(raw)))
	x.attach(o)
	return ref{id: id, scope: s, place: -1}, e.emit(o, e.at(pointer, s), s.notes...)
}

// describeReport is the event report that a note's properties give.
func describeReport(o fields) fields {
	f := describe(o)
	for _, name := range []string{"to_ids", "comment", "type", "value", "category"} {
		delete(f, name)
	}
	f["name"], f["content"] = quote(o.text("abstract")), quote(o.text("content"))
	return f
}

// Types of sightings (MISP core format, section 2.9).
const (
	sighted       = "0"
	falsePositive = "1"
	expiration    = "2"
)

// expiration is when an attribute expires: the latest such sighting.
func (e *event) expiration(m fields) (at time.Time) {
	for _, raw := range m.list("Sighting") {
		one := parse(raw)
		if t := one.seconds("date_sighting"); one.text("type") == expiration && t.After(at) {
			at = t
		}
	}
	return at
}

// sightings makes the sightings of an attribute, and opinions where it was
// called a false positive.
func (e *event) sightings(m fields, of string, p place) error {
	for i, raw := range m.list("Sighting") {
		one := parse(raw)
		seen := one.seconds("date_sighting")
		kind := one.text("type")
		if seen.IsZero() || kind != sighted && kind != falsePositive && kind != "" {
			continue // the extension keeps it; an expiration is the indicator's valid_until
		}
		id := sightingUUID(of, one, i)
		at := p
		at.pointer += "/Sighting/" + strconv.Itoa(i)
		where, err := e.witness(one, at)
		if err != nil {
			return err
		}
		var o *compose.Object
		if kind == falsePositive {
			o = compose.New("opinion", "opinion--"+id, seen, seen)
			o.Set("explanation", strings.TrimSpace("false positive "+one.text("source")))
			o.Set("opinion", "strongly-disagree")
			o.Set("object_refs", []string{of})
			o.Set("created_by_ref", where)
		} else {
			o = compose.New("sighting", "sighting--"+id, seen, seen)
			o.Set("created_by_ref", e.author)
			o.Set("description", one.text("source"))
			o.Set("first_seen", seen)
			o.Set("last_seen", seen)
			o.Set("count", 1)
			o.Set("sighting_of_ref", of)
			if where != "" {
				o.Set("where_sighted_refs", []string{where})
			}
		}
		if p.release.TLP != e.opt.TLP {
			o.Set("object_marking_refs", []string{stix.TLPMarking(string(p.release.TLP))})
		}
		if err := e.emit(o, at); err != nil {
			return err
		}
	}
	return nil
}

// sightingUUID is the UUID of a sighting of an object, the i-th of its list.
func sightingUUID(of string, m fields, i int) string {
	if id := m.uuid("uuid"); id != "" {
		return id
	}
	return uuidOf(compose.ID("sighting", of, m.text("type"), m.text("date_sighting"), m.text("org_id"), m.text("source"), strconv.Itoa(i)))
}

// witness makes the identity of the organisation that saw something.
func (e *event) witness(m fields, p place) (string, error) {
	org := parse(m["Organisation"])
	name, id := org.text("name"), org.uuid("uuid")
	if name == "" {
		return "", nil
	}
	who := "identity--" + id
	if id == "" {
		who = compose.ID("identity", "misp", name)
	}
	o := compose.New("identity", who, time.Time{}, time.Time{})
	o.Set("name", name)
	o.Set("identity_class", "organization")
	return who, e.single(o, p)
}
