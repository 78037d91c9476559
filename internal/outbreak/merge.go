package outbreak

import (
	"fmt"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
)

// few is how many partners a hub may have for all of its outbreaks to be taken
// together by their partners.
const few = 16

// telling says that it means something to have partners in common with the
// outbreak. With one that is at most of the hub's everything has, and it would
// swallow what is another's.
func (s *State) telling(o *Outbreak) bool {
	return s.partners < few || 2*len(o.Partners) <= s.partners
}

// overlap says whether the greater part of the run's partners, at least half,
// are among the outbreak's.
func (o *Outbreak) overlap(run []Observation) bool {
	partners := make([]access.PartnerID, 0, len(run))
	for _, seen := range run {
		insertSorted(&partners, seen.Partner)
	}
	return 2*shared(partners, o.Partners) >= len(partners)
}

// shared counts the partners that two sorted lists have in common.
func shared(a, b []access.PartnerID) (n int) {
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] < b[0]:
			a = a[1:]
		case a[0] > b[0]:
			b = b[1:]
		default:
			n, a, b = n+1, a[1:], b[1:]
		}
	}
	return n
}

// twin is the first raised of the open outbreaks that are in truth one with
// this; nil: there is none.
func (s *State) twin(rec *record) *record {
	var first *record
	for _, other := range s.outbreaks {
		if other != rec && s.same(&rec.live, &other.live) && (first == nil || compareRaised(other.live, first.live) < 0) {
			first = other
		}
	}
	return first
}

// same says that two open outbreaks are one: near in time, of the same port,
// value or campaign; or not of different ports, and at least half of the
// partners of the one that has fewer are the other's as well.
func (s *State) same(a, b *Outbreak) bool {
	if a.Status != Open || b.Status != Open || !s.near(a, b.FirstSeen, b.LastSeen) {
		return false
	}
	if slices.ContainsFunc(b.About, func(about Subject) bool { return s.linked(a, about) }) {
		return true
	}
	if a.Port != 0 && b.Port != 0 || !s.telling(a) || !s.telling(b) {
		return false
	}
	return 2*shared(a.Partners, b.Partners) >= max(1, min(len(a.Partners), len(b.Partners)))
}

// merge finds two outbreaks that have become one: the younger goes into the
// older, with its evidence and its subjects. There may be more of them in the
// next round.
func (s *State) merge() []decision {
	for _, rec := range s.inOrder() {
		if _, touched := s.touched[rec.live.ID]; !touched {
			continue
		}
		other := s.twin(rec)
		if other == nil {
			continue
		}
		older, younger := rec, other
		if compareRaised(older.live, younger.live) > 0 {
			older, younger = younger, older
		}
		into := older.copy()
		into.live.unite(younger.live)
		for p, n := range younger.sources {
			into.count(p, n)
		}
		into.weighHosts()
		gone := younger.live.clone()
		gone.Status, gone.Into, gone.By = Merged, older.live.ID, access.Hub
		gone.Because = fmt.Sprintf("it has become one with %s: %s", older.live.ID, s.common(&older.live, &younger.live))
		return []decision{{KindGrown, into.live}, {KindMerged, gone}}
	}
	return nil
}

// common says what two outbreaks share.
func (s *State) common(a, b *Outbreak) string {
	for _, about := range b.About {
		if s.linked(a, about) {
			return "both are of " + about.String()
		}
	}
	return fmt.Sprintf("%d of %d partners are the same", shared(a.Partners, b.Partners), min(len(a.Partners), len(b.Partners)))
}
