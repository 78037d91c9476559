package stix

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// maxSafe is the largest integer of STIX (section 2.10).
const maxSafe = 1<<53 - 1

// rule is one row of a property table.
type rule struct {
	name     string
	index    int // its place in the table, below 64
	section  string
	kind     byte // a letter of the schema
	list     bool
	required bool
	idle     bool // the type does not use this common property

	types      *targets    // with '>'
	vocabulary *vocabulary // with '=' and '~'
	form       *form       // with '%'
	nested     *table      // with '@'
	values     string      // with 'd'
	bounded    bool
	min, max   float64
}

// table is the property table of a type.
type table struct {
	name, section string
	rules         map[string]*rule // with the common ones
	all           []*rule          // by index, the type's own first
	required      uint64           // by index
	own           uint64           // by index: those that are not common
	least         int              // how many of its own an object has at least
	contributing  uint64           // by index: those that its identifier is made of
	ties
}

var tables = sync.OnceValue(func() map[string]*table {
	all := map[string]*table{}
	for line := range strings.Lines(strings.TrimSpace(nestedSchema)) {
		t := parseTable(line, all)
		all[t.name] = t
	}
	common := parseTable(commonSchema, all)
	all[""] = common.with(nil)
	for line := range strings.Lines(strings.TrimSpace(schema)) {
		t := parseTable(line, all)
		all[t.name] = t.with(common)
	}
	return all
})

// tableOf is the table of a type; that of a type that the specification does
// not define has the common properties only.
func tableOf(objectType string) *table {
	all := tables()
	if t := all[objectType]; t != nil && t.rules["type"] != nil {
		return t
	}
	return all[""]
}

// parseTable reads one line of a schema.
func parseTable(line string, nested map[string]*table) *table {
	fields := strings.Fields(line)
	section, least, _ := strings.Cut(fields[1], "+")
	t := &table{name: fields[0], section: section, rules: map[string]*rule{}}
	t.least, _ = strconv.Atoi(least)
	for _, field := range fields[2:] {
		property, form, _ := strings.Cut(field, ":")
		r := parseRule(form, nested)
		r.name, r.section = property, section
		t.add(r)
	}
	t.own = 1<<len(t.all) - 1
	t.ties = t.tied()
	return t
}

func (t *table) add(r *rule) {
	if r.index = len(t.all); r.index >= 64 {
		panic(fmt.Sprintf("the table of %s has more than 64 properties", t.name))
	}
	t.rules[r.name] = r
	t.all = append(t.all, r)
	if r.required {
		t.required |= 1 << r.index
	}
}

func parseRule(text string, nested map[string]*table) *rule {
	r := &rule{}
	text, r.required = strings.CutSuffix(text, "!")
	text, r.list = strings.CutPrefix(text, "*")
	text, r.bounded, r.min, r.max = bounds(text)
	r.kind = text[0]
	name := text[1:]
	switch r.kind {
	case '>':
		r.types = newTargets(name)
	case '=', '~':
		r.vocabulary = vocabularyOf()[name]
	case '%':
		r.form = forms[name]
	case '@':
		r.nested = nested[name]
	case 'd':
		r.values = name
	}
	if (r.kind == '=' || r.kind == '~') && r.vocabulary == nil || r.kind == '%' && r.form == nil || r.kind == '@' && r.nested == nil {
		panic("the schema names what there is not: " + text)
	}
	return r
}

// bounds takes "[0,100]" off a rule; a side that is left open is unbounded.
func bounds(text string) (rest string, bounded bool, lower, upper float64) {
	rest, inside, found := strings.Cut(strings.TrimSuffix(text, "]"), "[")
	if !found {
		return text, false, 0, 0
	}
	from, to, _ := strings.Cut(inside, ",")
	lower, _ = strconv.ParseFloat(from, 64)
	upper = maxSafe
	if to != "" {
		upper, _ = strconv.ParseFloat(to, 64)
	}
	return rest, true, lower, upper
}

// with adds the common properties to a type's own.
func (t *table) with(common *table) *table {
	if common == nil {
		t.own, t.name = 0, ""
		return t
	}
	class := ClassOf(t.name)
	unused := slices.Concat(idle[t.name], idle[class.String()])
	for _, r := range common.all {
		shared := *r
		shared.idle = slices.Contains(unused, r.name)
		shared.required = slices.Contains(requiredOf[class], r.name) ||
			r.name == "modified" && (t.name == "language-content" || t.name == "extension-definition") ||
			r.name == "created_by_ref" && t.name == "extension-definition"
		t.add(&shared)
	}
	for _, name := range contributing[t.name] {
		t.contributing |= 1 << t.rules[name].index
	}
	return t
}

// names lists the properties of the table that are set in a mask.
func (t *table) names(mask uint64) []string {
	var all []string
	for _, r := range t.all {
		if mask&(1<<r.index) != 0 {
			all = append(all, r.name)
		}
	}
	return slices.Sorted(slices.Values(all))
}
