package hindsight

import (
	"bytes"
	"cmp"
	"container/heap"
	"fmt"
	"math/bits"
	"os"
	"path/filepath"
	"slices"
)

// fanIn is how many segments of a size are merged into one, on the current
// day. A record is rewritten once a step, and a step is eight times as large.
const fanIn = 8

// merge merges segments of the same day until there is nothing to gain.
func (m *Memory) merge() {
	if !m.merging.TryLock() {
		return // whoever has it looks again
	}
	defer m.merging.Unlock()
	for {
		m.mu.Lock()
		group := m.mergeable()
		for _, s := range group {
			s.use()
		}
		m.mu.Unlock()
		if len(group) == 0 {
			return
		}
		err := m.mergeGroup(group)
		for _, s := range group {
			s.done()
		}
		if err != nil {
			m.opts.Log.Error("parts of hindsight cannot be merged", "error", err)
			return
		}
	}
}

// mergeable is a group of segments that should be one. m.mu is held.
func (m *Memory) mergeable() []*segment {
	if m.closed {
		return nil
	}
	groups := map[[2]int64][]*segment{}
	for _, s := range m.segments {
		// What may have to be forgotten at the next start stays apart.
		if m.opts.Mark != nil && s.mark > m.stored || s.bad.Load() {
			continue
		}
		step := int64(0) // on a day that is over, all belong together
		if s.day == m.today {
			step = int64(bits.Len64(uint64(s.size)>>14)+2) / 3
		}
		group := [2]int64{s.day, step}
		groups[group] = append(groups[group], s)
	}
	for key, group := range groups {
		if key[0] == m.today && len(group) < fanIn {
			continue
		}
		slices.SortFunc(group, func(a, b *segment) int { return cmp.Compare(a.size, b.size) })
		// One that is too large could only be forgotten all at once.
		size, n := int64(0), 0
		for n < len(group) && size+group[n].size <= m.opts.MaxBytes/4 {
			size += group[n].size
			n++
		}
		if n > 1 {
			return group[:n]
		}
	}
	return nil
}

func (m *Memory) mergeGroup(group []*segment) error {
	foot := footer{day: group[0].day, born: group[0].born}
	var replaced []uint64
	for _, s := range group {
		foot.mark, foot.born = max(foot.mark, s.mark), min(foot.born, s.born)
		replaced = append(replaced, s.number)
		for _, n := range s.replaced {
			if _, err := os.Stat(m.pathOf(n)); err == nil {
				replaced = append(replaced, n) // it could not be removed, and must not come back
			}
		}
	}
	merged, err := m.writeSegment(foot, replaced, func(w *writer) error { return mergeInto(w, group) })
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	gone := map[*segment]bool{}
	for _, s := range group {
		if !slices.Contains(m.segments, s) {
			// It gave way in the meantime: what it held must not come back.
			merged.done()
			return os.Remove(merged.path)
		}
		gone[s] = true
	}
	m.replace(gone, merged)
	return nil
}

func (m *Memory) pathOf(number uint64) string {
	return filepath.Join(m.dir, fmt.Sprintf("%016x%s", number, ending))
}

// mergeInto writes the records of all segments, those of one key as one.
func mergeInto(w *writer, group []*segment) error {
	var open cursors
	for _, s := range group {
		if c := newCursor(s); c.advance() {
			open = append(open, c)
		} else if c.err != nil {
			s.bad.Store(true)
			return fmt.Errorf("segment %s: %w", s.path, c.err)
		}
	}
	heap.Init(&open)
	var key []byte
	for len(open) > 0 {
		key = append(key[:0], open[0].key...)
		var r record
		for len(open) > 0 && bytes.Equal(open[0].key, key) {
			c := open[0]
			r.add(c.record)
			switch {
			case c.advance():
				heap.Fix(&open, 0)
			case c.err != nil:
				c.s.bad.Store(true)
				return fmt.Errorf("segment %s: %w", c.s.path, c.err)
			default:
				heap.Pop(&open)
			}
		}
		w.add(key, r)
		if w.err != nil {
			return w.err
		}
	}
	return nil
}

// cursors is a heap by key.
type cursors []*cursor

func (c cursors) Len() int           { return len(c) }
func (c cursors) Less(i, j int) bool { return bytes.Compare(c[i].key, c[j].key) < 0 }
func (c cursors) Swap(i, j int)      { c[i], c[j] = c[j], c[i] }
func (c *cursors) Push(x any)        { *c = append(*c, x.(*cursor)) }
func (c *cursors) Pop() any {
	last := (*c)[len(*c)-1]
	*c = (*c)[:len(*c)-1]
	return last
}
