package outbreak

import (
	"cmp"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/outbreak/trend"
)

// decided takes in an outbreak as the ledger has it from now on. What is no
// longer open stays as it is: an entry that says otherwise was decided before
// it ended. It says whether anything changed.
func (s *State) decided(o Outbreak) bool {
	known := s.outbreaks[o.ID]
	if known != nil && known.live.Status != Open {
		return false
	}
	if o.Status == Merged {
		if into := s.outbreaks[o.Into]; into == nil || into.live.Status != Open || known == nil {
			return false // the other one has ended meanwhile: this one goes on
		}
	}
	rec := newRecord()
	if known != nil {
		rec = known.copy() // a rehearsal of Pending may share it
	}
	switch {
	case s.rehearses:
	case known != nil:
		rec.pool = known.pool
	default:
		rec.pool = trend.NewPool(trend.PoolConfig{Known: s.partners})
	}
	if known == nil {
		rec.seen.until, rec.heard.until = o.Raised, s.now
	}
	s.outbreaks[o.ID] = rec
	rec.settle(o)
	s.touched[o.ID] = struct{}{}
	s.alter(o.ID)
	switch rec.live.Status {
	case Merged:
		s.merged(rec)
	case Ended:
		s.ended(rec)
	default:
		s.take(rec)
		rec.told = rec.hosts()
		s.stirred[o.ID] = true
	}
	s.forget()
	return true
}

// take gives the outbreak the evidence of all that it is about.
func (s *State) take(rec *record) {
	for _, about := range slices.Clone(rec.live.About) {
		s.open[about] = rec.live.ID
		s.dirty[about] = struct{}{}
		ev := s.subjects[about]
		if ev == nil || ev.outbreak == rec.live.ID {
			continue
		}
		s.regroup(ev.outbreak) // which loses it
		ev.outbreak = rec.live.ID
		var known []Observation
		switch about.Kind {
		case Inbound: // what comes from elsewhere is no sign that it arrived
			known = ev.swelling(s.latest)
			rec.inflow = ev.flow.rise()
		default:
			known = ev.observations(nil, time.Time{})
		}
		slices.SortFunc(known, compareObservations)
		for _, seen := range known {
			s.absorb(ev, seen)
		}
	}
	rec.weighHosts()
}

// merged moves what is left of an outbreak to the one that it goes on as.
func (s *State) merged(rec *record) {
	known := s.outbreaks[rec.live.Into]
	into := known.copy()
	if s.outbreaks[rec.live.Into] = into; !s.rehearses {
		into.pool = known.pool
	}
	into.gather(rec)
	into.tell(s.cfg.SmallestGroup)
	into.told = into.hosts() // the entry that it grew by told of them
	rec.pool = nil
	s.alter(rec.live.Into)
	s.release(rec)
}

// ended gives back what the outbreak was about: what is said of it from now on
// may be another one.
func (s *State) ended(rec *record) {
	rec.pool = nil
	for _, about := range rec.live.About {
		if ev := s.subjects[about]; ev != nil && ev.outbreak == rec.live.ID {
			if rec.live.FalseAlarm {
				s.unfollow(ev)
				ev.disown()
			}
		}
	}
	s.release(rec)
}

func (s *State) release(rec *record) {
	for _, about := range rec.live.About {
		if s.open[about] != rec.live.ID {
			continue
		}
		delete(s.open, about)
		if ev := s.subjects[about]; ev != nil {
			s.part(ev, rec)
		}
	}
}

// forget keeps the number of outbreaks within its bound: those that are over go
// first, then those with the fewest partners, the oldest first.
func (s *State) forget() {
	for len(s.outbreaks) > s.cfg.MaxOutbreaks {
		var least *record
		for _, rec := range s.outbreaks {
			if least == nil || compareWorth(rec, least) < 0 {
				least = rec
			}
		}
		s.release(least)
		delete(s.outbreaks, least.live.ID)
		delete(s.touched, least.live.ID)
		delete(s.stirred, least.live.ID)
		for _, about := range least.live.About {
			if ev := s.subjects[about]; ev != nil && ev.outbreak == "" && len(ev.byPartner) == 0 {
				s.drop(ev)
			}
		}
	}
}

func compareWorth(a, b *record) int {
	partners := 0
	if a.live.Status == Open && b.live.Status == Open {
		partners = cmp.Compare(len(a.live.Partners), len(b.live.Partners))
	}
	return cmp.Or(after(a.live.Status != Open, b.live.Status != Open), partners,
		a.live.LastSeen.Compare(b.live.LastSeen), cmp.Compare(a.live.ID, b.live.ID))
}
