// Package score is the arithmetic of competing hypotheses: what follows from
// partners' ratings of evidence, as docs/dossier.md specifies it ("scores.json")
// so that anybody who holds the ratings can compute it anew.
//
// The method is Analysis of Competing Hypotheses (Heuer, Psychology of
// Intelligence Analysis, chapter 8) with weights (Xerox PARC, Pherson). It is
// weakly validated (Mandel, Karvetski and Dhami, 2018), so that these numbers
// are the audit trail of a judgement, not the judgement; beside them stand the
// partners' own probabilities, normalised and pooled, which that study found to
// help most.
//
// Nothing here hangs on the order in which ratings are added: what is added up
// over partners is added up exactly.
package score

// Matrix is what scores are computed from: hypotheses across, items of
// evidence down.
type Matrix struct {
	Hypotheses []Hypothesis
	Rows       []Row // as the items were filed
	Vectors    Vectors
}

// Hypothesis is a possible answer. A standing one is in every case ("unknown")
// and need not be rated for an item to count.
type Hypothesis struct {
	ID       string
	Standing bool
}

// Row is one item of evidence, with a cell for every hypothesis in order.
type Row struct {
	Evidence string
	Status   string  // filed, updated, contested or withdrawn
	Out      bool    // withdrawn or updated: it does not count
	Weight   float64 // 0.5 to 2, see Weight
	Cells    []Cell
}

// Vectors are the partners' probabilities as they were revealed in one round.
type Vectors struct {
	Round int
	// Weights has a list of each partner, of a weight from 0 to 1,000,000 of
	// each hypothesis in order. One that is all nought says nothing and is left
	// out.
	Weights [][]int
}

// Cell is what the partners say of one hypothesis in the light of one item.
// The zero Cell is one that nobody has rated.
type Cell struct {
	raters      [5]uint32 // by points, from -2 to +2
	given       uint32    // how many gave a likelihood
	likelihoods fixed     // their sum, but for those in tiny
	tiny        []float64 // likelihoods that fixed would cut short
}

// Add counts one partner's rating of -2 to +2 points. The likelihood is above 0
// and at most 1; 0 says that the partner gives none. What is neither is not
// counted.
func (c *Cell) Add(points int, likelihood float64) {
	if points < -2 || points > 2 {
		return
	}
	c.raters[points+2]++
	switch {
	case likelihood >= shortest && likelihood <= 1:
		c.likelihoods = c.likelihoods.plus(toFixed(likelihood))
		c.given++
	case likelihood > 0 && likelihood < shortest:
		c.tiny = append(c.tiny, likelihood)
		c.given++
	}
}

func (c *Cell) isRated() bool { return c.raters != [5]uint32{} }

// count is how many rated the cell.
func (c *Cell) count() int {
	n := uint32(0)
	for _, raters := range c.raters {
		n += raters
	}
	return int(n)
}

// mean is the raters' mean points.
func (c *Cell) mean() float64 {
	r := &c.raters
	sum := 2*int(r[4]) + int(r[3]) - int(r[1]) - 2*int(r[0])
	return float64(sum) / float64(c.count())
}

// against is the raters' mean of I = 1, II = 2 and 0 for all else: that a
// hypothesis fits the evidence earns it nothing, since many may fit (Heuer).
func (c *Cell) against() float64 {
	return float64(int(c.raters[1])+2*int(c.raters[0])) / float64(c.count())
}
