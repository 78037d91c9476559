package attribution

import "slices"

// missing are the named hypotheses that nobody has rated against the item.
func (m Matrix) missing(row Row) []HypothesisID {
	missing := []HypothesisID{}
	for j, h := range m.Hypotheses {
		if !isStanding(h) && len(row.Cells[j].Values) == 0 {
			missing = append(missing, h)
		}
	}
	return missing
}

// ranked are the indexes of the hypotheses that can be compared: rated against
// every counted item, of which there has to be one.
func (m Matrix) ranked(counted []bool) []int {
	if !slices.Contains(counted, true) {
		return nil
	}
	var ranked []int
	for j := range m.Hypotheses {
		complete := true
		for i, row := range m.Rows {
			complete = complete && (!counted[i] || len(row.Cells[j].Values) > 0)
		}
		if complete {
			ranked = append(ranked, j)
		}
	}
	return ranked
}

func (m Matrix) disagreements(row Row) []Disagreement {
	var found []Disagreement
	for j, h := range m.Hypotheses {
		values := row.Cells[j].Values
		if len(values) < 2 {
			continue
		}
		points := make([]float64, len(values))
		for i, v := range values {
			points[i], _ = v.points()
		}
		sd := stdev(points)
		found = append(found, Disagreement{Evidence: row.Evidence, Hypothesis: h, Raters: len(values), Stdev: sd, Band: BandOf(sd)})
	}
	return found
}

// believe fills in the posterior.
func (m Matrix) believe(s *Scores, ranked []int) {
	if len(ranked) == 0 {
		return
	}
	var rows [][]float64
	for _, row := range m.Rows {
		likelihoods := make([]float64, 0, len(ranked))
		for _, j := range ranked {
			if given := row.Cells[j].Likelihoods; len(given) > 0 {
				likelihoods = append(likelihoods, mean(given))
			}
		}
		if len(likelihoods) == len(ranked) {
			rows = append(rows, likelihoods)
		}
	}
	if len(rows) == 0 {
		return
	}
	uniform := make([]float64, len(ranked))
	for k := range uniform {
		uniform[k] = 1 / float64(len(ranked))
	}
	posterior, err := Posterior(uniform, rows)
	if err != nil {
		// Ratings hold likelihoods above 0 only; a matrix made by hand may not.
		return
	}
	s.PosteriorItems = len(rows)
	for k, j := range ranked {
		s.Posterior = append(s.Posterior, Belief{Hypothesis: m.Hypotheses[j], Probability: posterior[k]})
	}
}

func meanOf(values []Value, of func(Value) float64) float64 {
	var sum float64
	for _, v := range values {
		sum += of(v)
	}
	return sum / float64(len(values))
}
