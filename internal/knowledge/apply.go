package knowledge

import (
	"fmt"

	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/stream"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

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
	// Incomplete says that a partner took back what it told of an indicator, and
	// that what others told of it is not held: everything has to be learned from
	// the beginning, as with Again, but the lines count.
	Incomplete bool
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
	learned.Incomplete = s.incomplete()
	return learned, nil
}

// change gathers what ops change in the index: many indicators at once are cheaper
// than one by one.
type change struct {
	forget  []string
	add     []match.Indicator
	touched map[string]bool
}

func (s *Store) flush(c *change) {
	s.Index.Forget(c.forget...)
	s.Index.Add(c.add...)
	c.forget, c.add = c.forget[:0], c.add[:0]
	clear(c.touched)
}

// apply makes a lesson count.
func (s *Store) apply(l lesson, learned *Learned) error {
	c := change{touched: map[string]bool{}}
	from := l.sources()
	for _, one := range l.Ops {
		if c.touched[one.ID] { // two versions in one lesson: their order matters
			s.flush(&c)
		}
		c.touched[one.ID] = true
		told, known, err := s.versions.of(one.ID)
		if err != nil {
			return err
		}
		if one.Forced {
			s.takeBack(&c, one.ID, told, from, l.Versions)
			continue
		}
		source := uint64(others)
		if len(l.From) > 0 {
			source = hashOf(l.From[0])
		}
		if !told.has(one.telling(source)) {
			s.told(&c, one, source, told, known, learned)
		}
	}
	s.flush(&c)
	return nil
}

// told has a version count that a contribution told, if it is the newest.
func (s *Store) told(c *change, one op, source uint64, before tellings, known bool, learned *Learned) {
	t := one.telling(source)
	s.versions.set(one.ID, before.with(t))
	current, some := before.best()
	if some && t.version <= current.version {
		return
	}
	if some {
		s.forget(c, one.ID)
	}
	s.ends(one.ID, t)
	if one.Pattern == "" || s.over(t.until, s.now()) {
		return
	}
	indicators, reason := s.take(one)
	if reason != "" && learned != nil {
		learned.Left = append(learned.Left, one.ID+": "+reason)
	}
	c.add = append(c.add, indicators...)
	if learned != nil && !known {
		learned.New = append(learned.New, indicators...)
	}
}

// forget has an indicator be matched no more.
func (s *Store) forget(c *change, id string) {
	c.forget = append(c.forget, id)
	if _, held := s.patterns[id]; held {
		s.Patterns.Remove(id)
		delete(s.patterns, id)
	}
}

// ends has the end of a version's validity come.
func (s *Store) ends(id string, t telling) {
	if t.until != 0 {
		s.expiries.add(expiry{t.until, t.version, id})
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
