package knowledge

import (
	"errors"
	"time"
)

// ErrClock says that the clock went back behind ends of validity that have
// already taken effect: what they ended is not held any more, and has to be
// learned from the beginning.
var ErrClock = errors.New("the clock went back, and what had ended by it is valid again")

// steady is how far the clock may go back unnoticed: what ends so much too early
// is not worth learning everything again.
const steady = time.Hour

// Expire ends what is past its validity. The store holds the latest end that has
// taken effect, on disk, too; if that is ahead of the clock by more than an hour,
// the clock had run ahead and Expire says so by ErrClock, until everything has
// been learned again.
func (s *Store) Expire() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock()
	err := s.expire(now)
	if s.ended > now.Add(steady).UnixMicro() {
		err = errors.Join(err, ErrClock)
	}
	return err
}

func (s *Store) expire(now time.Time) error {
	due, err := s.expiries.due(now)
	var over []string
	for _, one := range due {
		version, known, err := s.versions.of(one.id)
		if err != nil {
			return err
		}
		if !known || version != one.version || stale(s.retold, one) {
			continue // there is a newer version, or it was taken back
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

// stale says that an end is that of a version which was taken back and then told
// anew, the same version with another end.
func stale(retold map[uint64]int64, one expiry) bool {
	until, again := retold[keyOf(one.id)]
	return again && until != one.until
}

// over says that a version's validity has ended, and has it count as ended.
func (s *Store) over(one op, now time.Time) bool {
	if one.Until.IsZero() || one.Until.After(now) {
		return false
	}
	s.ended = max(s.ended, one.Until.UnixMicro())
	return true
}
