package patternset

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/stix/pattern"
)

// scratch is what one call of Match needs, used again by the next.
type scratch struct {
	set  *Set
	term func(path, text string) bool // see, bound once: a closure a call would be allocated

	keys       []uint64 // for the exact index
	folded     []byte
	hits       []uint64 // keys that the index of grams may hold
	candidates []uint32
	present    []*presence
	atoms      []int
	ids        []string // of the patterns that hold already
	calls      uint32
}

// timedEvery is how many calls there are to one that is timed.
const timedEvery = 64

func newScratch(s *Set) *scratch {
	sc := &scratch{set: s, calls: rand.Uint32()} // a scratch may live shortly
	sc.term = sc.see
	return sc
}

// see notes what a term of the event leads to.
func (sc *scratch) see(path, text string) bool {
	s := sc.set
	p := s.paths.get(path)
	if p == nil {
		if s.watched.Load() > 0 {
			if of := s.present.get(typeOf(path)); of != nil {
				sc.meet(of)
			}
		}
		return true
	}
	if s.watched.Load() > 0 {
		sc.meet(p.of)
		sc.meet(p.here)
	}
	if p.numbers.Load() {
		if n, ok := readNumber(text); ok {
			sc.keys = append(sc.keys, p.numberKey(n))
		}
	}
	if p.exact.Load() {
		sc.keys = append(sc.keys, p.valueKey(text))
	}
	if p.inside.Load() != nil || p.around.Load() != nil {
		sc.candidates = s.appendNets(sc.candidates, p, text)
	}
	if p.grams.Load() != 0 {
		sc.seeGrams(p, text)
	}
	return true
}

func (sc *scratch) meet(p *presence) {
	if len(*p.patterns.Load()) > 0 && !slices.Contains(sc.present, p) {
		sc.present = append(sc.present, p)
	}
}

// Match asks the patterns of one event and calls yield for each that holds,
// until yield returns false. ref is the caller's name for the event, to be found
// again in Hit.Refs; every event has its own. A pattern that needs several
// observations holds when the event completes them, and each of them counts
// once. An event that leads to no candidate costs no allocation here.
func (s *Set) Match(e Event, ref uint64, yield func(Hit) bool) {
	sc := s.scratch.Get().(*scratch)
	sc.keys, sc.candidates, sc.present, sc.ids = sc.keys[:0], sc.candidates[:0], sc.present[:0], sc.ids[:0]
	sc.calls++
	timed := sc.calls%timedEvery == 0
	var start time.Time
	if timed {
		start = time.Now()
	}
	e.Terms(sc.term)
	for _, key := range sc.keys {
		if s.exact.may(key) {
			sc.candidates = s.exact.appendPatterns(sc.candidates, key)
		}
	}
	if len(sc.candidates) > 0 || len(sc.present) > 0 {
		a := asking{set: s, sc: sc, observed: e.Observed(), ref: ref, yield: yield}
		if a.candidates() {
			a.standing(timed)
		}
	}
	if timed {
		s.counters.timed.Add(int64(time.Since(start)))
	}
	s.scratch.Put(sc)
}

// asking is one event that patterns are asked of.
type asking struct {
	set      *Set
	sc       *scratch
	observed *pattern.Observed
	ref      uint64
	yield    func(Hit) bool
}

func (a *asking) candidates() bool {
	slices.Sort(a.sc.candidates)
	a.sc.candidates = slices.Compact(a.sc.candidates)
	for _, number := range a.sc.candidates {
		if c := a.set.program(number); c != nil && !a.ask(c) {
			return false
		}
	}
	return true
}

// standing asks the patterns that no term covers. One that was a candidate is
// not asked twice.
func (a *asking) standing(timed bool) {
	for i, p := range a.sc.present {
		for _, c := range *p.patterns.Load() {
			if _, asked := slices.BinarySearch(a.sc.candidates, c.number); asked || a.metBefore(c, i) {
				continue
			}
			var start time.Time
			if timed {
				start = time.Now()
			}
			more := a.ask(c)
			if timed {
				took := int64(time.Since(start))
				c.asked.Add(1)
				c.spent.Add(took)
				a.set.counters.timedUncovered.Add(took)
			}
			if !more {
				return
			}
		}
	}
}

func (a *asking) metBefore(c *compiled, i int) bool {
	for _, p := range a.sc.present[:i] {
		if slices.Contains(*p.patterns.Load(), c) {
			return true
		}
	}
	return false
}

// ask evaluates a pattern's atoms on the event. It is false if yield was.
func (a *asking) ask(c *compiled) bool {
	a.sc.atoms = a.sc.atoms[:0]
	var witness pattern.Witness
	a.set.counters.asked.Add(1)
	for i, atom := range c.program.Atoms() {
		if w, ok := atom.Test(a.observed); ok {
			if len(a.sc.atoms) == 0 {
				witness = w
			}
			a.sc.atoms = append(a.sc.atoms, i)
			if c.alone {
				break
			}
		}
	}
	if len(a.sc.atoms) == 0 || slices.Contains(a.sc.ids, c.id) {
		return true
	}
	a.set.counters.held.Add(1)
	hit := Hit{ID: c.id, Path: witness.Path, Value: witness.Value}
	if c.alone {
		a.sc.ids = append(a.sc.ids, c.id)
		hit.Refs = []uint64{a.ref}
		return a.yield(hit)
	}
	seen := pattern.Seen{First: a.observed.First, Last: a.observed.Last, Number: a.observed.Number, Ref: a.ref}
	return a.set.windows.see(c, a.sc.atoms, seen, func(refs []uint64) bool {
		a.sc.ids = append(a.sc.ids, c.id)
		hit.Refs = refs
		return a.yield(hit)
	})
}
