package edge

import (
	"context"
	"time"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// change gathers what is to be told. inForce is as it was before.
func (s *station) change(u feed.Update, inForce map[observable.Value]protect.Protection) {
	s.wanted, s.waiting = inForce, true
	for _, p := range u.Gone {
		delete(s.come, p.Value)
		s.gone[p.Value] = p
		s.due[p.ID] = p.Value
	}
	for _, p := range u.Come {
		if old, was := inForce[p.Value]; was {
			s.due[old.ID] = p.Value
		}
		s.due[p.ID] = p.Value
		delete(s.gone, p.Value)
		if s.carry(p) {
			s.come[p.Value] = p
		} else {
			delete(s.come, p.Value)
			s.gone[p.Value] = p
		}
	}
}

// reconsider has the outlet begin anew: what it refuses may have changed.
func (s *station) reconsider() { s.anew, s.waiting = true, true }

// idle says that there is nothing to tell the outlet, or that it fails.
func (s *station) idle() bool { return !s.busy && (!s.waiting || s.resting) }

// dispatch hands the outlet what is waiting, if it is free.
func (s *station) dispatch(ctx context.Context, set func() feed.Set) {
	if s.busy || s.resting || !s.waiting || s.wanted == nil || time.Now().Before(s.pause) {
		return
	}
	u := feed.Update{Anew: s.anew, Set: func() feed.Set { return s.sifted(set()) }}
	if _, whole := s.Outlet.(Whole); whole || s.anew {
		now := u.Set() // as of this update, not of when the outlet comes to ask
		u.Set = func() feed.Set { return now }
	}
	for _, p := range s.come {
		u.Come = append(u.Come, p)
	}
	for _, p := range s.gone {
		u.Gone = append(u.Gone, p)
	}
	clear(s.come)
	clear(s.gone)
	s.busy, s.waiting, s.anew = true, false, false
	select {
	case s.jobs <- job{update: u}:
	case <-ctx.Done():
	}
}

// lookEvery is how many beats pass between two looks at an outlet's engine.
const lookEvery = 5

// beat has an outlet that failed tried again, and now and then one that did not
// looked at.
func (s *station) beat(ctx context.Context) {
	s.resting = false
	_, watched := s.Outlet.(Watched)
	if s.beats++; !watched || s.beats%lookEvery != 0 || s.busy || s.waiting || s.wanted == nil {
		return
	}
	s.busy = true
	select {
	case s.jobs <- job{look: true}:
	case <-ctx.Done():
	}
}

// sifted is what of a set is for this outlet.
func (s *station) sifted(set feed.Set) feed.Set {
	if _, some := s.Outlet.(Selective); !some && s.Policy == (OutletPolicy{}) && len(s.stops.list()) == 0 {
		return set
	}
	return set.Where(s.carry)
}
