package disclosure

import "slices"

// Cell is what the organisations have said that are in one group of a first way
// to divide them and in one of a second: those of one sector in one country.
type Cell struct {
	First, Second string
	Organisations int
	Counts        []int64
}

// Both is the groups of either way that may be shown together. Each way alone is
// Safe; and where a difference of groups of one way and groups of the other would
// be about fewer than least organisations, groups of the second way join Other
// until none is. Whoever adds and subtracts what is shown, in whatever way, ends
// with nothing, or with what at least so many organisations have said.
//
// That is so because such a combination gives each group a number, and to an
// organisation of a cell the sum of its two groups' numbers. In the graph whose
// nodes are the groups and whose edges are the cells, each as heavy as it has
// organisations, the cells that do not get zero hold a cut; see split.
//
// Cells have at least one organisation each, and share none.
func Both(cells []Cell, least int) (first, second []Group) {
	first = Safe(sum(cells, func(c Cell) string { return c.First }), least)
	second = Safe(sum(cells, func(c Cell) string { return c.Second }), least)
	inFirst, inSecond := names(first), names(second)
	for len(inSecond) > 1 {
		g := newGraph(len(inFirst) + len(inSecond))
		for _, c := range cells {
			g.join(place(inFirst, c.First), len(inFirst)+place(inSecond, c.Second), c.Organisations)
		}
		side := g.split(least)
		if side == nil {
			break
		}
		// Of groups on both sides of the cut, the least is lost by leaving the smallest out.
		inSecond = without(second, inSecond, side[len(inFirst):])
	}
	if len(inSecond) < len(second) {
		second = Safe(sum(cells, func(c Cell) string {
			if slices.Contains(inSecond, c.Second) {
				return c.Second
			}
			return Other
		}), least)
	}
	return first, second
}

// sum adds up the cells by what name gives, by name.
func sum(cells []Cell, name func(Cell) string) []Group {
	at := map[string]int{}
	var groups []Group
	for _, c := range cells {
		n := name(c)
		i, known := at[n]
		if !known {
			i = len(groups)
			at[n] = i
			groups = append(groups, Group{Name: n})
		}
		groups[i] = add(groups[i], Group{Organisations: c.Organisations, Counts: c.Counts})
	}
	return groups
}

func names(groups []Group) []string {
	list := make([]string, len(groups))
	for i, g := range groups {
		list[i] = g.Name
	}
	return list
}

// place is where the group of this name is among those shown: its own, or Other's,
// which is last.
func place(shown []string, name string) int {
	if i := slices.Index(shown, name); i >= 0 {
		return i
	}
	return len(shown) - 1
}

// without is the names shown, but for one of each side, which join Other. Each
// side of a cut that is too small has a name: one that has none would be groups of
// the first way with all that they have, which is enough.
func without(groups []Group, shown []string, side []bool) []string {
	kept := slices.Clone(shown)
	for _, in := range []bool{true, false} {
		if at := smallest(groups, shown, func(i int) bool { return side[i] == in }); at != "" && at != Other {
			kept = slices.DeleteFunc(kept, func(n string) bool { return n == at })
		}
	}
	if !slices.Contains(kept, Other) {
		kept = append(kept, Other)
	}
	return kept
}

// smallest is the name of the smallest of some groups; Other, if it is one of them,
// since then none has to join it.
func smallest(groups []Group, shown []string, of func(int) bool) string {
	found, size := "", 0
	for i, n := range shown {
		if !of(i) {
			continue
		}
		if n == Other {
			return Other
		}
		at := slices.IndexFunc(groups, func(g Group) bool { return g.Name == n })
		if found == "" || groups[at].Organisations <= size {
			found, size = n, groups[at].Organisations
		}
	}
	return found
}
