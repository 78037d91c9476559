package knowledge

import (
	"math"
	"time"
)

// takeBack ends what contributions told of an indicator. What others told of it
// stays; if that is another pattern than what is matched, it is not held any more
// and has to be learned again.
func (s *Store) takeBack(c *change, id string, before tellings, from map[uint64]bool, versions []time.Time) {
	rest, unsure := before.without(from, versions)
	if !unsure && len(rest) == len(before) {
		return
	}
	s.versions.set(id, rest)
	was, _ := before.best()
	now, some := rest.best()
	holds := some && now.pattern != 0 && !s.over(now.until, s.now())
	switch {
	case !unsure && some && now == was:
	case !unsure && holds && now.pattern == was.pattern && !ended(was.until, s.now()):
		s.lasts(id, now)
	default:
		s.forget(c, id)
		if unsure || holds && now.until == 0 {
			s.missing = math.MaxInt64
		} else if holds {
			s.missing = max(s.missing, now.until)
		}
	}
}

// incomplete says that something which still holds is not held, since what had
// hidden it was taken back.
func (s *Store) incomplete() bool { return s.missing > s.clock().UnixMicro() }

// lasts has what is matched last as long as a telling says.
func (s *Store) lasts(id string, t telling) {
	if held, ok := s.patterns[id]; ok {
		held.Until = time.Time{}
		if t.until != 0 {
			held.Until = time.UnixMicro(t.until).UTC()
		}
		s.patterns[id] = held
	}
	s.ends(id, t)
}

// now is the clock's; while a journal is read nothing ends before all of it is read.
func (s *Store) now() time.Time {
	if s.loading {
		return time.Time{}
	}
	return s.clock()
}
