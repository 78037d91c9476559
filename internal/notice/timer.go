package notice

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// timer is a cause that comes with time. What it tells is found when it rings. Who
// folds that there is nothing left to tell drops it.
type timer struct {
	Raising
	rings func() Raising // with what is to be said, and to whom
}

// await has a raising follow from an entry at a time, unless one does already.
func (s *State) await(e ledger.Entry, at time.Time, why string, rings func() Raising) {
	t := &timer{rings: rings}
	t.Cause, t.Hash, t.Why, t.At = e.Seq, e.Hash, why, at
	if key := t.key(); s.ringing[key] == nil {
		s.ringing[key] = s.timers.add(at, t)
	}
}

// still drops what was to follow from an entry.
func (s *State) still(hash ledger.Hash, why string) {
	t := timer{Raising: Raising{Hash: hash, Why: why}}
	s.rang(t.key())
}

// timed is what timers tell by now, in the order of their times.
func (s *State) timed(now time.Time) []Raising {
	due, _ := s.timers.due(now)
	slices.SortFunc(due, func(a, b *timer) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Cause, b.Cause), cmp.Compare(a.Why, b.Why))
	})
	var list []Raising
	for _, t := range due {
		if now.Sub(t.At) > s.cfg.Fresh {
			continue
		}
		r := t.rings()
		r.Cause, r.Hash, r.Why, r.At = t.Cause, t.Hash, t.Why, t.At
		for _, part := range s.parts(r) {
			list = append(list, *part)
		}
		if len(list) >= perPending {
			break
		}
	}
	return list
}

// rang drops a timer by its key.
func (s *State) rang(key string) {
	if n := s.ringing[key]; n != nil {
		s.timers.drop(n)
		delete(s.ringing, key)
		delete(s.pending, n.what.Why)
	}
}

// outdated forgets what nobody is told of any more.
func (s *State) outdated(now time.Time) {
	for len(s.causes) > 0 && now.Sub(s.causes[0].At) > s.cfg.Fresh {
		s.causes = s.causes[1:]
	}
	for len(s.timers.nodes) > 0 && now.Sub(s.timers.nodes[0].at) > s.cfg.Fresh {
		s.rang(s.timers.nodes[0].what.key())
	}
}

// gathering is what is told together of several entries of one kind.
type gathering struct {
	n        int
	partners map[access.PartnerID]struct{}
}

// gather has what follows from entries of one kind told once, a while after the
// first: words says it of so many.
func (s *State) gather(e ledger.Entry, key string, wait time.Duration, partners []access.PartnerID, words func(n int) Raising) {
	if len(partners) > 0 && s.pending[key] == nil {
		if r := words(1); s.floods(e, r.Topic) {
			r.Partners = partners
			s.flood(e, r)
			return
		}
	}
	s.collect(e, key, wait, partners, words)
}

// collect is gather of what is counted elsewhere.
func (s *State) collect(e ledger.Entry, key string, wait time.Duration, partners []access.PartnerID, words func(n int) Raising) {
	if len(partners) == 0 {
		return
	}
	g := s.pending[key]
	if g == nil {
		g = &gathering{partners: map[access.PartnerID]struct{}{}}
		s.pending[key] = g
		s.await(e, e.Time.Add(wait), key, func() Raising {
			r := words(g.n)
			r.Partners = slices.Sorted(maps.Keys(g.partners))
			return r
		})
	}
	g.n++
	for _, p := range partners {
		g.partners[p] = struct{}{}
	}
}
