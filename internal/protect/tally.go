package protect

import (
	"slices"
	"time"
)

// Tally is how many protections are in force, and how the words of all outlets stand
// to what was decided: sums for whoever watches the hub.
type Tally struct {
	InForce     map[Polarity]int
	Unconfirmed int // in force for receiptPatience and longer, and at no outlet that says so
	Lagging     int // words that are not as decided: gone where it is in force, in force where it ended
}

const (
	// receiptPatience is how long after a decision its receipts are not missed yet.
	receiptPatience = time.Minute
	// tallied is how many are looked at before others get their turn: with a million
	// in force nobody waits for all of them.
	tallied = 4096
)

// Tally counts. What is decided meanwhile may be counted as it was or as it is.
func (s *State) Tally(now time.Time) Tally {
	s.mu.RLock()
	all := slices.Clone(s.acts.order)
	s.mu.RUnlock()
	t := Tally{InForce: map[Polarity]int{}}
	for some := range slices.Chunk(all, tallied) {
		s.tally(&t, some, now)
	}
	return t
}

func (s *State) tally(t *Tally, slots []*slot, now time.Time) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, one := range slots {
		if one.rec.current != one {
			continue // a proposal, or another decision came after it
		}
		wanted, confirmed := one.Holds(now), false
		for _, k := range s.acts.receipts.of[one.ID] {
			if s.acts.quarantines.now(s.acts.outlets.list[k.outlet].partner) {
				continue
			}
			held := k.since != 0
			confirmed = confirmed || held
			if held != wanted {
				t.Lagging++
			}
		}
		if !wanted {
			continue
		}
		t.InForce[one.Polarity]++
		if !confirmed && now.Sub(one.since()) >= receiptPatience {
			t.Unconfirmed++
		}
	}
}
