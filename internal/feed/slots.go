package feed

import (
	"container/heap"
	"hash/maphash"
	"iter"
	"time"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// slot is the place of one value: the latest decision about it.
type slot struct {
	p     *protect.Protection // nil: the slot is free
	next  uint32              // the next slot with the same hash, plus one; 0: none
	heap  int32               // its place among those that run out, -1: none
	shown bool                // it was in force at the last Advance
	dirty bool                // it has to be judged
	again bool                // it counts as changed, whatever the judgement
	over  bool                // its decision has ended, and was noted as such
}

// slots finds them by value and by when they run out. A million values are
// found by 64 bits of a hash each, which costs a third of what a map of the
// values themselves does; the few that share one are told apart by value.
type slots struct {
	seed  maphash.Seed
	at    []slot
	free  []uint32
	index map[uint64]uint32 // hash -> the first slot
	ends  []uint32          // a heap, see Less
}

func newSlots() slots { return slots{seed: maphash.MakeSeed(), index: map[uint64]uint32{}} }

func (s *slots) hash(v observable.Value) uint64 {
	return maphash.String(s.seed, v.Text) ^ uint64(len(v.Type)) // hashes and domains of one text are few
}

func (s *slots) find(v observable.Value) (uint32, bool) {
	i, ok := s.index[s.hash(v)]
	for ok && s.at[i].p.Value != v {
		i, ok = s.at[i].next-1, s.at[i].next != 0
	}
	return i, ok
}

// add makes a slot for a value that has none; decide has to follow.
func (s *slots) add(v observable.Value) uint32 {
	var i uint32
	if n := len(s.free); n > 0 {
		i, s.free = s.free[n-1], s.free[:n-1]
	} else {
		i = uint32(len(s.at))
		s.at = append(s.at, slot{})
	}
	h := s.hash(v)
	s.at[i] = slot{heap: -1}
	if first, taken := s.index[h]; taken {
		s.at[i].next = first + 1
	}
	s.index[h] = i
	return i
}

// decide puts a decision into its slot.
func (s *slots) decide(i uint32, p *protect.Protection) {
	if at := s.at[i].heap; at >= 0 {
		heap.Remove(s, int(at))
	}
	s.at[i].p, s.at[i].over = p, false
	if status(p) && !p.Expires.IsZero() {
		heap.Push(s, i)
	}
}

// remove frees a slot.
func (s *slots) remove(i uint32) {
	if at := s.at[i].heap; at >= 0 {
		heap.Remove(s, int(at))
	}
	h := s.hash(s.at[i].p.Value)
	if first := s.index[h]; first != i {
		for s.at[first].next-1 != i {
			first = s.at[first].next - 1
		}
		s.at[first].next = s.at[i].next
	} else if next := s.at[i].next; next != 0 {
		s.index[h] = next - 1
	} else {
		delete(s.index, h)
	}
	s.at[i] = slot{heap: -1}
	s.free = append(s.free, i)
}

// expire takes the first slot whose time is up off the heap.
func (s *slots) expire(now time.Time) (uint32, bool) {
	if len(s.ends) == 0 || s.at[s.ends[0]].p.Expires.After(now) {
		return 0, false
	}
	return heap.Pop(s).(uint32), true
}

func (s *slots) until() time.Time {
	if len(s.ends) == 0 {
		return time.Time{}
	}
	return s.at[s.ends[0]].p.Expires
}

// all gives the slots in use.
func (s *slots) all() iter.Seq2[uint32, *slot] {
	return func(yield func(uint32, *slot) bool) {
		for i := range s.at {
			if s.at[i].p != nil && !yield(uint32(i), &s.at[i]) {
				return
			}
		}
	}
}

// Len, Less, Swap, Push and Pop implement heap.Interface over ends.
func (s *slots) Len() int { return len(s.ends) }

// Less says which runs out first.
func (s *slots) Less(i, j int) bool {
	return s.at[s.ends[i]].p.Expires.Before(s.at[s.ends[j]].p.Expires)
}

// Swap keeps the slots' places.
func (s *slots) Swap(i, j int) {
	s.ends[i], s.ends[j] = s.ends[j], s.ends[i]
	s.at[s.ends[i]].heap, s.at[s.ends[j]].heap = int32(i), int32(j)
}

// Push appends a uint32.
func (s *slots) Push(x any) {
	i := x.(uint32)
	s.at[i].heap = int32(len(s.ends))
	s.ends = append(s.ends, i)
}

// Pop takes the last.
func (s *slots) Pop() any {
	last := len(s.ends) - 1
	i := s.ends[last]
	s.ends = s.ends[:last]
	s.at[i].heap = -1
	return i
}

// changes are the slots that the next Advance judges.
type changes struct {
	touched []uint32
	was     map[uint32]*protect.Protection // what was in force by them, if something was
}

func newChanges() changes { return changes{was: map[uint32]*protect.Protection{}} }

// touch has to come before the slot is decided anew.
func (c *changes) touch(i uint32, s *slot) {
	if s.dirty {
		return
	}
	s.dirty = true
	c.touched = append(c.touched, i)
	if s.shown {
		c.was[i] = s.p
	}
}

// before is what was in force by a touched slot.
func (c *changes) before(i uint32, s *slot) *protect.Protection {
	s.dirty = false
	if !s.shown {
		return nil
	}
	return c.was[i]
}

func (c *changes) clear() {
	const keep = 4096 // of room: a large change is rare
	if cap(c.touched) > keep {
		*c = newChanges()
		return
	}
	c.touched = c.touched[:0]
	clear(c.was)
}
