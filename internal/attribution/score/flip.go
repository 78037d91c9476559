package score

import (
	"cmp"
	"slices"
)

// flips finds, for each ranked hypothesis that does not lead, the fewest items
// without which it is level with or above a leader.
//
// Against one leader the fewest are found by taking those that tell most between
// the two: no other set of as many items takes away more of the distance. Where
// several lead, it is the smallest of these sets: to be level with all of them at
// once can take more than the largest, and to find the least such set is a
// covering problem.
func (a *analysis) flips() []Flip {
	var flips []Flip
	var room []apart
	for k, j := range a.ranked {
		if a.leads[k] {
			continue
		}
		var fewest []apart
		for leader := range a.ranked {
			if !a.leads[leader] {
				continue
			}
			room = a.between(leader, k, room[:0])
			if n := enough(room, a.totals[k].minus(a.totals[leader]).float()); n > 0 && (fewest == nil || n < len(fewest)) {
				fewest = append(fewest[:0], room[:n]...)
			}
		}
		if fewest == nil {
			continue
		}
		flip := Flip{Against: a.Hypotheses[j].ID, Without: make([]string, len(fewest))}
		for n, item := range fewest {
			flip.Without[n] = a.Rows[item.row].Evidence
		}
		flips = append(flips, flip)
	}
	return flips
}

// apart is by how much one item sets a leader before another hypothesis.
type apart struct {
	by  float64
	row int
}

// between appends the items that speak for the leader, those that tell most
// first, equal ones in the order of filing.
func (a *analysis) between(leader, other int, list []apart) []apart {
	for i, costs := range a.costs {
		if a.counts[i] && costs[other]-costs[leader] > 1/precision {
			list = append(list, apart{costs[other] - costs[leader], i})
		}
	}
	slices.SortFunc(list, func(x, y apart) int {
		return cmp.Or(cmp.Compare(rounded(y.by), rounded(x.by)), x.row-y.row)
	})
	return list
}

// enough is how many of the first items make up the distance; 0 if all do not.
func enough(list []apart, distance float64) int {
	var sum float64
	for i, item := range list {
		if sum += item.by; sum >= distance-1/precision {
			return i + 1
		}
	}
	return 0
}
