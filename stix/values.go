package stix

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

func isEmptyList(v jsontext.Value) bool {
	return strings.TrimLeft(string(v[1:min(len(v), 8)]), " \t\r\n") == "]"
}

// isPropertyName says whether a text can be a property's name (section 3.1).
func isPropertyName(s string) bool {
	if len(s) < 3 || len(s) > 250 || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && !digit(c) && c != '_' {
			return false
		}
	}
	return true
}

// escape writes a name as a part of a JSON pointer (RFC 6901).
func escape(name string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(name) }

// property checks the value of a property that the table knows.
func (v *validator) property(pointer, name string, r rule, value jsontext.Value) {
	if !r.list {
		v.value(pointer, name, r, value)
		return
	}
	if value.Kind() != '[' {
		v.wrong(pointer, RuleValueType, "2.12", "%s is %s, it has to be a list", name, kindName(value.Kind()))
		return
	}
	n := 0
	elements(value, func(i int, e jsontext.Value) {
		v.value(pointer+"/"+strconv.Itoa(i), name, r, e)
		n++
	})
	if n == 0 {
		v.wrong(pointer, RuleEmpty, "2.12", "%s is an empty list; leave it out", name)
	}
}

// jsonKinds are the JSON types of the schema's letters; a string by default.
var jsonKinds = map[byte]jsontext.Kind{'b': 't', 'i': '0', 'f': '0', 'h': '{', 'd': '{', 'o': '{', 'p': '{', 'k': '{', 'e': '{', 'g': '{'}

func (v *validator) value(pointer, name string, r rule, value jsontext.Value) {
	want := jsonKinds[r.kind]
	if want == 0 {
		want = '"'
	}
	got := value.Kind()
	if got == 'f' {
		got = 't'
	}
	if got != want {
		v.wrong(pointer, RuleValueType, v.sectionOf(name), "%s is %s, it has to be %s", name, kindName(value.Kind()), kindName(want))
		return
	}
	switch r.kind {
	case 'i':
		if n, err := strconv.ParseInt(string(value), 10, 64); err != nil || n > maxSafe || n < -maxSafe {
			v.wrong(pointer, RuleRange, "2.10", "%s is %.30s, it has to be an integer of at most 53 bits", name, value)
		}
	case 'f':
		if _, err := strconv.ParseFloat(string(value), 64); err != nil {
			v.wrong(pointer, RuleRange, "2.6", "%s is beyond the range of a double", name)
		}
	case 't':
		v.timestamp(pointer, name, propertyName(value))
	case 'x':
		if text := propertyName(value); len(text)%2 != 0 || strings.Trim(text, "0123456789abcdef") != "" {
			v.wrong(pointer, RuleValueType, "2.8", "%s is not hexadecimal: two lower-case digits an octet", name)
		}
	case 'y':
		if _, err := base64.StdEncoding.DecodeString(propertyName(value)); err != nil {
			v.wrong(pointer, RuleValueType, "2.1", "%s is not base64 (RFC 4648)", name)
		}
	case '=':
		if e := enumerations[r.enum]; !slices.Contains(e.values, propertyName(value)) {
			v.wrong(pointer, RuleVocabulary, e.section, "%s is %.40s, it has to be one of %s", name, value, strings.Join(e.values, ", "))
		}
	case '>':
		v.identifier(pointer, name, r, propertyName(value))
	case 'h':
		v.hashes(pointer, value)
	case 'k', 'e', 'g', 'p':
		v.structure(pointer, r.kind, value)
	}
}

func (v *validator) timestamp(pointer, name, text string) {
	if _, err := ParseTimestamp(text); err != nil {
		v.wrong(pointer, RuleTimestamp, "2.16", "%s: %v", name, err)
		return
	}
	if dot := strings.IndexByte(text, '.'); (name == "created" || name == "modified") && (dot < 0 || len(text)-dot < len(".123Z")) {
		v.wrong(pointer, RuleTimestamp, "3.2", "%s has to be precise to the millisecond; write three digits after the point", name)
	}
}

// identifier checks a reference. Those of the header have been checked.
func (v *validator) identifier(pointer, name string, r rule, id string) {
	if name == "created_by_ref" || name == "object_marking_refs" {
		return
	}
	objectType, _, err := SplitID(id)
	switch {
	case err != nil:
		v.wrong(pointer, RuleID, "2.9", "%v", err)
	case !r.mayName(objectType):
		v.wrong(pointer, RuleReference, v.sectionOf(name), "%s names a %s, it has to name one of: %s", name, objectType, strings.Join(r.types, ", "))
	}
}
