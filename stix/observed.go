package stix

import (
	"strconv"
	"strings"
)

// observedData checks what an observation contains (section 4.14).
func (v *validator) observedData(f *fields) {
	if objects := f.get("objects"); objects.Kind() == '{' {
		v.advise("/objects", RuleDeprecated, "2.13", "objects is deprecated; send the observables as objects of their own and name them in object_refs")
		v.enter("objects")
		v.contained(objects)
		v.leave()
	}
	if refs := f.get("object_refs"); refs.Kind() == '[' && !isEmptyList(refs) {
		observables := 0
		elements(refs, func(_ int, ref []byte) {
			switch c := ClassOf(TypeOfID(textOf(ref))); c {
			case SCO, Custom:
				observables++
			}
		})
		if observables == 0 {
			v.wrong("/object_refs", RuleReference, "4.14", "object_refs names no observable; it has to name one at least")
		}
	}
}

// contained checks the deprecated container of observables (section 2.13).
// Their keys are what their references name.
func (v *validator) contained(objects []byte) {
	types := map[string]string{}
	members(objects, func(key string, object []byte) { types[key] = stringIn(object, "type") })
	if len(types) == 0 {
		v.wrong("", RuleEmpty, "2.13", "objects is empty; there is one observable at least")
	}
	members(objects, func(key string, object []byte) {
		below := "/" + escape(key)
		if n, err := strconv.Atoi(key); err != nil || n < 0 || n >= len(types) {
			v.advise(below, RuleID, "2.9", "key %.80q: the keys should be \"0\", \"1\", \"2\" and so on", key)
		}
		switch objectType := types[key]; {
		case object[0] != '{':
			v.wrong(below, RuleValueType, "2.13", "an observable is %s, it has to be an object", kindName(kindOf(object)))
		case !isTypeName(objectType):
			v.wrong(below+"/type", RuleTypeName, "3.1", "type %.80q: use 3 to 250 lower-case letters, digits and single hyphens, a letter first", objectType)
		case ClassOf(objectType) != SCO && ClassOf(objectType) != Custom:
			v.wrong(below+"/type", RuleReference, "2.13", "a %s is no observable; send it as an object of its own", objectType)
		default:
			v.observable(v.pointer(below), objectType, object, types)
		}
	})
}

// observable checks one of the container as if it were an object, but for the
// properties that identify it.
func (v *validator) observable(pointer, objectType string, object []byte, types map[string]string) {
	inner := validator{container: types, count: v.count}
	inner.o = Object{Raw: object, Pointer: pointer, Line: v.o.Line, Header: Header{Type: objectType, ID: v.o.ID}}
	inner.top = fields{table: tableOf(objectType), text: object}
	inner.read(&inner.top)
	inner.required(&inner.top)
	inner.tied(&inner.top)
	inner.own()
	inner.customs()
	v.findings, v.count = append(v.findings, inner.findings...), inner.count
}

// local checks a reference within the container; it says whether it is one.
func (v *validator) local(r *rule, key string) bool {
	objectType, ok := v.container[key]
	switch {
	case ok && !r.types.allow([]byte(objectType)):
		v.wrong("", RuleReference, r.section, "%s names a %s, it has to name %s", r.name, objectType, r.types)
	case !ok && strings.Contains(key, "--"):
		return false // an identifier, of an object of its own
	case !ok:
		v.wrong("", RuleReference, "2.13", "%s names %.80q, which is not in the same container", r.name, key)
	}
	return true
}
