package stix

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// inside checks what only one of the nested types has.
func (v *validator) inside(f *fields) {
	switch f.table.name {
	case "external-reference":
		v.externalReference(f)
	case "granular-marking":
		v.granular(f)
	case "socket-ext":
		v.keys(f, "options", isSocketOption, "name options as the system does, such as SO_KEEPALIVE")
	case "pdf-ext":
		v.keys(f, "document_info_dict", isDocumentInfo, "write the entries' names as in the file, such as Title or CreationDate")
	}
}

// keys advises on keys of a dictionary that no name is known for.
func (v *validator) keys(f *fields, name string, known func(string) bool, remedy string) {
	for c := over(f.get(name)); ; {
		key, _, ok := c.member()
		if !ok {
			return
		}
		if text := string(plain(key)); !known(text) {
			v.advise("/"+name+"/"+escape(text), RuleFormat, f.table.section, "%.80q is no known key of %s; %s", text, name, remedy)
		}
	}
}

var (
	cve   = regexp.MustCompile(`^CVE-[0-9]{4}-(0[0-9]{3}|[1-9][0-9]{3,})$`)
	capec = regexp.MustCompile(`^CAPEC-[0-9]+$`)
)

// externalReference checks the rules on identifiers of other catalogues
// (sections 4.1.1 and 4.19.1) and that what a URL leads to is hashed.
func (v *validator) externalReference(f *fields) {
	if f.has("url") && !f.has("hashes") {
		v.advise("/hashes", RuleAdvice, "2.5.1", "hashes of what the url leads to should be given")
	}
	source, id := textOf(f.get("source_name")), textOf(f.get("external_id"))
	exact := func(name string, form *regexp.Regexp, section string) {
		isNamed, looksIt := strings.EqualFold(source, name), len(id) > len(name) && strings.EqualFold(id[:len(name)+1], name+"-")
		if (isNamed || looksIt) && (source != name || !form.MatchString(id)) {
			v.wrong("/external_id", RuleFormat, section, "%.40q of %.40q: the source_name of such an identifier is %q, and it is written like %s", id, source, name, map[string]string{"cve": "CVE-2017-0144", "capec": "CAPEC-463"}[name])
		}
	}
	switch v.o.Type {
	case "attack-pattern":
		exact("capec", capec, "4.1.1")
	case "vulnerability":
		exact("cve", cve, "4.19.1")
	}
}

// granular checks what a granular marking marks with. What it selects is
// checked for all of them together.
func (v *validator) granular(f *fields) {
	if ref := textOf(f.get("marking_ref")); ref != "" && ref == v.o.ID {
		v.wrong("/marking_ref", RuleReference, "3.2", "a marking definition cannot mark itself")
	}
}

// selectors checks what the granular markings select (section 7.2.3.1).
func (v *validator) selectors(markings []byte) {
	each := func(do func(marking, i int, selector string)) {
		elements(markings, func(m int, marking []byte) {
			members(marking, func(name string, list []byte) {
				if name != "selectors" {
					return
				}
				elements(list, func(i int, s []byte) {
					if s[0] == '"' { // else it has been reported
						do(m, i, string(plain(s)))
					}
				})
			})
		})
	}
	var all []string
	each(func(_, _ int, s string) { all = append(all, s) })
	missing := unresolved(v.o.Raw, all)
	each(func(m, i int, s string) {
		below := func() string { return fmt.Sprintf("/granular_markings/%d/selectors/%d", m, i) }
		if !isSelector(s) {
			v.wrong(below(), RuleSelector, "7.2.3.1", "selector %.80q: write property names and list indices such as [0], with full stops between them", s)
		} else if missing[s] {
			v.wrong(below(), RuleSelector, "7.2.3.1", "selector %.80q names nothing in the object", s)
		}
	})
}

// documentInfo are the entries of a PDF file's document information dictionary
// (ISO 32000-1, section 14.3.3).
var documentInfo = []string{"Title", "Author", "Subject", "Keywords", "Creator", "Producer", "CreationDate", "ModDate", "Trapped"}

func isDocumentInfo(key string) bool { return slices.Contains(documentInfo, key) }

// isSocketOption says whether a text is the name of a socket option in one of
// the families that have names.
func isSocketOption(key string) bool {
	family, name, found := strings.Cut(key, "_")
	options, known := socketOptions[family]
	return found && known && bytes.Contains([]byte(" "+options+" "), []byte(" "+name+" "))
}
