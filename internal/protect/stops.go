package protect

import (
	"cmp"
	"maps"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
)

// Stops are the stops of automation that are on. The zero Stops are none; a
// value never changes, so that a reader may keep it.
type Stops struct{ on map[stopKey]Stop }

// stopKey is what a stop is of: of one there is one at most.
type stopKey struct {
	scope   Scope
	partner access.PartnerID
	outlet  string
}

func (s Stop) key() stopKey {
	k := stopKey{scope: s.Scope}
	if s.Scope != ScopeHub {
		k.partner = s.Partner
	}
	if s.Scope == ScopeOutlet {
		k.outlet = s.Outlet
	}
	return k
}

// With are the stops after one more, or after the end of one. Of a stop that is
// on already the first counts: else what was decided between the two would be
// put in force after all.
func (s Stops) With(next Stop) Stops {
	key := next.key()
	if _, on := s.on[key]; on == next.On {
		return s
	}
	after := maps.Clone(s.on)
	if after == nil {
		after = map[stopKey]Stop{}
	}
	if delete(after, key); next.On {
		after[key] = next
	}
	return Stops{after}
}

// Halts says whether a stop keeps a protection from being put in force at an
// outlet of a partner, as receipts name it. Without an outlet, or a partner, it
// asks for the wider scopes alone.
func (s Stops) Halts(p Protection, partner access.PartnerID, outlet string) bool {
	_, halts := s.Halting(p, partner, outlet)
	return halts
}

// Halting is the widest stop that halts it.
func (s Stops) Halting(p Protection, partner access.PartnerID, outlet string) (Stop, bool) {
	if len(s.on) == 0 || p.By != access.Hub {
		return Stop{}, false
	}
	for _, key := range [...]stopKey{{scope: ScopeHub}, {ScopePartner, partner, ""}, {ScopeOutlet, partner, outlet}} {
		if stop, on := s.on[key]; on && stop.Halts(p) {
			return stop, true
		}
	}
	return Stop{}, false
}

// Hub is the stop of the whole hub, if it is on.
func (s Stops) Hub() (Stop, bool) {
	stop, on := s.on[stopKey{scope: ScopeHub}]
	return stop, on
}

// For are the stops that can halt something at one outlet: readers for whom
// they are equal are shown the same.
func (s Stops) For(partner access.PartnerID, outlet string) Stops {
	var some Stops
	for _, key := range [...]stopKey{{scope: ScopeHub}, {ScopePartner, partner, ""}, {ScopeOutlet, partner, outlet}} {
		if stop, on := s.on[key]; on {
			some = some.With(stop)
		}
	}
	return some
}

// List are the stops that are on: the hub's first, then by partner and outlet.
func (s Stops) List() []Stop {
	list := slices.Collect(maps.Values(s.on))
	slices.SortFunc(list, func(a, b Stop) int {
		return cmp.Or(cmp.Compare(a.Partner, b.Partner), cmp.Compare(a.Outlet, b.Outlet))
	})
	return list
}
