package spool

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// Damage is a part of the spool that cannot be read.
type Damage struct {
	Path           string // of a segment
	Offset, Length int64  // in bytes
	// Torn: it is at the very end, where a crash breaks off what is being
	// appended and was not acknowledged. It has been cut off.
	Torn bool
	// Items that waited and are lost, as far as the numbers of those that are
	// left tell.
	Items uint64
}

// String says it in a sentence.
func (d Damage) String() string {
	switch {
	case d.Length == 0:
		return fmt.Sprintf("before %s a segment is missing, %d items that waited are lost", d.Path, d.Items)
	case d.Torn:
		return fmt.Sprintf("%s: the last %d bytes, from byte %d on, were broken off by a crash and have been cut", d.Path, d.Length, d.Offset)
	}
	return fmt.Sprintf("%s: %d bytes from byte %d on cannot be read, %d items that waited are lost", d.Path, d.Length, d.Offset, d.Items)
}

// Damage is what could not be read when the spool was opened, and since.
func (s *Spool) Damage() []Damage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.damage)
}

// gap is ids that no record has, from the first to before the last.
type gap struct {
	from, to uint64
	damage   int    // to which they are put down; -1: a whole segment is missing
	before   string // path of the segment that they should have been before
}

// loading is what is known while the segments are read.
type loading struct {
	*Spool
	oldest  uint64
	gaps    []gap
	damaged int // the damage that nothing came after yet, or -1
}

// load reads the segments and removes what is not needed any more.
func (s *Spool) load() error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if number, m, ok := parseName(e.Name()); ok {
			s.segments = append(s.segments, &segment{number: number, marker: m, path: filepath.Join(s.dir, e.Name())})
		}
	}
	slices.SortFunc(s.segments, func(a, b *segment) int { return cmp.Compare(a.number, b.number) })
	l := loading{Spool: s, oldest: 1, damaged: -1}
	for i, g := range s.segments {
		if err := l.segment(g, i == len(s.segments)-1); err != nil {
			return err
		}
	}
	// A crash left a segment without a record: the last state is in the one before.
	for n := len(s.segments); n > 0 && s.segments[n-1].size == 0; n-- {
		if err := s.segments[n-1].remove(); err != nil {
			return err
		}
		s.segments = s.segments[:n-1]
	}
	if s.states.sequence > s.sequence {
		s.sequence, s.state = s.states.sequence, s.states.state
	}
	s.states.state = nil
	l.oldest = max(l.oldest, s.progress.id+1)
	s.next = max(s.next, l.oldest)
	for _, g := range l.gaps {
		from := max(g.from, l.oldest)
		switch {
		case from >= g.to: // they were delivered
		case g.damage < 0:
			s.damage = append(s.damage, Damage{Path: g.before, Items: g.to - from})
		default:
			s.damage[g.damage].Items += g.to - from
		}
	}
	s.queue = s.queue[s.before(l.oldest):]
	return s.clear()
}

// segment takes in one.
func (l *loading) segment(g *segment, newest bool) error {
	file, err := os.OpenFile(g.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	g.file = file
	data, err := os.ReadFile(g.path)
	if err != nil {
		return err
	}
	g.size = int64(len(data))
	parts := parse(data, g.marker)
	for i, p := range parts {
		if p.record != nil {
			l.record(g, p.record)
			continue
		}
		torn := newest && i == len(parts)-1
		l.damaged = len(l.damage)
		l.damage = append(l.damage, Damage{Path: g.path, Offset: p.offset, Length: p.length, Torn: torn})
		if torn {
			g.size = p.offset
			if err := file.Truncate(g.size); err != nil {
				return err
			}
		}
	}
	g.last = max(l.next, 1) - 1
	l.bytes += g.size
	return nil
}

// record takes in one. One that has the number of the one before it replaces
// that: it was appended again after a failure.
func (l *loading) record(g *segment, r *record) {
	if r.sequence < l.sequence {
		return
	}
	for n := len(l.queue); n > 0 && l.queue[n-1].id >= r.first; n-- {
		l.queue = l.queue[:n-1]
	}
	if expected := max(l.next, r.oldest); r.first > expected {
		l.gaps = append(l.gaps, gap{expected, r.first, l.damaged, g.path})
	}
	l.damaged = -1
	for i, place := range r.places {
		place.id, place.of = r.first+uint64(i), g
		l.queue = append(l.queue, place)
	}
	l.sequence, l.next = r.sequence, r.first+uint64(r.items)
	l.oldest, l.dropped = max(l.oldest, r.oldest), max(l.dropped, r.dropped)
	l.state = append([]byte(nil), r.state...)
}
