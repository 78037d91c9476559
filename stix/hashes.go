package stix

import (
	"bytes"
	"regexp"
)

// hashDigits are the lengths of the hashes that are hexadecimal (section 10.7).
var hashDigits = map[string]int{"MD5": 32, "SHA-1": 40, "SHA-256": 64, "SHA-512": 128, "SHA3-256": 64, "SHA3-512": 128}

var (
	ssdeep = regexp.MustCompile(`^[0-9]{1,10}:[A-Za-z0-9+/]{0,64}:[A-Za-z0-9+/]{0,64}$`)
	tlsh   = regexp.MustCompile(`^(T1)?[0-9A-Fa-f]{70}$`)
)

// hashes checks a dictionary of hashes (section 2.7).
func (v *validator) hashes(value []byte) {
	n := 0
	for c := over(value); ; n++ {
		quotedName, hash, ok := c.member()
		if !ok {
			break
		}
		name := plain(quotedName)
		if hash[0] != '"' {
			v.wrong("/"+escape(string(name)), RuleValueType, "2.7", "a hash is %s, it has to be a string", kindName(kindOf(hash)))
			continue
		}
		v.hash(name, plain(hash))
	}
	if n == 0 {
		v.wrong("", RuleEmpty, "2.3", "there is no hash; leave the property out")
	}
}

func (v *validator) hash(name, text []byte) {
	switch digits := hashDigits[string(name)]; {
	case digits > 0:
		if len(text) != digits || !allHex(text) {
			v.wrong("/"+string(name), RuleValueType, "2.7", "%.80q is no %s, which has %d hexadecimal digits", text, name, digits)
		}
	case string(name) == "SSDEEP" && !ssdeep.Match(text), string(name) == "TLSH" && !tlsh.Match(text):
		v.wrong("/"+string(name), RuleValueType, "2.7", "%.80q is no %s", text, name)
	case len(name) < 3 || !isDictionaryKey(name):
		v.wrong("/"+escape(string(name)), RulePropertyName, "2.7", "hash %.80q: use 3 to 250 letters, digits, hyphens and underscores", name)
	case !vocabularyOf()["hash-algorithm"].has[string(name)]:
		v.advise("/"+string(name), RuleVocabulary, "10.7", "%.80q is not in the open vocabulary hash-algorithm-ov; take one of its values where one fits", name)
	}
}

func allHex(text []byte) bool {
	for _, c := range text {
		if !isHex(c) {
			return false
		}
	}
	return true
}

// isDictionaryKey says whether a text can be a dictionary's key (section 2.3).
func isDictionaryKey(key []byte) bool {
	for _, c := range key {
		if !isAlnum(c) && c != '-' && c != '_' {
			return false
		}
	}
	return len(key) > 0 && len(key) <= 250
}

// dictionary checks the keys of a dictionary (section 2.3), and its values
// where a table says what they are: 's' strings, 'i' integers, "*s" lists of strings.
func (v *validator) dictionary(r *rule, value []byte) {
	n := 0
	for c := over(value); ; n++ {
		quotedName, member, ok := c.member()
		if !ok {
			break
		}
		key := plain(quotedName)
		below := "/" + escape(string(key))
		if !isDictionaryKey(key) {
			v.wrong(below, RulePropertyName, "2.3", "key %.80q: use 1 to 250 letters, digits, hyphens and underscores", key)
		}
		if !fits(r.values, member) {
			v.wrong(below, RuleValueType, r.section, "%.80s of %s is %s, it has to be %s", key, r.name, kindName(kindOf(member)), whatFits[r.values])
		}
	}
	if n == 0 {
		v.wrong("", RuleEmpty, "2.3", "%s is an empty dictionary; leave it out", r.name)
	}
}

var whatFits = map[string]string{"": "a value", "s": "a string", "i": "an integer", "is": "an integer or a string", "*s": "a list of strings"}

func fits(kinds string, value []byte) bool {
	switch {
	case kinds == "":
		return value[0] != 'n'
	case kinds == "*s":
		if value[0] != '[' || isEmptyList(value) {
			return false
		}
		for c := over(value); ; {
			e, ok := c.element()
			if !ok {
				return true
			}
			if e[0] != '"' {
				return false
			}
		}
	case value[0] == '"':
		return bytes.IndexByte([]byte(kinds), 's') >= 0
	}
	_, isInteger := parseInteger(value)
	return isInteger && bytes.IndexByte([]byte(kinds), 'i') >= 0
}
