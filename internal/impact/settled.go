package impact

import (
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// Settled is the board for who can ask of any moment, with the sums as they were at
// the last point of the history, and when that was: two such boards never differ by
// what fewer organisations have said than a sum needs. The zero time: there is no
// point yet, and no sum. What is the reader's own, or shown to it, is as it stands.
//
// What was reported for a merged outbreak is added as of its own last point. Where a
// few organisations reported for both, adding would tell what they had said before,
// and the merged one is left out: left says of how many that is so.
func (s *State) Settled(p access.Principal, outbreak string, merged ...string) (b Board, at time.Time, left int) {
	b = s.Board(p, outbreak, merged...)
	if b.MembersOnly {
		return b, at, 0
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	latest := make(map[rowKey]*row)
	spoke := make(map[string]bool) // by organisation
	for _, id := range append([]string{outbreak}, merged...) {
		in := s.incidents[id]
		if in == nil || len(in.settled) == 0 {
			continue
		}
		both := make(map[string]bool)
		for i := range in.settled {
			if o := s.organisation(in.settled[i].by); spoke[o] {
				both[o] = true
			}
		}
		if n := len(both); n > 0 && n < s.least {
			left++
			continue
		}
		for i := range in.settled {
			r := &in.settled[i]
			if known := latest[r.key()]; known == nil || r.at.After(known.at) {
				latest[r.key()] = r
			}
			spoke[s.organisation(r.by)] = true
		}
		if last := in.history[len(in.history)-1].At; last.After(at) {
			at = last
		}
	}
	voices := s.voices(sorted(latest))
	b.Sectors, b.Countries, b.Criticalities = groups(voices, s.least)
	b.Total = nil
	if b.TooFew = len(voices) < s.least; !b.TooFew {
		t := totals(voices)
		b.Total = &t
	}
	return b, at, left
}
