package score

import "math"

// Band names how far apart partners are in rating the same cell.
type Band string

// The bands of the population standard deviation on the +-2/1/0 scale.
const (
	Consensus Band = "consensus" // up to 0.25
	Mild      Band = "mild"      // up to 1.0
	Strong    Band = "strong"    // up to 1.74
	Extreme   Band = "extreme"   // above; 2 is the most there can be
)

// BandOf is the band of a standard deviation.
func BandOf(stdev float64) Band {
	switch {
	case stdev <= 0.25:
		return Consensus
	case stdev <= 1:
		return Mild
	case stdev <= 1.74:
		return Strong
	}
	return Extreme
}

// disagreements are of all cells that two or more have rated, also of items
// that do not count.
func (m Matrix) disagreements() []Disagreement {
	found := []Disagreement{}
	for i := range m.Rows {
		row := &m.Rows[i]
		for j, h := range m.Hypotheses {
			if n := row.Cells[j].count(); n > 1 {
				sd := row.Cells[j].stdev()
				found = append(found, Disagreement{Evidence: row.Evidence, Hypothesis: h.ID, Raters: n, Stdev: Number(sd), Band: BandOf(sd)})
			}
		}
	}
	return found
}

// stdev is the population standard deviation of the raters' points. All but the
// root and the division is in whole numbers: the bands' limits are met exactly.
func (c *Cell) stdev() float64 {
	n, sum, squares := 0, 0, 0
	for i, raters := range c.raters {
		points, raters := i-2, int(raters)
		n += raters
		sum += raters * points
		squares += raters * points * points
	}
	return math.Sqrt(float64(n*squares-sum*sum)) / float64(n)
}

// posterior is Bayes' rule from a uniform prior: proportional to the product of
// the likelihoods, in logarithms, since thousands of them underflow. It returns
// how many items it is by, too.
func (a *analysis) posterior() ([]Belief, int) {
	logs := make([]float64, len(a.ranked))
	items := 0
	for i := range a.Rows {
		if !a.counts[i] || !a.hasLikelihoods(i) {
			continue
		}
		items++
		for k, j := range a.ranked {
			logs[k] += log(a.Rows[i].Cells[j].likelihood())
		}
	}
	beliefs := []Belief{}
	if items == 0 || len(logs) == 0 {
		return beliefs, 0
	}
	most := math.Inf(-1)
	for _, l := range logs {
		most = max(most, l)
	}
	var sum float64
	for k := range logs {
		logs[k] = math.Exp(logs[k] - most)
		sum += logs[k]
	}
	for k, j := range a.ranked {
		beliefs = append(beliefs, Belief{Hypothesis: a.Hypotheses[j].ID, Probability: Number(logs[k] / sum)})
	}
	return beliefs, items
}

// log is the natural logarithm, also of the numbers below 2^-1022, of which
// math.Log takes no account on amd64.
func log(x float64) float64 {
	part, exponent := math.Frexp(x)
	return math.Log(part) + float64(exponent)*math.Ln2
}

// hasLikelihoods says whether every ranked hypothesis has one for the item.
func (a *analysis) hasLikelihoods(i int) bool {
	for _, j := range a.ranked {
		if a.Rows[i].Cells[j].given == 0 {
			return false
		}
	}
	return true
}

// pool is the mean of the partners' vectors, each normalised; nil without any.
func (m Matrix) pool() *Pooled {
	p := Pooled{Round: m.Vectors.Round, Mean: []Belief{}}
	sums := make([]fixed, len(m.Hypotheses))
	for _, weights := range m.Vectors.Weights {
		total := 0
		for _, w := range weights {
			total += w
		}
		if total <= 0 {
			continue
		}
		p.Partners++
		for j, w := range weights {
			sums[j] = sums[j].plus(toFixed(float64(w) / float64(total)))
		}
	}
	if p.Partners == 0 {
		return nil
	}
	for j, h := range m.Hypotheses {
		p.Mean = append(p.Mean, Belief{Hypothesis: h.ID, Probability: Number(sums[j].float() / float64(p.Partners))})
	}
	return &p
}
