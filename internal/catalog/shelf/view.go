package shelf

import (
	"iter"
	"sort"
)

// View is the shelf as it is at a moment. It has to be closed soon: Publish
// waits for it. A goroutine has one at a time.
type View struct{ s *Shelf }

// View opens a view.
func (s *Shelf) View() View {
	s.mu.RLock()
	return View{s}
}

// Close ends the view, and what At gave.
func (v View) Close() { v.s.mu.RUnlock() }

// Len is how many versions there are.
func (v View) Len() Number { return Number(v.s.versions.n) }

// At is a version. It must not be changed.
func (v View) At(n Number) *Record { return v.s.versions.at(uint32(n)) }

// Raw reads a version's bytes.
func (v View) Raw(n Number) ([]byte, error) { return v.s.read(v.At(n)) }

// Newest is the version of an id that was added last, 0 if there is none.
// Record.Prev leads to the ones before.
func (v View) Newest(key Key) Number {
	if id, ok := v.s.ids.find(key); ok {
		return v.s.ids.list.at(id).newest
	}
	return 0
}

// NewestOf is Newest of the id of a version.
func (v View) NewestOf(n Number) Number { return v.s.ids.list.at(v.At(n).id).newest }

// Relationships yields the versions of relationships with an end at an id, the
// last ones first; one that begins and ends there twice.
func (v View) Relationships(key Key) iter.Seq[Number] {
	return func(yield func(Number) bool) {
		id, ok := v.s.ids.find(key)
		if !ok {
			return
		}
		h := v.s.ids.list.at(id).heads
		for out, in := h.outgoing, h.incoming; out != 0 || in != 0; {
			n := max(out, in)
			if n == out {
				out = v.endsOf(n).prevSource
			} else {
				in = v.endsOf(n).prevTarget
			}
			if !yield(n) {
				return
			}
		}
	}
}

func (v View) endsOf(n Number) *ends { return v.s.ends.at(v.At(n).ends) }

// Place is where a version comes from: its entry, from 1 its place among those
// of the entry, and when it was added.
func (v View) Place(n Number) (seq uint64, ordinal uint32, added int64) {
	r := v.s.runs.at(v.run(func(r *run) bool { return r.first > n }))
	return r.seq, uint32(n - r.first + 1), r.added + int64(n-r.first)
}

// After is the last version that is not behind a place.
func (v View) After(seq uint64, ordinal uint32) Number {
	i := v.run(func(r *run) bool { return r.seq > seq })
	if i == 0 {
		return 0
	}
	r := v.s.runs.at(i)
	if r.seq < seq {
		return v.last(i)
	}
	return Number(min(uint64(r.first)+uint64(ordinal)-1, uint64(v.last(i))))
}

// AddedBy is the last version added at a time or before.
func (v View) AddedBy(us int64) Number {
	i := v.run(func(r *run) bool { return r.added > us })
	if i == 0 {
		return 0
	}
	r := v.s.runs.at(i)
	return Number(min(int64(r.first)+us-r.added, int64(v.last(i))))
}

// Entry is the versions that an entry brought; last < first if there are none.
func (v View) Entry(seq uint64) (first, last Number) {
	i := v.run(func(r *run) bool { return r.seq > seq })
	if i == 0 || v.s.runs.at(i).seq != seq {
		return 1, 0
	}
	return v.s.runs.at(i).first, v.last(i)
}

// run is the last run that is not after; 0 if all are.
func (v View) run(after func(*run) bool) uint32 {
	return uint32(sort.Search(v.s.runs.n, func(i int) bool { return after(v.s.runs.at(uint32(i + 1))) }))
}

func (v View) last(i uint32) Number {
	if int(i) == v.s.runs.n {
		return v.Len()
	}
	return v.s.runs.at(i+1).first - 1
}
