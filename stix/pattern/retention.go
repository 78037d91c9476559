package pattern

import (
	"cmp"
	"slices"
	"time"
)

// spent is an observation that was part of a match. It is known for as long as
// it would matter, lest it count again when it comes again.
type spent struct {
	last, until nanos
	name        uint64
}

func (d spent) compare(e spent) int {
	return cmp.Or(cmp.Compare(d.last, e.last), cmp.Compare(d.name, e.name))
}

// spend takes the observations that a match uses, and says which they are.
func (w *Window) spend(used []int64) (refs []uint64) {
	kept := w.seen[:0]
	for i := range w.seen {
		o := w.seen[i]
		if used[i] == 0 {
			kept = append(kept, o)
			continue
		}
		w.forget(&o)
		refs = append(refs, o.name)
		d := spent{last: o.last, until: w.until(&o), name: o.name}
		at, _ := slices.BinarySearchFunc(w.done, d, spent.compare)
		w.done = slices.Insert(w.done, at, d)
	}
	w.seen = kept
	return refs
}

func (w *Window) isDone(o *sight) bool {
	_, ok := slices.BinarySearchFunc(w.done, spent{last: o.last, name: o.name}, spent.compare)
	return ok
}

// evict makes room: what is spent goes first, then the oldest.
func (w *Window) evict() {
	if len(w.done) > 0 {
		w.done = w.done[1:]
		return
	}
	w.evicted++
	w.forget(&w.seen[0])
	w.seen = w.seen[1:]
}

// forget takes an observation out of the counts.
func (w *Window) forget(o *sight) {
	for atom := range w.reach {
		if o.atoms.has(atom) {
			w.reach[atom].number -= int64(o.number)
		}
	}
}

// short says at once of most windows that they lack an observation.
func (w *Window) short(p part) bool {
	switch p := p.(type) {
	case *slot:
		n := w.reach[p.atom].number
		for _, atom := range p.others {
			n += w.reach[atom].number
		}
		return n < p.times
	case *both:
		return slices.ContainsFunc(p.of, w.short)
	case *choice:
		return !slices.ContainsFunc(p.of, func(o part) bool { return !w.short(o) })
	case *sequence:
		return w.short(p.first) || w.short(p.second)
	case *within:
		return w.short(p.of)
	case *between:
		return w.short(p.of)
	}
	return w.short(p.(*repeat).of)
}

// Expire drops the observations that cannot be part of a match any more, when
// every observation that is still to come begins at now or later. A stream
// with late observations passes the time before which none comes any more.
func (w *Window) Expire(now time.Time) {
	w.now = max(w.now, nanosOf(now))
	w.seen = slices.DeleteFunc(w.seen, func(o sight) bool {
		if w.until(&o) > w.now {
			return false
		}
		w.forget(&o)
		return true
	})
	w.done = slices.DeleteFunc(w.done, func(d spent) bool { return d.until <= w.now })
	w.seen, w.done = fitted(w.seen), fitted(w.done)
}

// fitted gives back the room that was needed once: what a window holds is what
// it costs.
func fitted[T any](all []T) []T {
	const few = 16
	if cap(all) <= few || len(all) > cap(all)/4 {
		return all
	}
	return append(make([]T, 0, 2*len(all)), all...)
}

// until is when an observation cannot matter any more.
func (w *Window) until(o *sight) nanos {
	until := earliest
	for atom := range w.reach {
		if o.atoms.has(atom) {
			until = max(until, o.last.after(w.reach[atom].keep))
		}
	}
	return until
}

// Len is how many observations the window holds: those that wait, and those
// that it reported and still knows. It costs some 50 bytes for each.
func (w *Window) Len() int { return len(w.seen) + len(w.done) }

// Empty says whether the window holds nothing, not even what it reported.
func (w *Window) Empty() bool { return w.Len() == 0 }

// Evicted counts the observations that were dropped for want of room while
// they could still matter.
func (w *Window) Evicted() uint64 { return w.evicted }

// Late counts the observations that came when Expire would have dropped them
// already; they are not looked at.
func (w *Window) Late() uint64 { return w.late }

// GaveUp counts the calls of Match that ended without an answer because they
// took too many steps.
func (w *Window) GaveUp() uint64 { return w.gaveUp }
