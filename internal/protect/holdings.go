package protect

import (
	"net/netip"
	"strings"

	"github.com/gaissmai/bart"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// holdings are values that belong to somebody, and how a block would hit them:
// found in a few steps however many there are. What two hold counts twice.
type holdings struct {
	names    map[string]int32 // how many hold the name itself
	above    map[string]int32 // how many names are held below it
	prefixes *bart.Table[int32]
	others   map[observable.Value]int32
}

func newHoldings() holdings {
	return holdings{
		names: map[string]int32{}, above: map[string]int32{},
		prefixes: &bart.Table[int32]{}, others: map[observable.Value]int32{},
	}
}

// relation is how a block stands to what is held.
type relation byte

const (
	apart    relation = iota
	same              // the value itself is held
	within            // it lies below a name that is
	over              // a name below it is
	overlaps          // addresses of it are
)

// holder is what is held with a value: who holds a page holds its site.
func holder(v observable.Value) observable.Value {
	if host, ok := v.Host(); ok {
		return host
	}
	return v
}

func (h *holdings) add(v observable.Value)    { h.count(holder(v), 1) }
func (h *holdings) remove(v observable.Value) { h.count(holder(v), -1) }

func (h *holdings) count(v observable.Value, by int32) {
	if p, ok := v.Prefix(); ok {
		h.prefixes.Modify(p, func(n int32, _ bool) (int32, bool) { return n + by, n+by <= 0 })
		return
	}
	if v.Type != observable.Domain {
		countBy(h.others, v, by)
		return
	}
	countBy(h.names, v.Text, by)
	for name := range ancestors(v.Text) {
		if name != v.Text {
			countBy(h.above, name, by)
		}
	}
}

func countBy[K comparable](counts map[K]int32, key K, by int32) {
	if counts[key] += by; counts[key] <= 0 {
		delete(counts, key)
	}
}

// meets says what of the holdings a block of the value would hit, and how; the
// text is of the name or the range that is held, where it is another than what
// the block hits.
func (h *holdings) meets(v observable.Value, t target) (held string, how relation) {
	if h.others[v] > 0 {
		return v.Text, same
	}
	if t.prefix.IsValid() {
		if at, ok := h.meetsPrefix(t.prefix); ok {
			return at.String(), overlaps
		}
		return "", apart
	}
	if len(h.names) == 0 {
		return "", apart
	}
	for name := t.name; name != ""; _, name, _ = strings.Cut(name, ".") { // ancestors would allocate
		if h.names[name] > 0 {
			return name, within
		}
	}
	if t.name != "" && t.whole && h.above[t.name] > 0 {
		return "", over
	}
	return "", apart
}

func (h *holdings) meetsPrefix(p netip.Prefix) (netip.Prefix, bool) {
	if at, _, ok := h.prefixes.LookupPrefixLPM(p); ok || p.IsSingleIP() {
		return at, ok
	}
	for at := range h.prefixes.Subnets(p) {
		return at, true
	}
	return netip.Prefix{}, false
}
