package misp

import (
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/compose"
	"github.com/tocsin-project/tocsin/stix"
)

// attribute makes the objects of an attribute.
func (e *event) attribute(m fields, pointer string, parent scope) (ref, error) {
	s := parent.within(m, e.opt)
	p := e.at(pointer, s)
	a := newAttribute(m)
	created, modified := e.since(newest(m))
	id := a.stixType + "--" + e.identify(m, "attribute", a.kind, a.value)
	o := compose.New(a.stixType, id, created, modified)
	o.Set("created_by_ref", e.author)
	if m.truth("deleted") {
		o.Set("revoked", true)
	}
	o.Set("labels", tagNames(m))
	o.Set("object_marking_refs", s.marking(e.opt))
	notes := append(s.notes, a.notes...)
	switch a.stixType {
	case "indicator":
		a.indicator(o, m, created, e.expiration(m))
	case "observed-data":
		if err := e.observed(o, a, m, modified, p); err != nil {
			return ref{}, err
		}
	case "vulnerability":
		if cve, ok := compose.CVE(a.value); ok {
			o.Set("external_references", []map[string]string{{"source_name": "cve", "external_id": cve}})
		}
		o.Set("name", a.value)
	case "campaign", "threat-actor":
		o.Set("name", a.value)
	case "note":
		o.Set("abstract", a.kind)
		content := a.value
		if content == "" {
			content = "(no text)"
		}
		o.Set("content", content)
		o.Set("object_refs", []string{e.id})
	}
	if a.stixType != "note" && a.stixType != "observed-data" {
		o.Set("description", m.text("comment"))
	}
	said, err := attributeSaid(o)
	if err != nil {
		return ref{}, e.problem(pointer, e.line, err.Error())
	}
	x := extension{Kind: kindAttribute}
	x.remember(m, said)
	x.attach(o)
	if err := e.emit(o, p, notes...); err != nil {
		return ref{}, err
	}
	e.ids[uuidOf(id)] = id
	if err := e.sightings(m, id, p); err != nil {
		return ref{}, err
	}
	return ref{id: id, scope: s, place: -1}, e.indicated(m, id, created, s, p)
}

// indicator writes what makes an attribute an indicator.
func (a *attribute) indicator(o *compose.Object, m fields, created, expires time.Time) {
	from := m.instant("first_seen")
	if from.IsZero() {
		from = created
	}
	if from.IsZero() {
		from = compose.Unknown
	}
	o.Set("name", a.value)
	o.Set("indicator_types", []string{"malicious-activity"})
	o.Set("pattern", a.pattern)
	o.Set("pattern_type", a.patternType)
	o.Set("valid_from", from)
	if expires.After(from.Add(time.Millisecond)) {
		o.Set("valid_until", expires)
	}
}

// observed writes what makes an attribute observed data, and its observable.
func (e *event) observed(o *compose.Object, a *attribute, m fields, modified time.Time, p place) error {
	var refs []string
	for _, sco := range a.observables {
		if e.first(sco.id, p.release) {
			if err := e.made(sco.raw, sco.id, p); err != nil {
				return err
			}
		}
		refs = append(refs, sco.id)
	}
	first, last := m.instant("first_seen"), m.instant("last_seen")
	if first.IsZero() {
		first = modified
	}
	if first.IsZero() {
		first = compose.Unknown
	}
	if last.Before(first) {
		last = first
	}
	o.Set("first_observed", first)
	o.Set("last_observed", last)
	o.Set("number_observed", 1)
	o.Set("object_refs", refs)
	return nil
}

// attributeSaid is what an object's properties say of an attribute.
func attributeSaid(o *compose.Object) (fields, error) {
	raw, err := o.JSON()
	if err != nil {
		return nil, err
	}
	return describe(parse(raw)), nil
}

// describe is the attribute that an object's properties give. Of observed data
// the observables would have to be at hand, and may not be: type and value are
// not among them.
func describe(o fields) fields {
	id := o.text("id")
	f := fields{
		"uuid": quote(uuidOf(id)), "to_ids": boolean(false),
		"deleted": boolean(o.truth("revoked")), "comment": quote(o.text("description")),
	}
	if t, err := stix.ParseTimestamp(o.text("modified")); err == nil && t.Unix() > 0 {
		f["timestamp"] = quote(strconv.FormatInt(t.Unix(), 10))
	}
	kind, value := "", ""
	switch stix.TypeOfID(id) {
	case "indicator":
		kind, value = describePattern(o.text("pattern_type"), o.text("pattern"))
		f["to_ids"] = boolean(true)
	case "vulnerability":
		kind, value = "vulnerability", o.text("name")
	case "campaign":
		kind, value = "campaign-name", o.text("name")
	case "threat-actor":
		kind, value = "threat-actor", o.text("name")
	case "note":
		kind, value = o.text("abstract"), o.text("content")
	}
	if kind != "" {
		f["type"], f["value"], f["category"] = quote(kind), quote(value), quote(categoryOf(kind))
	}
	return f
}

// sco is a cyber-observable object.
type sco struct {
	raw jsontext.Value
	id  string
}
