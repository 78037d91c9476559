package stix

import "strings"

// targets are the types that an identifier may name.
type targets struct {
	any           bool
	sdo, sco, sro bool
	types         []string
}

func newTargets(text string) *targets {
	if text == "" {
		return &targets{any: true}
	}
	t := &targets{}
	for name := range strings.SplitSeq(text, "|") {
		switch name {
		case "sdo":
			t.sdo = true
		case "sco":
			t.sco = true
		case "sro":
			t.sro = true
		default:
			t.types = append(t.types, name)
		}
	}
	return t
}

// allow says whether an identifier of the type may stand. A bundle is no
// object; a type of somebody's own may be of any class.
func (t *targets) allow(objectType []byte) bool {
	if t.any {
		return string(objectType) != "bundle"
	}
	for _, name := range t.types {
		if string(objectType) == name {
			return true
		}
	}
	switch classes[string(objectType)] {
	case SDO:
		return t.sdo
	case SRO:
		return t.sro
	case SCO:
		return t.sco
	case Custom:
		return (t.sdo || t.sco || t.sro) && string(objectType) != "bundle"
	}
	return false
}

// String lists what may be named.
func (t *targets) String() string {
	all := append([]string(nil), t.types...)
	if t.sdo {
		all = append(all, "a domain object")
	}
	if t.sco {
		all = append(all, "a cyber-observable object")
	}
	if t.sro {
		all = append(all, "a relationship object")
	}
	if t.any {
		return "any object"
	}
	return strings.Join(all, ", ")
}
