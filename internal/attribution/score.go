package attribution

import (
	"cmp"
	"math"
	"slices"
)

// Matrix is what scores are computed from: hypotheses across, items of
// evidence down.
type Matrix struct {
	Hypotheses []HypothesisID
	Rows       []Row
}

// Row is one item of evidence, with a cell for every hypothesis in order.
type Row struct {
	Evidence EvidenceID
	Weight   float64 // credence x relevance
	Cells    []Cell
}

// Cell counts what the partners say of one hypothesis in the light of one item.
// The zero Cell is one that nobody has rated.
type Cell struct {
	values      [5]int // raters by points, from -2 to +2
	raters      int
	likelihoods float64 // their sum
	given       int     // how many gave one
}

// Add counts one partner's rating; a likelihood of 0 is none.
func (c *Cell) Add(v Value, likelihood float64) {
	if points, ok := v.points(); ok {
		c.values[points+2]++
		c.raters++
	}
	if isLikelihood(likelihood) {
		c.likelihoods += likelihood
		c.given++
	}
}

// Score is a hypothesis' weighted inconsistency: the sum over the counted items
// of weight x the partners' mean of I = -1, II = -2, all else 0. It is 0 or
// below; the nearest to 0 leads.
type Score struct {
	Hypothesis    HypothesisID `json:"hypothesis"`
	Inconsistency float64      `json:"inconsistency"`
}

// RowScore is what one item of evidence contributes.
type RowScore struct {
	Evidence EvidenceID `json:"evidence"`
	Weight   float64    `json:"weight"`
	// Missing are the named hypotheses that nobody has rated against the item.
	// Until there are none, the item counts for nothing: a hypothesis must not
	// lead because nobody looked.
	Missing []HypothesisID `json:"missing"`
	// Diagnosticity is the population standard deviation of the row on the
	// scale +2 to -2, each cell the partners' mean.
	Diagnosticity float64 `json:"diagnosticity"`
	NonDiagnostic bool    `json:"non_diagnostic"` // counted, and fits all ranked hypotheses alike
	Without       []Score `json:"without"`        // the ranking if the item is left out
	// Decisive says that leaving the item out changes who leads.
	Decisive bool `json:"decisive"`
}

// Disagreement is how far apart the partners are about one cell that at least
// two of them rated.
type Disagreement struct {
	Evidence   EvidenceID   `json:"evidence"`
	Hypothesis HypothesisID `json:"hypothesis"`
	Raters     int          `json:"raters"`
	Stdev      float64      `json:"stdev"`
	Band       Band         `json:"band"`
}

// Belief is a hypothesis' posterior probability, given that one of the ranked
// hypotheses holds.
type Belief struct {
	Hypothesis  HypothesisID `json:"hypothesis"`
	Probability float64      `json:"probability"`
}

// Scores is everything that follows from the ratings.
type Scores struct {
	Ranking []Score        `json:"ranking"` // the leader first; ties in the order of the hypotheses
	Leaders []HypothesisID `json:"leaders"` // more than one: a tie
	// Unranked are hypotheses that are not rated against every counted item.
	Unranked      []HypothesisID `json:"unranked"`
	Rows          []RowScore     `json:"rows"`
	Decisive      []EvidenceID   `json:"decisive"` // items whose removal changes who leads
	Disagreements []Disagreement `json:"disagreements"`
	// Posterior is Bayes from a uniform prior over the ranked hypotheses, by the
	// items with a likelihood for each of them (the partners' mean); empty
	// without such items.
	Posterior      []Belief `json:"posterior"`
	PosteriorItems int      `json:"posterior_items"`
}

// precision is what sums of weights are rounded to, as 1/precision, so that
// equal ones compare equal whatever the order of adding: they are exact to
// about 1e-12.
const precision = 1e9

// Score computes the scores. Items count once all named hypotheses are rated
// against them; a standing hypothesis is ranked once it is rated against all
// counted items.
func (m Matrix) Score() Scores {
	s := Scores{
		Ranking: []Score{}, Leaders: []HypothesisID{}, Unranked: []HypothesisID{}, Rows: []RowScore{},
		Decisive: []EvidenceID{}, Disagreements: []Disagreement{}, Posterior: []Belief{},
	}
	counted := make([]bool, len(m.Rows))
	for i, row := range m.Rows {
		missing := m.missing(row)
		counted[i] = len(missing) == 0
		s.Rows = append(s.Rows, RowScore{Evidence: row.Evidence, Weight: row.Weight, Missing: missing, Without: []Score{}})
		s.Disagreements = append(s.Disagreements, m.disagreements(row)...)
	}
	ranked := m.ranked(counted)
	for j, h := range m.Hypotheses {
		if !slices.Contains(ranked, j) {
			s.Unranked = append(s.Unranked, h)
		}
	}
	m.rank(&s, counted, ranked)
	m.believe(&s, ranked)
	return s
}

// rank fills in the ranking, and by leaving out each counted item in turn, what
// hangs on it. Since the score is a sum, leaving out is a subtraction.
func (m Matrix) rank(s *Scores, counted []bool, ranked []int) {
	parts := make([][]float64, len(m.Rows)) // what each item adds to each ranked hypothesis
	totals := make([]float64, len(ranked))
	points := make([]float64, len(ranked))
	items := 0
	for i, row := range m.Rows {
		if !counted[i] {
			continue
		}
		items++
		parts[i] = make([]float64, len(ranked))
		for k, j := range ranked {
			cell := row.Cells[j]
			points[k] = cell.mean(asPoints)
			parts[i][k] = row.Weight * cell.mean(inconsistency)
			totals[k] += parts[i][k]
		}
		s.Rows[i].Diagnosticity = stdev(points)
		s.Rows[i].NonDiagnostic = s.Rows[i].Diagnosticity < 1/precision
	}
	s.Ranking = m.ranking(ranked, totals)
	s.Leaders = leaders(s.Ranking)
	without := make([]float64, len(ranked))
	for i := range m.Rows {
		if !counted[i] {
			continue
		}
		r := &s.Rows[i]
		if items > 1 { // without the only item there is nothing to rank by
			for k := range ranked {
				without[k] = totals[k] - parts[i][k]
			}
			r.Without = m.ranking(ranked, without)
		}
		if r.Decisive = !slices.Equal(leaders(r.Without), s.Leaders); r.Decisive {
			s.Decisive = append(s.Decisive, r.Evidence)
		}
	}
}

func (m Matrix) ranking(ranked []int, totals []float64) []Score {
	scores := make([]Score, len(ranked))
	for k, j := range ranked {
		rounded := math.Round(totals[k]*precision) / precision
		scores[k] = Score{Hypothesis: m.Hypotheses[j], Inconsistency: rounded + 0} // + 0: never "-0"
	}
	slices.SortStableFunc(scores, func(a, b Score) int { return cmp.Compare(b.Inconsistency, a.Inconsistency) })
	return scores
}

// leaders are the hypotheses that share the first place of a ranking.
func leaders(ranking []Score) []HypothesisID {
	first := []HypothesisID{}
	for _, score := range ranking {
		if score.Inconsistency == ranking[0].Inconsistency {
			first = append(first, score.Hypothesis)
		}
	}
	return first
}
