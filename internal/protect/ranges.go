package protect

import (
	"net/netip"

	"github.com/gaissmai/bart"
)

// ranges are prefixes, found in a few steps however many there are.
type ranges struct{ bart.Lite }

func newRanges(texts ...string) *ranges {
	r := &ranges{}
	for _, text := range texts {
		if a, err := netip.ParseAddr(text); err == nil {
			r.Insert(netip.PrefixFrom(a, a.BitLen()))
			continue
		}
		r.Insert(netip.MustParsePrefix(text))
	}
	return r
}

// meets gives one that overlaps: the narrowest that holds the prefix, else one
// within it. It is false for the zero prefix.
func (r *ranges) meets(p netip.Prefix) (at netip.Prefix, found bool) {
	if !p.IsValid() {
		return p, false
	}
	if at, found = r.LookupPrefixLPM(p); found || p.IsSingleIP() {
		return at, found
	}
	for at = range r.Subnets(p) {
		return at, true
	}
	return netip.Prefix{}, false
}
