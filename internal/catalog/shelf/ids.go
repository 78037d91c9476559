package shelf

import (
	"hash/maphash"

	"github.com/tocsin-project/tocsin/internal/offheap"
)

// heads are the ends of an id's chains: the last version of it, and the last
// relationship that goes out from it and comes in to it.
type heads struct{ newest, outgoing, incoming Number }

// entry is an id that a version or a relationship names. Its key is in the file, with
// that version or relationship.
type entry struct {
	at   uint32 // its newest version, or if it is bound its place in ids.bound
	hash uint32 // of its key, and isBound
}

// isBound marks an id at which relationships have an end.
const isBound = 1 << 31

// ids finds ids by their key: an open-addressing table of positions in a list,
// at most three quarters full.
type ids struct {
	list  chunks[entry]
	bound chunks[heads]
	slots []uint32 // beside the heap
	grown []uint32 // a larger copy that room made, until it is used
	seed  maphash.Seed
}

func newIDs() ids { return ids{slots: offheap.Make[uint32](1 << 10), seed: maphash.MakeSeed()} }

// hash is where a key's search begins: nobody outside knows it, so nobody can
// choose ids that all begin at one place.
func (t *ids) hash(k Key) uint32 { return uint32(maphash.Bytes(t.seed, k[:])) &^ isBound }

// find looks for a key; is says whether an id has it.
func (t *ids) find(k Key, is func(id uint32, k Key) (bool, error)) (id uint32, found bool, err error) {
	hash := t.hash(k)
	for i := int(hash) & (len(t.slots) - 1); ; i = (i + 1) & (len(t.slots) - 1) {
		id := t.slots[i]
		if id == 0 {
			return 0, false, nil
		}
		if t.list.at(id).hash&^isBound != hash {
			continue
		}
		if same, err := is(id, k); same || err != nil {
			return id, same, err
		}
	}
}

// heads of an id.
func (t *ids) heads(id uint32) heads {
	e := t.list.at(id)
	if e.hash&isBound != 0 {
		return *t.bound.at(e.at)
	}
	return heads{newest: Number(e.at)}
}

func (t *ids) setHeads(id uint32, h heads) {
	e := t.list.at(id)
	switch {
	case e.hash&isBound != 0:
		*t.bound.at(e.at) = h
	case h.outgoing != 0 || h.incoming != 0:
		e.at, e.hash = t.bound.add(h), e.hash|isBound
	default:
		e.at = uint32(h.newest)
	}
}

// add adds an id. The table has to have room.
func (t *ids) add(k Key, h heads) uint32 {
	hash := t.hash(k)
	id := t.list.add(entry{hash: hash})
	t.setHeads(id, h)
	put(t.slots, hash, id)
	return id
}

func put(slots []uint32, hash, id uint32) {
	i := int(hash) & (len(slots) - 1)
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
		put(t.grown, t.list.at(id).hash&^isBound, id)
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
	t.bound.free()
	offheap.Free(t.slots)
	offheap.Free(t.grown)
	t.slots, t.grown = make([]uint32, 1), nil
}
