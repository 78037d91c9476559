package shelf

import (
	"hash/maphash"

	"github.com/tocsin-project/tocsin/internal/offheap"
)

// entry is an id that a version or a relationship names.
type entry struct {
	key Key
	heads
}

// heads are the ends of an id's chains: the last version of it, and the last
// relationship that goes out from it and comes in to it.
type heads struct{ newest, outgoing, incoming Number }

// ids finds ids by their key: an open-addressing table of positions in a list,
// at most three quarters full.
type ids struct {
	list  chunks[entry]
	slots []uint32 // beside the heap
	grown []uint32 // a larger copy that room made, until it is used
	seed  maphash.Seed
}

func newIDs() ids { return ids{slots: offheap.Make[uint32](1 << 10), seed: maphash.MakeSeed()} }

// slot is where a key's search begins: nobody outside knows it, so nobody can
// choose ids that all begin at one.
func (t *ids) slot(k Key, slots []uint32) int {
	return int(maphash.Bytes(t.seed, k[:]) & uint64(len(slots)-1))
}

func (t *ids) find(k Key) (id uint32, found bool) {
	for i := t.slot(k, t.slots); ; i = (i + 1) & (len(t.slots) - 1) {
		switch id := t.slots[i]; {
		case id == 0:
			return 0, false
		case t.list.at(id).key == k:
			return id, true
		}
	}
}

func (t *ids) add(e entry) uint32 {
	t.use(t.room(1))
	id := t.list.add(e)
	t.put(t.slots, e.key, id)
	return id
}

func (t *ids) put(slots []uint32, k Key, id uint32) {
	i := t.slot(k, slots)
	for slots[i] != 0 {
		i = (i + 1) & (len(slots) - 1)
	}
	slots[i] = id
}

// room is the table with room for n more: itself, or a larger copy.
func (t *ids) room(n int) []uint32 {
	size := len(t.slots)
	for (t.list.n+n)*4 > size*3 {
		size *= 2
	}
	if size == len(t.slots) {
		return t.slots
	}
	offheap.Free(t.grown) // what was not used
	t.grown = offheap.Make[uint32](size)
	for id := uint32(1); int(id) <= t.list.n; id++ {
		t.put(t.grown, t.list.at(id).key, id)
	}
	return t.grown
}

// use has the table be what room gave.
func (t *ids) use(slots []uint32) {
	if len(slots) == len(t.slots) {
		return
	}
	offheap.Free(t.slots)
	t.slots, t.grown = slots, nil
}

// free empties it.
func (t *ids) free() {
	t.list.free()
	offheap.Free(t.slots)
	offheap.Free(t.grown)
	t.slots, t.grown = make([]uint32, 1), nil
}
