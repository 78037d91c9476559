package hindsight

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// ending is that of a segment's file; its number, in 16 hexadecimal digits,
// goes before.
const ending = ".seen"

func openSegment(path string, number uint64) (*segment, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil {
		var s *segment
		if s, err = parseSegment(f, info.Size()); err == nil {
			s.number, s.path, s.file = number, path, f
			return s.use(), nil
		}
	}
	_ = f.Close()
	return nil, fmt.Errorf("segment %s: %w", path, err)
}

// load opens the segments that count: those that are whole, were not merged
// into another one, and were flushed by the mark.
func (m *Memory) load() error {
	entries, err := os.ReadDir(m.dir)
	if err != nil {
		return err
	}
	if m.opts.Mark != nil {
		m.stored, m.flushed = *m.opts.Mark, *m.opts.Mark
	}
	var found []*segment
	replaced := map[uint64]bool{}
	for _, e := range entries {
		name, ours := strings.CutSuffix(e.Name(), ending)
		number, err := strconv.ParseUint(name, 16, 64)
		if !ours || err != nil {
			continue
		}
		m.sequence = max(m.sequence, number)
		path := filepath.Join(m.dir, e.Name())
		s, err := openSegment(path, number)
		if err != nil {
			m.damaged.Add(1)
			m.opts.Log.Error("a part of hindsight is damaged and set aside", "file", path+".damaged", "error", err)
			if err := os.Rename(path, path+".damaged"); err != nil {
				return err
			}
			continue
		}
		m.next = max(m.next, s.mark)
		found = append(found, s)
		if !m.later(s) {
			for _, n := range s.replaced {
				replaced[n] = true
			}
		}
	}
	m.next = max(m.next, m.stored) + 1
	for _, s := range found {
		if m.later(s) || replaced[s.number] {
			s.done()
			if err := os.Remove(s.path); err != nil {
				return err
			}
			continue
		}
		m.segments = append(m.segments, s)
	}
	slices.SortFunc(m.segments, func(a, b *segment) int { return int(a.number) - int(b.number) })
	if m.opts.Mark == nil {
		m.flushed = m.next - 1
	}
	return nil
}

// later says that the segment was flushed after the position from which
// telemetry is read again.
func (m *Memory) later(s *segment) bool { return m.opts.Mark != nil && s.mark > *m.opts.Mark }

// Stats says what a memory holds and has lost.
type Stats struct {
	Days      int    `json:"days"`       // that have something
	Segments  int    `json:"segments"`   // files
	Records   uint64 `json:"records"`    // on disk; a value has one a day once its segments are merged
	Bytes     int64  `json:"bytes"`      // on disk
	IndexSize int64  `json:"index_size"` // bytes of RAM
	Dropped   uint64 `json:"dropped"`    // notes lost as the disk failed
	TooLong   uint64 `json:"too_long"`   // notes of values over 4,096 bytes
	Damaged   uint64 `json:"damaged"`    // segments that could not be read, or not wholly
}

// Stats can be called at any time.
func (m *Memory) Stats() Stats {
	m.mu.Lock()
	defer m.mu.Unlock()
	st := Stats{Segments: len(m.segments), Dropped: m.dropped.Load(), TooLong: m.tooLong.Load(), Damaged: m.damaged.Load()}
	days := map[int64]bool{}
	for _, s := range m.segments {
		days[s.day] = true
		st.Records += s.records
		st.Bytes += s.size
		st.IndexSize += int64(len(s.separators)) + int64(len(s.blocks))*16
	}
	st.Days = len(days)
	return st
}
