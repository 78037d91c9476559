package mispfeed

import "slices"

// limits bound an index.
type limits struct {
	events   int // in a feed
	elements int // that an index knows of
	perEvent int // objects of an event that no report is behind
}

// size is how many elements an index knows of.
func (ix *index) size() int { return len(ix.within.all) + len(ix.others) + len(ix.boxes) }

// bytes is about how much memory that takes.
func (ix *index) bytes() int {
	n := 40*len(ix.within.all) + 90*(len(ix.others)+len(ix.boxes)) + 1500*len(ix.events)
	for _, e := range ix.events {
		n += 20*len(e.ids) + 16*len(e.sums)
	}
	return n
}

// shrink drops the older half of an index that has grown beyond its limits.
func (ix *index) shrink() {
	if len(ix.events) <= ix.limit.events+ix.limit.events/4 && ix.size() <= ix.limit.elements {
		return
	}
	var added []int64
	for _, e := range ix.events {
		added = append(added, e.recent)
	}
	slices.Sort(added)
	keep := min(len(added), ix.limit.events)
	if ix.size() > ix.limit.elements {
		keep = min(keep, len(added)/2)
	}
	floor := ix.last
	if keep > 0 {
		floor = added[len(added)-keep]
	}
	ix.drop(floor)
}

// drop forgets what was added before an instant.
func (ix *index) drop(floor int64) {
	ix.floor = max(ix.floor, floor)
	for id, e := range ix.events {
		if e.recent < floor {
			delete(ix.events, id)
		}
	}
	for key, e := range ix.groups {
		if e.recent < floor {
			delete(ix.groups, key)
		}
	}
	renamed, kept := make([]int32, len(ix.boxes)), []box(nil)
	for n, b := range ix.boxes {
		if renamed[n] = -1; b.added >= floor {
			renamed[n], kept = int32(len(kept)), append(kept, b)
		}
	}
	ix.boxes = kept
	for id, n := range ix.byID {
		if renamed[n] < 0 {
			delete(ix.byID, id)
			continue
		}
		ix.byID[id] = renamed[n]
	}
	ix.within.keep(func(to int32) (int32, bool) { return renamed[to], renamed[to] >= 0 })
	places, others := make([]int32, len(ix.others)), []attachment(nil)
	for n, a := range ix.others {
		if places[n] = -1; a.added >= floor {
			places[n], others = int32(len(others)), append(others, a)
		}
	}
	ix.others = others
	ix.beside.keep(func(to int32) (int32, bool) { return places[to], places[to] >= 0 })
	ix.changes++
}
