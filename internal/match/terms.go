package match

import (
	"fmt"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

// term is "path = 'value'" or "path ISSUBSET 'prefix'".
type term struct {
	kind   observable.Type
	text   string // as it is written
	subset bool
}

// value is what to look up. An address that equals a prefix there is none: what
// is meant by "=" has to be written as ISSUBSET (STIX 2.1, section 9.6).
func (t term) value() (observable.Value, error) {
	v, err := observable.New(t.kind, t.text)
	switch {
	case err != nil:
		return v, err
	case isRange(v) && !t.subset:
		return v, fmt.Errorf("no address equals the prefix %s; ISSUBSET would name the addresses in it", v.Text)
	}
	return v, nil
}

// lookups are the terms of a pattern that a table can look up, each of which
// alone makes the pattern hold. complete says that nothing else does: the
// pattern is a disjunction of them.
func lookups(p pattern.Pattern) (terms []term, complete bool) {
	c := collection{complete: p.Root != nil}
	if p.Root != nil {
		c.observation(p.Root)
	}
	return c.terms, c.complete
}

type collection struct {
	terms    []term
	complete bool
}

func (c *collection) observation(o pattern.Observation) {
	switch o := o.(type) {
	case *pattern.Test:
		c.comparison(o.Comparison)
		return
	case *pattern.Joined:
		if o.Operator == pattern.Or {
			for _, operand := range o.Operands {
				c.observation(operand)
			}
			return
		}
	}
	c.complete = false
}

func (c *collection) comparison(comparison pattern.Comparison) {
	switch b := comparison.(type) {
	case *pattern.Boolean:
		if b.Operator == pattern.Or {
			for _, operand := range b.Operands {
				c.comparison(operand)
			}
			return
		}
	case *pattern.Compare:
		if c.compare(b) {
			return
		}
	}
	c.complete = false
}

func (c *collection) compare(b *pattern.Compare) bool {
	kind, ok := typeOf(b.Path.String())
	subset := b.By == pattern.IsSubset && (kind == observable.IPv4 || kind == observable.IPv6)
	if !ok || b.Not || !subset && b.By != pattern.Equal && b.By != pattern.In {
		return false
	}
	for _, v := range b.Values {
		if v.Kind != pattern.String {
			return false
		}
	}
	for _, v := range b.Values {
		c.terms = append(c.terms, term{kind, v.Text, subset})
	}
	return true
}

// typeOf is the type of what an object path names, if the table compares it as
// the specification does: names and hashes whatever their case, because they
// have none. A file's name has, in patterns, and none in the table.
func typeOf(path string) (observable.Type, bool) {
	t, ok := observable.TypeOf(path)
	return t, ok && !t.Caseless()
}
