package stix

import (
	"cmp"
)

// typed checks the type, without which nothing else can be said.
func (v *validator) typed() bool {
	switch t := v.o.Type; {
	case t == "":
		v.wrong("/type", RuleRequired, "3.2", "type is missing; every STIX object has one")
	case !isTypeName(t):
		v.wrong("/type", RuleTypeName, "3.1", "type %.80q: use 3 to 250 lower-case letters, digits and single hyphens, a letter first", t)
	case t == "bundle":
		v.wrong("/type", RuleTypeName, "8", "a bundle is no object; send its objects")
	case t == "action":
		v.wrong("/type", RuleTypeName, "3.8", "the name action is reserved; choose another")
	default:
		return true
	}
	return false
}

// identity checks what the header shows (sections 2.9, 3.2, 3.6).
func (v *validator) identity() {
	o := &v.o
	class := v.class()
	switch end, version, problem := cutID(o.ID); {
	case o.ID == "":
		v.wrong("/id", RuleRequired, "3.3", "id is missing; every STIX object has one")
	case problem != "":
		v.wrong("/id", RuleID, "2.9", "identifier %.80q: %s", o.ID, problem)
	case o.ID[:end] != o.Type:
		v.wrong("/id", RuleID, "2.9", "id %s does not begin with the object's type, %s", o.ID, o.Type)
	default:
		v.version(class, version)
	}
	// Version 2.0 has no spec_version; what it allowed is not always allowed today.
	// An observable may leave it out, and an observable of one's own has no created.
	optional := class == SCO || class == Custom && o.Created.IsZero()
	if o.SpecVersion != "2.1" && (o.SpecVersion != "" || !optional) {
		v.wrong("/spec_version", RuleSpecVersion, "3.2", "spec_version is %q, it has to be \"2.1\"; convert the object from STIX 2.0 first", cmp.Or(o.SpecVersion, "missing"))
	}
	if !o.Created.IsZero() && !o.Modified.IsZero() && o.Modified.Before(o.Created) {
		v.wrong("/modified", RuleOrder, "3.2", "modified is before created")
	}
	for i, ref := range o.MarkingRefs {
		if ref == o.ID {
			v.enter("object_marking_refs")
			v.element(i)
			v.wrong("", RuleReference, "3.2", "a marking definition cannot mark itself")
			v.leave()
			v.leave()
		}
	}
}

// version checks which kind of UUID an identifier has (section 2.9).
func (v *validator) version(class Class, version byte) {
	t := v.top.table
	switch {
	case ClassOf(v.o.Type) == Custom: // its definition says what contributes
	case class == SCO && t.contributing&v.top.present == 0:
		if version != 4 {
			v.wrong("/id", RuleID, "2.9", "no property contributes to the identifier, so that it has to be a random UUID (version 4)")
		}
	case class == SCO && version != 5:
		v.advise("/id", RuleID, "2.9", "an observable's identifier should be made from its contributing properties, a UUID of version 5")
	case class == SDO || class == SRO || class == Meta:
		if version != 4 {
			v.advise("/id", RuleID, "2.9", "the identifier should be a random UUID (version 4)")
		}
	}
	if class == SCO && v.versioned() && v.deterministic() {
		v.wrong("/id", RuleID, "3.6", "an observable with versions cannot have the identifier that everybody makes of it; take a random one")
	}
}

// versioned says whether an observable has properties of objects that are
// versioned.
func (v *validator) versioned() bool {
	return v.top.has("modified") || v.top.has("revoked") || v.top.has("created_by_ref") || v.top.has("created")
}

// deterministic says whether the object has the identifier of DeterministicID.
func (v *validator) deterministic() bool {
	id, err := DeterministicID(v.o.Type, propertiesOf(v.o.Raw))
	return err == nil && id == v.o.ID
}

// cutID takes an identifier apart (section 2.9): its type is what comes before
// end. problem is "" if it is one.
func cutID[T string | []byte](id T) (end int, version byte, problem string) {
	const tail = len("--00000000-0000-0000-0000-000000000000")
	end = len(id) - tail
	if end < 1 || id[end] != '-' || id[end+1] != '-' || !isTypeName(id[:end]) {
		return 0, 0, "write it as a type, two hyphens and a UUID"
	}
	for i := range tail - 2 {
		c := id[end+2+i]
		if hyphen := i == 8 || i == 13 || i == 18 || i == 23; hyphen != (c == '-') || !hyphen && !isHex(c) {
			return 0, 0, "what follows the type is no UUID"
		}
	}
	version = id[end+2+14] - '0'
	if v := id[end+2+19] | 0x20; v != '8' && v != '9' && v != 'a' && v != 'b' || version < 1 || version > 8 {
		return 0, 0, "the UUID is not one of RFC 4122"
	}
	return end, version, ""
}

// identifier checks a reference.
func (v *validator) identifier(r *rule, id []byte) {
	if v.container != nil && v.local(r, string(id)) {
		return
	}
	end, _, problem := cutID(id)
	switch {
	case problem != "":
		v.wrong("", RuleID, "2.9", "identifier %.80q: %s", id, problem)
	case !r.types.allow(id[:end]):
		v.wrong("", RuleReference, r.section, "%s names a %s, it has to name %s", r.name, id[:end], r.types)
	}
}
