package spool

import (
	"bytes"
	"fmt"
	"os"
	"sort"
)

// Append puts items at the end of the queue and makes state the state, both or
// neither, on disk when it returns. After an error nothing has changed; it can
// be tried again, unless it is ErrTooLarge. Beyond the limits the oldest items
// give way.
func (s *Spool) Append(items [][]byte, state []byte) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	size := recordSize(items, state)
	var err error
	switch {
	case size > min(maxRecord, s.limits.Bytes) || len(items) > s.limits.Items:
		err = fmt.Errorf("%w: %d items, %d bytes; the limits are %d and %d", ErrTooLarge, len(items), size, s.limits.Items, min(maxRecord, s.limits.Bytes))
	case len(items) == 0:
		err = s.appendState(state)
	default:
		err = s.append(items, state, size)
	}
	if err != nil {
		return fmt.Errorf("append to spool %s: %w", s.dir, err)
	}
	return nil
}

// appendState keeps a state that comes without items.
func (s *Spool) appendState(state []byte) error {
	s.mu.Lock()
	closed, sequence := s.closed, s.sequence+1
	s.mu.Unlock()
	if closed {
		return os.ErrClosed
	}
	if err := s.states.write(sequence, state); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sequence, s.state = sequence, bytes.Clone(state)
	return nil
}

func (s *Spool) append(items [][]byte, state []byte, size int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return os.ErrClosed
	}
	give, fresh := s.room(len(items), size)
	h := header{sequence: s.sequence + 1, first: s.next, oldest: s.oldestAfter(give), dropped: s.dropped + uint64(give)}
	record := func(m marker) []byte {
		s.buffer = appendRecord(s.buffer[:0], m, h, items, state)
		return s.buffer
	}
	var g *segment
	if n := len(s.segments); n > 0 {
		g = s.segments[n-1]
	}
	// What gives way must not be delivered meanwhile: it has been counted.
	if give == 0 {
		s.mu.Unlock()
	}
	g, err := s.write(g, fresh, record)
	if give == 0 {
		s.mu.Lock()
	}
	if err != nil {
		return err
	}
	offset := g.size - size + headerSize + 8*int64(len(items))
	s.queue, s.dropped = s.queue[give:], h.dropped
	for i, one := range items {
		s.queue = append(s.queue, item{h.first + uint64(i), g, offset, uint32(len(one)), checksum(one)})
		offset += int64(len(one))
	}
	s.sequence, s.next, s.state = h.sequence, h.first+uint64(len(items)), bytes.Clone(state)
	s.bytes += size
	if n := len(s.segments); n == 0 || s.segments[n-1] != g {
		s.segments = append(s.segments, g)
	}
	g.last = s.next - 1
	_ = s.clear() // the append has succeeded, and a segment that cannot be removed is tried again with the next
	return nil
}

// write writes a record to the newest segment, or to a fresh one.
func (s *Spool) write(g *segment, fresh bool, record func(marker) []byte) (*segment, error) {
	var err error
	if g == nil || fresh || s.roll {
		number := uint64(1)
		if g != nil {
			number = g.number + 1
		}
		if g, err = newFirst(s.dir, number, record); err == nil {
			s.roll = false
		}
	} else {
		var usable bool
		usable, err = g.write(record(g.marker))
		s.roll = !usable
	}
	if cap(s.buffer) > 1<<20 {
		s.buffer = nil
	}
	return g, err
}

// room is how many of the oldest items have to give way to so many more with so
// many bytes, and whether these need a fresh segment.
func (s *Spool) room(items int, size int64) (give int, fresh bool) {
	give = max(0, len(s.queue)+items-s.limits.Items)
	if n := len(s.segments); n > 0 {
		newest := s.segments[n-1].size
		fresh = newest > 0 && newest+size > min(maxSegment, s.limits.Bytes/16)
	}
	after := s.bytes + size
	for i, g := range s.segments {
		newest := i == len(s.segments)-1
		if (newest || g.last >= s.oldestAfter(give)) && after <= s.limits.Bytes {
			break
		}
		// It is removed, with what is still waiting in it. If it is the newest, it
		// is too large for the record to go there.
		give = max(give, s.before(g.last+1))
		after -= g.size
	}
	return give, fresh
}

// before is how many waiting items have lower ids.
func (s *Spool) before(id uint64) int {
	return sort.Search(len(s.queue), func(i int) bool { return s.queue[i].id >= id })
}

// oldestAfter is the id of the oldest item that waits when some have given way.
func (s *Spool) oldestAfter(give int) uint64 {
	if give < len(s.queue) {
		return s.queue[give].id
	}
	return s.next
}

// clear removes the segments of which nothing waits, but for the newest. Before
// that it has on disk that what they held is delivered: otherwise, after a power
// failure, it would seem lost.
func (s *Spool) clear() error {
	oldest := s.oldestAfter(0)
	for i := 0; len(s.segments) > 1 && s.segments[0].last < oldest; i++ {
		if i == 0 {
			if err := s.progress.sync(); err != nil {
				return err
			}
		}
		g := s.segments[0]
		if err := g.remove(); err != nil {
			return err
		}
		s.bytes -= g.size
		s.segments = s.segments[1:]
	}
	return nil
}
