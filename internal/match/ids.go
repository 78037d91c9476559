package match

// ids finds the entries of a table by their id, for the writer: when a newer
// version of an indicator comes, what the older one named has to go. The slots
// are those of a table, with the hash of the id.
type ids struct {
	slots []uint64
	used  int // slots that are not empty
	gone  int
}

func newIDs(n int) *ids { return &ids{slots: make([]uint64, slotsFor(n))} }

func idKey(id string) key { return key{code: codeID, text: id} }

func (x *ids) add(h uint64, p place) {
	if (x.used+1)*4 > len(x.slots)*3 {
		old := x.slots
		*x = *newIDs(x.used - x.gone + 1)
		for _, slot := range old {
			if slot != empty && slot != gone {
				x.store(slot>>placeBits, place(slot&placeMask))
			}
		}
	}
	x.store(h, p)
}

func (x *ids) store(h uint64, p place) {
	mask := uint64(len(x.slots) - 1)
	i := h & mask
	for x.slots[i] != empty {
		i = (i + 1) & mask
	}
	x.slots[i] = h<<placeBits | uint64(p)
	x.used++
}

func (x *ids) remove(h uint64, p place) {
	mask := uint64(len(x.slots) - 1)
	for i := h & mask; x.slots[i] != empty; i = (i + 1) & mask {
		if x.slots[i] == h<<placeBits|uint64(p) {
			x.slots[i] = gone
			x.gone++
			return
		}
	}
}

// candidates are the places of the entries that may have the id.
func (x *ids) candidates(h uint64) (all []place) {
	mask := uint64(len(x.slots) - 1)
	for i := h & mask; x.slots[i] != empty; i = (i + 1) & mask {
		if slot := x.slots[i]; slot != gone && slot>>placeBits == h&(1<<(64-placeBits)-1) {
			all = append(all, place(slot&placeMask))
		}
	}
	return all
}
