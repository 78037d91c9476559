package misp

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/compose"
	"github.com/tocsin-project/tocsin/stix"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

// draft is an event of objects that did not come from MISP.
type draft struct {
	fields
	attributes, objects, reports []jsontext.Value
	tags                         []string
	latest                       time.Time
}

// foreign is the event of a report or grouping that did not come from MISP.
func (x *exporter) foreign(o *object) jsontext.Value {
	d := x.begin(uuidOf(o.id), cmp.Or(o.text("name"), o.stixType+" "+uuidOf(o.id)), o)
	d.published(o.stixType == "report")
	o.used = true
	d.saw(o)
	d.tag(tagsOf(o.fields)...)
	for _, raw := range o.list("object_refs") {
		if member := x.byID[fields{"": raw}.text("")]; member != nil && !member.used {
			x.add(d, member)
		}
	}
	x.report.Attributes += len(d.attributes)
	return d.finish()
}

// loose is the event of what no other has, nil if there is nothing.
func (x *exporter) loose() jsontext.Value {
	id := x.from.UUID
	if id == "" {
		ids := make([]string, 0, len(x.order))
		for _, o := range x.order {
			ids = append(ids, o.id)
		}
		slices.Sort(ids)
		id = uuidOf(compose.ID("event", ids...))
	}
	d := x.begin(id, cmp.Or(x.from.Info, "STIX objects"), nil)
	d.published(true)
	for _, o := range x.order {
		if !o.used && !o.shared() {
			x.add(d, o)
		}
	}
	x.report.Attributes += len(d.attributes)
	if len(d.attributes)+len(d.objects)+len(d.reports)+len(d.tags) == 0 {
		return nil
	}
	return d.finish()
}

// begin drafts an event by the author of an object, or by the origin.
func (x *exporter) begin(id, info string, o *object) *draft {
	d := &draft{fields: fields{
		"uuid": quote(id), "info": quote(info), "analysis": quote("2"), "threat_level_id": quote("4"), "distribution": quote("1"), "extends_uuid": quote(""),
	}}
	name, org := x.from.OrgName, x.from.OrgUUID
	if o != nil {
		if who := x.byID[o.text("created_by_ref")]; who != nil {
			name, org = who.text("name"), uuidOf(who.id)
		}
	}
	if name != "" {
		d.fields["Orgc"] = fields{"name": quote(name), "uuid": quote(org)}.object()
	}
	return d
}

func (d *draft) published(yes bool) { d.fields["published"] = boolean(yes) }

// saw notes when an object last changed.
func (d *draft) saw(o *object) {
	if t, err := stix.ParseTimestamp(o.text("modified")); err == nil && t.After(d.latest) {
		d.latest = t
	}
}

func (d *draft) tag(names ...string) {
	for _, n := range names {
		if !slices.Contains(d.tags, n) {
			d.tags = append(d.tags, n)
		}
	}
}

// add puts an object into an event, if the format has a place for it.
func (x *exporter) add(d *draft, o *object) {
	if o.ext != nil && o.ext.Kind != kindCluster {
		x.orphan(d, o)
		return
	}
	switch o.stixType {
	case "indicator":
		for _, a := range indicatorAttributes(o) {
			x.addSightings(a, o)
			d.attributes = append(d.attributes, a.object())
		}
	case "vulnerability", "campaign", "threat-actor":
		f := describe(o.fields)
		d.attributes = append(d.attributes, tagged(f, o).object())
	case "note":
		d.reports = append(d.reports, describeReport(o.fields).object())
	case "observed-data":
		for _, raw := range o.list("object_refs") {
			if sco := x.byID[fields{"": raw}.text("")]; sco != nil {
				d.observe(sco, o)
			}
		}
	case "attack-pattern", "malware", "tool", "intrusion-set", "course-of-action":
		d.tag(clusterTag(o))
	default:
		if stix.ClassOf(o.stixType) != stix.SCO || !d.observe(o, o) {
			return
		}
	}
	o.used = true
	d.saw(o)
}

// orphan adds an element of an event that is not at hand itself.
func (x *exporter) orphan(d *draft, o *object) {
	switch o.ext.Kind {
	case kindAttribute:
		d.attributes = append(d.attributes, x.attribute(o).object())
		x.report.Attributes-- // it is counted with the event
	case kindObject:
		d.objects = append(d.objects, x.object(o).object())
	case kindReport:
		d.reports = append(d.reports, o.ext.recall(describeReport(o.fields)).object())
	}
	o.used = true
	d.saw(o)
}

// indicatorAttributes are an attribute for each value that the pattern of an
// indicator names, or one with the pattern itself where it says more.
func indicatorAttributes(o *object) []fields {
	one := tagged(describe(o.fields), o)
	p, err := pattern.Parse(o.text("pattern"))
	if o.text("pattern_type") != "stix" || err != nil {
		return []fields{one}
	}
	terms, complete := pattern.Terms(p)
	if !complete || len(terms) < 2 {
		return []fields{one}
	}
	var all []fields
	for i, t := range terms {
		kind := attributeTypes[t.Path]
		if kind == "" {
			return []fields{one}
		}
		f := one.without()
		f["type"], f["value"], f["category"] = quote(kind), quote(t.Value), quote(categoryOf(kind))
		if i > 0 {
			f["uuid"] = quote(uuidOf(compose.ID("attribute", o.id, t.Path, t.Value)))
		}
		all = append(all, f)
	}
	return all
}

// observe adds the attribute of an observable; false if none has its type.
func (d *draft) observe(sco, about *object) bool {
	f := describe(about.fields)
	path, value := sco.stixType+":value", sco.text("value")
	if sco.stixType == "file" {
		hashes := parse(sco.fields["hashes"])
		for _, algorithm := range []struct{ name, path string }{{"SHA-256", "file:hashes.'SHA-256'"}, {"SHA-1", "file:hashes.'SHA-1'"}, {"MD5", "file:hashes.MD5"}} {
			if v := hashes.text(algorithm.name); v != "" {
				path, value = algorithm.path, v
				break
			}
		}
	}
	kind := attributeTypes[path]
	if kind == "" {
		for k, m := range halves {
			if m.sco[0] == sco.stixType && sco.text(m.sco[1]) != "" && (kind == "" || k < kind) {
				kind, value = k, sco.text(m.sco[1])
			}
		}
	}
	if kind == "" || value == "" {
		return false
	}
	sco.used = true
	f["uuid"] = quote(uuidOf(compose.ID("attribute", about.id, sco.id)))
	f["type"], f["value"], f["category"] = quote(kind), quote(value), quote(categoryOf(kind))
	d.attributes = append(d.attributes, tagged(f, about).object())
	return true
}

func (d *draft) finish() jsontext.Value {
	if d.latest.IsZero() {
		d.latest = compose.Unknown
	}
	d.fields["timestamp"] = quote(strconv.FormatInt(d.latest.Unix(), 10))
	d.fields["date"] = quote(d.latest.Format(time.DateOnly))
	d.fields["Attribute"] = array(d.attributes)
	d.fields["Object"] = array(d.objects)
	if len(d.reports) > 0 {
		d.fields["EventReport"] = array(d.reports)
	}
	if len(d.tags) > 0 {
		d.fields["Tag"] = tagList(d.tags)
	}
	return d.fields.object()
}
