package pattern

import (
	"slices"
	"time"
)

// WindowLimits bound what a window holds and does; zero values are defaults.
type WindowLimits struct {
	Observations int // the most that are kept, default 1024
	Work         int // the most steps that one Match takes, default 1,000,000 (some milliseconds)
}

// Seen is an observation that satisfied an atom.
type Seen struct {
	First, Last time.Time // Last is First if it is not after it
	Number      int       // how often it was observed, at least 1
	Ref         uint64    // the caller's name of the observation
}

// Window is one pattern's state over a stream: the observations that satisfied
// its atoms, for as long as they can still matter. It goes by the observations'
// own times: they may come late and in any order, and one that comes again
// (the same Ref) is one observation.
//
// What Match reports is spent: an observation is part of one reported match at
// most, with all the times that it was observed. A window is for one goroutine.
type Window struct {
	program *Program
	limits  WindowLimits
	reach   []reach // by atom
	seen    []sight // not spent, by last
	done    []spent // by last
	news    bool    // something came since the last Match that found nothing
	now     nanos   // of the last Expire
	evicted uint64
	late    uint64
	gaveUp  uint64
}

// reach is which observations matter to an atom.
type reach struct {
	in   span
	keep nanos // how long after its end one can be completed by others

	number int64 // of those in the window that are not spent
}

// NewWindow returns an empty window.
func (p *Program) NewWindow(limits WindowLimits) *Window {
	if limits.Observations <= 0 {
		limits.Observations = 1024
	}
	if limits.Work <= 0 {
		limits.Work = 1_000_000
	}
	w := &Window{program: p, limits: limits, reach: make([]reach, len(p.atoms)), now: earliest}
	w.reaches(p.root, reach{in: always, keep: latest}, true)
	return w
}

// reaches goes through the slots of a part. whole says that the part is all
// that the pattern asks for, so that nothing outside of it completes it.
func (w *Window) reaches(p part, r reach, whole bool) {
	switch p := p.(type) {
	case *slot:
		w.reach[p.atom] = r
		for _, atom := range p.others {
			w.reach[atom] = r
		}
	case *both:
		for _, o := range p.of {
			w.reaches(o, r, false)
		}
	case *choice:
		for _, o := range p.of {
			w.reaches(o, r, whole)
		}
	case *sequence:
		w.reaches(p.first, r, false)
		w.reaches(p.second, r, false)
	case *within:
		if whole {
			r.keep = min(r.keep, p.span)
		}
		w.reaches(p.of, r, whole)
	case *between:
		r.in = narrower(r.in, p.start, p.stop)
		w.reaches(p.of, r, whole)
	case *repeat:
		w.reaches(p.of, r, false)
	}
}

// Add puts an observation that satisfied an atom into the window. Of one that
// satisfied several, call it for each of them with the same s, then Match.
func (w *Window) Add(atom int, s Seen) {
	o := sightOf(s)
	r := &w.reach[atom]
	if o.last < r.in.from || o.first >= r.in.before {
		return
	}
	if w.isDone(&o) {
		return
	}
	at := len(w.seen)
	for at > 0 && w.seen[at-1].last >= o.last {
		at--
		if known := &w.seen[at]; known.name == o.name && known.last == o.last {
			if !known.atoms.has(atom) {
				known.atoms.add(atom)
				r.number += int64(known.number)
				w.news = true
			}
			return
		}
	}
	if o.last.after(r.keep) <= w.now {
		w.late++ // had it come in time, it would be gone: perhaps it did, and is
		return
	}
	// Behind those that end at the same time: the common case moves none.
	for at < len(w.seen) && w.seen[at].last == o.last {
		at++
	}
	o.atoms.add(atom)
	r.number += int64(o.number)
	w.seen = slices.Insert(w.seen, at, o)
	w.news = true
	if w.Len() > w.limits.Observations {
		w.evict()
	}
}

// Match says whether the pattern holds, and the Refs of the observations that
// make it hold, by time. They are spent: the next Match is of others.
func (w *Window) Match() ([]uint64, bool) {
	if !w.news || w.short(w.program.root) {
		return nil, false
	}
	s := searches.Get().(*search)
	defer s.free()
	s.work, s.seen = w.limits.Work, w.seen
	if !s.find(w.program.root) {
		w.news = false
		if s.work < 0 {
			w.gaveUp++
		}
		return nil, false
	}
	return w.spend(s.used), true
}
