package stix

// markingDefinition checks the rules of section 7.2.1.
func (v *validator) markingDefinition(f *fields) {
	if !f.has("definition") && !f.has("extensions") {
		v.wrong("/definition", RuleRequired, "7.2.1", "a marking definition has definition and definition_type, or an extension")
	}
	kind, definition := textOf(f.get("definition_type")), f.get("definition")
	switch {
	case kind == "statement":
		if stringIn(definition, "statement") == "" {
			v.wrong("/definition/statement", RuleRequired, "7.2.1.3", "a statement marking has a statement, a string")
		}
	case kind == "tlp":
		v.tlp(f, definition)
	case kind != "":
		v.advise("/definition_type", RuleCustom, "7.2.1", "definition_type %.80q: use tlp or statement, or describe the marking by an extension-definition", kind)
	}
	if level := tlp2Level(f.get("extensions")); level != "" {
		v.tlp2(level)
	}
}

// tlp checks that a marking of TLP 1 is one of the four that may exist.
func (v *validator) tlp(f *fields, definition []byte) {
	word := stringIn(definition, "tlp")
	for _, t := range tlp1 {
		if t.word != word {
			continue
		}
		if v.o.ID != t.id {
			v.wrong("/id", RuleID, "7.2.1.4", "the TLP marking of %q has the id %s; refer to that one", word, t.id)
		}
		v.fixed(f, "name", "TLP:"+t.name, "7.2.1.4")
		v.fixed(f, "created", "2017-01-20T00:00:00.000Z", "7.2.1.4")
		return
	}
	v.wrong("/definition/tlp", RuleVocabulary, "7.2.1.4", "tlp is %.40q, it has to be one of white, green, amber, red; TLP 2 has an extension of its own", word)
}

// tlp2 is tlp for version 2, by the OASIS extension of which it is part.
func (v *validator) tlp2(level string) {
	at := "/extensions/" + tlp2Extension + "/tlp_2_0"
	id := TLPMarking(level)
	switch {
	case id == "":
		v.wrong(at, RuleVocabulary, "", "tlp_2_0 is %.40q, it has to be one of clear, green, amber, amber+strict, red", level)
	case id != v.o.ID:
		v.wrong("/id", RuleID, "", "the TLP marking of %q has the id %s; refer to that one", level, id)
	}
}

// fixed checks a value that the specification gives.
func (v *validator) fixed(f *fields, name, want, section string) {
	switch got := textOf(f.get(name)); got {
	case want:
	case "": // older producers leave the name out, and the id says what it is
		v.advise("/"+name, RuleMarking, section, "%s is missing, that of this TLP marking is %q; refer to the marking and leave its definition out", name, want)
	default:
		v.wrong("/"+name, RuleMarking, section, "%s is %.40q, that of this TLP marking is %q; refer to the marking and leave its definition out", name, got, want)
	}
}

// tlp2Level is what the extension for TLP 2 says, "" where there is none.
func tlp2Level(extensions []byte) (level string) {
	members(extensions, func(key string, extension []byte) {
		if key == tlp2Extension {
			level = stringIn(extension, "tlp_2_0")
		}
	})
	return level
}

// stringIn is an object's member of the name, "" if it is no string.
func stringIn(object []byte, name string) (text string) {
	members(object, func(n string, value []byte) {
		if n == name {
			text = textOf(value)
		}
	})
	return text
}
