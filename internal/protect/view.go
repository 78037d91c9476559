package protect

import (
	"time"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// List gives every value's latest decision, ended ones included, and the open
// proposals, in the order of their entries.
func (s *State) List() []Protection {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var slots []*slot
	for _, r := range s.values {
		if r.current != nil {
			slots = append(slots, r.current)
		}
		slots = append(slots, r.proposals...)
	}
	return inOrder(slots)
}

// Get gives the latest decision about a value, also one that has ended; an
// open proposal only if there is nothing else.
func (s *State) Get(v observable.Value) (Protection, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	r := s.values[v]
	switch {
	case r == nil:
		return Protection{}, false
	case r.current != nil:
		return r.current.Protection, true
	case len(r.proposals) > 0:
		return r.proposals[len(r.proposals)-1].Protection, true
	}
	return Protection{}, false
}

// Effective gives what engines should act on, in the order of the decisions.
// It asks the guards again: what one refuses is not among it, whatever the
// ledger holds. A block of a name above a must-resolve name that was there
// first stays; outlets except the must-resolve name from it.
func (s *State) Effective(now time.Time) []Protection {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var slots []*slot
	for _, held := range s.lives {
		if !held.holds() || !held.Expires.After(now) {
			continue
		}
		if _, _, bad := s.refuses(held); !bad {
			slots = append(slots, held)
		}
	}
	return inOrder(slots)
}

func inOrder(slots []*slot) []Protection {
	bySeq(slots)
	list := make([]Protection, 0, len(slots))
	for _, s := range slots {
		list = append(list, s.Protection)
	}
	return list
}
