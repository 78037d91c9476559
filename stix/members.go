package stix

import (
	"math/bits"
	"strings"
)

// read looks at every member of an object: those that the table knows are
// checked and kept in f, the others noted.
func (v *validator) read(f *fields) {
	for c := over(f.text); ; {
		name, value, ok := c.member()
		if !ok {
			return
		}
		key := plain(name)
		r := f.table.rules[string(key)]
		if r == nil {
			v.unknown = append(v.unknown, member{key, value})
			f.others++
			continue
		}
		f.set(r, c.at)
		v.enter(r.name)
		v.property(r, value)
		v.leave()
	}
}

// required reports what is missing.
func (v *validator) required(f *fields) {
	t := f.table
	for missing := t.required &^ f.present; missing != 0; missing &= missing - 1 {
		r := t.all[bits.TrailingZeros64(missing)]
		v.wrong("/"+r.name, RuleRequired, r.section, "%s is missing; every %s has it", r.name, v.nameOf(t))
	}
	if t.oneOf != 0 && t.oneOf&f.present == 0 {
		v.wrong("", RuleRequired, t.section, "a %s has at least one of: %s", v.nameOf(t), strings.Join(t.names(t.oneOf), ", "))
	}
	if t.least == 0 {
		return
	}
	n := bits.OnesCount64(f.present & t.own)
	if f.has("extensions") {
		n++
	}
	if n < t.least {
		v.wrong("", RuleRequired, t.section, "a %s has at least %d of: %s", v.nameOf(t), t.least, strings.Join(t.names(t.own), ", "))
	}
}

// nameOf is what to call an object of a table.
func (v *validator) nameOf(t *table) string {
	if t.name == "" {
		return v.o.Type
	}
	return t.name
}

// tied checks what ties several properties together.
func (v *validator) tied(f *fields) {
	t := f.table
	for _, p := range t.together {
		if f.present&(1<<p.first.index) != 0 && f.present&(1<<p.second.index) == 0 {
			v.wrong("/"+p.first.name, RuleRequired, t.section, "%s needs %s beside it", p.first.name, p.second.name)
		}
	}
	for _, p := range t.apart {
		if f.present&(1<<p.first.index) != 0 && f.present&(1<<p.second.index) != 0 {
			v.wrong("/"+p.second.name, RuleProhibited, t.section, "%s and %s exclude each other", p.first.name, p.second.name)
		}
	}
	for _, p := range t.inOrder {
		first, second := f.value(p.first), f.value(p.second)
		if first.Kind() != '"' || second.Kind() != '"' {
			continue
		}
		a, okA := parseTimestamp(plain(first))
		b, okB := parseTimestamp(plain(second))
		if okA && okB && (b.Before(a) || p.strict && b.Equal(a)) {
			v.wrong("/"+p.second.name, RuleOrder, t.section, "%s is before %s, or at the same time where it may not be", p.second.name, p.first.name)
		}
	}
}

// nested checks an object of a type that occurs only inside others.
func (v *validator) nested(t *table, value []byte) {
	if v.depth == len(v.frames) {
		v.frames = append(v.frames, new(fields))
	}
	f, first := v.frames[v.depth], len(v.unknown)
	v.depth++
	*f = fields{table: t, text: value}
	v.read(f)
	v.required(f)
	v.tied(f)
	v.inside(f)
	for _, m := range v.unknown[first:] {
		v.foreign(m)
	}
	v.depth--
	f.text = nil
	clear(v.unknown[first:])
	v.unknown = v.unknown[:first]
}
