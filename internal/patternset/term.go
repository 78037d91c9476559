package patternset

import (
	"bytes"
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"github.com/zeebo/xxh3"

	"github.com/tocsin-project/tocsin/stix/pattern"
)

// term is something that an event can show, and for which patterns wait.
type term struct {
	path     *pathInfo
	kind     termKind
	text     string       // ofValue; ofGram: the bytes
	required string       // ofGram: the whole text that has to be there, folded
	n        float64      // ofNumber
	net      netip.Prefix // ofInside, ofAround
}

type termKind uint8

const (
	ofValue  termKind = iota // the path's text is this
	ofNumber                 // the path's text is this number, however it is written
	ofGram                   // the path's folded text has these bytes in it
	ofInside                 // the path's address or prefix lies in this one
	ofAround                 // the path's prefix has this one in it
)

func (t term) key() uint64 {
	switch t.kind {
	case ofNumber:
		return t.path.numberKey(t.n)
	case ofGram:
		return t.path.gramKeyOf(t.text)
	case ofInside, ofAround:
		return t.path.netKey(t.kind, t.net)
	}
	return t.path.valueKey(t.text)
}

func (p *pathInfo) valueKey(text string) uint64 { return xxh3.HashStringSeed(text, p.salt) }

// String shows the term to a person.
func (t term) String() string {
	switch t.kind {
	case ofNumber:
		return fmt.Sprintf("%s = %s", t.path.name, strconv.FormatFloat(t.n, 'f', -1, 64))
	case ofGram:
		return fmt.Sprintf("%q in %s", t.text, t.path.name)
	case ofInside, ofAround:
		return fmt.Sprintf("%s and %s", t.path.name, t.net)
	}
	return fmt.Sprintf("%s = %q", t.path.name, t.text)
}

func (s *Set) indexOf(kind termKind) *index {
	if kind == ofGram {
		return s.grams
	}
	return s.exact
}

// waitFor lets the pattern wait for the terms, for each key once.
func (s *Set) waitFor(terms []term, pattern uint32) {
	slices.SortFunc(terms, func(a, b term) int { return cmp.Compare(a.key(), b.key()) })
	for i, t := range terms {
		if key := t.key(); i == 0 || key != terms[i-1].key() {
			s.indexOf(t.kind).add(key, pattern)
		}
		t.announce()
	}
}

// announce has events looked at for the term, now that it leads somewhere.
func (t term) announce() {
	switch t.kind {
	case ofValue:
		t.path.exact.Store(true)
	case ofNumber:
		t.path.numbers.Store(true)
	case ofGram:
		t.path.grams.Or(1 << len(t.text))
	case ofInside, ofAround:
		t.watchNet()
	}
}

// leaveNets takes the prefixes of a removed pattern out for which no other
// pattern waits. The other terms are left to the sweeper.
func (s *Set) leaveNets(text []byte) {
	if !bytes.Contains(text, []byte("ISSU")) {
		return
	}
	p, err := pattern.Parse(string(text))
	if err != nil {
		return
	}
	for _, t := range s.netsOf(p.Root, nil) {
		waits := false
		for _, number := range s.exact.appendPatterns(nil, t.key()) {
			waits = waits || s.records.place(number) != 0
		}
		if !waits {
			t.leaveNet()
		}
	}
}

// netsOf are the prefixes that a pattern may wait for.
func (s *Set) netsOf(o pattern.Observation, terms []term) []term {
	switch o := o.(type) {
	case *pattern.Test:
		return s.netsIn(o.Comparison, terms)
	case *pattern.Joined:
		for _, operand := range o.Operands {
			terms = s.netsOf(operand, terms)
		}
	case *pattern.Qualified:
		return s.netsOf(o.Of, terms)
	}
	return terms
}

func (s *Set) netsIn(c pattern.Comparison, terms []term) []term {
	switch c := c.(type) {
	case *pattern.Boolean:
		for _, operand := range c.Operands {
			terms = s.netsIn(operand, terms)
		}
	case *pattern.Compare:
		if c.By == pattern.IsSubset || c.By == pattern.IsSuperset {
			if info := s.pathOf(c.Path); info != nil {
				terms = append(terms, s.coverOfNet(c, info).terms...)
			}
		}
	}
	return terms
}
