package notice

import (
	"container/heap"
	"time"
)

// agenda is what is to happen when: a heap by time. What is due is looked at
// without being taken out, since only folding the entry that says that it happened
// takes it out.
type agenda[T any] struct{ nodes nodes[T] }

type node[T any] struct {
	at    time.Time
	place int // in the heap; -1: not in it
	what  T
}

func (a *agenda[T]) add(at time.Time, what T) *node[T] {
	n := &node[T]{at: at, what: what}
	heap.Push(&a.nodes, n)
	return n
}

// drop takes a node out; nil and one that is out already are left alone.
func (a *agenda[T]) drop(n *node[T]) {
	if n != nil && n.place >= 0 {
		heap.Remove(&a.nodes, n.place)
	}
}

// due is what is due at now, in no particular order, and when the next will be:
// zero if there is none. It looks at what is due and its neighbours alone.
func (a *agenda[T]) due(now time.Time) (list []T, next time.Time) {
	open := []int{0}
	for len(open) > 0 {
		i := open[len(open)-1]
		open = open[:len(open)-1]
		if i >= len(a.nodes) {
			continue
		}
		if n := a.nodes[i]; n.at.After(now) {
			if next.IsZero() || n.at.Before(next) {
				next = n.at
			}
			continue
		}
		list = append(list, a.nodes[i].what)
		open = append(open, 2*i+1, 2*i+2)
	}
	return list, next
}

// any says whether something is due at now.
func (a *agenda[T]) any(now time.Time) bool {
	return len(a.nodes) > 0 && !a.nodes[0].at.After(now)
}

// nodes is the heap.
type nodes[T any] []*node[T]

func (h nodes[T]) Len() int           { return len(h) }
func (h nodes[T]) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h nodes[T]) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

// Push is for package heap.
func (h *nodes[T]) Push(x any) {
	n, _ := x.(*node[T])
	n.place = len(*h)
	*h = append(*h, n)
}

// Pop is for package heap.
func (h *nodes[T]) Pop() any {
	old := *h
	n := old[len(old)-1]
	old[len(old)-1] = nil
	*h, n.place = old[:len(old)-1], -1
	return n
}
