package knowledge

import (
	"fmt"
	"math"

	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/stream"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

// withdrawn is the version of what was taken back: older than any other.
const withdrawn = math.MinInt64

// Learned is what lines of the stream changed.
type Learned struct {
	// New are indicators that were not known in any version before: whether
	// they were seen already is worth asking.
	New []match.Indicator
	// Left are indicators that could not be taken, with the reasons.
	Left []string
	// Unread are lines that this release cannot read, with the reasons. They are
	// passed over: they must not keep out those that come after them.
	Unread []string
	// Again says that the hub took back what it can no longer name: the store
	// has to be emptied (Reset) and everything learned from the beginning.
	Again bool
}

// Learn takes lines of the change stream in. What they say is on disk, and
// matches, when it returns; after an error none of them counts.
func (s *Store) Learn(lines ...stream.Line) (Learned, error) {
	var learned Learned
	lessons := make([]lesson, len(lines))
	for i, line := range lines {
		l, err := read(line)
		if err != nil {
			learned.Unread = append(learned.Unread, err.Error())
		}
		lessons[i] = l
		learned.Left = append(learned.Left, l.Left...)
		learned.Again = learned.Again || l.Again
	}
	if len(lessons) == 0 || learned.Again {
		return learned, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.journal.append(lessons, s.clock()); err != nil {
		return Learned{}, fmt.Errorf("keep what the hub's partners know: %w", err)
	}
	for _, l := range lessons {
		if err := s.apply(l, &learned); err != nil {
			return learned, err
		}
	}
	s.left += uint64(len(learned.Left))
	return learned, nil
}

// apply makes a lesson count. Many indicators at once are cheaper than one by one.
func (s *Store) apply(l lesson, learned *Learned) error {
	var forget []string
	var add []match.Indicator
	flush := func() {
		s.Index.Forget(forget...)
		s.Index.Add(add...)
		forget, add = forget[:0], add[:0]
	}
	touched := map[string]bool{}
	for _, one := range l.Ops {
		if touched[one.ID] { // two versions in one lesson: their order matters
			flush()
			clear(touched)
		}
		touched[one.ID] = true
		version, known, err := s.versions.of(one.ID)
		if err != nil {
			return err
		}
		if !one.Forced && known && one.Version.UnixMicro() <= version {
			continue
		}
		if known {
			forget = append(forget, one.ID)
			if _, held := s.patterns[one.ID]; held {
				s.Patterns.Remove(one.ID)
				delete(s.patterns, one.ID)
			}
		}
		s.remember(one, known && version == withdrawn)
		if one.Pattern == "" || s.over(one, s.clock()) {
			continue
		}
		indicators, reason := s.take(one)
		if reason != "" && learned != nil {
			learned.Left = append(learned.Left, one.ID+": "+reason)
		}
		add = append(add, indicators...)
		if learned != nil && !known {
			learned.New = append(learned.New, indicators...)
		}
	}
	flush()
	return nil
}

func (s *Store) remember(one op, retold bool) {
	key := keyOf(one.ID)
	if one.Forced {
		s.versions.fresh[key] = withdrawn
		return
	}
	s.versions.set(one.ID, one.Version)
	var until int64
	if !one.Until.IsZero() {
		until = one.Until.UnixMicro()
		s.expiries.add(expiry{until, one.Version.UnixMicro(), one.ID})
	}
	if _, again := s.retold[key]; retold || again {
		s.retold[key] = until
	}
}

// take gives the indicators of a pattern that is a list of values; another
// pattern goes to the set of patterns.
func (s *Store) take(one op) (indicators []match.Indicator, reason string) {
	p, err := pattern.Parse(one.Pattern)
	if err != nil {
		return nil, err.Error()
	}
	if values, ok := match.Values(p); ok {
		for _, v := range values {
			indicators = append(indicators, match.Indicator{ID: one.ID, Value: v})
		}
		return indicators, ""
	}
	if err := s.Patterns.Add(one.ID, p); err != nil {
		return nil, err.Error()
	}
	s.patterns[one.ID] = one
	return nil, ""
}

// Holds says that just this indicator is matched.
func (s *Store) Holds(i match.Indicator) (held bool) {
	s.Index.All(i.Value, func(one match.Indicator) bool {
		held = one == i
		return !held
	})
	return held
}
