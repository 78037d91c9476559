package patternset

import (
	"slices"
	"unicode/utf8"

	"github.com/tocsin-project/tocsin/stix/pattern"
)

// cover is what an event must have one of, if an atom holds for it.
type cover struct {
	terms []term
	open  []*presence // the atom is evaluated for every event that has one
	cost  float64     // how many of a million events have one of all these: a guess
}

// cheaper says whether the cover is to be preferred to another.
func (c cover) cheaper(than cover) bool {
	if open := c.open != nil; open != (than.open != nil) {
		return !open
	}
	return c.cost < than.cost
}

// Guesses of how many of a million events show a term. Only their order counts.
const (
	costValue     = 1
	costShort     = 50 // a value of few characters: "tcp", "GET"
	costNumber    = 200
	costSixBytes  = 10
	costFewBytes  = 400
	costOpen      = 1e6
	costTypeOnly  = 2e6
	shortValue    = 5  // characters
	selectiveBits = 20 // of an IPv4 prefix, from which on it is as good as a value
)

// maxTerms limits the terms of a pattern, chiefly those of IN.
const maxTerms = 1 << 16

// coverOf finds the cheapest cover. The terms of what AND joins are those of one
// of its operands, and those of what OR joins are the terms of all of them.
func (s *Set) coverOf(c pattern.Comparison) (all cover) {
	switch c := c.(type) {
	case *pattern.Compare:
		return s.coverOfCompare(c)
	case *pattern.Exists:
		return s.uncovered(c.Path)
	}
	b := c.(*pattern.Boolean)
	for i, operand := range b.Operands {
		one := s.coverOf(operand)
		switch {
		case i == 0:
			all = one
		case b.Operator == pattern.And:
			if one.cheaper(all) {
				all = one
			}
		default:
			all = union(all, one)
		}
	}
	return all
}

// union is what covers either. An operand that has no terms is evaluated for
// its presences only; the terms of the others stay.
func union(a, b cover) cover {
	u := cover{terms: slices.Concat(a.terms, b.terms), cost: a.cost + b.cost, open: slices.Clone(a.open)}
	for _, p := range b.open {
		if !slices.Contains(u.open, p) {
			u.open = append(u.open, p)
		}
	}
	return u
}

// uncovered is the cover of a comparison that no term tells of.
func (s *Set) uncovered(p pattern.Path) cover {
	return cover{cost: costTypeOnly, open: []*presence{s.presenceOf(p.Type)}}
}

func (s *Set) coverOfCompare(c *pattern.Compare) cover {
	if c.Not || !reported(c.Path) {
		return s.uncovered(c.Path)
	}
	info := s.pathOf(c.Path)
	if info == nil {
		return s.uncovered(c.Path)
	}
	switch c.By {
	case pattern.Equal, pattern.In:
		return s.coverOfValues(c, info)
	case pattern.Greater, pattern.Less, pattern.GreaterOrEqual, pattern.LessOrEqual:
		if k := c.Values[0].Kind; k == pattern.Integer || k == pattern.Float || k == pattern.String {
			return cover{cost: costOpen, open: []*presence{info.here}}
		}
	case pattern.Like:
		if text := c.Values[0].Text; utf8.ValidString(text) {
			return s.coverOfTexts(c, info, []string{requiredByLike(text)})
		}
	case pattern.Matches:
		return s.coverOfTexts(c, info, requiredByMatches(c.Values[0].Text))
	case pattern.IsSubset, pattern.IsSuperset:
		return s.coverOfNet(c, info)
	}
	return s.uncovered(c.Path)
}

func (s *Set) coverOfValues(c *pattern.Compare, info *pathInfo) cover {
	all := cover{}
	for _, v := range c.Values {
		switch v.Kind {
		case pattern.String:
			if n, ok := readNumber(v.Text); ok {
				all.add(term{path: info, kind: ofNumber, n: n}, costNumber)
			} else if len(v.Text) <= shortValue {
				all.add(term{path: info, kind: ofValue, text: v.Text}, costShort)
			} else {
				all.add(term{path: info, kind: ofValue, text: v.Text}, costValue)
			}
		case pattern.Integer:
			all.add(term{path: info, kind: ofNumber, n: float64(v.Int)}, costNumber)
		case pattern.Float:
			all.add(term{path: info, kind: ofNumber, n: v.Float + 0}, costNumber)
		default:
			// Timestamps and octets are written in many ways, and events do
			// not report true and false.
			return s.uncovered(c.Path)
		}
	}
	return s.crowded(all)
}

func (c *cover) add(t term, cost float64) {
	c.terms = append(c.terms, t)
	c.cost += cost
}

// crowded makes a cover dearer by the patterns that wait for its terms already:
// each event that shows one is a candidate of them all, and what many patterns
// name is often common in events, too.
func (s *Set) crowded(c cover) cover {
	waiting := 0
	for _, t := range c.terms {
		waiting += s.exact.waiting(t.key(), s.options.Crowd)
	}
	c.cost *= 1 + float64(waiting)/4
	return c
}

// coverOfTexts covers what holds one of the texts, which are folded.
func (s *Set) coverOfTexts(c *pattern.Compare, info *pathInfo, texts []string) cover {
	if usable(texts) == nil {
		return s.uncovered(c.Path)
	}
	var all cover
	for _, text := range texts {
		t, cost := s.rarest(info, text)
		all.add(t, cost)
	}
	return all
}

func (s *Set) coverOfNet(c *pattern.Compare, info *pathInfo) cover {
	net, ok := readNet(c.Values[0].Text)
	if !ok {
		return s.uncovered(c.Path)
	}
	t := term{path: info, kind: ofInside, net: net}
	if c.By == pattern.IsSuperset {
		t.kind = ofAround
	}
	cost := float64(costValue)
	bits := net.Bits()
	if net.Addr().Is6() {
		bits /= 2 // half of an IPv6 address is the host's
	}
	for ; bits < selectiveBits; bits++ {
		cost *= 2
	}
	return s.crowded(cover{terms: []term{t}, cost: cost})
}
