package stix

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// property checks the value of a property that the table has.
func (v *validator) property(r *rule, value []byte) {
	if r.idle {
		v.advise("", RuleProhibited, v.idleSection(), "%s has no place in a %s; leave it out", r.name, v.o.Type)
	}
	if !r.list {
		v.value(r, value)
		return
	}
	if value[0] != '[' {
		v.wrong("", RuleValueType, "2.12", "%s is %s, it has to be a list", r.name, kindName(kindOf(value)))
		return
	}
	c, n := over(value), 0
	for ; ; n++ {
		e, ok := c.element()
		if !ok {
			break
		}
		v.element(n)
		v.value(r, e)
		v.leave()
	}
	if n == 0 {
		v.wrong("", RuleEmpty, "2.12", "%s is an empty list; leave it out", r.name)
	}
}

func (v *validator) idleSection() string { return tableOf(v.o.Type).section }

// kindOf is the JSON type of a value, 't' for both truth values.
func kindOf(value []byte) jsontext.Kind {
	switch k := jsontext.Value(value).Kind(); k {
	case 'f':
		return 't'
	default:
		return k
	}
}

// wants is the JSON type of a rule's values.
func (r *rule) wants() jsontext.Kind {
	switch r.kind {
	case 'b':
		return 't'
	case 'i', 'f':
		return '0'
	case 'h', 'd', 'o', 'c', 'p', '@':
		return '{'
	}
	return '"'
}

func (v *validator) value(r *rule, value []byte) {
	if want := r.wants(); kindOf(value) != want {
		v.wrong("", RuleValueType, r.section, "%s is %s, it has to be %s", r.name, kindName(kindOf(value)), kindName(want))
		return
	}
	switch r.kind {
	case 'i', 'f':
		v.number(r, value)
	case 't', 'T':
		v.timestamp(r, plain(value))
	case 'x':
		if text := plain(value); !isHexOctets(text) {
			v.wrong("", RuleValueType, "2.8", "%s is not hexadecimal: two lower-case digits an octet", r.name)
		}
	case 'y':
		if !isBase64(plain(value)) {
			v.wrong("", RuleValueType, "2.1", "%s is not base64 (RFC 4648)", r.name)
		}
	case '=':
		if w := r.vocabulary; !w.has[string(plain(value))] {
			v.wrong("", RuleVocabulary, w.section, "%s is %.40s, it has to be one of %s", r.name, value, strings.Join(w.values, ", "))
		}
	case '~':
		if w := r.vocabulary; !w.has[string(plain(value))] {
			v.advise("", RuleVocabulary, w.section, "%s is %.80s, which is not in the open vocabulary %s-ov; take one of its values where one fits", r.name, value, w.name)
		}
	case '%':
		v.formed(r, plain(value))
	case '>':
		v.identifier(r, plain(value))
	case 'h':
		v.hashes(value)
	case 'd':
		v.dictionary(r, value)
	case '@':
		v.nested(r.nested, value)
	case 'p':
		v.extensions(value)
	case 'c':
		v.translations(value)
	}
}

func (v *validator) number(r *rule, value []byte) {
	var n float64
	if r.kind == 'i' {
		i, ok := parseInteger(value)
		if !ok {
			v.wrong("", RuleRange, "2.10", "%s is %.30s, it has to be an integer of at most 53 bits", r.name, value)
			return
		}
		n = float64(i)
	} else {
		var err error
		if n, err = strconv.ParseFloat(string(value), 64); err != nil {
			v.wrong("", RuleRange, "2.6", "%s is beyond the range of a double", r.name)
			return
		}
	}
	if r.bounded && (n < r.min || n > r.max) {
		v.wrong("", RuleRange, r.section, "%s is %.30s, it has to be from %.0f to %.0f", r.name, value, r.min, r.max)
	}
}

// parseInteger reads an integer without fraction and exponent (section 2.10).
func parseInteger(text []byte) (n int64, ok bool) {
	n, err := strconv.ParseInt(string(text), 10, 64)
	return n, err == nil && n <= maxSafe && n >= -maxSafe
}

func (v *validator) timestamp(r *rule, text []byte) {
	if _, ok := parseTimestamp(text); !ok {
		v.wrong("", RuleTimestamp, "2.16", "%s: %s", r.name, timestampProblem(text))
		return
	}
	dot := bytes.IndexByte(text, '.')
	switch {
	case r.kind == 'T' && (dot < 0 || len(text)-dot < len(".123Z")):
		v.wrong("", RuleTimestamp, r.section, "%s has to be precise to the millisecond; write three digits after the point", r.name)
	case r.name == "time_date_stamp" && dot >= 0:
		v.wrong("", RuleTimestamp, r.section, "%s has to be precise to the second; leave out the fraction", r.name)
	}
}

func (v *validator) formed(r *rule, text []byte) {
	f := r.form
	if f.matches(text) || f.plainly && v.defanged() {
		return
	}
	section := f.section
	if section == "" {
		section = r.section
	}
	v.hint(f.level, "", RuleFormat, section, r.name+" is "+quoted(text)+", it has to be "+f.what)
}

// defanged says whether the object's data was made harmless to click on.
func (v *validator) defanged() bool {
	for c := over(v.o.Raw); ; {
		name, value, ok := c.member()
		if !ok {
			return false
		}
		if string(plain(name)) == "defanged" {
			return value[0] == 't'
		}
	}
}

func isHexOctets(text []byte) bool {
	for _, c := range text {
		if !lowerHex(c) {
			return false
		}
	}
	return len(text)%2 == 0
}

func isBase64(text []byte) bool {
	_, err := base64.StdEncoding.Decode(make([]byte, base64.StdEncoding.DecodedLen(len(text))), text)
	return err == nil
}

// quoted writes what came in for a message, cut where it is long.
func quoted(text []byte) string {
	return strconv.Quote(shortened(string(text[:min(len(text), longestKey+1)])))
}
