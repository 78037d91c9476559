package shelf

import (
	"bufio"
	"fmt"
	"io"
	"os"
)

// load fills the memory from the records, in one reading.
func (s *Shelf) load(n Number, moved map[Number]uint32) error {
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
		s.link(r)
	}
	return nil
}

// link adds a version that is in the files to the memory.
func (s *Shelf) link(r stored) {
	n := Number(s.versions.n + 1)
	if s.runs.n == 0 || s.runs.at(uint32(s.runs.n)).seq != r.seq {
		s.runs.add(run{seq: r.seq, added: r.added, first: n})
	}
	v := Record{offset: r.offset, Modified: r.Modified, length: r.length, Audience: r.Audience, Kind: r.Kind, Flags: r.Flags}
	if r.Flags&Erased != 0 {
		s.versions.add(v)
		return
	}
	v.id = s.intern(r.Key)
	h := &s.ids.list.at(v.id).heads
	if v.Prev, h.newest = h.newest, n; v.Prev == 0 {
		v.Flags |= rising
	} else {
		before := s.settle(&v)
		if before != 0 && v.Flags&Behind == 0 {
			s.versions.at(uint32(before)).Flags |= Behind
		}
		if t := s.long[v.id]; t != nil {
			t[v.Modified] = with(t[v.Modified], n, &v, before)
		}
		s.versions.at(uint32(v.Prev)).Flags |= Contested
	}
	if v.Flags&Relationship != 0 {
		e := ends{source: s.intern(r.Source), target: s.intern(r.Target)}
		source, target := &s.ids.list.at(e.source).heads, &s.ids.list.at(e.target).heads
		e.prevSource, source.outgoing = source.outgoing, n
		e.prevTarget, target.incoming = target.incoming, n
		v.ends = s.ends.add(e)
	}
	s.versions.add(v)
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

func (s *Shelf) at(n Number) Record { return *s.versions.at(uint32(n)) }

func (s *Shelf) intern(k Key) uint32 {
	if id, ok := s.ids.find(k); ok {
		return id
	}
	return s.ids.add(entry{key: k})
}

// read reads a version's bytes from the file.
func (s *Shelf) read(r *Record) ([]byte, error) {
	b := make([]byte, r.length)
	if _, err := s.bytes.ReadAt(b, r.offset); err != nil {
		return nil, fmt.Errorf("read %d bytes at %d: %w", r.length, r.offset, err)
	}
	return b, nil
}

// write writes at an offset and returns when it is on disk.
func write(f *os.File, b []byte, at int64) error {
	if _, err := f.WriteAt(b, at); err != nil {
		return err
	}
	return f.Sync()
}
