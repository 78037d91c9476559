package protect

import (
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// maxStops bounds the stops that are on at once.
const maxStops = 10_000

// Halt gives the entry of an emergency stop, or of its end. The hub's takes a
// coordinator, which the community is told; a partner's or an outlet's anyone of
// that partner who contributes, or a coordinator, and only that partner is told.
// A partner whose word does not count stops nobody but itself; an administrator of
// the hub stops whatever it wants to, whomever it acts for.
func (s *State) Halt(by access.Principal, stop Stop, now time.Time) (ledger.Draft, error) {
	what := "stop automation"
	if !stop.On {
		what = "resume automation"
	}
	stop.By, stop.At = name(by), now.UTC().Truncate(time.Microsecond)
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, stop.Canary = s.canaries[stop.Partner]
	if err := s.checkStop(by, stop); err != nil {
		return ledger.Draft{}, fmt.Errorf("%s: %w", what, err)
	}
	audience := toAll
	if stop.Scope != ScopeHub {
		audience = access.Audience{TLP: access.Red, Recipients: []access.PartnerID{stop.Partner}}
	}
	return draft(KindStopped, by.Actor(), audience, stop), nil
}

func (s *State) checkStop(by access.Principal, stop Stop) error {
	if err := stop.check(); err != nil {
		return err
	}
	own := stop.Scope != ScopeHub && by.Partner == stop.Partner && by.AtLeast(access.Contributor)
	switch {
	case own:
	case !by.AtLeast(access.Coordinator):
		return fmt.Errorf("%w: it takes a coordinator; for a partner's own automation, a contributor of that partner", ErrForbidden)
	case s.trusted(by) != nil:
		return s.trusted(by)
	}
	before, on := s.acts.stops.on[stop.key()]
	switch {
	case stop.On && on:
		return fmt.Errorf("%w: it is stopped already, since %s by %s: %s", ErrConflict, before.At.Format(time.RFC3339), before.By, before.Reason)
	case !stop.On && !on:
		return fmt.Errorf("%w: it is not stopped", ErrConflict)
	case stop.On && stop.Scope != ScopeHub && len(s.acts.stops.on) >= maxStops:
		return fmt.Errorf("%w: %d stops are on: stop the hub's automation, or end some", ErrConflict, len(s.acts.stops.on))
	}
	return nil
}

// Stops are those that are on.
func (s *State) Stops() Stops {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.acts.stops
}

// StopsFor are the stops that a principal may know of: the hub's, its own
// partner's, for a coordinator all.
func (s *State) StopsFor(by access.Principal) []Stop {
	list := s.Stops().List()
	return slices.DeleteFunc(list, func(stop Stop) bool {
		return stop.Scope != ScopeHub && stop.Partner != by.Partner && !by.AtLeast(access.Coordinator)
	})
}

// applyStop folds a stop or its end. When the hub's ends, what waited longer
// than the window does not count for its age: it waits for somebody to speak of
// the value again.
func (s *State) applyStop(e ledger.Entry, stop Stop) {
	_, was := s.acts.stops.Hub()
	s.acts.stops = s.acts.stops.With(stop)
	s.acts.note(e, Event{Stop: &stop})
	if _, still := s.acts.stops.Hub(); !was || still {
		return
	}
	for _, candidate := range s.due {
		if candidate.due == candidate.since && e.Time.Sub(candidate.at) > s.cfg.Window {
			candidate.due = 0
		}
	}
}
