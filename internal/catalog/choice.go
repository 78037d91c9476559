package catalog

import (
	"math"
	"slices"

	"github.com/tocsin-project/tocsin/internal/catalog/shelf"
	"github.com/tocsin-project/tocsin/stix"
)

// choice is what a query asks for beside the versions, decided once for each
// audience and each kind.
type choice struct {
	a         *asker
	types     [][]string // of each list one
	labels    []string
	of        Collection
	kinds     []kind
	audiences []verdict
	byKind    []verdict
}

// chosen is nil if everything is asked for.
func (a *asker) chosen(q PageQuery) *choice {
	c := &choice{a: a, labels: q.Collection.Labels, of: q.Collection, kinds: a.c.kinds.all()}
	for _, types := range [][]string{q.Types, q.Collection.Types} {
		if len(types) > 0 {
			c.types = append(c.types, types)
		}
	}
	of := q.Collection
	if c.types == nil && c.labels == nil && of.Community == "" && of.Owner == "" && len(of.TLPs) == 0 {
		return nil
	}
	c.audiences = make([]verdict, len(a.numbers.all()))
	c.byKind = make([]verdict, min(len(c.kinds), math.MaxUint16+1))
	return c
}

func (c *choice) has(n shelf.Number) (bool, error) {
	r := c.a.view.At(n)
	if c.audiences[r.Audience] == undecided {
		c.audiences[r.Audience] = decide(c.meets(c.a.known(r.Audience)))
	}
	if c.audiences[r.Audience] == hidden {
		return false, nil
	}
	if c.types == nil && len(c.labels) == 0 {
		return true, nil
	}
	if r.Kind == 0 {
		raw, err := c.a.view.Raw(n)
		if err != nil {
			return false, err
		}
		h, err := stix.ParseHeader(raw)
		return c.isOf(kind{objectType: h.Type, labels: h.Labels}), err
	}
	if c.byKind[r.Kind] == undecided {
		c.byKind[r.Kind] = decide(c.isOf(c.kinds[r.Kind]))
	}
	return c.byKind[r.Kind] == shown, nil
}

func (c *choice) meets(k *known) bool {
	return (c.of.Community == "" || k.parsed.Community == c.of.Community) &&
		(len(c.of.TLPs) == 0 || slices.Contains(c.of.TLPs, k.parsed.TLP)) &&
		(c.of.Owner == "" || k.owner == c.of.Owner)
}

func (c *choice) isOf(k kind) bool {
	for _, types := range c.types {
		if !slices.Contains(types, k.objectType) {
			return false
		}
	}
	return len(c.labels) == 0 || slices.ContainsFunc(k.labels, func(l string) bool { return slices.Contains(c.labels, l) })
}

func decide(yes bool) verdict {
	if yes {
		return shown
	}
	return hidden
}
