package hindsight

import (
	"cmp"
	"math"
	"os"
	"slices"
)

// What was noted is filed under the day of the edge's clock when it is written,
// whatever the telemetry says its time is: an event dated 2099 or 1970 is
// forgotten when its neighbours are. The edge's clock is not trusted blindly
// either. A day gives way when
//
//   - more than Options.Days newer ones have begun (newer is what began later,
//     whatever its date), or
//   - two that began later, and not just one, are that many days ahead of it by
//     date. A clock that jumps far ahead for less than a day forgets nothing; an
//     edge that was off for long forgets what is too old on its second day; or
//   - the bytes on disk are too many, the oldest segments first.

// forget lets segments give way. m.mu is held.
func (m *Memory) forget() {
	began := map[int64]uint64{}
	total := int64(0)
	for _, s := range m.segments {
		if b, ok := began[s.day]; !ok || s.born < b {
			began[s.day] = s.born
		}
		total += s.size
	}
	gone := outdated(began, m.opts.Days)
	oldest := slices.Clone(m.segments)
	slices.SortFunc(oldest, func(a, b *segment) int {
		return cmp.Or(cmp.Compare(began[a.day], began[b.day]), cmp.Compare(a.born, b.born))
	})
	dropped := map[*segment]bool{}
	for _, s := range oldest {
		if gone[s.day] || total > m.opts.MaxBytes {
			dropped[s] = true
			total -= s.size
		}
	}
	if len(dropped) > 0 {
		m.replace(dropped, nil)
	}
}

// outdated are the days that give way, of those that began with the given
// segments.
func outdated(began map[int64]uint64, days int) map[int64]bool {
	order := make([]int64, 0, len(began)) // the latest first
	for day := range began {
		order = append(order, day)
	}
	slices.SortFunc(order, func(a, b int64) int { return cmp.Compare(began[b], began[a]) })
	gone := map[int64]bool{}
	highest, second := int64(math.MinInt64), int64(math.MinInt64)
	for i, day := range order {
		if i >= days || second != math.MinInt64 && day+int64(days) <= second+1 {
			gone[day] = true
		}
		if day > highest {
			highest, second = day, highest
		} else {
			second = max(second, day)
		}
	}
	return gone
}

// replace takes segments out of the memory and removes their files; with is
// what takes their place. m.mu is held. A file that cannot be removed is, when
// the memory is opened next: it is too old then, or a merged one names it.
func (m *Memory) replace(gone map[*segment]bool, with *segment) {
	kept := make([]*segment, 0, len(m.segments)+1)
	for _, s := range m.segments {
		if !gone[s] {
			kept = append(kept, s)
		}
	}
	if with != nil {
		kept = append(kept, with)
	}
	m.segments = kept
	for s := range gone {
		if err := os.Remove(s.path); err != nil {
			m.opts.Log.Error("a part of hindsight cannot be removed", "file", s.path, "error", err)
		}
		s.done()
	}
}
