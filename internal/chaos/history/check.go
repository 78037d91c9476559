package history

import (
	"fmt"
	"slices"
)

// Check judges the history. Times and order are all that it goes by, so that the
// same history always gets the same verdict.
func (h History) Check() Verdict {
	c := &checker{h: h, writes: map[string]Write{}, named: map[Rule]int{}}
	for _, w := range h.Writes {
		if w.Acked > 0 {
			c.Acknowledged++
		}
		if other, again := c.writes[w.Effect]; again {
			c.broken(Invented, "%s and %s both write %s: the history itself is wrong", other.Session, w.Session, w.Effect)
			continue
		}
		c.writes[w.Effect] = w
	}
	c.lines()
	c.whole()
	c.reads()
	return c.Verdict
}

// checker gathers a verdict.
type checker struct {
	Verdict

	h      History
	writes map[string]Write // by effect
	named  map[Rule]int
}

func (c *checker) broken(rule Rule, format string, args ...any) {
	if c.named[rule]++; c.named[rule] <= MaxBroken {
		c.Broken = append(c.Broken, Broken{rule, fmt.Sprintf(format, args...)})
	}
}

// lines judges every reader by itself, and readers of a class against each other.
func (c *checker) lines() {
	stories := map[string]*story{} // by class
	var classes []string
	for _, r := range c.h.Readings {
		s := stories[r.Class]
		if s == nil {
			s = &story{checker: c, class: r.Class, told: map[uint64]told{}, at: map[string]uint64{}}
			stories[r.Class] = s
			classes = append(classes, r.Class)
		}
		for _, why := range r.Gone {
			c.broken(Gap, "%s was given a place that is no more: %s", r.Session, why)
		}
		for i, l := range r.Lines {
			if due := uint64(i) + 1; l.N != due {
				c.broken(Gap, "%s got line %d where line %d was due", r.Session, l.N, due)
				break // what follows is shifted, and says nothing more
			}
			if l.Altered != "" {
				c.broken(Altered, "%s, line %d: %s", r.Session, l.N, l.Altered)
			}
			s.tell(r.Session, l)
		}
	}
	for _, class := range classes {
		stories[class].order()
	}
}

// story is what the readers of one class were told, all of them together.
type story struct {
	*checker

	class string
	told  map[uint64]told
	at    map[string]uint64 // the line of each effect
}

type told struct {
	chain   [32]byte
	by      string // the session that was told first
	effects []Effect
}

// tell holds one line against what others were told.
func (s *story) tell(session string, l Line) {
	if before, known := s.told[l.N]; known {
		if before.chain != l.Chain {
			s.broken(Reorder, "line %d of %s is %x for %s and %x for %s", l.N, s.class, before.chain[:6], before.by, l.Chain[:6], session)
		}
		return
	}
	s.told[l.N] = told{l.Chain, session, l.Effects}
	for _, e := range l.Effects {
		at, again := s.at[e.Name]
		switch {
		case again && e.Decides:
			s.broken(Twice, "%s took effect on line %d and on line %d of %s", e.Name, at, l.N, s.class)
		case again:
			s.broken(Doubled, "%s is on line %d and on line %d of %s", e.Name, at, l.N, s.class)
		default:
			s.at[e.Name] = l.N
		}
	}
}

// order holds the lines against the times: a write that was acknowledged before
// another was sent stands before it. Of the lines so far it is enough to know the
// latest that was sent.
func (s *story) order() {
	numbers := make([]uint64, 0, len(s.told))
	for n := range s.told {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	var latest Write
	for _, n := range numbers {
		for _, e := range s.told[n].effects {
			w, known := s.writes[e.Name]
			if !known {
				continue
			}
			if w.Acked > 0 && w.Acked < latest.Invoked {
				s.broken(Reorder, "%s stands on line %d of %s behind %s, which was sent %d ns after it was acknowledged",
					w.Effect, n, s.class, latest.Effect, latest.Invoked-w.Acked)
			}
			if w.Invoked > latest.Invoked {
				latest = w
			}
		}
	}
}

// whole holds the readings of the whole stream against what was acknowledged and
// what is due.
func (c *checker) whole() {
	lost := map[string]bool{}
	for _, r := range c.h.Readings {
		if !r.Whole {
			continue
		}
		there := map[string]bool{}
		for _, l := range r.Lines {
			for _, e := range l.Effects {
				there[e.Name] = true
			}
		}
		for _, w := range c.h.Writes {
			if w.Acked > 0 && !there[w.Effect] {
				lost[w.Effect] = true
				c.broken(Lost, "%s was acknowledged to %s, and %s does not have it", w.Effect, w.Session, r.Session)
			}
		}
		for _, e := range c.h.Due {
			if !there[e.Name] {
				c.broken(Missing, "%s is due, and %s does not have it", e.Name, r.Session)
			}
		}
	}
	c.Lost = len(lost)
}
