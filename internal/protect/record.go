package protect

import (
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// record is all that is known about one value.
type record struct {
	value     observable.Value
	current   *slot   // the latest decision that counts, also one that has ended
	proposals []*slot // at most one a partner and polarity
	decisions int     // on the ledger so far: makes ids distinct

	evidence   evidence
	due        ledger.Seq // the report that corroborated it, if automation has not answered yet
	unresolved ledger.Seq // the first report that the name does not resolve while no block of it could be the cause

	story []Event
	seen  map[sightingKey]int // index in story
}

// slot holds one decision.
type slot struct {
	Protection
	rec *record
	seq ledger.Seq // of its entry
	// barred is the guard that refuses a block today, although it was let pass
	// when it was decided (guards change), and why; "" for none.
	barred, why string
	index       int // in the heap of what lives, -1 outside
}

// holds is inForce for a slot that may not be there.
func (s *slot) holds() bool { return s != nil && s.inForce() }

// automatic says whether a rule decided, not a person.
func (s *slot) automatic() bool { return s.By == access.Hub }

// lifetimes is a min-heap of the live slots by the time they end (container/heap).
type lifetimes []*slot

func (h lifetimes) Len() int           { return len(h) }
func (h lifetimes) Less(i, j int) bool { return h[i].Expires.Before(h[j].Expires) }
func (h lifetimes) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push implements heap.Interface.
func (h *lifetimes) Push(x any) {
	s := x.(*slot)
	s.index = len(*h)
	*h = append(*h, s)
}

// Pop implements heap.Interface.
func (h *lifetimes) Pop() any {
	last := len(*h) - 1
	s := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	s.index = -1
	return s
}

// ended collects the slots that have run out by now without changing the heap.
func (h lifetimes) ended(now time.Time) []*slot {
	var found []*slot
	for stack := []int{0}; len(stack) > 0; {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if i >= len(h) || h[i].Expires.After(now) {
			continue
		}
		found = append(found, h[i])
		stack = append(stack, 2*i+1, 2*i+2)
	}
	return found
}
