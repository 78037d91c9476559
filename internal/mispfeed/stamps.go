package mispfeed

import "math"

// stamps is when an event changed for a reader, and what timestamp that gives.
// Instants are microseconds since 1970, as objects are added to the catalog;
// timestamps are seconds, as MISP writes them.
type stamps struct {
	first int64 // when the event came in
	added int64 // when its newest version did
	// rest is the timestamp while nothing has changed since added; 0 for an
	// event that has none of its own.
	rest int64
	runs []run // the latest changes after added, rising
}

// run is changes that follow each other so closely that no reader was in
// between: the objects of a contribution are a microsecond apart.
type run struct{ first, last int64 }

const (
	runGap  = 1000 // microseconds
	maxRuns = 32
)

// changed notes a change. One before the newest version counts if that version's
// own timestamp would not tell it from what was there before.
func (s *stamps) changed(at int64) {
	if at <= s.added {
		if s.rest != 0 && at > s.first && s.rest <= second(at)+1 && len(s.runs) == 0 {
			s.note(s.added)
		}
		return
	}
	s.note(at)
}

func (s *stamps) note(at int64) {
	if n := len(s.runs); n > 0 && at-s.runs[n-1].last <= runGap {
		s.runs[n-1].first = min(s.runs[n-1].first, at)
		s.runs[n-1].last = max(s.runs[n-1].last, at)
		return
	}
	if len(s.runs) == maxRuns {
		s.runs = append(s.runs[:0], s.runs[1:]...)
	}
	s.runs = append(s.runs, run{at, at})
}

// replaced notes a new version, with its own timestamp; begun is when the
// contribution that brought it began to come in. What that brought beside it is
// no change of its own.
func (s *stamps) replaced(begun, added, rest int64) {
	shown := s.rest // the latest timestamp that the event may have had before
	for _, r := range s.runs {
		if r.first < begun {
			shown = max(shown, second(r.last)+1+s.lift())
		}
	}
	s.added, s.runs = added, nil
	if s.rest = rest; rest <= shown {
		s.rest = shown
		s.note(added)
	}
}

// lift keeps the timestamps of an event rising whose own is in the future.
func (s *stamps) lift() int64 { return max(0, s.rest-second(s.added)) }

// at is the timestamp, given that everything added up to an instant can be
// seen. It never falls as that instant rises. A change in the second after that
// instant has not got its timestamp yet: settled is false.
func (s *stamps) at(seen int64) (stamp int64, settled bool) {
	if len(s.runs) == 0 {
		return s.rest, true
	}
	due := int64(math.MinInt64)
	for _, r := range s.runs { // a take-back may be noted out of order
		due = max(due, second(r.last)+1)
	}
	return max(s.rest, min(due, second(seen))+s.lift()), second(seen) >= due
}

func second(instant int64) int64 { return instant / 1_000_000 }
