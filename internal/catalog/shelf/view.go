package shelf

import (
	"fmt"
	"iter"
	"sort"
	"sync"
)

// View is the shelf as it is at a moment. It has to be closed soon: Publish
// waits for it. A goroutine has one at a time.
type View struct {
	s *Shelf
	// some are records as the file has them, from one on: pages are of versions that
	// lie together.
	some *some
}

// some is as many records as are read at once.
type some struct {
	from, end Number // the last is not among them
	bytes     [64 * recordSize]byte
}

var somes = sync.Pool{New: func() any { return new(some) }}

// View opens a view.
func (s *Shelf) View() View {
	s.mu.RLock()
	v := View{s, somes.Get().(*some)}
	v.some.from, v.some.end = 0, 0
	return v
}

// Close ends the view.
func (v View) Close() {
	v.s.mu.RUnlock()
	somes.Put(v.some)
}

// Len is how many versions there are.
func (v View) Len() Number { return Number(v.s.versions.n) }

// At is a version.
func (v View) At(n Number) Record { return v.s.at(n) }

// stored is a version as the file has it.
func (v View) stored(n Number) (stored, error) {
	if n < v.some.from || n >= v.some.end {
		end := min(n+Number(len(v.some.bytes)/recordSize), v.Len()+1)
		v.some.from, v.some.end = 0, 0
		if _, err := v.s.records.ReadAt(v.some.bytes[:(end-n)*recordSize], int64(n-1)*recordSize); err != nil {
			return stored{}, fmt.Errorf("read the record of version %d: %w", n, err)
		}
		v.some.from, v.some.end = n, end
	}
	return readStored(v.some.bytes[(n-v.some.from)*recordSize:]), nil
}

// Size is how many bytes a version has.
func (v View) Size(n Number) (int, error) {
	r, err := v.stored(n)
	return int(r.length), err
}

// Modified is a version's, as Version.Modified.
func (v View) Modified(n Number) (int64, error) {
	if r := v.At(n); r.chain != 0 {
		return r.Modified, nil
	}
	r, err := v.stored(n)
	return r.Modified, err
}

// Raw reads a version's bytes.
func (v View) Raw(n Number) ([]byte, error) {
	r, err := v.stored(n)
	if err != nil {
		return nil, err
	}
	return v.s.read(&r)
}

// Newest is the version of an id that was added last, 0 if there is none.
// Record.Prev leads to the ones before.
func (v View) Newest(key Key) (Number, error) {
	id, ok, err := v.s.find(key)
	if !ok || err != nil {
		return 0, err
	}
	return v.s.ids.heads(id).newest, nil
}

// NewestOf is Newest of the id of a version.
func (v View) NewestOf(n Number) Number { return v.s.newestOf(n) }

// Relationships yields the versions of relationships with an end at an id, the
// last ones first; one that begins and ends there twice. A fault ends it.
func (v View) Relationships(key Key) iter.Seq2[Number, error] {
	return func(yield func(Number, error) bool) {
		id, ok, err := v.s.find(key)
		if err != nil {
			yield(0, err)
		}
		if !ok || err != nil {
			return
		}
		h := v.s.ids.heads(id)
		for out, in := h.outgoing, h.incoming; out != 0 || in != 0; {
			n := max(out, in)
			if n == out {
				out = v.s.endsOf(n).prevSource
			} else {
				in = v.s.endsOf(n).prevTarget
			}
			if !yield(n, nil) {
				return
			}
		}
	}
}

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
