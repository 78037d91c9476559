package match

import (
	"math/bits"
	"math/rand/v2"
	"sync/atomic"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/zeebo/xxh3"
)

// table finds entries by their value: linear probing, one slot an indicator. A
// slot is empty, gone, or a fingerprint and a place.
type table struct {
	arena *arena
	slots []atomic.Uint64
	// The writer's own:
	used int // slots that are not empty
	gone int
	dead int // bytes of the arena that no slot points to
}

const (
	empty = 0
	gone  = 1

	minSlots  = 64
	tagShift  = 40
	placeMask = 1<<tagShift - 1
)

// seed keeps those who choose indicators from choosing them so that they
// collide.
var seed = rand.Uint64()

func newTable(a *arena, slots int) *table {
	return &table{arena: a, slots: make([]atomic.Uint64, slots)}
}

func hashOf(code byte, text string) uint64 { return xxh3.HashStringSeed(text, seed+uint64(code)) }

// fits says whether n more entries leave at least a quarter of the slots empty.
func (t *table) fits(n int) bool { return (t.used+n)*4 <= len(t.slots)*3 }

// each calls yield for the indicators of exactly this value, of those only that
// include subdomains if subdomains is set. It returns what yield returned last.
func (t *table) each(v observable.Value, subdomains bool, yield func(Indicator) bool) bool {
	code, text := keyOf(v)
	h := hashOf(code, text)
	mask := uint64(len(t.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		slot := t.slots[i].Load()
		if slot == empty {
			return true
		}
		if slot>>tagShift != h>>tagShift || slot == gone {
			continue
		}
		e := t.arena.entry(place(slot & placeMask))
		if !is(e, code, text) || subdomains && e[0]&withSubdomains == 0 {
			continue
		}
		if !yield(indicatorOf(e)) {
			return false
		}
	}
}

// find is the slot of the indicator, or -1.
func (t *table) find(ind Indicator, code byte, text string) int {
	h := hashOf(code, text)
	mask := uint64(len(t.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		slot := t.slots[i].Load()
		if slot == empty {
			return -1
		}
		if slot>>tagShift != h>>tagShift || slot == gone {
			continue
		}
		e := t.arena.entry(place(slot & placeMask))
		if !is(e, code, text) {
			continue
		}
		if _, _, id, subdomains, _ := split(e); subdomains == ind.Subdomains && string(id) == ind.ID {
			return int(i)
		}
	}
}

// add stores the indicator; there has to be room. It returns false if it is
// there already.
func (t *table) add(ind Indicator) bool {
	code, text := keyOf(ind.Value)
	if t.find(ind, code, text) >= 0 {
		return false
	}
	t.store(hashOf(code, text), t.arena.add(code, text, ind.ID, ind.Subdomains))
	return true
}

func (t *table) store(h uint64, p place) {
	mask := uint64(len(t.slots) - 1)
	i := h & mask
	for t.slots[i].Load() != empty {
		i = (i + 1) & mask
	}
	t.slots[i].Store(h>>tagShift<<tagShift | uint64(p))
	t.used++
}

func (t *table) remove(ind Indicator) bool {
	code, text := keyOf(ind.Value)
	i := t.find(ind, code, text)
	if i < 0 {
		return false
	}
	_, _, _, _, length := split(t.arena.entry(place(t.slots[i].Load() & placeMask)))
	t.slots[i].Store(gone)
	t.gone++
	t.dead += length
	return true
}

// rebuilt is a table with the same indicators and room for n more. It shares
// the arena unless half of that is dead.
func (t *table) rebuilt(n int) *table {
	want := t.used - t.gone + n
	fresh := newTable(t.arena, max(minSlots, 1<<bits.Len(uint(want+want/2))))
	compact := t.dead*2 > t.arena.bytes
	if compact {
		fresh.arena = newArena()
	} else {
		fresh.dead = t.dead
	}
	for i := range t.slots {
		slot := t.slots[i].Load()
		if slot == empty || slot == gone {
			continue
		}
		p := place(slot & placeMask)
		e := t.arena.entry(p)
		code, text, _, _, length := split(e)
		if compact {
			p = fresh.arena.append(e[:length])
		}
		fresh.store(xxh3.HashSeed(text, seed+uint64(code)), p)
	}
	return fresh
}
