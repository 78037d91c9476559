package shelf

import (
	"bufio"
	"fmt"
	"io"
	"os"
)

// load fills the memory from the records, in one reading. Until it is done the keys of
// all ids are in memory, too, so that none has to be looked for in the file.
func (s *Shelf) load(n Number, moved map[Number]uint32) error {
	defer s.keys.free()
	file := bufio.NewReaderSize(io.NewSectionReader(s.records, 0, int64(n)*recordSize), 1<<20)
	var b [recordSize]byte
	for i := Number(1); i <= n; i++ {
		if _, err := io.ReadFull(file, b[:]); err != nil {
			return err
		}
		r := readStored(b[:])
		if r.offset < 0 || r.offset+int64(r.length) > s.length {
			return fmt.Errorf("%w: version %d lies outside its file", ErrDamaged, i)
		}
		if audience, ok := moved[i]; ok {
			r.Audience = audience
		}
		if err := s.link(r); err != nil {
			return err
		}
	}
	return nil
}

// link adds a version that is in the files to the memory.
func (s *Shelf) link(r stored) error {
	n := Number(s.versions.n + 1)
	if s.runs.n == 0 || s.runs.at(uint32(s.runs.n)).seq != r.seq {
		s.runs.add(run{seq: r.seq, added: r.added, first: n})
	}
	v := Record{Audience: r.Audience, Kind: r.Kind, Flags: r.Flags}
	if r.Flags&Erased != 0 {
		s.versions.add(v.pack())
		return nil
	}
	id, err := s.intern(r.Key)
	if err != nil {
		return err
	}
	h := s.ids.heads(id)
	if h.newest == 0 {
		v.Flags |= rising
	} else {
		v.id, v.Prev, v.Modified = id, h.newest, r.Modified
		if err := s.contest(h.newest, id); err != nil {
			return err
		}
		before := s.settle(&v)
		if before != 0 && v.Flags&Behind == 0 {
			s.alter(before, func(b *Record) { b.Flags |= Behind })
		}
		if t := s.long[v.id]; t != nil {
			t[v.Modified] = with(t[v.Modified], n, &v, before)
		}
		v.chain = s.chain.add(chained{v.Modified, v.Prev, id})
	}
	h.newest = n
	s.ids.setHeads(id, h)
	s.versions.add(v.pack())
	if v.Flags&Relationship != 0 {
		return s.bind(n, r)
	}
	return nil
}

// contest notes of a version that it shares its id with others.
func (s *Shelf) contest(n Number, id uint32) error {
	r := s.at(n)
	if r.Flags&Contested != 0 {
		return nil
	}
	known, err := s.stored(n)
	if err != nil {
		return err
	}
	r.chain = s.chain.add(chained{known.Modified, 0, id})
	r.Flags |= Contested
	*s.versions.at(uint32(n)) = r.pack()
	return nil
}

func (s *Shelf) alter(n Number, change func(*Record)) {
	r := s.at(n)
	change(&r)
	*s.versions.at(uint32(n)) = r.pack()
}

// bind hangs a relationship on its ends.
func (s *Shelf) bind(n Number, r stored) error {
	source, err := s.intern(r.Source)
	if err != nil {
		return err
	}
	target, err := s.intern(r.Target)
	if err != nil {
		return err
	}
	e := ends{number: n, source: source, target: target}
	h := s.ids.heads(source)
	e.prevSource, h.outgoing = h.outgoing, n
	s.ids.setHeads(source, h)
	h = s.ids.heads(target)
	e.prevTarget, h.incoming = h.incoming, n
	s.ids.setHeads(target, h)
	s.ends.add(e)
	return nil
}

// settle is Stage.settle for a version that is in the files.
func (s *Shelf) settle(r *Record) (before Number) {
	p := place{at: s.at, r: r, owner: s.owner}
	if p.rises() || s.long[r.id] == nil && p.walk() {
		return p.before
	}
	if s.long[r.id] == nil {
		s.long[r.id] = timesOf(s.at, r.Prev)
	}
	p.among(s.long[r.id][r.Modified])
	return p.before
}

// intern finds an id, or adds it, while the files are loaded.
func (s *Shelf) intern(k Key) (uint32, error) {
	if id, ok, err := s.find(k); ok || err != nil {
		return id, err
	}
	s.ids.use(s.ids.room(1))
	s.keys.add(k)
	return s.ids.add(k, heads{}), nil
}

// write writes at an offset and returns when it is on disk.
func write(f *os.File, b []byte, at int64) error {
	if _, err := f.WriteAt(b, at); err != nil {
		return err
	}
	return f.Sync()
}
