package match

import (
	"slices"

	"github.com/gaissmai/bart"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// prefixTable holds the indicators of each prefix. Neither a table nor a slice
// in it is changed once readers can see it.
type prefixTable = bart.Table[[]Indicator]

// manyRanges is the batch from which on copying the whole table once is cheaper
// than copying a path for each prefix.
const manyRanges = 256

func (x *Index) addRanges(ranges []Indicator) (added int) {
	return x.changeRanges(ranges, func(have []Indicator, ind Indicator) ([]Indicator, bool) {
		if slices.Contains(have, ind) {
			return have, false
		}
		return append(slices.Clip(have), ind), true
	})
}

func (x *Index) removeRanges(ranges []Indicator) (removed int) {
	return x.changeRanges(ranges, func(have []Indicator, ind Indicator) ([]Indicator, bool) {
		i := slices.Index(have, ind)
		if i < 0 {
			return have, false
		}
		return slices.Concat(have[:i], have[i+1:]), true
	})
}

// changeRanges applies change to the indicators of each prefix and counts those
// that it changed. A text that is no prefix cannot be matched and is left out.
func (x *Index) changeRanges(ranges []Indicator, change func([]Indicator, Indicator) ([]Indicator, bool)) (changed int) {
	if len(ranges) == 0 {
		return 0
	}
	t := x.prefixes.Load()
	private := len(ranges) >= manyRanges
	if private {
		t = t.Clone()
	}
	for _, ind := range ranges {
		p, ok := ind.Prefix()
		if !ok {
			continue
		}
		have, _ := t.Get(p)
		now, different := change(have, ind)
		switch {
		case !different:
			continue
		case len(now) == 0 && private:
			t.Delete(p)
		case len(now) == 0:
			t = t.DeletePersist(p)
		case private:
			t.Insert(p, now)
		default:
			t = t.InsertPersist(p, now)
		}
		changed++
	}
	x.prefixes.Store(t)
	return changed
}

func eachPrefix(t *prefixTable, v observable.Value, yield func(Indicator) bool) {
	if t.Size() == 0 {
		return
	}
	p, ok := v.Prefix()
	if !ok || p.IsSingleIP() && !t.Contains(p.Addr()) {
		return
	}
	for _, indicators := range t.Supernets(p) {
		for _, ind := range indicators {
			if !yield(ind) {
				return
			}
		}
	}
}
