package misp

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/compose"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/stix"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

// attribute is what an attribute becomes.
type attribute struct {
	kind, value          string
	stixType             string
	pattern, patternType string // of an indicator
	observables          []sco  // of observed data
	notes                []string
}

// named are the types whose value is the name of a domain object.
var named = map[string]string{"vulnerability": "vulnerability", "campaign-name": "campaign", "threat-actor": "threat-actor"}

// newAttribute finds out what an attribute becomes: a note, unless its type
// and value say more.
func newAttribute(m fields) *attribute {
	a := &attribute{kind: m.text("type"), value: m.text("value"), stixType: "note"}
	if t := named[a.kind]; t != "" && a.value != "" {
		a.stixType = t
		return a
	}
	if !m.truth("to_ids") {
		a.observe()
		return a
	}
	if language := ruleTypes[a.kind]; language != "" && a.value != "" {
		if language == "stix" {
			if _, err := pattern.Parse(a.value); err != nil {
				a.notes = append(a.notes, fmt.Sprintf("the pattern cannot be read (%v); it is kept as text", err))
				return a
			}
		}
		a.stixType, a.pattern, a.patternType = "indicator", a.value, language
		return a
	}
	a.indicate()
	return a
}

// indicate finds the pattern of a value.
func (a *attribute) indicate() {
	kinds, values := split(a.kind, a.value)
	var tests []string
	for i, kind := range kinds {
		test, err := test(kind, values[i])
		if err != nil {
			a.notes = append(a.notes, fmt.Sprintf("the value is no %s (%v); it is kept as text", kind, err))
			return
		}
		if test != "" {
			tests = append(tests, test)
		}
	}
	text := "[" + strings.Join(tests, " OR ") + "]"
	if len(tests) == 0 {
		return
	}
	if _, err := pattern.Parse(text); err != nil {
		a.notes = append(a.notes, fmt.Sprintf("no pattern can say it (%v); it is kept as text", err))
		return
	}
	a.stixType, a.pattern, a.patternType = "indicator", text, "stix"
}

// test is a comparison that finds a value, "" if no path is known for its type.
func test(kind, value string) (string, error) {
	if kind == "AS" {
		n, err := asNumber(value)
		return "autonomous-system:number = " + strconv.FormatUint(n, 10), err
	}
	m, ok := halves[kind]
	switch {
	case !ok:
		return "", nil
	case m.value != "":
		v, err := observable.New(m.value, value)
		if err != nil {
			return "", err
		}
		return strings.TrimSuffix(strings.TrimPrefix(v.Pattern(), "["), "]"), nil
	case value == "":
		return "", fmt.Errorf("it is empty")
	}
	if kind == "regkey" {
		value = fullKey(value)
	}
	return m.path + " = " + pattern.Constant{Kind: pattern.String, Text: value}.String(), nil
}

func asNumber(value string) (uint64, error) {
	digits := strings.TrimSpace(value)
	if len(digits) > 2 && strings.EqualFold(digits[:2], "AS") {
		digits = digits[2:]
	}
	return strconv.ParseUint(digits, 10, 32)
}

// observe finds the observables of a value.
func (a *attribute) observe() {
	kinds, values := split(a.kind, a.value)
	var found []sco
	for i, kind := range kinds {
		one, ok := observed(kind, values[i])
		if !ok {
			return
		}
		found = append(found, one)
	}
	if len(found) > 0 {
		a.stixType, a.observables = "observed-data", found
	}
}

// observed is the observable that a value is.
func observed(kind, value string) (one sco, ok bool) {
	var err error
	m := halves[kind]
	switch {
	case kind == "AS":
		var n uint64
		if n, err = asNumber(value); err == nil {
			one.raw, one.id, err = compose.SCO("autonomous-system", compose.Property{Name: "number", Value: n})
		}
	case m.value != "":
		var v observable.Value
		if v, err = observable.New(m.value, value); err == nil {
			one.raw, one.id, err = compose.Observable(v)
		}
	case m.sco[0] != "" && value != "":
		if kind == "regkey" {
			value = fullKey(value)
		}
		one.raw, one.id, err = compose.SCO(m.sco[0], compose.Property{Name: m.sco[1], Value: value})
	default:
		return one, false
	}
	return one, err == nil && valid(one.raw)
}

// valid says whether the specification allows an observable: what it does not,
// such as a file's name with a path in it, stays text.
func valid(raw jsontext.Value) bool {
	for _, f := range stix.ValidateRaw(raw) {
		if f.Level == stix.LevelError {
			return false
		}
	}
	return true
}

// fullKey writes out the root of a registry key, as section 6.17 wants it.
func fullKey(key string) string {
	root, rest, found := strings.Cut(key, `\`)
	for _, r := range [][2]string{
		{"HKLM", "HKEY_LOCAL_MACHINE"}, {"HKCU", "HKEY_CURRENT_USER"}, {"HKCR", "HKEY_CLASSES_ROOT"},
		{"HKU", "HKEY_USERS"}, {"HKCC", "HKEY_CURRENT_CONFIG"},
	} {
		if found && strings.EqualFold(root, r[0]) {
			return r[1] + `\` + rest
		}
	}
	return key
}

// attributeTypes are the attribute types that the paths of patterns stand for.
var attributeTypes = map[string]string{
	"domain-name:value": "domain", "ipv4-addr:value": "ip-dst", "ipv6-addr:value": "ip-dst", "url:value": "url",
	"file:hashes.MD5": "md5", "file:hashes.'SHA-1'": "sha1", "file:hashes.'SHA-256'": "sha256",
}

// describePattern is the type and value of an attribute that says what a pattern does.
func describePattern(language, text string) (kind, value string) {
	if language != "stix" {
		for kind, l := range ruleTypes {
			if l == language {
				return kind, text
			}
		}
		return "text", text
	}
	p, err := pattern.Parse(text)
	if err != nil {
		return "text", text
	}
	terms, complete := pattern.Terms(p)
	switch {
	case complete && len(terms) == 1:
		if kind := attributeTypes[terms[0].Path]; kind != "" {
			return kind, terms[0].Value
		}
	case complete && len(terms) == 2 && terms[0].Path == "domain-name:value" && strings.HasSuffix(terms[1].Path, "-addr:value"):
		return "domain|ip", terms[0].Value + "|" + terms[1].Value
	}
	return "stix2-pattern", text
}
