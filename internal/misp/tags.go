package misp

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/stix"
)

// tagged puts an object's labels and TLP on its attribute.
func tagged(f fields, o *object) fields {
	if names := tagsOf(o.fields); len(names) > 0 {
		f["Tag"] = tagList(names)
	}
	return f
}

// tagList writes tags.
func tagList(names []string) jsontext.Value {
	tags := make([]jsontext.Value, 0, len(names))
	for _, name := range names {
		tags = append(tags, fields{"name": quote(name)}.object())
	}
	return array(tags)
}

// tagsOf are an object's labels, and its TLP as a tag.
func tagsOf(o fields) []string {
	var names []string
	for _, raw := range o.list("labels") {
		if name := (fields{"": raw}).text(""); name != "" {
			names = append(names, name)
		}
	}
	for _, raw := range o.list("object_marking_refs") {
		if level, ok := stix.TLPOf(fields{"": raw}.text("")); ok && !slices.Contains(names, "tlp:"+level) {
			names = append(names, "tlp:"+level)
		}
	}
	return names
}

// clusterTag is the tag of the galaxy cluster that an object stands for.
func clusterTag(o *object) string {
	name := strings.ReplaceAll(o.text("name"), `"`, "'")
	galaxy := o.stixType
	for _, raw := range o.list("external_references") {
		if r := parse(raw); r.text("source_name") == "mitre-attack" && r.text("external_id") != "" {
			galaxy = "mitre-" + galaxy
			if o.stixType != "malware" && o.stixType != "tool" && !strings.HasSuffix(name, r.text("external_id")) {
				name += " - " + r.text("external_id")
			}
			break
		}
	}
	return "misp-galaxy:" + galaxy + `="` + name + `"`
}
