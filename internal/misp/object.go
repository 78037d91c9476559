package misp

import (
	"strconv"
	"strings"

	"github.com/tocsin-project/tocsin/internal/compose"
)

// object makes the objects of a MISP object: its attributes, a grouping of
// them, and the relationships that it refers by.
func (e *event) object(m fields, pointer string) (ref, error) {
	s := e.scope.within(m, e.opt)
	created, modified := e.since(newest(m))
	id := "grouping--" + e.identify(m, "object", m.text("name"), m.text("template_uuid"), firstValue(m))
	e.ids[uuidOf(id)] = id
	c := &container{event: e, id: id, scope: s, created: created, modified: modified}
	for i, raw := range m.list("Attribute") {
		at := pointer + "/Attribute/" + strconv.Itoa(i)
		one := parse(raw)
		if one == nil {
			if err := e.problem(at, e.line, "it is no JSON object"); err != nil {
				return ref{}, err
			}
			continue
		}
		made, err := e.attribute(one, at, s)
		if err != nil {
			return ref{}, err
		}
		made.place = i
		c.add(made)
	}
	o := compose.New("grouping", id, created, modified)
	o.Set("created_by_ref", e.author)
	if m.truth("deleted") {
		o.Set("revoked", true)
	}
	o.Set("object_marking_refs", s.marking(e.opt))
	o.Set("name", m.text("name"))
	o.Set("description", m.text("comment"))
	o.Set("context", "unspecified")
	said, err := objectSaid(o)
	if err != nil {
		return ref{}, e.problem(pointer, e.line, err.Error())
	}
	original := m.without()
	if m["Attribute"].Kind() == '[' {
		original["Attribute"] = array(nil)
	}
	x := extension{Kind: kindObject}
	x.remember(original, said)
	p := e.at(pointer, s)
	if err := c.write(o, &x, p, s.notes...); err != nil {
		return ref{}, err
	}
	return ref{id: id, scope: s, place: -1}, e.references(m, id, s, p)
}

// firstValue tells objects without a UUID apart.
func firstValue(m fields) string {
	for _, raw := range m.list("Attribute") {
		return parse(raw).text("value")
	}
	return ""
}

// objectSaid is what a grouping's properties say of a MISP object.
func objectSaid(o *compose.Object) (fields, error) {
	raw, err := o.JSON()
	if err != nil {
		return nil, err
	}
	return describeObject(parse(raw)), nil
}

func describeObject(o fields) fields {
	f := describe(o.without("description"))
	delete(f, "to_ids")
	f["name"], f["comment"] = quote(o.text("name")), quote(o.text("description"))
	return f
}

// references makes the relationships of an object. Their targets may be
// anywhere in the event, or in another one: of those in an object further on
// the id is not known yet, so a target is named by its UUID as an attribute's
// or object's of the kind that the reference says.
func (e *event) references(m fields, from string, s scope, p place) error {
	for i, raw := range m.list("ObjectReference") {
		one := parse(raw)
		to := e.target(one)
		if one.truth("deleted") || to == "" || one.uuid("uuid") == "" {
			continue // the extension keeps it
		}
		created, modified := e.since(one.seconds("timestamp"))
		o := compose.New("relationship", "relationship--"+one.uuid("uuid"), created, modified)
		o.Set("created_by_ref", e.author)
		o.Set("object_marking_refs", s.marking(e.opt))
		o.Set("relationship_type", relationshipType(one.text("relationship_type")))
		o.Set("description", one.text("comment"))
		o.Set("source_ref", from)
		o.Set("target_ref", to)
		at := p
		at.pointer += "/ObjectReference/" + strconv.Itoa(i)
		if err := e.emit(o, at); err != nil {
			return err
		}
	}
	return nil
}

// target is the id of what a reference leads to, "" if the event does not have it.
func (e *event) target(m fields) string {
	return e.ids[m.uuid("referenced_uuid")]
}

// relationshipType writes a type as STIX does (section 5.1: lower-case letters,
// digits and hyphens).
func relationshipType(text string) string {
	var b strings.Builder
	for _, c := range strings.ToLower(text) {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			b.WriteRune(c)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() == 250 {
			break
		}
	}
	if t := strings.Trim(b.String(), "-"); t != "" {
		return t
	}
	return "related-to"
}
