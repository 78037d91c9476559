package trend

import (
	"math"
	"slices"
)

// hidden is a trend that does not show in the sum of all on a scale, but in that
// without up to k-1 partners that may be hiding it. Every such sum is one more
// chance for no trend to look like one, so that the evidence has to be as many
// times stronger.
func (p *Pool) hidden(k, scale int) found {
	if k < 2 || len(p.everybody()) < k+1 {
		return found{known: true}
	}
	sets, habits := p.suspects(k-1, scale), p.habits(scale)
	for _, out := range sets {
		f := p.without(scale, out, habits, evidence+2*math.Log(float64(1+len(sets))))
		if f.settled {
			if who := p.makers(k, scale, f, out, habits); who != nil {
				return found{true, f, who}
			}
		}
	}
	return found{known: true}
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
	var ranks [ways]rank
	room := make([]float64, 0, len(s.ring))
	for i, who := range all {
		own := &who.series[scale]
		if !own.begun || own.head < first {
			continue
		}
		room = own.counts(room, first, last)
		for way, mark := range marksOf(room) {
			ranks[way].add(marked{i, mark}, most)
		}
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

// marked is a partner, by its place among all, and how much it does in a way.
type marked struct {
	who  int
	mark float64
}

// rank is those that do the most in a way, the most first; of equals the first by
// name. No more are kept than one set can take of them.
type rank []marked

func (r *rank) add(m marked, most int) {
	list := *r
	if m.mark <= 0 || len(list) == most && m.mark <= list[most-1].mark {
		return
	}
	if len(list) < most {
		list = append(list, marked{})
	}
	i := len(list) - 1
	for ; i > 0 && list[i-1].mark < m.mark; i-- {
		list[i] = list[i-1]
	}
	list[i] = m
	*r = list
}

// marksOf is how much a partner does in each of the ways.
func marksOf(counts []float64) [ways]float64 {
	average, middle := mean(counts), float64(len(counts)-1)/2
	roughness, moves, fall, last := 0.0, 0.0, 0.0, 0.0
	for i, n := range counts {
		roughness += 2 * n
		if i > 0 {
			roughness += (n - last) * (n - last)
		}
		d := n - average
		moves += d * d
		fall -= d * (float64(i) - middle)
		last = n
	}
	return [ways]float64{rough: roughness, moved: moves, fallen: fall}
}

// mixed takes n in turn from the ranks that the mixture has a bit for, nobody
// twice, and gives them in ascending order.
func mixed(ranks [ways]rank, mixture, n int) []int {
	var set []int
	var next [ways]int
	for len(set) < n {
		before := len(set)
		for way, rank := range ranks {
			if mixture&(1<<way) == 0 {
				continue
			}
			for next[way] < len(rank) && slices.Contains(set, rank[next[way]].who) {
				next[way]++
			}
			if next[way] < len(rank) && len(set) < n {
				set = append(set, rank[next[way]].who)
			}
		}
		if len(set) == before {
			break
		}
	}
	slices.Sort(set)
	return set
}
