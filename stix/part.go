package stix

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// part is a part of an object that is hidden, or that something hidden is in.
type part struct {
	hidden bool             // by a selector of its own
	found  bool             // the object has it
	gone   bool             // it was cut out
	under  map[string]*part // by property name or "[0]"
	closed []int            // of a list: the indices that were cut out, in order
}

// manyParts is how many parts of one object can be hidden.
const manyParts = 100_000

// hide adds the part that a selector names; it says whether there are not too
// many already.
func (p *part) hide(selector string, count *int) bool {
	for step := range strings.SplitSeq(selector, ".") {
		if p.under == nil {
			p.under = map[string]*part{}
		}
		if p.under[step] == nil {
			if *count++; *count > manyParts {
				return false
			}
			p.under[step] = &part{}
		}
		p = p.under[step]
	}
	p.hidden = true
	return true
}

// all fails if a selector led nowhere.
func (p *part) all() error {
	for step, u := range p.under {
		if !u.found {
			return fmt.Errorf("a hidden marking selects %.80q, which is not there: %w", step, ErrWithheld)
		}
		if u.hidden {
			continue // what is under it went with it
		}
		if err := u.all(); err != nil {
			return err
		}
	}
	return nil
}

// cut writes a value without what is hidden in it, nil if nothing is left. t is
// the table of the objects in it, if there is one: of an object that occurs
// only inside another, nothing is left where it loses what every such has.
func (p *part) cut(value jsontext.Value, t *table, inside bool) jsontext.Value {
	var w writer
	whole := true
	switch value.Kind() {
	case '{':
		w.begin('{')
		members(value, func(name string, v []byte) {
			var r rule
			if t != nil && t.rules[name] != nil {
				r = *t.rules[name]
			}
			v = p.left(name, v, r.nested)
			whole = whole && (v != nil || !inside || !r.required)
			w.member(name, v)
		})
		w.out = append(w.out, '}')
	case '[':
		w.begin('[')
		elements(value, func(i int, v []byte) {
			if v = p.left("["+strconv.Itoa(i)+"]", v, t); v == nil {
				p.closed = append(p.closed, i)
			}
			w.element(v)
		})
		w.out = append(w.out, ']')
	default:
		return value
	}
	if len(w.out) == len("{}") || !whole {
		return nil
	}
	return w.out
}

// left is what remains of a value under the part.
func (p *part) left(step string, value jsontext.Value, t *table) jsontext.Value {
	u := p.under[step]
	if u == nil {
		return value
	}
	u.found = true
	if !u.hidden {
		value = u.cut(value, t, true)
	}
	if u.hidden || value == nil {
		u.gone = true
		return nil
	}
	return value
}

// moved writes the granular markings that still select something, with the
// selectors as the indices are after the cut; nil if none is left.
func (p *part) moved(markings jsontext.Value, hidden func(string) bool) jsontext.Value {
	var w writer
	w.begin('[')
	elements(markings, func(_ int, marking []byte) {
		ref, selectors := granularMarking(marking)
		if ref != "" && hidden(ref) {
			return
		}
		var list writer
		list.begin('[')
		for _, s := range selectors {
			if now, ok := p.now(s); ok {
				quoted, _ := jsontext.AppendQuote(nil, now)
				list.element(quoted)
			}
		}
		if len(list.out) > len("[") {
			w.element(exchange(marking, "selectors", append(list.out, ']')))
		}
	})
	if len(w.out) == len("[") {
		return nil
	}
	return append(w.out, ']')
}

// now is a selector after the cut; ok is false if what it selected is gone.
func (p *part) now(selector string) (moved string, ok bool) {
	steps := strings.Split(selector, ".")
	for i, step := range steps {
		u := p.under[step]
		if u != nil && u.gone {
			return "", false
		}
		if n, isIndex := listIndex(step); isIndex {
			before, _ := slices.BinarySearch(p.closed, n)
			steps[i] = "[" + strconv.Itoa(n-before) + "]"
		}
		if u == nil {
			break
		}
		p = u
	}
	return strings.Join(steps, "."), true
}
