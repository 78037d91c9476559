package stix

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// hashDigits are the lengths of the hashes that are hexadecimal (section 10.7).
var hashDigits = map[string]int{"MD5": 32, "SHA-1": 40, "SHA-256": 64, "SHA-512": 128, "SHA3-256": 64, "SHA3-512": 128}

func (v *validator) hashes(pointer string, value jsontext.Value) {
	n := 0
	members(value, func(name string, hash jsontext.Value) {
		n++
		at := pointer + "/" + escape(name)
		if len(name) < 3 || len(name) > 250 || strings.Trim(name, dictionaryLetters) != "" {
			v.wrong(at, RulePropertyName, "2.7", "hash %.80q: use 3 to 250 letters, digits, hyphens and underscores", name)
		}
		if hash.Kind() != '"' {
			v.wrong(at, RuleValueType, "2.7", "a hash is %s, it has to be a string", kindName(hash.Kind()))
		} else if text := propertyName(hash); hashDigits[name] > 0 && (len(text) != hashDigits[name] || strings.Trim(text, "0123456789abcdefABCDEF") != "") {
			v.wrong(at, RuleValueType, "2.7", "%.80q is no %s, which has %d hexadecimal digits", text, name, hashDigits[name])
		}
	})
	if n == 0 {
		v.wrong(pointer, RuleEmpty, "2.3", "there is no hash; leave the property out")
	}
}

// dictionaryLetters are those of a dictionary's keys (section 2.3).
const dictionaryLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

// structure checks the objects that several tables share: kill chain phases,
// external references, granular markings and extensions.
func (v *validator) structure(pointer string, kind byte, value jsontext.Value) {
	present := map[string]jsontext.Value{}
	members(value, func(name string, member jsontext.Value) { present[name] = member })
	need := func(section string, names ...string) {
		for _, name := range names {
			if present[name].Kind() != '"' {
				v.wrong(pointer+"/"+name, RuleRequired, section, "%s is missing, or no string", name)
			}
		}
	}
	switch kind {
	case 'k':
		need("2.11", "kill_chain_name", "phase_name")
	case 'e':
		need("2.5", "source_name")
		if present["description"] == nil && present["url"] == nil && present["external_id"] == nil {
			v.wrong(pointer, RuleRequired, "2.5.2", "an external reference has a description, a url or an external_id")
		}
		if hashes := present["hashes"]; hashes.Kind() == '{' {
			v.hashes(pointer+"/hashes", hashes)
		}
	case 'g':
		v.granular(pointer, present)
	case 'p':
		if len(present) == 0 {
			v.wrong(pointer, RuleEmpty, "3.2", "extensions is empty; leave it out")
		}
		for name, extension := range present {
			v.extension(pointer+"/"+escape(name), extension)
		}
	}
}

// granular checks one granular marking (section 7.2.3.1).
func (v *validator) granular(pointer string, present map[string]jsontext.Value) {
	switch {
	case (present["lang"] == nil) == (present["marking_ref"] == nil):
		v.wrong(pointer, RuleRequired, "7.2.3.1", "a granular marking has either lang or marking_ref")
	case present["marking_ref"].Kind() == '"':
		v.reference(pointer+"/marking_ref", propertyName(present["marking_ref"]), "7.2.3.1", "marking-definition")
	}
	selectors := present["selectors"]
	if selectors.Kind() != '[' || isEmptyList(selectors) {
		v.wrong(pointer+"/selectors", RuleRequired, "7.2.3.1", "a granular marking has a list of selectors")
		return
	}
	elements(selectors, func(i int, s jsontext.Value) {
		if s.Kind() != '"' || !v.selects(propertyName(s)) {
			v.wrong(pointer+"/selectors/"+strconv.Itoa(i), RuleReference, "7.2.3.1", "selector %.80s names nothing in the object", s)
		}
	})
}

// selects says whether a selector such as "external_references.[0].url" leads
// to something in the object.
func (v *validator) selects(selector string) bool {
	at := v.o.Raw
	for step := range strings.SplitSeq(selector, ".") {
		var next jsontext.Value
		if index, ok := strings.CutPrefix(step, "["); ok && at.Kind() == '[' {
			elements(at, func(i int, e jsontext.Value) {
				if index == fmt.Sprintf("%d]", i) {
					next = e
				}
			})
		} else if !ok && at.Kind() == '{' {
			members(at, func(name string, member jsontext.Value) {
				if name == step {
					next = member
				}
			})
		}
		if next == nil {
			return false
		}
		at = next
	}
	return true
}

// extension checks one value of extensions.
func (v *validator) extension(pointer string, value jsontext.Value) {
	if value.Kind() != '{' {
		v.wrong(pointer, RuleValueType, "3.2", "an extension is %s, it has to be an object", kindName(value.Kind()))
		return
	}
	n := 0
	members(value, func(name string, member jsontext.Value) {
		n++
		if e := enumerations["extension-type"]; name == "extension_type" && (member.Kind() != '"' || !slices.Contains(e.values, propertyName(member))) {
			v.wrong(pointer+"/extension_type", RuleVocabulary, e.section, "extension_type is %.40s, it has to be one of %s", member, strings.Join(e.values, ", "))
		}
	})
	if n == 0 {
		v.wrong(pointer, RuleEmpty, "3.10", "the extension is empty; leave it out")
	}
}
