package protect

import (
	"cmp"
	"container/heap"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// agenda is what is to be done about protections and when: a heap by time and
// then by the order of the ledger. A slot is on it at most once.
type agenda struct {
	list  []appointment
	where map[*slot]int
}

type appointment struct {
	at   time.Time
	slot *slot
}

func newAgenda() *agenda { return &agenda{where: map[*slot]int{}} }

// add puts a slot on the agenda, or moves it there.
func (a *agenda) add(s *slot, at time.Time) {
	if i, there := a.where[s]; there {
		a.list[i].at = at
		heap.Fix(a, i)
		return
	}
	heap.Push(a, appointment{at, s})
}

func (a *agenda) remove(s *slot) {
	if i, there := a.where[s]; there {
		heap.Remove(a, i)
	}
}

func (a *agenda) has(s *slot) bool { _, there := a.where[s]; return there }

// due gives the first few slots whose time has come, in order, and changes
// nothing. It costs what it gives: the heap is walked from its top, the earliest
// first.
func (a *agenda) due(now time.Time, most int) []*slot {
	var found []*slot
	for i := range a.walk() {
		if len(found) >= most || a.list[i].at.After(now) {
			break
		}
		found = append(found, a.list[i].slot)
	}
	return found
}

// walk yields the places of the heap's appointments, the earliest first.
func (a *agenda) walk() func(yield func(int) bool) {
	return func(yield func(int) bool) {
		next := frontier{of: a}
		if len(a.list) > 0 {
			next.places = append(next.places, 0)
		}
		for len(next.places) > 0 {
			i := heap.Pop(&next).(int)
			if !yield(i) {
				return
			}
			for _, child := range [2]int{2*i + 1, 2*i + 2} {
				if child < len(a.list) {
					heap.Push(&next, child)
				}
			}
		}
	}
}

// Len implements heap.Interface.
func (a *agenda) Len() int { return len(a.list) }

// Less implements heap.Interface.
func (a *agenda) Less(i, j int) bool { return a.list[i].before(a.list[j]) }

func (p appointment) before(q appointment) bool {
	return cmp.Or(p.at.Compare(q.at), cmp.Compare[ledger.Seq](p.slot.seq, q.slot.seq)) < 0
}

// Swap implements heap.Interface.
func (a *agenda) Swap(i, j int) {
	a.list[i], a.list[j] = a.list[j], a.list[i]
	a.where[a.list[i].slot], a.where[a.list[j].slot] = i, j
}

// Push implements heap.Interface.
func (a *agenda) Push(x any) {
	p := x.(appointment)
	a.where[p.slot] = len(a.list)
	a.list = append(a.list, p)
}

// Pop implements heap.Interface.
func (a *agenda) Pop() any {
	last := len(a.list) - 1
	p := a.list[last]
	a.list[last] = appointment{}
	a.list = a.list[:last]
	delete(a.where, p.slot)
	return p
}

// frontier is the places of a heap that walk comes to next.
type frontier struct {
	of     *agenda
	places []int
}

func (f frontier) Len() int           { return len(f.places) }
func (f frontier) Less(i, j int) bool { return f.of.Less(f.places[i], f.places[j]) }
func (f frontier) Swap(i, j int)      { f.places[i], f.places[j] = f.places[j], f.places[i] }

// Push implements heap.Interface.
func (f *frontier) Push(x any) { f.places = append(f.places, x.(int)) }

// Pop implements heap.Interface.
func (f *frontier) Pop() any {
	last := len(f.places) - 1
	place := f.places[last]
	f.places = f.places[:last]
	return place
}
