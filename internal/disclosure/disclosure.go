// Package disclosure makes aggregates that show no group smaller than a minimum:
// what is added up must not tell what one organisation alone has said. It is the
// threshold rule of statistical disclosure control (Hundepool et al., Handbook on
// Statistical Disclosure Control, 2010, section 4.2), with the small groups summed
// rather than left out, so that they do not follow from the total. Where the same
// is summed in two ways, by sector and by country, Both sees to it that neither
// the sums nor any difference of them is about too few.
//
// It is no more than that. In a group that is large enough one organisation may
// still have said nearly everything; who knows what some of a group have said
// knows the sum of the rest; and who asks before and after one organisation has
// spoken sees the difference.
package disclosure

import (
	"cmp"
	"slices"
)

// DefaultLeast is how many organisations a group has at least, if nothing else is
// said.
const DefaultLeast = 5

// Other is the name of the sum of the groups that are too small to be shown. A
// group that has this name itself is one of them.
const Other = "other"

// Group is what several organisations have said together.
type Group struct {
	Name          string  `json:"name"`
	Organisations int     `json:"organisations"` // each counted once
	Counts        []int64 `json:"counts"`        // of the same length and meaning in all groups
}

// Safe is the groups that may be shown, the largest first, those of one size by
// name. Groups of fewer than least organisations are summed as Other, last; while
// that has too few, the smallest of the others joins it. If all together are too
// few there is none: the total must not be shown either.
//
// Groups have at least one organisation each, and share none.
func Safe(groups []Group, least int) []Group {
	sorted := slices.SortedFunc(slices.Values(groups), largest)
	shown := len(sorted)
	other := Group{Name: Other}
	for shown > 0 && (sorted[shown-1].Name == Other || sorted[shown-1].Organisations < least || other.Organisations > 0 && other.Organisations < least) {
		shown--
		other = add(other, sorted[shown])
	}
	safe := slices.Clone(sorted[:shown])
	if other.Organisations > 0 && other.Organisations >= least {
		safe = append(safe, other)
	}
	return safe
}

// largest orders groups the largest first, those of one size by name; Other is
// last, whatever its size.
func largest(a, b Group) int {
	if (a.Name == Other) != (b.Name == Other) {
		if a.Name == Other {
			return 1
		}
		return -1
	}
	return cmp.Or(cmp.Compare(b.Organisations, a.Organisations), cmp.Compare(a.Name, b.Name))
}

// add is the sum of two groups, under the first one's name.
func add(a, b Group) Group {
	sum := Group{Name: a.Name, Organisations: a.Organisations + b.Organisations, Counts: slices.Clone(b.Counts)}
	for i, n := range a.Counts {
		sum.Counts[i] += n
	}
	return sum
}
