package score

import (
	"cmp"
	"math"
	"slices"
)

// analysis is a matrix with what several scores rest on. Hypotheses are counted
// in it by their place among the ranked ones.
type analysis struct {
	Matrix
	missing [][]string // by row
	counts  []bool     // by row
	items   int        // how many rows count
	ranked  []int      // places in Matrix.Hypotheses
	// costs has, by row that counts, what it costs each ranked hypothesis:
	// weight x mean inconsistency without its sign.
	costs  [][]float64
	totals []fixed // of the costs, exactly
	leads  []bool
}

func (m Matrix) analyse() analysis {
	a := analysis{Matrix: m, missing: make([][]string, len(m.Rows)), counts: make([]bool, len(m.Rows)), costs: make([][]float64, len(m.Rows))}
	complete := make([]bool, len(m.Hypotheses)) // rated against every item that counts
	for j := range complete {
		complete[j] = true
	}
	for i := range m.Rows {
		row := &m.Rows[i]
		a.missing[i] = []string{}
		for j, h := range m.Hypotheses {
			if !h.Standing && !row.Cells[j].isRated() {
				a.missing[i] = append(a.missing[i], h.ID)
			}
		}
		if row.Out || len(a.missing[i]) > 0 {
			continue
		}
		a.counts[i] = true
		a.items++
		for j := range complete {
			complete[j] = complete[j] && row.Cells[j].isRated()
		}
	}
	if a.items > 0 {
		for j, all := range complete {
			if all {
				a.ranked = append(a.ranked, j)
			}
		}
	}
	a.addUp()
	return a
}

// addUp fills in the costs, their totals and who leads.
func (a *analysis) addUp() {
	a.totals, a.leads = make([]fixed, len(a.ranked)), make([]bool, len(a.ranked))
	all := make([]float64, a.items*len(a.ranked))
	for i := range a.Rows {
		if !a.counts[i] {
			continue
		}
		row := &a.Rows[i]
		a.costs[i], all = all[:len(a.ranked)], all[len(a.ranked):]
		for k, j := range a.ranked {
			a.costs[i][k] = row.Weight * row.Cells[j].against()
			a.totals[k] = a.totals[k].plus(toFixed(a.costs[i][k]))
		}
	}
	best := lowest(a.totals)
	for k, total := range a.totals {
		a.leads[k] = rounded(total.float()) == best
	}
}

// lowest is the least total, rounded; infinite without one.
func lowest(totals []fixed) float64 {
	best := math.Inf(1)
	for _, total := range totals {
		best = min(best, rounded(total.float()))
	}
	return best
}

// ranking lists the ranked hypotheses by their totals.
func (a *analysis) ranking(totals []fixed) []Ranked {
	list := make([]Ranked, len(a.ranked))
	for k, j := range a.ranked {
		// 0 - x, not -x: never "-0".
		list[k] = Ranked{Hypothesis: a.Hypotheses[j].ID, Inconsistency: Number(0 - rounded(totals[k].float()))}
	}
	slices.SortStableFunc(list, func(x, y Ranked) int { return cmp.Compare(y.Inconsistency, x.Inconsistency) })
	return list
}

// without are the totals if a row that counts is left out.
func (a *analysis) without(i int) []fixed {
	totals := slices.Clone(a.totals)
	for k := range totals {
		totals[k] = totals[k].minus(toFixed(a.costs[i][k]))
	}
	return totals
}

// isDecisive says whether others lead if a row that counts is left out. Without
// the only one there is nothing to lead by.
func (a *analysis) isDecisive(i int) bool {
	if a.items == 1 {
		return true
	}
	totals := a.without(i)
	best := lowest(totals)
	for k, total := range totals {
		if a.leads[k] != (rounded(total.float()) == best) {
			return true
		}
	}
	return false
}

// diagnosticity of a row that counts is the population standard deviation of
// its mean points over the ranked hypotheses: {C, I} gives 1, {CC, II} gives 2.
func (a *analysis) diagnosticity(i int) float64 {
	if len(a.ranked) == 0 {
		return 0
	}
	var sum, squares float64
	for _, j := range a.ranked {
		sum += a.Rows[i].Cells[j].mean()
	}
	mean := sum / float64(len(a.ranked))
	for _, j := range a.ranked {
		d := a.Rows[i].Cells[j].mean() - mean
		squares += d * d
	}
	return math.Sqrt(squares / float64(len(a.ranked)))
}

// Without is the ranking, among the hypotheses that are ranked, if row i is left
// out. It is empty if that is the only one that counts, and nothing changes if
// it does not count. It costs about as much as a tenth of Score.
func (m Matrix) Without(i int) []Ranked {
	a := m.analyse()
	switch {
	case !a.counts[i]:
		return a.ranking(a.totals)
	case a.items == 1:
		return []Ranked{}
	}
	return a.ranking(a.without(i))
}
