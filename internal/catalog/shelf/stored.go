package shelf

import (
	"fmt"
	"sort"
)

// at is a version as it is.
func (s *Shelf) at(n Number) Record {
	r := s.versions.at(uint32(n)).record()
	if r.chain != 0 {
		r = r.with(*s.chain.at(r.chain))
	}
	return r
}

// stored reads a version's record from the file.
func (s *Shelf) stored(n Number) (stored, error) {
	var b [recordSize]byte
	if _, err := s.records.ReadAt(b[:], int64(n-1)*recordSize); err != nil {
		return stored{}, fmt.Errorf("read the record of version %d: %w", n, err)
	}
	return readStored(b[:]), nil
}

// find finds an id by its key.
func (s *Shelf) find(k Key) (id uint32, found bool, err error) { return s.ids.find(k, s.is) }

// is says whether an id has a key: by the first of its versions, or of the relationships
// that name it, which is not erased. Of an id that has none left nothing is known.
func (s *Shelf) is(id uint32, k Key) (bool, error) {
	if s.keys.n > 0 {
		return *s.keys.at(id) == k, nil
	}
	h := s.ids.heads(id)
	for n := h.newest; n != 0; n = s.at(n).Prev {
		if s.at(n).Flags&Erased == 0 {
			r, err := s.stored(n)
			return r.Key == k, err
		}
	}
	for n := h.outgoing; n != 0; n = s.endsOf(n).prevSource {
		if s.at(n).Flags&Erased == 0 {
			r, err := s.stored(n)
			return r.Source == k, err
		}
	}
	for n := h.incoming; n != 0; n = s.endsOf(n).prevTarget {
		if s.at(n).Flags&Erased == 0 {
			r, err := s.stored(n)
			return r.Target == k, err
		}
	}
	return false, nil
}

// newestOf is the version added last of the id of a version.
func (s *Shelf) newestOf(n Number) Number {
	if r := s.at(n); r.chain != 0 {
		return s.ids.heads(r.id).newest
	}
	return n
}

// endsOf is where a relationship is bound.
func (s *Shelf) endsOf(n Number) *ends {
	return s.ends.at(uint32(sort.Search(s.ends.n, func(i int) bool { return s.ends.at(uint32(i+1)).number >= n }) + 1))
}

// read reads a version's bytes from the file.
func (s *Shelf) read(r *stored) ([]byte, error) {
	b := make([]byte, r.length)
	if _, err := s.bytes.ReadAt(b, r.offset); err != nil {
		return nil, fmt.Errorf("read %d bytes at %d: %w", r.length, r.offset, err)
	}
	return b, nil
}
