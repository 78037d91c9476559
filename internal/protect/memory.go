package protect

import (
	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// record is what is known about a value, which a partner speaks of. Of values about
// which nothing is decided and nothing proposed there are Config.MaxValues at
// most; what is forgotten first is the oldest of the partner that brought the most.
func (s *State) record(v observable.Value, by access.PartnerID) *record {
	if r, known := s.values[v]; known {
		return r
	}
	r := &record{value: v}
	s.values[v] = r
	s.share(r, by)
	s.recite(r)
	return r
}

// share counts a record to a partner's share, and makes room.
func (s *State) share(r *record, by access.PartnerID) {
	r.holder, r.shared = by, true
	s.records.add(by, r)
	for s.records.total > s.cfg.MaxValues {
		if old, ok := s.records.evict(remembered); ok {
			s.forget(old)
		}
	}
}

func remembered(r *record) bool { return r.shared }

func (s *State) forget(r *record) {
	r.shared = false
	s.undue(r)
	delete(s.values, r.value)
	delete(s.listed, printOf(r.value))
}

// keep takes a record out of the shares: something is decided about its value, or
// proposed.
func (s *State) keep(r *record) {
	if r.shared {
		r.shared = false
		s.records.leave(r.holder, remembered)
	}
}
