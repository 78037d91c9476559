package misp

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/stix"
)

// event restores an event that came from MISP.
func (x *exporter) event(o *object) fields {
	elements := x.elements(o)
	f := o.ext.recall(describeEvent(o.fields))
	restored := map[string][]jsontext.Value{}
	for _, a := range elements[kindAttribute] {
		restored["Attribute"] = append(restored["Attribute"], x.attribute(a).object())
	}
	for _, m := range elements[kindObject] {
		restored["Object"] = append(restored["Object"], x.object(m).object())
	}
	for _, r := range elements[kindReport] {
		r.used = true
		restored["EventReport"] = append(restored["EventReport"], r.ext.recall(describeReport(r.fields)).object())
	}
	for list, elements := range restored {
		f[list] = array(elements)
	}
	return f
}

// attribute restores an attribute, with what partners saw of it since.
func (x *exporter) attribute(o *object) fields {
	o.used = true
	x.report.Attributes++
	if o.stixType == "observed-data" {
		for _, raw := range o.list("object_refs") {
			if sco := x.byID[fields{"": raw}.text("")]; sco != nil {
				sco.used = true
			}
		}
	}
	f := o.ext.recall(describe(o.fields))
	x.addSightings(f, o)
	return f
}

// object restores a MISP object.
func (x *exporter) object(o *object) fields {
	f := o.ext.recall(describeObject(o.fields))
	if elements := x.elements(o)[kindAttribute]; len(elements) > 0 {
		attributes := make([]jsontext.Value, 0, len(elements))
		for _, a := range elements {
			attributes = append(attributes, x.attribute(a).object())
		}
		f["Attribute"] = array(attributes)
	}
	x.addReferences(f, o)
	return f
}

// addSightings adds the sightings of an object that its attribute does not
// have yet.
func (x *exporter) addSightings(f fields, of *object) {
	list := f.list("Sighting")
	have := map[string]bool{}
	for i, raw := range list {
		have[sightingUUID(of.id, parse(raw), i)] = true
	}
	before := len(list)
	for _, s := range x.sightings[of.id] {
		s.used = true
		if have[uuidOf(s.id)] {
			continue
		}
		one := fields{"uuid": quote(uuidOf(s.id)), "type": quote(sighted), "source": quote(s.text("description"))}
		for _, name := range []string{"last_seen", "first_seen", "created"} {
			if t, err := stix.ParseTimestamp(s.text(name)); err == nil {
				one["date_sighting"] = quote(strconv.FormatInt(t.Unix(), 10))
				break
			}
		}
		for _, raw := range s.list("where_sighted_refs") {
			if who := x.byID[fields{"": raw}.text("")]; who != nil && who.stixType == "identity" {
				one["Organisation"] = fields{"uuid": quote(uuidOf(who.id)), "name": quote(who.text("name"))}.object()
			}
		}
		list = append(list, one.object())
	}
	if len(list) > before {
		f["Sighting"] = array(list)
	}
}

// addReferences adds the relationships of an object that it does not refer by yet.
func (x *exporter) addReferences(f fields, from *object) {
	list := f.list("ObjectReference")
	have := map[string]bool{}
	for _, raw := range list {
		have[parse(raw).uuid("uuid")] = true
	}
	before := len(list)
	for _, r := range x.leads[from.id] {
		to := x.byID[r.text("target_ref")]
		if have[uuidOf(r.id)] || to == nil || to.ext == nil {
			continue
		}
		list = append(list, fields{
			"uuid": quote(uuidOf(r.id)), "referenced_uuid": quote(uuidOf(to.id)), "object_uuid": quote(uuidOf(from.id)),
			"relationship_type": quote(r.text("relationship_type")), "comment": quote(r.text("description")),
		}.object())
	}
	if len(list) > before {
		f["ObjectReference"] = array(list)
	}
}
