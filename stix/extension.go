package stix

import "strings"

// extended is what an object's extensions say about the object itself.
type extended struct {
	class    Class // of the type, where an extension defines it; else Custom
	toplevel bool  // properties of the object are an extension's
}

// classOf are the classes of the types that an extension defines (section 10.5).
var classOf = map[string]Class{"new-sdo": SDO, "new-sco": SCO, "new-sro": SRO}

// class is that of the object's type, by the specification or by an extension.
func (v *validator) class() Class {
	if c := ClassOf(v.o.Type); c != Custom {
		return c
	}
	return v.extended.class
}

// extensions checks the property of that name (sections 3.2, 3.10, 7.3, 11.3).
func (v *validator) extensions(value []byte) {
	n := 0
	for c := over(value); ; n++ {
		name, extension, ok := c.member()
		if !ok {
			break
		}
		key := string(plain(name))
		v.enter(key)
		v.extension(key, extension)
		v.leave()
	}
	if n == 0 {
		v.wrong("", RuleEmpty, "3.2", "extensions is empty; leave it out")
	}
}

func (v *validator) extension(key string, value []byte) {
	if value[0] != '{' {
		v.wrong("", RuleValueType, "3.2", "an extension is %s, it has to be an object", kindName(kindOf(value)))
		return
	}
	switch of := extends[key]; {
	case of != "":
		t := tables()[key]
		if of != v.o.Type {
			v.wrong("", RuleExtension, t.section, "%s is an extension of %s, not of %s", key, of, v.o.Type)
		}
		v.nested(t, value)
	case strings.HasPrefix(key, "extension-definition--"):
		if _, _, problem := cutID(key); problem != "" {
			v.wrong("", RuleID, "2.9", "identifier %.80q: %s", key, problem)
		}
		v.defined(value)
	default:
		v.customExtension(key, value)
	}
}

// defined checks an extension that an extension definition describes. What it
// contains is for the definition's schema to say.
func (v *validator) defined(value []byte) {
	kind := ""
	for c := over(value); ; {
		quotedName, member, ok := c.member()
		if !ok {
			break
		}
		if name := string(plain(quotedName)); name != "extension_type" {
			v.extensionProperty(name, member)
		} else if kind = textOf(member); !vocabularyOf()["extension-type"].has[kind] {
			w := vocabularyOf()["extension-type"]
			v.wrong("/extension_type", RuleVocabulary, w.section, "extension_type is %.40s, it has to be one of %s", member, strings.Join(w.values, ", "))
			kind = "wrong"
		}
	}
	switch {
	case kind == "":
		v.wrong("/extension_type", RuleRequired, "3.2", "extension_type is missing; an extension with a definition says what it is")
	case kind == "toplevel-property-extension":
		v.extended.toplevel = true
	case classOf[kind] != Custom:
		v.extended.class = classOf[kind]
	}
}

// extensionProperty checks a property's name (section 7.3.2).
func (v *validator) extensionProperty(name string, value []byte) {
	if !isPropertyName(name) {
		v.wrong("/"+escape(name), RulePropertyName, "7.3.2", "property %.80q: use 3 to 250 lower-case letters, digits and underscores, a letter first", name)
	} else if isEmptyList(value) {
		v.wrong("/"+name, RuleEmpty, "2.12", "%s is an empty list; leave it out", name)
	}
}

// customExtension checks one in the manner of version 2.0 (section 11.3.1).
func (v *validator) customExtension(key string, value []byte) {
	if c := v.class(); c != SCO && c != Custom {
		v.wrong("", RuleExtension, "11.3", "only observables have extensions without a definition; give %.80q an extension-definition", key)
	}
	if !isTypeName(key) || !strings.HasSuffix(key, "-ext") {
		v.wrong("", RuleExtension, "11.3.1", "extension %.80q: use lower-case letters, digits and hyphens, with \"-ext\" at the end, or the id of an extension-definition", key)
	}
	v.advise("", RuleCustom, "11.3", "extension %.80q should be described by an extension-definition, and named by its id", key)
	n := 0
	for c := over(value); ; n++ {
		name, member, ok := c.member()
		if !ok {
			break
		}
		v.extensionProperty(string(plain(name)), member)
	}
	if n == 0 {
		v.wrong("", RuleEmpty, "11.3.1", "the extension is empty; leave it out")
	}
}
