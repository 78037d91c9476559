package federation

import (
	"iter"

	"github.com/zeebo/xxh3"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// run is entries that follow each other.
type run struct {
	first ledger.Seq
	n     int
}

// held is which entries hold which contribution of the other hub's, by a hash of
// its id: of a million contributions some 40 MB. Two may share a hash; the entries
// say whose they are.
type held struct {
	one  map[uint64]run
	more map[uint64][]run // of those that came in several lines
}

func (h *held) add(as string, r run) {
	key := xxh3.HashString(as)
	if h.one == nil {
		h.one, h.more = map[uint64]run{}, map[uint64][]run{}
	}
	if _, taken := h.one[key]; taken {
		h.more[key] = append(h.more[key], r)
		return
	}
	h.one[key] = r
}

// of yields the entries that may hold a contribution.
func (h *held) of(as string) iter.Seq[ledger.Seq] {
	return func(yield func(ledger.Seq) bool) {
		key := xxh3.HashString(as)
		first, known := h.one[key]
		if !known || !first.all(yield) {
			return
		}
		for _, r := range h.more[key] {
			if !r.all(yield) {
				return
			}
		}
	}
}

// all yields every entry that holds something.
func (h *held) all() iter.Seq[ledger.Seq] {
	return func(yield func(ledger.Seq) bool) {
		for _, r := range h.one {
			if !r.all(yield) {
				return
			}
		}
		for _, runs := range h.more {
			for _, r := range runs {
				if !r.all(yield) {
					return
				}
			}
		}
	}
}

func (h *held) empty() bool { return len(h.one) == 0 }

func (r run) all(yield func(ledger.Seq) bool) bool {
	for i := range ledger.Seq(r.n) {
		if !yield(r.first + i) {
			return false
		}
	}
	return true
}
