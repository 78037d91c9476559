package outbreak

import (
	"fmt"
	"iter"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
)

// few is how many partners a hub may have for all of its outbreaks to be taken
// together by their partners.
const few = 16

// telling says that it means something to have partners in common with the
// outbreak. With one that is at most of the hub's everything has, and it would
// swallow what is another's.
func (s *State) telling(o *Outbreak) bool {
	return s.partners < few || 2*len(o.Partners) <= s.partners
}

// members notes how many partners the hub has, and of which outbreaks it means
// something else now to have partners in common with them.
func (s *State) members(n int) {
	before := s.partners
	for id, rec := range s.outbreaks {
		s.partners = before
		told := s.telling(&rec.live)
		if s.partners = n; s.telling(&rec.live) != told {
			s.regroup(id)
		}
	}
	s.partners = n
}

// crowd is a set of voices.
type crowd map[string]struct{}

// crowd is the voices whose evidence weighs in what the outbreak is about. That
// somebody saw what is known of it already is no sign of belonging together.
func (s *State) crowd(o *Outbreak) crowd {
	if known, ok := s.crowds[o.ID]; ok {
		return known
	}
	list := make(crowd)
	for a := range s.weighing(o) {
		list[a.voice] = struct{}{}
	}
	s.crowds[o.ID] = list
	return list
}

// weighing is the accounts that weigh in an outbreak: on what it holds, and on
// what it is about to take. A subject that it lost, to a long quiet or to another
// outbreak, is no longer its own: what is said of that since may be of anything.
func (s *State) weighing(o *Outbreak) iter.Seq[*account] {
	return func(yield func(*account) bool) {
		known := s.outbreaks[o.ID]
		for _, about := range o.About {
			ev := s.subjects[about]
			if ev == nil || ev.outbreak != o.ID && (ev.outbreak != "" || known != nil && known.live.names(about)) {
				continue
			}
			for _, a := range ev.weighing {
				counts := a.weighs() && (about.Kind != Inbound || ev.flow != nil && ev.flow.makes(a.voice))
				if counts && !yield(a) {
					return
				}
			}
		}
	}
}

// overlap says whether the greater part of the voices in the candidate's run, at
// least half and as many as its rule asks for, are among the outbreak's: fewer
// than could ring themselves cannot make theirs what others ring.
func (s *State) overlap(o *Outbreak, c candidate) bool {
	said := make(crowd, len(c.run))
	for _, seen := range c.run {
		if !seen.copied {
			said[seen.voice()] = struct{}{}
		}
	}
	need := s.cfg.Agreeing
	if c.alone {
		need = c.rule.Partners
	}
	n := said.shared(s.crowd(o))
	return n >= max(1, min(need, len(said))) && 2*n >= len(said)
}

// shared counts the voices that two have in common.
func (c crowd) shared(other crowd) (n int) {
	if len(other) < len(c) {
		c, other = other, c
	}
	for v := range c {
		if _, ok := other[v]; ok {
			n++
		}
	}
	return n
}

// regroup says that those whose evidence weighs in an outbreak are others than
// they were: it may be one with another now, and what was put aside a part of it.
func (s *State) regroup(id string) {
	if s.outbreaks[id] != nil {
		s.touched[id], s.stirred[id] = struct{}{}, true
	}
}

// need is how many voices must be of another outbreak as well for the two to be
// one: as many as ring what it is about.
func (s *State) need(o *Outbreak) int {
	for _, about := range o.About {
		if about.Kind != Suspects && about.Kind != Encryptions {
			return s.cfg.Partners
		}
	}
	return s.cfg.Agreeing
}

// room says that one outbreak can be about all that two are about.
func room(a, b *Outbreak) bool {
	n := len(a.About)
	for _, about := range b.About {
		if !a.names(about) {
			n++
		}
	}
	return n <= maxAbout
}

// twin is the first raised of the open outbreaks that are in truth one with
// this; nil: there is none.
func (s *State) twin(rec *record) *record {
	var first *record
	for _, other := range s.outbreaks {
		if other != rec && s.same(&rec.live, &other.live) && (first == nil || compareRaised(other.live, first.live) < 0) {
			first = other
		}
	}
	return first
}

// same says that two open outbreaks are one: near in time, of the same port,
// value or campaign; or not of different ports, and at least half of the voices
// of the one that has fewer, and as many as ring, are the other's as well. What
// one outbreak could not be about stays two.
func (s *State) same(a, b *Outbreak) bool {
	if a.Status != Open || b.Status != Open || !s.near(a, b.FirstSeen, b.LastSeen) || !room(a, b) {
		return false
	}
	if slices.ContainsFunc(b.About, func(about Subject) bool { return s.linked(a, about) }) {
		return true
	}
	if a.Port != 0 && b.Port != 0 || !s.telling(a) || !s.telling(b) {
		return false
	}
	one, two := s.crowd(a), s.crowd(b)
	n := one.shared(two)
	return n >= max(s.need(a), s.need(b)) && 2*n >= min(len(one), len(two))
}

// merge finds two outbreaks that have become one: the younger goes into the
// older, with its evidence and its subjects. There may be more of them in the
// next round.
func (s *State) merge() []decision {
	for _, rec := range s.inOrder() {
		if _, touched := s.touched[rec.live.ID]; !touched {
			continue
		}
		other := s.twin(rec)
		if other == nil {
			continue
		}
		older, younger := rec, other
		if compareRaised(older.live, younger.live) > 0 {
			older, younger = younger, older
		}
		into := older.copy()
		into.live.unite(younger.live)
		into.gather(younger)
		into.weighHosts()
		gone := younger.live.clone()
		gone.Status, gone.Into, gone.By = Merged, older.live.ID, access.Hub
		gone.Because = fmt.Sprintf("it has become one with %s: %s", older.live.ID, s.common(&older.live, &younger.live))
		return []decision{{KindGrown, into.live}, {KindMerged, gone}}
	}
	return nil
}

// common says what two outbreaks share.
func (s *State) common(a, b *Outbreak) string {
	for _, about := range b.About {
		if s.linked(a, about) {
			return "both are of " + about.String()
		}
	}
	one, two := s.crowd(a), s.crowd(b)
	return fmt.Sprintf("%d of %d partners are the same", one.shared(two), min(len(one), len(two)))
}
