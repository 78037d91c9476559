package match

import (
	"net/netip"

	"github.com/gaissmai/bart"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// manyRanges is the batch from which on copying the whole trie once is cheaper
// than copying a path for each prefix.
const manyRanges = 256

// withRanges is the trie with more prefixes. It shares what did not change, and
// nothing that readers can see is changed.
func withRanges(t *bart.Lite, more []netip.Prefix) *bart.Lite {
	if len(more) == 0 {
		return t
	}
	if len(more) < max(manyRanges, t.Size()/64) {
		for _, p := range more {
			t = t.InsertPersist(p)
		}
		return t
	}
	t = t.Clone()
	for _, p := range more {
		t.Insert(p)
	}
	return t
}

// eachRange calls yield for the indicators of the prefixes that contain v, the
// narrower first.
func (s *state) eachRange(v *observable.Value, yield func(Indicator) bool) {
	if s.ranges.Size() == 0 {
		return
	}
	p, ok := v.Prefix()
	if !ok || p.IsSingleIP() && !s.ranges.Contains(p.Addr()) {
		return
	}
	for outer := range s.ranges.Supernets(p) {
		if outer == p {
			continue // All has looked up the value itself
		}
		k := keyOf(observable.Value{Type: v.Type, Text: outer.String()})
		at := [1]probe{{hash: k.hash(s.seed)}}
		s.sift(at[:])
		if !s.each(&at[0], &k, yield) {
			return
		}
	}
}
