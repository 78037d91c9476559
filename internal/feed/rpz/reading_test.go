package rpz

import (
	"cmp"
	"net/netip"
	"strings"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// copyOf is a zone as a resolver holds it.
type copyOf struct {
	serial  uint32
	records map[string]record // by owner
	exists  map[string]bool   // owners and the names above them
}

func transferred(v *version) copyOf {
	c := copyOf{v.serial, make(map[string]record), make(map[string]bool)}
	for r := range v.rows {
		c.take(r)
	}
	return c
}

func (c copyOf) take(r record) {
	c.records[ownerOf(r)] = r
	for up, ok := ownerOf(r), true; ok; _, up, ok = strings.Cut(up, ".") {
		c.exists[up] = true
	}
}

func ownerOf(r record) string {
	if r.wild {
		return "*." + r.name
	}
	return r.name
}

// closest reads a zone as RFC 4592 has it: the name itself, else the wildcard of
// the closest name that exists.
func closest(c copyOf, n string) (record, bool) {
	if c.exists[n] {
		r, ok := c.records[n]
		return r, ok
	}
	for _, up, ok := strings.Cut(n, "."); ok; _, up, ok = strings.Cut(up, ".") {
		if c.exists[up] {
			r, ok := c.records["*."+up]
			return r, ok
		}
	}
	return record{}, false
}

// every reads a zone by trying the wildcard of every name above.
func every(c copyOf, n string) (record, bool) {
	if r, ok := c.records[n]; ok {
		return r, true
	}
	for _, up, ok := strings.Cut(n, "."); ok; _, up, ok = strings.Cut(up, ".") {
		if r, ok := c.records["*."+up]; ok {
			return r, true
		}
	}
	return record{}, false
}

// longest reads a zone's triggers on addresses.
func longest(c copyOf, a string) (record, bool) {
	address := netip.MustParseAddr(a)
	for bits := address.BitLen(); bits > 0; bits-- {
		p, _ := address.Prefix(bits)
		if r, ok := c.records[trigger(p)]; ok {
			return r, true
		}
	}
	return record{}, false
}

func meaning(r record) string {
	switch {
	case r.answer.IsValid():
		return r.answer.String()
	case r.pass:
		return "free"
	}
	return "blocked"
}

// verdictOf is what a resolver makes of zones in order.
func verdictOf(read func(copyOf, string) (record, bool), n string, zones ...copyOf) string {
	for _, z := range zones {
		if r, ok := read(z, n); ok {
			return meaning(r)
		}
	}
	return "free"
}

func says(l *feed.Live, n string) string {
	if a, must := l.Answer(n); must {
		return cmp.Or(a, "free")
	}
	if _, blocked := l.Blocker(n); blocked {
		return "blocked"
	}
	return "free"
}

func saysOfAddress(l *feed.Live, a string) string {
	address := netip.MustParseAddr(a)
	for bits := range address.BitLen() + 1 {
		p, _ := address.Prefix(bits)
		v, err := observable.New(observable.IPv4, p.String())
		if err != nil {
			continue
		}
		if p, ok := l.Has(v); ok && p.Polarity == protect.Block {
			return "blocked"
		}
	}
	return "free"
}

// followed is a copy after an incremental transfer, which has to be what a whole
// one gives.
func followed(t *rapid.T, held copyOf, v *version) copyOf {
	whole := transferred(v)
	if held.serial == v.serial {
		return whole
	}
	changes, ok := v.since(held.serial)
	if !ok {
		return whole
	}
	records := make(map[string]record)
	for owner, r := range held.records {
		records[owner] = r
	}
	for _, c := range changes {
		for _, r := range c.removed {
			if records[ownerOf(r)] != r {
				t.Fatalf("removed what was not there: %v", r)
			}
			delete(records, ownerOf(r))
		}
		for _, r := range c.added {
			if _, there := records[ownerOf(r)]; there {
				t.Fatalf("added what was there: %v", r)
			}
			records[ownerOf(r)] = r
		}
	}
	if len(records) != len(whole.records) {
		t.Fatalf("by changes %v, whole %v", records, whole.records)
	}
	for owner, r := range whole.records {
		if records[owner] != r {
			t.Fatalf("by changes %v, whole %v", records, whole.records)
		}
	}
	return whole
}
