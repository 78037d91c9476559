package trend

import (
	"cmp"
	"math"
	"slices"
)

// hidden is a trend that does not show in the sum of all, but in that without up
// to k-1 partners that may be hiding it. Every such sum is one more chance for no
// trend to look like one, so that the evidence has to be as many times stronger.
func (p *Pool) hidden(k int) (scale int, f fit, who []string) {
	if k < 2 || len(p.everybody()) < k+1 {
		return 0, fit{}, nil
	}
	for i := range p.sums {
		sets := p.suspects(k-1, i)
		for _, out := range sets {
			f := p.without(i, out, evidence+2*math.Log(float64(1+len(sets))))
			if f.settled {
				if who := p.makers(k, i, f, out); who != nil {
					return i, f, who
				}
			}
		}
	}
	return 0, fit{}, nil
}

// Who hides a trend has to do something to the sum that matters beside what all
// others do: to scatter more than they together, so that nothing fits; to move
// by as much as they grow, so that another shape fits; or to fall as they rise.
// By one of these who hides is among the first, unless others that do as much
// are.
const (
	// Squared differences from bin to bin and, as in a Poisson count, twice what is
	// counted: noise, single large counts, a constant beside which nothing shows.
	rough  = iota
	moved  // squared differences from the mean: steps, waves, single large counts
	fallen // tilt downwards
	ways
)

// suspects are the sets of partners without which to look again: the first of
// one to most, by each way to hide and by each mixture of ways, for who hides need
// not all do it alike. Who reported nothing is in none.
func (p *Pool) suspects(most, scale int) [][]*partner {
	all := p.everybody()
	s := &p.sums[scale]
	first, last := s.window()
	marks := make([][ways]float64, len(all))
	room := make([]float64, 0, len(s.ring))
	for i, who := range all {
		room = who.series[scale].counts(room, first, last)
		marks[i] = marksOf(room)
	}
	var ranks [ways][]int
	for way := range ranks {
		for i := range all {
			if marks[i][way] > 0 {
				ranks[way] = append(ranks[way], i)
			}
		}
		slices.SortFunc(ranks[way], func(i, j int) int {
			return cmp.Or(cmp.Compare(marks[j][way], marks[i][way]), cmp.Compare(i, j))
		})
	}
	var sets [][]int
	for n := 1; n <= most; n = max(n+1, min(2*n, most)) {
		for mixture := 1; mixture < 1<<ways; mixture++ {
			set := mixed(ranks, mixture, n)
			if len(set) == n && !slices.ContainsFunc(sets, func(was []int) bool { return slices.Equal(was, set) }) {
				sets = append(sets, set)
			}
		}
	}
	out := make([][]*partner, len(sets))
	for i, set := range sets {
		for _, j := range set {
			out[i] = append(out[i], all[j])
		}
	}
	return out
}

// marksOf is how much a partner does in each of the ways.
func marksOf(counts []float64) (m [ways]float64) {
	average, middle := mean(counts), float64(len(counts)-1)/2
	for i, n := range counts {
		m[rough] += 2 * n
		if i > 0 {
			d := n - counts[i-1]
			m[rough] += d * d
		}
		d := n - average
		m[moved] += d * d
		m[fallen] -= d * (float64(i) - middle)
	}
	return m
}

// mixed takes n in turn from the ranks that the mixture has a bit for, nobody
// twice, and gives them in ascending order.
func mixed(ranks [ways][]int, mixture, n int) []int {
	var set []int
	var next [ways]int
	for len(set) < n {
		before := len(set)
		for way, rank := range ranks {
			if mixture&(1<<way) == 0 {
				continue
			}
			for next[way] < len(rank) && slices.Contains(set, rank[next[way]]) {
				next[way]++
			}
			if next[way] < len(rank) && len(set) < n {
				set = append(set, rank[next[way]])
			}
		}
		if len(set) == before {
			break
		}
	}
	slices.Sort(set)
	return set
}
