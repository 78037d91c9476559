package match

import (
	"net/netip"
	"strings"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// Len is the number of indicators. Those of the snapshot that Forget made
// dead are counted until Compact: the snapshot is not searched by id.
func (x *Index) Len() int { return int(x.count.Load()) }

// Add adds indicators; one that is there already is not added twice. Each can
// be found as soon as it has been stored, all of them when Add returns. Many
// at once are cheaper than one by one.
func (x *Index) Add(indicators ...Indicator) {
	x.write.Lock()
	defer x.write.Unlock()
	s := x.reserve(len(indicators), 0, 0)
	var ranges []netip.Prefix
	single := s.single
	for i := range indicators {
		ind := &indicators[i]
		if isRange(ind.Value) {
			if p, ok := ind.Prefix(); ok {
				ranges = append(ranges, p)
			}
		}
		single = single || ind.Subdomains && strings.IndexByte(ind.Text, '.') < 0
	}
	if single != s.single || len(ranges) > 0 {
		// Before the entries: what the trie holds too much does no harm.
		s = x.replace(func(next *state) { next.single, next.ranges = single, withRanges(s.ranges, ranges) })
	}
	for i := range indicators {
		if s.add(&indicators[i]) {
			x.count.Add(1)
		}
	}
}

// Remove removes indicators that equal the given ones in every field.
func (x *Index) Remove(indicators ...Indicator) {
	x.write.Lock()
	defer x.write.Unlock()
	s := x.reserve(0, len(indicators), 0)
	for i := range indicators {
		if s.remove(&indicators[i]) {
			x.count.Add(-1)
		}
	}
	x.dropRanges(indicators)
}

// Forget makes everything that was added under the ids match no more: the
// newer version of an indicator names other values, or it was revoked. What is
// added under them afterwards matches. Ids that are not known do no harm.
func (x *Index) Forget(ids ...string) {
	x.write.Lock()
	defer x.write.Unlock()
	s := x.reserve(0, 0, len(ids))
	var gone []Indicator
	for _, id := range ids {
		for _, ind := range s.live.of(id) {
			k := keyOf(ind.Value)
			if s.live.remove(k.hash(s.seed), &k, ind.ID, ind.Subdomains) {
				x.count.Add(-1)
				gone = append(gone, ind)
			}
		}
		if s.base == nil && s.frozen == nil || s.live.supersedes(id) {
			continue
		}
		if s.frozen != nil {
			for _, ind := range s.frozen.of(id) {
				k := keyOf(ind.Value)
				if !s.live.removed.has(k.hash(s.seed), &k, ind.ID, ind.Subdomains) {
					x.count.Add(-1)
				}
			}
		}
		k := idKey(id)
		s.live.superseded.add(k.hash(s.seed), &k, "", false)
	}
	x.dropRanges(gone)
}

// add returns false for an indicator that matches already.
func (s *state) add(ind *Indicator) bool {
	k := keyOf(ind.Value)
	h := k.hash(s.seed)
	switch {
	case s.live.added.has(h, &k, ind.ID, ind.Subdomains):
		return false
	case !s.below(h, &k, ind):
		s.live.add(h, &k, ind.ID, ind.Subdomains)
		return true
	}
	// Only having been removed can keep it from matching.
	_, ok := s.live.removed.remove(h, &k, ind.ID, ind.Subdomains)
	return ok
}

func (s *state) remove(ind *Indicator) bool {
	k := keyOf(ind.Value)
	h := k.hash(s.seed)
	if s.live.remove(h, &k, ind.ID, ind.Subdomains) {
		return true
	}
	if s.live.removed.has(h, &k, ind.ID, ind.Subdomains) || !s.below(h, &k, ind) {
		return false
	}
	s.live.removed.add(h, &k, ind.ID, ind.Subdomains)
	return true
}

// below says whether a lower layer has the indicator, and nothing but the
// removals of the live one could keep it from matching.
func (s *state) below(h uint64, k *key, ind *Indicator) bool {
	if s.base == nil && s.frozen == nil || s.live.supersedes(ind.ID) {
		return false
	}
	if s.frozen != nil {
		if s.frozen.added.has(h, k, ind.ID, ind.Subdomains) {
			return true
		}
		if s.frozen.buries(h, k, ind) {
			return false
		}
	}
	found := false
	if s.base != nil && s.base.filter.may(h) != 0 {
		s.base.each(h, k, func(p *parts) bool {
			found = p.subdomains() == ind.Subdomains && p.hasID(ind.ID)
			return !found
		})
	}
	return found
}

// dropRanges takes prefixes out of the trie that no indicator has any more.
func (x *Index) dropRanges(indicators []Indicator) {
	s := x.now.Load()
	t := s.ranges
	for i := range indicators {
		if !isRange(indicators[i].Value) {
			continue
		}
		p, ok := indicators[i].Prefix()
		if ok && !s.holds(indicators[i].Value) {
			t = t.DeletePersist(p)
		}
	}
	if t != s.ranges {
		x.replace(func(next *state) { next.ranges = t })
	}
}

func (s *state) holds(v observable.Value) (held bool) {
	k := keyOf(v)
	at := [1]probe{{hash: k.hash(s.seed)}}
	s.sift(at[:])
	s.each(&at[0], &k, func(Indicator) bool { held = true; return false })
	return held
}

// reserve makes room for n more of each kind in the live layer.
func (x *Index) reserve(added, removed, superseded int) *state {
	s := x.now.Load()
	if live := s.live.reserve(added, removed, superseded); live != s.live {
		s = x.replace(func(next *state) { next.live = live })
	}
	return s
}

// replace publishes a changed copy of the state.
func (x *Index) replace(change func(*state)) *state {
	next := *x.now.Load()
	change(&next)
	x.now.Store(&next)
	return &next
}
