package stix

// translations checks the contents of a language-content object (section 7.1):
// languages, and for each the properties that are translated.
func (v *validator) translations(value []byte) {
	n := 0
	members(value, func(lang string, content []byte) {
		n++
		below := "/" + escape(lang)
		if !isLanguage([]byte(lang)) {
			v.wrong(below, RuleFormat, "7.1.1", "%.80q is no language code of RFC 5646, such as \"de\" or \"pt-BR\"", lang)
		}
		if content[0] != '{' {
			v.wrong(below, RuleValueType, "7.1.1", "the translation is %s, it has to be an object with the translated properties", kindName(kindOf(content)))
			return
		}
		properties := 0
		members(content, func(name string, text []byte) {
			properties++
			if k := kindOf(text); k != '"' && k != '[' && k != '{' {
				v.wrong(below+"/"+escape(name), RuleValueType, "7.1.1", "the translation of %.80q is %s, it has to be a string, a list or an object", name, kindName(k))
			}
		})
		if properties == 0 {
			v.wrong(below, RuleEmpty, "2.3", "nothing is translated; leave the language out")
		}
	})
	if n == 0 {
		v.wrong("", RuleEmpty, "2.3", "contents is an empty dictionary; there is one language at least")
	}
}
