package protect

import (
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

// meaning is a value that a pattern stands for; wide says of a name that what is
// below it is meant as well.
type meaning struct {
	observable.Value
	wide bool
}

// maxMeant bounds the values of one pattern; one with more is for people.
const maxMeant = 64

// meant are the values of a simple pattern: one value, or several joined by OR.
// A name with LIKE '%.name' beside it is meant with its subdomains. Of any other
// pattern, and of one that cannot be read, there are none.
func meant(text string) []meaning {
	p, err := pattern.Parse(text)
	if err != nil || p.Root == nil {
		return nil
	}
	r := reading{simple: true}
	r.observation(p.Root)
	if !r.simple || len(r.values) > maxMeant {
		return nil
	}
	for _, name := range r.below {
		i := slices.IndexFunc(r.values, func(m meaning) bool { return m.Type == observable.Domain && m.Text == name })
		if i < 0 {
			return nil // what is below a name without the name itself
		}
		r.values[i].wide = true
	}
	return r.values
}

type reading struct {
	values []meaning
	below  []string
	simple bool
}

func (r *reading) observation(o pattern.Observation) {
	switch o := o.(type) {
	case *pattern.Test:
		r.comparison(o.Comparison)
		return
	case *pattern.Joined:
		if o.Operator == pattern.Or {
			for _, operand := range o.Operands {
				r.observation(operand)
			}
			return
		}
	}
	r.simple = false
}

func (r *reading) comparison(c pattern.Comparison) {
	switch c := c.(type) {
	case *pattern.Boolean:
		if c.Operator == pattern.Or {
			for _, operand := range c.Operands {
				r.comparison(operand)
			}
			return
		}
	case *pattern.Compare:
		if kind, ok := observable.TypeOf(c.Path.String()); ok && !c.Not && !kind.Caseless() && len(c.Values) <= maxMeant {
			for _, constant := range c.Values {
				r.term(kind, c.By, constant)
			}
			return
		}
	}
	r.simple = false
}

// term reads one constant. An address that equals a prefix there is none (STIX
// 2.1, section 9.6): a prefix has to be written with ISSUBSET.
func (r *reading) term(kind observable.Type, by pattern.Comparator, c pattern.Constant) {
	text, below := c.Text, false
	if by == pattern.Like && kind == observable.Domain {
		text, below = strings.CutPrefix(c.Text, "%.")
		below = below && !strings.ContainsAny(text, "%_")
	}
	v, err := observable.New(kind, text)
	address := kind == observable.IPv4 || kind == observable.IPv6
	prefix := address && strings.Contains(v.Text, "/")
	fits := by == pattern.Equal || by == pattern.In || by == pattern.IsSubset && address || below
	switch {
	case err != nil || c.Kind != pattern.String || !fits || prefix && by != pattern.IsSubset:
		r.simple = false
	case below:
		r.below = append(r.below, v.Text)
	case !slices.ContainsFunc(r.values, func(m meaning) bool { return m.Value == v }):
		r.values = append(r.values, meaning{Value: v})
	}
}
