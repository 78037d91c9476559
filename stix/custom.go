package stix

import (
	"bytes"
	"strings"
)

// reserved are names that no property may have (section 3.8; phone_numbers is
// the name of the text before its errata).
var reserved = map[string]bool{"severity": true, "username": true, "phone_number": true, "phone_numbers": true, "action": true}

// customs checks what the object has beyond its table, and a type that the
// specification does not define (sections 7.3, 11.1, 11.2).
func (v *validator) customs() {
	own := ClassOf(v.o.Type) == Custom
	if own && v.extended.class == Custom {
		v.advise("/type", RuleCustom, "11.2", "type %.80q should be described by an extension-definition, and name it in extensions", v.o.Type)
	}
	for _, m := range v.unknown {
		if reserved[string(m.name)] {
			v.wrong("/"+string(m.name), RuleProhibited, "3.8", "the name %s is reserved; choose another", m.name)
		} else if v.named(m) && !own && !v.extended.toplevel && v.extended.class == Custom {
			v.hint(LevelWarning, "/"+string(m.name), RuleCustom, "11.1", customAdvice(m.name))
		}
	}
}

func customAdvice(name []byte) string {
	if bytes.HasPrefix(name, []byte("x_")) {
		return "a custom property should be described by an extension-definition"
	}
	return "a custom property should be described by an extension-definition; without one, its name should begin with x_"
}

// foreign checks a property that the type of a nested object does not have.
func (v *validator) foreign(m member) {
	if v.named(m) {
		v.hint(LevelWarning, "/"+string(m.name), RuleCustom, "11.1", customAdvice(m.name))
	}
}

// named checks the name of a property of somebody's own (section 3.1), and what
// can be said of its value without a table.
func (v *validator) named(m member) bool {
	name := string(m.name)
	switch {
	case !isPropertyName(name):
		v.wrong("/"+escape(name), RulePropertyName, "3.1", "property %.80q: use 3 to 250 lower-case letters, digits and underscores, a letter first", name)
		return false
	case isEmptyList(m.value):
		v.wrong("/"+name, RuleEmpty, "2.12", "%s is an empty list; leave it out", name)
		return false
	case m.value[0] != '"':
	case strings.HasSuffix(name, "_hex") && !isHexOctets(plain(m.value)):
		v.advise("/"+name, RuleValueType, "2.8", "%s has the name of a hexadecimal property, its value is none", name)
	case strings.HasSuffix(name, "_bin") && !isBase64(plain(m.value)):
		v.advise("/"+name, RuleValueType, "2.1", "%s has the name of a binary property, its value is not base64", name)
	}
	return true
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

func isEmptyList(value []byte) bool {
	return value[0] == '[' && value[skipBlanks(value, 1)%len(value)] == ']'
}
