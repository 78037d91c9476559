package score

// Scores is everything that follows from the ratings: scores.json.
type Scores struct {
	Hypotheses []string   `json:"hypotheses"`
	Rows       []RowScore `json:"rows"`
	Ranking    []Ranked   `json:"ranking"` // the leader first; ties in the order of the hypotheses
	Leaders    []string   `json:"leaders"` // more than one: a tie
	// Unranked are hypotheses that are not rated against every item that counts.
	Unranked      []string       `json:"unranked"`
	Flips         []Flip         `json:"flips"`
	Disagreements []Disagreement `json:"disagreements"`
	// Posterior is Bayes from a uniform prior over the ranked hypotheses, by the
	// counting items with a likelihood for each of them; empty without one.
	Posterior      []Belief `json:"posterior"`
	PosteriorItems int      `json:"posterior_items"`
	Vectors        *Pooled  `json:"vectors"`
	// Labels say what hangs over the case's last published statement. They do
	// not follow from the matrix: who has the statement fills them in.
	Labels []string `json:"labels"`
}

// RowScore is what one item of evidence contributes.
type RowScore struct {
	Evidence string `json:"evidence"`
	Status   string `json:"status"`
	Weight   Number `json:"weight"`
	Counts   bool   `json:"counts"`
	// Missing are the named hypotheses that nobody has rated against the item.
	// Until there are none, the item does not count: a hypothesis must not lead
	// because nobody looked.
	Missing []string `json:"missing"`
	// Diagnosticity is the population standard deviation of the row on the
	// scale +2 to -2, each cell the partners' mean.
	Diagnosticity Number `json:"diagnosticity"`
	NonDiagnostic bool   `json:"nondiagnostic"` // counts, and fits all ranked hypotheses alike
	// Decisive says that leaving the item out changes who leads.
	Decisive bool `json:"decisive"`
}

// Ranked is a hypothesis' weighted inconsistency: the sum over the items that
// count of weight x the partners' mean of I = -1, II = -2, all else 0. It is 0
// or below; the nearest to 0 leads.
type Ranked struct {
	Hypothesis    string `json:"hypothesis"`
	Inconsistency Number `json:"inconsistency"`
}

// Flip is the fewest items without which a hypothesis that does not lead would
// be level with or above one that does.
type Flip struct {
	Against string   `json:"against"`
	Without []string `json:"without"` // those that tell most between the two first
}

// Disagreement is how far apart the partners are about one cell that at least
// two of them rated.
type Disagreement struct {
	Evidence   string `json:"evidence"`
	Hypothesis string `json:"hypothesis"`
	Raters     int    `json:"raters"`
	Stdev      Number `json:"stdev"` // of the population, on the scale +2 to -2
	Band       Band   `json:"band"`
}

// Belief is a hypothesis' probability.
type Belief struct {
	Hypothesis  string `json:"hypothesis"`
	Probability Number `json:"probability"`
}

// Pooled is the mean of the partners' vectors of one round, each normalised to
// the sum 1.
type Pooled struct {
	Round    int      `json:"round"`
	Partners int      `json:"partners"` // how many
	Mean     []Belief `json:"mean"`
}

// Score computes the scores, but for the labels.
func (m Matrix) Score() Scores {
	s := Scores{
		Hypotheses: []string{}, Rows: make([]RowScore, len(m.Rows)), Ranking: []Ranked{}, Leaders: []string{},
		Unranked: []string{}, Flips: []Flip{}, Disagreements: m.disagreements(), Posterior: []Belief{}, Labels: []string{},
	}
	a := m.analyse()
	for i, row := range m.Rows {
		s.Rows[i] = RowScore{
			Evidence: row.Evidence, Status: row.Status, Weight: Number(row.Weight), Counts: a.counts[i], Missing: a.missing[i],
		}
		if a.counts[i] {
			r := &s.Rows[i]
			r.Diagnosticity = Number(a.diagnosticity(i))
			r.NonDiagnostic = r.Diagnosticity < 1/precision
			r.Decisive = a.isDecisive(i)
		}
	}
	ranked := 0
	for j, h := range m.Hypotheses {
		s.Hypotheses = append(s.Hypotheses, h.ID)
		if ranked < len(a.ranked) && a.ranked[ranked] == j {
			if a.leads[ranked] {
				s.Leaders = append(s.Leaders, h.ID)
			}
			ranked++
		} else {
			s.Unranked = append(s.Unranked, h.ID)
		}
	}
	s.Ranking = append(s.Ranking, a.ranking(a.totals)...)
	s.Flips = append(s.Flips, a.flips()...)
	s.Posterior, s.PosteriorItems = a.posterior()
	s.Vectors = m.pool()
	return s
}
