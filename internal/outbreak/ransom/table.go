package ransom

import "math/bits"

// ways is how many places a key may have in a table: its keys are one cache line.
const ways = 8

// table is a memory of fixed size, keyed by hashes. Where all places of a key are
// taken, what has the lowest rank is forgotten for it; a rank is when something
// was used last, or whatever else says how much it is worth.
type table[V any] struct {
	keys   []uint64 // 0 is an empty place
	ranks  []uint64
	values []V
	sets   uint64

	forgotten uint64
}

func newTable[V any](size int) table[V] {
	n := 1 << bits.Len(uint(max(size, ways)-1))
	return table[V]{keys: make([]uint64, n), ranks: make([]uint64, n), values: make([]V, n), sets: uint64(n / ways)}
}

// find is a key's place, or -1.
func (t *table[V]) find(key uint64) int {
	key |= 1
	at := int((key>>32)&(t.sets-1)) * ways
	for i, k := range t.keys[at : at+ways] {
		if k == key {
			return at + i
		}
	}
	return -1
}

// claim is a key's place, with its rank set, and whether it was there already. A
// place that is new has the zero value.
func (t *table[V]) claim(key, rank uint64) (place int, known bool) {
	if i := t.find(key); i >= 0 {
		t.ranks[i] = rank
		return i, true
	}
	key |= 1
	at := int((key>>32)&(t.sets-1)) * ways
	place = at
	for i := at; i < at+ways; i++ {
		if t.keys[i] == 0 {
			place = i
			break
		}
		if t.ranks[i] < t.ranks[place] {
			place = i
		}
	}
	if t.keys[place] != 0 {
		t.forgotten++
	}
	var zero V
	t.keys[place], t.ranks[place], t.values[place] = key, rank, zero
	return place, false
}
