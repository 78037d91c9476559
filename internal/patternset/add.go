package patternset

import (
	"errors"
	"fmt"
	"slices"

	"github.com/zeebo/xxh3"

	"github.com/tocsin-project/tocsin/stix/pattern"
)

// Errors of Add for what the set has no room for; the message says what to do.
var (
	ErrUncovered = errors.New("no index covers the pattern, and the budget for such patterns is spent")
	ErrCrowded   = errors.New("too many patterns wait for the same term")
)

// open is a pattern that no term covers, and where it is evaluated.
type open struct {
	program *compiled
	at      []*presence
}

// plan is how a pattern is found.
type plan struct {
	terms []term
	open  []*presence
}

// Add adds a pattern, which takes the place of one with the same id. An event
// that is being matched meanwhile is asked of the one or of the other. The
// error wraps ErrUncovered or ErrCrowded for what would make every event dear,
// or says why the pattern cannot be asked at all; the set is then as it was.
func (s *Set) Add(id string, p pattern.Pattern) error {
	program, err := pattern.Compile(p)
	if err != nil {
		return fmt.Errorf("add pattern %s: %w", id, err)
	}
	text := p.String()
	s.write.Lock()
	defer s.write.Unlock()
	old, replaces := s.find(id)
	if replaces {
		if _, have, _, _ := s.records.at(old); string(have) == text {
			return nil // and what was seen for it is kept
		}
	}
	budget := s.options.Uncovered
	if _, stood := s.standing[old]; replaces && stood {
		budget++ // whose place it takes
	}
	plan, err := s.plan(program, budget)
	if err != nil {
		return fmt.Errorf("add pattern %s: %w", id, err)
	}
	number := s.sweeper.number()
	s.records.put(number, id, text, plan.terms)
	s.ids.add(s.idKey(id), number)
	s.waitFor(plan.terms, number)
	if plan.open != nil {
		s.stand(number, newCompiled(number, id, text, program), plan.open)
	}
	s.counters.patterns.Add(1)
	if replaces {
		s.remove(old)
	}
	return nil
}

func (s *Set) idKey(id string) uint64 { return xxh3.HashStringSeed(id, s.seed) }

// find is the number of the pattern with an id.
func (s *Set) find(id string) (uint32, bool) {
	for _, number := range s.ids.appendPatterns(nil, s.idKey(id)) {
		if have, _, _, ok := s.records.at(number); ok && string(have) == id {
			return number, true
		}
	}
	return 0, false
}

// plan finds how a pattern will be found, and refuses what costs too much.
// budget is how many patterns may be there that no term covers.
func (s *Set) plan(program *pattern.Program, budget int) (plan, error) {
	var p plan
	if s.present.count > 4*maxPaths {
		return p, fmt.Errorf("the patterns have named %d types and paths, more than any set needs; begin a new one", s.present.count)
	}
	for _, atom := range program.Atoms() {
		c := s.coverOf(atom.Comparison())
		p.terms = append(p.terms, c.terms...)
		for _, at := range c.open {
			if !slices.Contains(p.open, at) {
				p.open = append(p.open, at)
			}
		}
	}
	if len(p.terms) > maxTerms {
		return p, fmt.Errorf("it names %d values, at most %d are allowed; split it", len(p.terms), maxTerms)
	}
	if p.open != nil && len(s.standing) >= budget {
		s.counters.refused.Add(1)
		return p, fmt.Errorf("%w: %d of %d; ask for a value, or for a text of at least %d characters, beside what is asked of %s",
			ErrUncovered, len(s.standing), s.options.Uncovered, minGram, p.open[0].name)
	}
	for _, t := range p.terms {
		if s.indexOf(t.kind).waiting(t.key(), s.options.Crowd) >= s.options.Crowd {
			s.counters.crowded.Add(1)
			return p, fmt.Errorf("%w: %d for %s; ask for something rarer beside it", ErrCrowded, s.options.Crowd, t)
		}
	}
	return p, nil
}

// stand has the pattern evaluated wherever a presence is.
func (s *Set) stand(number uint32, c *compiled, at []*presence) {
	for _, p := range at {
		grown := append(slices.Clip(*p.patterns.Load()), c)
		p.patterns.Store(&grown)
	}
	s.standing[number] = open{program: c, at: at}
	s.watched.Add(1)
}

// Remove removes the pattern with the id; it is false if there is none.
func (s *Set) Remove(id string) bool {
	s.write.Lock()
	defer s.write.Unlock()
	number, ok := s.find(id)
	if ok {
		s.remove(number)
	}
	return ok
}

func (s *Set) remove(number uint32) {
	_, text, _, _ := s.records.at(number)
	terms := s.records.remove(number)
	s.counters.patterns.Add(-1)
	s.windows.forget(number)
	if o, ok := s.standing[number]; ok {
		for _, p := range o.at {
			fewer := slices.DeleteFunc(slices.Clone(*p.patterns.Load()), func(c *compiled) bool { return c == o.program })
			p.patterns.Store(&fewer)
		}
		delete(s.standing, number)
		s.watched.Add(-1)
	}
	s.leaveNets(text)
	s.sweeper.release(number, 1+terms)
	s.sweep()
}
