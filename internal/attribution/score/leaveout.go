package score

import "slices"

// Changed is the ranking without something, where that changes who stands before
// whom.
type Changed struct {
	Evidence string // the item that is left out
	Places   []Place
	Leads    bool // who leads changes
}

// Place is where a hypothesis stands in a ranking: 1 leads, and those that are
// level share a place.
type Place struct {
	Hypothesis string
	Place      int
}

// Places are those of a ranking, in its order.
func Places(ranking []Ranked) []Place {
	list := make([]Place, len(ranking))
	for i, r := range ranking {
		list[i] = Place{r.Hypothesis, i + 1}
		if i > 0 && r.Inconsistency == ranking[i-1].Inconsistency {
			list[i].Place = list[i-1].Place
		}
	}
	return list
}

// LeaveOneOut is the rankings that differ from that of all items if any one that
// counts is left out: those with another leader first, then in the order of
// filing; at most so many, and how many there are. Without the only one there is
// no ranking, and it has no places.
func (m Matrix) LeaveOneOut(most int) (list []Changed, all int) {
	a := m.analyse()
	with := Places(a.ranking(a.totals))
	var others []Changed
	for i, row := range m.Rows {
		if !a.counts[i] {
			continue
		}
		one := Changed{Evidence: row.Evidence}
		if a.items > 1 {
			one.Places = Places(a.ranking(a.without(i)))
		}
		switch {
		case a.isDecisive(i):
			one.Leads = true
			list = append(list, one)
		case !sameOrder(with, one.Places):
			others = append(others, one)
		}
	}
	list = append(list, others...)
	return list[:min(most, len(list))], len(list)
}

// Differs says whether two rankings of the same hypotheses have one before another
// differently, and whether others lead.
func Differs(a, b []Place) (differs, leads bool) {
	lead := func(list []Place) (found []string) {
		for _, p := range list {
			if p.Place == 1 {
				found = append(found, p.Hypothesis)
			}
		}
		slices.Sort(found)
		return found
	}
	return !sameOrder(a, b), !slices.Equal(lead(a), lead(b))
}

// sameOrder says whether both have every hypothesis at the same place.
func sameOrder(a, b []Place) bool {
	at := make(map[string]int, len(a))
	for _, p := range a {
		at[p.Hypothesis] = p.Place
	}
	return len(a) == len(b) && !slices.ContainsFunc(b, func(p Place) bool { return at[p.Hypothesis] != p.Place })
}

// Ranking is the ranked hypotheses, as Score has them, alone.
func (m Matrix) Ranking() []Ranked {
	a := m.analyse()
	return a.ranking(a.totals)
}
