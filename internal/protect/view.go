package protect

import (
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// Decision is a protection with who is told of it: Principal.MaySee(Owner,
// Audience) says who applies it. A reader of an outlet is not who is told: what
// its content may be, Protection.TLP says as well.
type Decision struct {
	Protection
	Owner    access.PartnerID
	Audience access.Audience
}

func (s *slot) decision() Decision { return Decision{s.Protection, s.owner, s.audience} }

// List gives every value's latest decision, ended ones included, and the open
// proposals, in the order of their entries, whoever is told of them.
func (s *State) List() []Protection {
	return s.list(func(*slot) bool { return true })
}

// Listed is List with who is told of what.
func (s *State) Listed() []Decision {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return decisions(s.wanted(func(*slot) bool { return true }))
}

// ListFor is List for a principal: what it may see, for a coordinator all.
func (s *State) ListFor(by access.Principal) []Protection {
	return s.list(func(one *slot) bool { return one.shownTo(by) })
}

func (s *State) list(wanted func(*slot) bool) []Protection {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return inOrder(s.wanted(wanted))
}

func (s *State) wanted(match func(*slot) bool) []*slot {
	var slots []*slot
	for _, r := range s.values {
		if r.current != nil {
			slots = append(slots, r.current)
		}
		slots = append(slots, r.proposals...)
	}
	slots = slices.DeleteFunc(slots, func(one *slot) bool { return !match(one) })
	bySeq(slots)
	return slots
}

// Shown says whether there is a protection with the id that the principal may see.
func (s *State) Shown(by access.Principal, id string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	about, known := s.ids[id]
	return known && about.shownTo(by)
}

// DecidedBy is Protection.By of the protection with the id, "" if there is none.
func (s *State) DecidedBy(id string) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if about, known := s.ids[id]; known {
		return about.By
	}
	return ""
}

// DecisionOf is the protection with the id, whoever is told of it, as it stands.
func (s *State) DecisionOf(id string) (Decision, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	about, known := s.ids[id]
	if !known {
		return Decision{}, false
	}
	return about.decision(), true
}

// Get gives the latest decision about a value, also one that has ended; an
// open proposal only if there is nothing else.
func (s *State) Get(v observable.Value) (Protection, bool) {
	return s.get(v, func(*slot) bool { return true })
}

// GetFor is Get for a principal: of what it may see, for a coordinator of all.
func (s *State) GetFor(by access.Principal, v observable.Value) (Protection, bool) {
	return s.get(v, func(one *slot) bool { return one.shownTo(by) })
}

func (s *State) get(v observable.Value, wanted func(*slot) bool) (Protection, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	r := s.values[v]
	if r == nil {
		return Protection{}, false
	}
	if r.current != nil && wanted(r.current) {
		return r.current.Protection, true
	}
	for _, one := range slices.Backward(r.proposals) {
		if wanted(one) {
			return one.Protection, true
		}
	}
	return Protection{}, false
}

// Effective gives all that is in force anywhere, at canary partners too, in the
// order of the decisions. It asks the guards again: what one refuses is not among
// it, whatever the ledger holds. A block of a name above a must-resolve name that
// was there first stays; outlets except the must-resolve name from it. It is not
// for outlets: those ask Decisions, and show each reader what it may see.
func (s *State) Effective(now time.Time) []Protection {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return inOrder(s.effective(now))
}

// Decisions is Effective with who is told of what.
func (s *State) Decisions(now time.Time) []Decision {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return decisions(s.effective(now))
}

func decisions(slots []*slot) []Decision {
	list := make([]Decision, 0, len(slots))
	for _, one := range slots {
		list = append(list, one.decision())
	}
	return list
}

// EffectiveFor is what a partner's engines should act on, by the release rule
// alone: a coordinator's are shown no more than others'.
func (s *State) EffectiveFor(by access.Principal, now time.Time) []Decision {
	return slices.DeleteFunc(s.Decisions(now), func(d Decision) bool { return !by.MaySee(d.Owner, d.Audience) })
}

func (s *State) effective(now time.Time) []*slot {
	var slots []*slot
	for _, one := range s.lives.list {
		if held := one.slot; held.holds() && held.Expires.After(now) {
			if _, _, bad := s.refuses(held); !bad {
				slots = append(slots, held)
			}
		}
	}
	bySeq(slots)
	return slots
}

func inOrder(slots []*slot) []Protection {
	list := make([]Protection, 0, len(slots))
	for _, s := range slots {
		list = append(list, s.Protection)
	}
	return list
}
