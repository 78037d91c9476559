package stix

import (
	"maps"
	"slices"
	"strings"
	"sync"
)

// maxSafe is the largest integer of STIX (section 2.10).
const maxSafe = 1<<53 - 1

// rule is one row of a property table.
type rule struct {
	kind     byte // a letter of the schema
	list     bool
	required bool
	types    []string // with '>', what may be named; none for anything
	enum     string   // with '='
}

// table is the property table of a type.
type table struct {
	section  string
	own      []string // its own properties, sorted
	required []string
	rules    map[string]rule // with the common ones
}

var tables = sync.OnceValue(func() map[string]*table {
	_, common := parseTable(strings.ReplaceAll(commonSchema, "\n", " "))
	all := map[string]*table{"": common}
	for line := range strings.Lines(strings.TrimSpace(schema)) {
		name, t := parseTable(line)
		t.own = slices.Sorted(maps.Keys(t.rules))
		for property, r := range common.rules {
			if _, ok := t.rules[property]; !ok {
				t.rules[property] = r
			}
		}
		t.required = append(t.required, requiredOf[ClassOf(name)]...)
		all[name] = t
	}
	return all
})

// tableOf is the table of a type; that of a type that the specification does
// not define has the common properties only.
func tableOf(objectType string) *table {
	all := tables()
	if t := all[objectType]; t != nil {
		return t
	}
	return all[""]
}

// parseTable reads one line of the schema.
func parseTable(line string) (name string, t *table) {
	fields := strings.Fields(line)
	t = &table{section: fields[1], rules: map[string]rule{}}
	for _, field := range fields[2:] {
		property, form, _ := strings.Cut(field, ":")
		var r rule
		form, r.required = strings.CutSuffix(form, "!")
		form, r.list = strings.CutPrefix(form, "*")
		r.kind = form[0]
		switch {
		case r.kind == '>' && len(form) > 1:
			r.types = strings.Split(form[1:], "|")
		case r.kind == '=':
			r.enum = form[1:]
		}
		if r.required {
			t.required = append(t.required, property)
		}
		t.rules[property] = r
	}
	return fields[0], t
}

// mayName says whether a rule lets an identifier of the type stand.
func (r rule) mayName(objectType string) bool {
	if len(r.types) == 0 {
		return true
	}
	class := ClassOf(objectType)
	for _, t := range r.types {
		switch t {
		case objectType:
			return true
		case "sdo", "sco":
			// A custom type may be any of them.
			if class == Custom && objectType != "bundle" || t == "sdo" && class == SDO || t == "sco" && class == SCO {
				return true
			}
		case "sro":
			if class == SRO {
				return true
			}
		}
	}
	return false
}
