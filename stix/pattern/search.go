package pattern

import (
	"slices"
	"sync"
)

// search looks for observations that make a pattern hold (section 9.5).
//
// The times of a match are bounded by a few of the times seen: where a WITHIN
// begins, where a FOLLOWEDBY turns. For each choice of these, every slot takes
// the observations of some span; what is left is to give the slots different
// observations, which is a flow (assignment).
type search struct {
	seen []sight
	work int // steps that may still be taken

	assignment
}

// searches are shared by all windows: most of these wait most of the time.
var searches = sync.Pool{New: func() any { return new(search) }}

// free gives a search back. Its observations are the window's.
func (s *search) free() {
	s.seen = nil
	searches.Put(s)
}

// task is a part still to be satisfied, and those after it.
type task struct {
	part part
	in   span
	next *task

	// Copies of a repeated part may change places: they are looked for in the
	// order of the times that bound them.
	before *task // the copy before
	copies int64 // still to come, with this one
	turn   nanos // the time chosen
}

// chosen is the time from which this copy may choose.
func (t *task) chosen() nanos {
	if t.before == nil {
		return earliest
	}
	return t.before.turn
}

// find says whether the observations make the part hold, and which; false with
// no work left says that it is not known.
func (s *search) find(p part) bool {
	s.demands = s.demands[:0]
	return s.possible(p, always) && s.enough(p, always, 1) && s.solve(&task{part: p, in: always})
}

func (s *search) solve(t *task) bool {
	if t == nil {
		return true // the last slot saw to it that all have their observations
	}
	if s.work--; s.work < 0 {
		return false
	}
	switch p := t.part.(type) {
	case *slot:
		s.demands = append(s.demands, demand{slot: p, in: t.in})
		if s.assign() && s.solve(t.next) {
			return true
		}
		s.demands = s.demands[:len(s.demands)-1]
		return false
	case *both:
		next := t.next
		for _, o := range slices.Backward(p.of) {
			next = &task{part: o, in: t.in, next: next}
		}
		return s.solve(next)
	case *choice:
		for _, o := range p.of {
			if s.possible(o, t.in) && s.solve(&task{part: o, in: t.in, next: t.next}) {
				return true
			}
		}
		return false
	case *between:
		in := narrower(t.in, p.start, p.stop)
		return s.possible(p.of, in) && s.solve(&task{part: p.of, in: in, next: t.next})
	case *repeat:
		one := &task{part: p.of, in: t.in, next: t.next, before: t.before, copies: p.times, turn: earliest}
		if p.times > 1 {
			one.next = &task{part: &repeat{of: p.of, times: p.times - 1}, in: t.in, next: t.next, before: one}
		}
		return s.solve(one)
	case *within:
		return s.within(p, t)
	}
	return s.sequence(t.part.(*sequence), t)
}

func narrower(in span, from, before nanos) span {
	return span{from: max(in.from, from), before: min(in.before, before)}
}

// within tries each time at which the first of the observations may be over:
// all of them are then not over before it, and begin less than the span after it.
func (s *search) within(p *within, t *task) bool {
	last := s.times(p.of, t.in, func(o *sight) nanos { return o.last })
	latestFirst := earliest
	for i := range s.seen {
		latestFirst = max(latestFirst, s.seen[i].first)
	}
	for _, from := range last {
		if from < t.chosen() {
			continue
		}
		t.turn = from
		in := narrower(t.in, from, from.after(p.span))
		if t.copies > 1 && !s.enough(p.of, narrower(t.in, from, latest), t.copies) {
			return false
		}
		if s.possible(p.of, in) && s.solve(&task{part: p.of, in: in, next: t.next}) {
			return true
		}
		if s.work < 0 || latestFirst < in.before || in.before == t.in.before {
			return false // a later start has fewer observations and no other
		}
	}
	return false
}

// sequence tries each time at which all of the first part may have begun. The
// later it is, the more the first part may take and the less the second.
func (s *search) sequence(p *sequence, t *task) bool {
	turns := s.times(p.first, t.in, func(o *sight) nanos { return o.first })
	before := func(turn nanos) span { return narrower(t.in, earliest, turn.after(1)) }
	after := func(turn nanos) span { return narrower(t.in, turn, latest) }
	start, _ := slices.BinarySearchFunc(turns, true, func(turn nanos, _ bool) int {
		if s.possible(p.first, before(turn)) {
			return 1
		}
		return -1
	})
	for _, turn := range turns[start:] {
		if turn < t.chosen() {
			continue
		}
		t.turn = turn
		if s.work < 0 || !s.possible(p.second, after(turn)) || t.copies > 1 && !s.enough(p.second, after(turn), t.copies) {
			return false
		}
		second := &task{part: p.second, in: after(turn), next: t.next}
		if s.solve(&task{part: p.first, in: before(turn), next: second}) {
			return true
		}
	}
	return false
}

// times are the times, each once and in order, of the observations that some
// slot of a part may take.
func (s *search) times(p part, in span, of func(*sight) nanos) []nanos {
	var all []nanos
	for i := range s.seen {
		if s.work--; fills(p, &s.seen[i], in) {
			all = append(all, of(&s.seen[i]))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// fills says whether some slot of a part takes an observation.
func fills(p part, o *sight, in span) bool {
	some := func(of part) bool { return fills(of, o, in) }
	switch p := p.(type) {
	case *slot:
		return p.fills(o, in)
	case *both:
		return slices.ContainsFunc(p.of, some)
	case *choice:
		return slices.ContainsFunc(p.of, some)
	case *sequence:
		return some(p.first) || some(p.second)
	case *within:
		return some(p.of)
	case *between:
		return fills(p.of, o, narrower(in, p.start, p.stop))
	}
	return some(p.(*repeat).of)
}

// possible says whether the part's slots find observations enough each for
// itself. Where not, there is nothing to search for.
func (s *search) possible(p part, in span) bool {
	switch p := p.(type) {
	case *slot:
		left := p.times
		for i := range s.seen {
			if s.work--; p.fills(&s.seen[i], in) {
				if left -= int64(s.seen[i].number); left <= 0 {
					return true
				}
			}
		}
		return false
	case *both:
		return !slices.ContainsFunc(p.of, func(o part) bool { return !s.possible(o, in) })
	case *choice:
		return slices.ContainsFunc(p.of, func(o part) bool { return s.possible(o, in) })
	case *sequence:
		return s.possible(p.first, in) && s.possible(p.second, in)
	case *within:
		return s.possible(p.of, in)
	case *between:
		return s.possible(p.of, narrower(in, p.start, p.stop))
	}
	r := p.(*repeat)
	return s.possible(r.of, in) && s.enough(r.of, in, r.times)
}

// enough says whether there are as many observations as the slots of a part,
// taken so many times, ask for together.
func (s *search) enough(p part, in span, times int64) bool {
	left := needs(p)
	left = min(left, maxTimes/times) * times
	for i := range s.seen {
		if s.work--; fills(p, &s.seen[i], in) {
			if left -= int64(s.seen[i].number); left <= 0 {
				return true
			}
		}
	}
	return false
}
