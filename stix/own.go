package stix

import (
	"strconv"
	"strings"
)

// own checks what only one type has.
func (v *validator) own() {
	f := &v.top
	class := v.class()
	if f.has("defanged") && class != SCO && class != Custom {
		v.wrong("/defanged", RuleProhibited, "3.2", "defanged is for observables only; leave it out")
	}
	if markings := f.get("granular_markings"); markings != nil {
		v.selectors(markings)
	}
	switch v.o.Type {
	case "indicator":
		v.indicator(f)
	case "malware":
		if string(f.get("is_family")) == "true" && !f.has("name") {
			v.wrong("/name", RuleRequired, "4.11", "name is missing; a malware family has one")
		}
	case "observed-data":
		v.observedData(f)
	case "relationship":
		v.relationship()
	case "email-message":
		v.emailMessage(f)
	case "network-traffic":
		v.networkTraffic(f)
	case "marking-definition":
		v.markingDefinition(f)
	case "extension-definition":
		v.extensionDefinition(f)
	}
	if ClassOf(v.o.Type) == Custom {
		v.ownType(f, class)
	}
}

// ownType checks the common properties of a type that the specification does
// not define: those of the class that its extension says (section 7.3). Without
// one, an observable has neither of both times, and all others have both.
func (v *validator) ownType(f *fields, class Class) {
	if class == Custom {
		if f.has("created") != f.has("modified") {
			v.wrong("", RuleRequired, "11.2", "created and modified stand together")
		}
		return
	}
	for _, name := range requiredOf[class] {
		if !f.has(name) {
			v.wrong("/"+name, RuleRequired, "7.3", "%s is missing; every %s has it", name, class)
		}
	}
}

func (v *validator) indicator(f *fields) {
	for _, name := range []string{"name", "description"} {
		if !f.has(name) {
			v.advise("/"+name, RuleAdvice, "4.7.1", "%s should be given: it tells what the indicator does", name)
		}
	}
}

func (v *validator) emailMessage(f *fields) {
	switch string(f.get("is_multipart")) {
	case "true":
		if f.has("body") {
			v.wrong("/body", RuleProhibited, "6.6", "a message of several parts has body_multipart, not body")
		}
	case "false":
		if f.has("body_multipart") {
			v.wrong("/body_multipart", RuleProhibited, "6.6", "a message of one part has body, not body_multipart")
		}
	}
}

func (v *validator) networkTraffic(f *fields) {
	if f.has("end") && string(f.get("is_active")) == "true" {
		v.wrong("/end", RuleProhibited, "6.12", "traffic that is active has no end")
	}
	for _, name := range []string{"src_port", "dst_port"} {
		if !f.has(name) {
			v.advise("/"+name, RuleAdvice, "6.12", "%s should be given", name)
		}
	}
	v.keys(f, "ipfix", isElementName, "write the names of IPFIX elements as IANA has them, such as octetDeltaCount")
}

// isElementName says whether a text has the form of the names of IPFIX
// information elements (RFC 7012, section 2.3): a lower-case letter first, and
// capitals where words begin.
func isElementName(key string) bool {
	if key == "" || key[0] < 'a' || key[0] > 'z' {
		return false
	}
	for i := range len(key) {
		if !isAlnum(key[i]) {
			return false
		}
	}
	return true
}

func (v *validator) extensionDefinition(f *fields) {
	if !f.has("description") {
		v.advise("/description", RuleAdvice, "7.3.1", "description should be given")
	}
	toplevel := false
	elements(f.get("extension_types"), func(_ int, kind []byte) {
		toplevel = toplevel || textOf(kind) == "toplevel-property-extension"
	})
	switch {
	case toplevel && !f.has("extension_properties"):
		v.advise("/extension_properties", RuleAdvice, "7.3.1", "extension_properties should name the properties that the extension adds")
	case !toplevel && f.has("extension_properties"):
		v.wrong("/extension_properties", RuleProhibited, "7.3.1", "only an extension of the type toplevel-property-extension has extension_properties")
	}
	elements(f.get("extension_properties"), func(i int, name []byte) {
		if text := textOf(name); !isPropertyName(text) {
			v.wrong("/extension_properties/"+strconv.Itoa(i), RulePropertyName, "7.3.2", "property %.80q: use 3 to 250 lower-case letters, digits and underscores, a letter first", text)
		}
	})
}

// relationship checks that the relationship is one that the specification
// suggests for its source and target. Of types that it does not define it
// suggests nothing.
func (v *validator) relationship() {
	source, target := TypeOfID(v.o.SourceRef), TypeOfID(v.o.TargetRef)
	if ClassOf(source) == Custom || ClassOf(target) == Custom || v.o.RelationshipType == "" {
		return
	}
	switch v.o.RelationshipType {
	case "related-to":
		return
	case "derived-from", "duplicate-of":
		if source == target {
			return
		}
	default:
		targets := relationships()[source+" "+v.o.RelationshipType]
		if strings.Contains(targets, " "+target+" ") || strings.Contains(targets, " sco ") && ClassOf(target) == SCO {
			return
		}
	}
	v.advise("/relationship_type", RuleRelationship, "5.1", "a %s that a %s %.40s is not among the specification's relationships; take one of those, or related-to, where it fits", target, source, v.o.RelationshipType)
}
