package protect

import (
	"cmp"
	"slices"
	"time"
)

// receipts are the latest words of all outlets, by protection: 32 bytes each
// beside the protection's own place in the map.
type receipts struct {
	of       map[string][]kept // by outlet
	n        int
	swept    int // how many there were after the last sweep
	problems problems
}

// kept is a receipt in microseconds since 1970.
type kept struct {
	outlet   uint32
	problem  uint32 // 0: none
	at       int64
	since    int64 // when it first was in force, and has been since; 0: it is not
	recorded int64
}

// maxReceipts bounds what is kept: beyond it those of protections that ended go,
// and where that makes no room new ones are not kept.
const maxReceipts = 4_000_000

func newReceipts() receipts {
	return receipts{of: map[string][]kept{}, problems: newProblems()}
}

// note keeps an outlet's word. ended says of a protection that it is over.
func (r *receipts) note(word Receipt, outlet uint32, recorded time.Time, ended func(string) bool) {
	list := r.of[word.Protection]
	i, known := slices.BinarySearchFunc(list, outlet, func(k kept, n uint32) int { return cmp.Compare(k.outlet, n) })
	if !known {
		if r.n >= maxReceipts && !r.sweep(ended) {
			return
		}
		list = slices.Insert(list, i, kept{outlet: outlet})
		r.of[word.Protection] = list
		r.n++
	}
	k := &list[i]
	r.problems.drop(k.problem)
	k.at, k.recorded, k.problem = word.At.UnixMicro(), recorded.UnixMicro(), r.problems.add(word.Problem)
	switch {
	case !word.InForce:
		k.since = 0
	case k.since == 0:
		k.since = max(k.at, 1)
	}
}

// sweep forgets the receipts of what ended, at most once for every tenth of the
// bound that came since, and says whether there is room.
func (r *receipts) sweep(ended func(string) bool) bool {
	if r.swept != 0 && r.n-r.swept < maxReceipts/10 {
		return r.n < maxReceipts
	}
	for id, list := range r.of {
		if !ended(id) {
			continue
		}
		for _, k := range list {
			r.problems.drop(k.problem)
		}
		r.n -= len(list)
		delete(r.of, id)
	}
	r.swept = r.n
	return r.n < maxReceipts
}
