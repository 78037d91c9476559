package knowledge

import (
	"errors"
	"time"
)

// ErrClock says that the clock went back behind ends of validity that have
// already taken effect: what they ended is not held any more, and has to be
// learned from the beginning.
var ErrClock = errors.New("the clock went back, and what had ended by it is valid again")

// ErrIncomplete says that what was taken back had hidden something else that still
// holds: see Learned.Incomplete.
var ErrIncomplete = errors.New("a partner took back what it told of an indicator, and what others told of it has to be learned again")

// steady is how far the clock may go back unnoticed: what ends so much too early
// is not worth learning everything again.
const steady = time.Hour

// Expire ends what is past its validity. The store holds the latest end that has
// taken effect, on disk, too; if that is ahead of the clock by more than an hour,
// the clock had run ahead and Expire says so by ErrClock, until everything has
// been learned again; and so by ErrIncomplete.
func (s *Store) Expire() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock()
	err := s.expire(now)
	if s.ended > now.Add(steady).UnixMicro() {
		err = errors.Join(err, ErrClock)
	}
	if s.incomplete() {
		err = errors.Join(err, ErrIncomplete)
	}
	return err
}

func (s *Store) expire(now time.Time) error {
	due, err := s.expiries.due(now)
	var over []string
	for _, one := range due {
		told, _, err := s.versions.of(one.id)
		if err != nil {
			return err
		}
		if best, some := told.best(); !some || best.version != one.version || best.until != one.until && best.source != others {
			continue // there is a newer version, or another's, or it was taken back
		}
		over = append(over, one.id)
		s.ended = max(s.ended, one.until)
		if _, held := s.patterns[one.id]; held {
			s.Patterns.Remove(one.id)
			delete(s.patterns, one.id)
		}
	}
	s.Index.Forget(over...)
	return err
}

// over says that an end of validity has passed, and has it count as taken effect.
func (s *Store) over(until int64, now time.Time) bool {
	if !ended(until, now) {
		return false
	}
	s.ended = max(s.ended, until)
	return true
}

func ended(until int64, now time.Time) bool { return until != 0 && until <= now.UnixMicro() }
