package stix

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// presentMaps are used again for the next object.
var presentMaps = sync.Pool{New: func() any { return make(map[string]jsontext.Value, 32) }}

// properties holds the object against the table of its type.
func (v *validator) properties() {
	if !isTypeName(v.o.Type) || v.o.Type == "bundle" {
		return
	}
	v.table = tableOf(v.o.Type)
	v.present = presentMaps.Get().(map[string]jsontext.Value)
	defer func() {
		clear(v.present)
		presentMaps.Put(v.present)
	}()
	members(v.o.Raw, func(name string, value jsontext.Value) {
		v.present[name] = value
		if r, ok := v.table.rules[name]; ok {
			v.property("/"+name, name, r, value)
		} else if !isPropertyName(name) {
			v.wrong("/"+escape(name), RulePropertyName, "3.1", "property %.80q: use 3 to 250 lower-case letters, digits and underscores, a letter first", name)
		} else if value.Kind() == '[' && len(value) > 1 && isEmptyList(value) {
			v.wrong("/"+name, RuleEmpty, "2.12", "%s is an empty list; leave it out", name)
		}
	})
	for _, name := range v.table.required {
		if _, ok := v.present[name]; !ok {
			v.wrong("/"+name, RuleRequired, v.sectionOf(name), "%s is missing; every %s has it", name, v.o.Type)
		}
	}
	v.constraints()
}

func (v *validator) sectionOf(name string) string {
	if commonProperties[name] {
		return "3.2"
	}
	return v.table.section
}

func (v *validator) has(name string) bool { _, ok := v.present[name]; return ok }

// constraints checks what ties several properties together.
func (v *validator) constraints() {
	section := v.table.section
	if names, ok := oneOf[v.o.Type]; ok {
		if names == nil {
			names = append(slices.Clone(v.table.own), "extensions")
		}
		if !slices.ContainsFunc(names, v.has) {
			v.wrong("", RuleRequired, section, "a %s has at least one of: %s", v.o.Type, strings.Join(names, ", "))
		}
	}
	for _, pair := range together {
		if v.defines(pair[0]) && v.has(pair[0]) && !v.has(pair[1]) {
			v.wrong("/"+pair[0], RuleRequired, section, "%s needs %s beside it", pair[0], pair[1])
		}
	}
	for _, pair := range apart {
		if v.defines(pair[0]) && v.has(pair[0]) && v.has(pair[1]) {
			v.wrong("/"+pair[1], RuleProhibited, section, "%s and %s exclude each other", pair[0], pair[1])
		}
	}
	for _, pair := range inOrder {
		first, one := v.time(pair.first)
		second, two := v.time(pair.second)
		if v.defines(pair.first) && one && two && (second.Before(first) || pair.strict && second.Equal(first)) {
			v.wrong("/"+pair.second, RuleOrder, section, "%s is before %s, or at the same time where it may not be", pair.second, pair.first)
		}
	}
	for name, bounds := range between {
		if !v.defines(name) || !v.has(name) {
			continue
		}
		n, err := strconv.ParseFloat(string(v.present[name]), 64)
		if err == nil && (n < bounds[0] || n > bounds[1]) {
			v.wrong("/"+name, RuleRange, section, "%s is %.20s, it has to be from %.0f to %.0f", name, v.present[name], bounds[0], bounds[1])
		}
	}
	v.special()
}

// special checks what only one type has.
func (v *validator) special() {
	section := v.table.section
	if v.has("defanged") && ClassOf(v.o.Type) != SCO && ClassOf(v.o.Type) != Custom {
		v.wrong("/defanged", RuleProhibited, "3.2", "defanged is for observables only; leave it out")
	}
	switch v.o.Type {
	case "malware":
		if string(v.present["is_family"]) == "true" && !v.has("name") {
			v.wrong("/name", RuleRequired, section, "name is missing; a malware family has one")
		}
	case "artifact":
		if v.has("url") && !v.has("hashes") {
			v.wrong("/hashes", RuleRequired, section, "url needs hashes beside it")
		}
	case "email-message":
		if string(v.present["is_multipart"]) == "true" && v.has("body") {
			v.wrong("/body", RuleProhibited, section, "a message of several parts has body_multipart, not body")
		}
		if string(v.present["is_multipart"]) == "false" && v.has("body_multipart") {
			v.wrong("/body_multipart", RuleProhibited, section, "a message of one part has body, not body_multipart")
		}
	case "network-traffic":
		if string(v.present["is_active"]) == "true" && v.has("end") {
			v.wrong("/end", RuleProhibited, section, "traffic that is active has no end")
		}
	case "marking-definition":
		if !v.has("definition") && !v.has("extensions") {
			v.wrong("/definition", RuleRequired, section, "a marking definition has definition and definition_type, or an extension")
		}
		if _, known := TLPOf(v.o.ID); !known && string(v.present["definition_type"]) == `"tlp"` {
			v.wrong("/id", RuleID, "7.2.1.4", "a TLP marking is one of the four of the specification; refer to those")
		}
	case "extension-definition":
		if !v.has("created_by_ref") {
			v.wrong("/created_by_ref", RuleRequired, section, "created_by_ref is missing; every extension-definition has it")
		}
	}
	// An observable of one's own has neither of both times.
	if ClassOf(v.o.Type) == Custom && v.has("created") != v.has("modified") {
		v.wrong("", RuleRequired, "11.2", "created and modified stand together")
	}
}

// defines says whether the property is one of the type's own.
func (v *validator) defines(name string) bool {
	_, found := slices.BinarySearch(v.table.own, name)
	return found
}

func (v *validator) time(name string) (time.Time, bool) {
	value := v.present[name]
	if value.Kind() != '"' {
		return time.Time{}, false
	}
	at, err := ParseTimestamp(propertyName(value))
	return at, err == nil
}
