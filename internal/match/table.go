package match

import (
	"math/bits"
	"sync/atomic"
)

// table finds entries by their value: linear probing, one slot an indicator. A
// slot is empty, gone, or the low bits of the hash and a place. Those bits are
// also where the slot belongs, so that a table grows without reading an entry.
type table struct {
	seed  uint64
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
	placeBits = 36
	placeMask = 1<<placeBits - 1
)

func newTable(seed uint64) *table { return tableOf(seed, newArena(), minSlots) }

func tableOf(seed uint64, a *arena, slots int) *table {
	return &table{seed: seed, arena: a, slots: make([]atomic.Uint64, slots)}
}

// len is the number of indicators; for the writer.
func (t *table) len() int { return t.used - t.gone }

// bytes is what the table holds in memory; for the writer.
func (t *table) bytes() int {
	n := 8 * len(t.slots)
	for _, chunk := range *t.arena.chunks.Load() {
		n += len(chunk)
	}
	return n
}

// next is the first entry whose value is k's among the slots from the step-th
// on, and the step to go on from; it is false if there is none.
func (t *table) next(h uint64, k *key, step uint64) (p parts, i, after uint64, ok bool) {
	mask := uint64(len(t.slots) - 1)
	for ; step <= mask; step++ {
		i = (h + step) & mask
		slot := t.slots[i].Load()
		if slot == empty {
			return parts{}, 0, step, false
		}
		if slot>>placeBits != h&(1<<(64-placeBits)-1) || slot == gone {
			continue
		}
		if p, ok = split(t.arena.entry(place(slot & placeMask))); ok && p.is(k) {
			return p, i, step + 1, true
		}
	}
	return parts{}, 0, step, false
}

// find is the slot of the indicator.
func (t *table) find(h uint64, k *key, id string, subdomains bool) (slot uint64, size int, ok bool) {
	for p, i, step, more := t.next(h, k, 0); more; p, i, step, more = t.next(h, k, step) {
		if p.subdomains() == subdomains && p.hasID(id) {
			return i, p.size, true
		}
	}
	return 0, 0, false
}

func (t *table) has(h uint64, k *key, id string, subdomains bool) bool {
	_, _, ok := t.find(h, k, id, subdomains)
	return ok
}

// add stores an indicator that is not there; there has to be room.
func (t *table) add(h uint64, k *key, id string, subdomains bool) place {
	var room [128]byte
	p := t.arena.append(appendEntry(room[:0], k, id, subdomains))
	t.store(h, p)
	return p
}

func (t *table) store(h uint64, p place) {
	mask := uint64(len(t.slots) - 1)
	i := h & mask
	for t.slots[i].Load() != empty {
		i = (i + 1) & mask
	}
	t.slots[i].Store(h<<placeBits | uint64(p))
	t.used++
}

func (t *table) remove(h uint64, k *key, id string, subdomains bool) (p place, ok bool) {
	i, size, ok := t.find(h, k, id, subdomains)
	if !ok {
		return 0, false
	}
	p = place(t.slots[i].Load() & placeMask)
	t.slots[i].Store(gone)
	t.gone++
	t.dead += size
	return p, true
}

// each calls yield for every entry with its place, until it returns false.
func (t *table) each(yield func(p place, e parts) bool) {
	for i := range t.slots {
		slot := t.slots[i].Load()
		if slot == empty || slot == gone {
			continue
		}
		at := place(slot & placeMask)
		if e, ok := split(t.arena.entry(at)); ok && !yield(at, e) {
			return
		}
	}
}

// fits says whether n more entries leave at least a quarter of the slots empty.
func (t *table) fits(n int) bool { return (t.used+n)*4 <= len(t.slots)*3 }

// wasteful says that more than half of the arena is of removed entries.
func (t *table) wasteful() bool { return t.dead*2 > t.arena.bytes && t.arena.bytes > maxChunk/16 }

func slotsFor(n int) int { return max(minSlots, 1<<bits.Len(uint(n+n/2))) }

// grown is a table of the same arena with room for n more.
func (t *table) grown(n int) *table {
	fresh := tableOf(t.seed, t.arena, slotsFor(t.len()+n))
	fresh.dead = t.dead
	for i := range t.slots {
		if slot := t.slots[i].Load(); slot != empty && slot != gone {
			fresh.store(slot>>placeBits, place(slot&placeMask))
		}
	}
	return fresh
}

// packed is a table with the same entries in an arena without the removed ones,
// and room for n more.
func (t *table) packed(n int) *table {
	fresh := tableOf(t.seed, newArena(), slotsFor(t.len()+n))
	for i := range t.slots {
		slot := t.slots[i].Load()
		if slot == empty || slot == gone {
			continue
		}
		from := t.arena.entry(place(slot & placeMask))
		if e, ok := split(from); ok {
			fresh.store(slot>>placeBits, fresh.arena.append(from[:e.size]))
		}
	}
	return fresh
}
