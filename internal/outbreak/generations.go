package outbreak

import "iter"

// generations is a map of bounded size. Entries live in the young generation;
// when it is full it becomes the old one, and what was not used since the last
// such turn is forgotten. So at least limit and at most 2*limit of the entries
// used last are there, for a price of two lookups and no list to maintain. What
// is forgotten depends on the order of use alone.
type generations[K comparable, V any] struct {
	limit      int
	young, old map[K]V
	evicted    uint64
}

func newGenerations[K comparable, V any](limit int) generations[K, V] {
	return generations[K, V]{limit: max(limit, 1), young: make(map[K]V)}
}

// get finds an entry and counts as its use.
func (g *generations[K, V]) get(k K) (V, bool) {
	if v, ok := g.young[k]; ok {
		return v, true
	}
	v, ok := g.old[k]
	if ok {
		delete(g.old, k)
		g.put(k, v)
	}
	return v, ok
}

// peek finds an entry without counting as its use.
func (g *generations[K, V]) peek(k K) (V, bool) {
	if v, ok := g.young[k]; ok {
		return v, true
	}
	v, ok := g.old[k]
	return v, ok
}

// put adds an entry that get did not find, or replaces one that it just found.
func (g *generations[K, V]) put(k K, v V) {
	if _, known := g.young[k]; !known && len(g.young) >= g.limit {
		g.evicted += uint64(len(g.old))
		g.old, g.young = g.young, make(map[K]V)
	}
	g.young[k] = v
}

// all yields every entry, in no particular order.
func (g *generations[K, V]) all() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for k, v := range g.old {
			if !yield(k, v) {
				return
			}
		}
		for k, v := range g.young {
			if !yield(k, v) {
				return
			}
		}
	}
}
