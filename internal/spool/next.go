package spool

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// Next is the oldest item that waits, and its id; it stays until Done. It is
// ErrEmpty if nothing waits. What turns out to be damaged is passed over and is
// found in Damage.
func (s *Spool) Next() (id uint64, content []byte, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, nil, fmt.Errorf("read from spool %s: %w", s.dir, os.ErrClosed)
	}
	for len(s.queue) > 0 {
		first := s.queue[0]
		content := make([]byte, first.length)
		_, err := first.of.file.ReadAt(content, first.offset)
		if err == nil && checksum(content) == first.crc {
			return first.id, content, nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, nil, fmt.Errorf("read item %d of spool %s: %w", first.id, s.dir, err)
		}
		s.damage = append(s.damage, Damage{Path: first.of.path, Offset: first.offset, Length: int64(first.length), Items: 1})
		if err := s.deliver(1, first.id); err != nil {
			return 0, nil, fmt.Errorf("pass over item %d of spool %s: %w", first.id, s.dir, err)
		}
	}
	return 0, nil, ErrEmpty
}

// Done says that an item and all before it have been delivered. It needs no room
// on disk. An item that gave way meanwhile is no error.
func (s *Spool) Done(id uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	switch n := s.before(id + 1); {
	case s.closed:
		err = os.ErrClosed
	case id >= s.next:
		err = errors.New("there was none yet")
	case n > 0:
		err = s.deliver(n, id)
	}
	if err != nil {
		return fmt.Errorf("note that item %d of spool %s is delivered: %w", id, s.dir, err)
	}
	return nil
}

// deliver takes the first items out of the queue, up to an id.
func (s *Spool) deliver(n int, id uint64) error {
	s.queue = s.queue[n:]
	if err := s.progress.write(id); err != nil {
		return fmt.Errorf("%w: it may be delivered again after a restart", err)
	}
	return s.clear()
}
