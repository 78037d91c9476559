package hindsight

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
)

// Flush has on disk what was noted before it was called. What is noted at the
// same time may belong to it or to the next.
func (m *Memory) Flush() error {
	mark, err := m.flush()
	if err != nil {
		return fmt.Errorf("flush hindsight: %w", err)
	}
	m.mu.Lock()
	m.flushed = max(m.flushed, mark)
	m.mu.Unlock()
	return nil
}

func (m *Memory) flush() (mark uint64, err error) {
	for {
		if err := m.write(); err != nil {
			return 0, err
		}
		m.mu.Lock()
		if m.pending == nil { // else another one was full in between
			mark = m.next
			m.cut()
			m.next++
			m.mu.Unlock()
			return mark, m.write()
		}
		m.mu.Unlock()
	}
}

// Mark is the number of the last Flush that succeeded.
func (m *Memory) Mark() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.flushed
}

// Stored says that a position is stored together with this mark, so that the
// segments up to it will be kept whatever happens. They can be merged now.
// Without Options.Mark it need not be called.
func (m *Memory) Stored(mark uint64) {
	m.mu.Lock()
	m.stored = max(m.stored, mark)
	m.mu.Unlock()
}

// Close flushes and closes. Nothing may be noted or asked after it.
func (m *Memory) Close() error {
	m.mu.Lock()
	again := m.closed
	m.closed = true
	m.room.Broadcast()
	m.mu.Unlock()
	if again {
		return nil
	}
	m.work.Wait()
	err := m.Flush()
	m.work.Wait()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.segments {
		s.done()
	}
	m.segments = nil
	return err
}

// spill makes room where g is full; false says that there is none to be had.
func (m *Memory) spill(g *generation) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for m.active.Load() == g && m.pending != nil && m.failed == nil && !m.closed {
		m.room.Wait()
	}
	switch {
	case m.active.Load() != g:
		return true
	case m.closed, m.pending != nil:
		return false
	}
	m.cut()
	m.work.Go(func() {
		if err := m.write(); err != nil {
			m.opts.Log.Error("hindsight cannot be written; what is new is not remembered", "error", err)
		}
	})
	return true
}

// cut begins a new generation. m.mu is held, and nothing is pending.
func (m *Memory) cut() {
	g := m.active.Load()
	if g.empty() {
		return
	}
	m.active.Store(m.spare)
	m.spare, m.pending = nil, g
	g.mark = m.next
	g.seal()
}

// write has the pending generation on disk, if there is one.
func (m *Memory) write() error {
	m.flushing.Lock()
	defer m.flushing.Unlock()
	m.mu.Lock()
	g := m.pending
	m.mu.Unlock()
	if g == nil {
		return nil
	}
	now := m.opts.Clock()
	m.latest.Store(now.Add(slack).Unix())
	s, err := m.writeSegment(footer{day: dayOf(now), mark: g.mark}, nil, sorted(g).write)
	m.mu.Lock()
	defer m.mu.Unlock()
	defer m.room.Broadcast()
	if m.failed = err; err != nil {
		return err
	}
	m.segments = append(slices.Clip(m.segments), s)
	m.today = s.day
	g.reset()
	m.pending, m.spare = nil, g
	m.forget()
	if !m.closed {
		m.work.Go(m.merge)
	}
	return nil
}

func dayOf(t time.Time) int64 {
	s := t.Unix()
	day := s / secondsADay
	if s%secondsADay < 0 {
		day--
	}
	return day
}

// sortedKeys are a generation's records in the order of their keys.
type sortedKeys struct {
	keys    []byte
	records []keyed
}

type keyed struct {
	front  uint64 // the key's first bytes, which mostly decide the order
	at     uint32
	length uint32
	record
}

func sorted(g *generation) *sortedKeys {
	s := &sortedKeys{}
	g.each(func(code byte, text []byte, r record) {
		at := len(s.keys)
		s.keys = appendKey(s.keys, code, string(text))
		var front [8]byte
		copy(front[:], s.keys[at:])
		s.records = append(s.records, keyed{binary.BigEndian.Uint64(front[:]), uint32(at), uint32(len(s.keys) - at), r})
	})
	slices.SortFunc(s.records, func(a, b keyed) int {
		if a.front != b.front {
			return cmp.Compare(a.front, b.front)
		}
		return bytes.Compare(s.key(a), s.key(b))
	})
	return s
}

func (s *sortedKeys) key(k keyed) []byte { return s.keys[k.at : k.at+k.length] }

func (s *sortedKeys) write(w *writer) error {
	for _, k := range s.records {
		w.add(s.key(k), k.record)
	}
	return nil
}

// writeSegment writes a segment, with what write adds to it, and opens it.
func (m *Memory) writeSegment(foot footer, replaced []uint64, write func(*writer) error) (*segment, error) {
	m.mu.Lock()
	m.sequence++
	number := m.sequence
	m.mu.Unlock()
	if foot.born == 0 {
		foot.born = number
	}
	staged, err := atomicfile.Stage(m.dir, 0o600, func(out io.Writer) error {
		w := newWriter(out, foot)
		if err := write(w); err != nil {
			return err
		}
		return w.close(replaced)
	})
	if err != nil {
		return nil, err
	}
	path := m.pathOf(number)
	if err := os.Rename(staged, path); err != nil {
		return nil, errors.Join(err, os.Remove(staged))
	}
	if err := atomicfile.SyncDir(m.dir); err != nil {
		return nil, errors.Join(err, os.Remove(path))
	}
	s, err := openSegment(path, number)
	if err != nil {
		return nil, errors.Join(err, os.Remove(path))
	}
	return s, nil
}
