package attribution

import "slices"

// missing are the named hypotheses that nobody has rated against the item.
func (m Matrix) missing(row Row) []HypothesisID {
	missing := []HypothesisID{}
	for j, h := range m.Hypotheses {
		if !isStanding(h) && row.Cells[j].raters == 0 {
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
			complete = complete && (!counted[i] || row.Cells[j].raters > 0)
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
		if cell := row.Cells[j]; cell.raters > 1 {
			sd := cell.stdev()
			found = append(found, Disagreement{Evidence: row.Evidence, Hypothesis: h, Raters: cell.raters, Stdev: sd, Band: BandOf(sd)})
		}
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
			if cell := row.Cells[j]; cell.given > 0 {
				likelihoods = append(likelihoods, cell.likelihoods/float64(cell.given))
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
		// Likelihoods are above 0, so a row can exclude every hypothesis only
		// where the last possible one has become too small for a float64.
		return
	}
	s.PosteriorItems = len(rows)
	for k, j := range ranked {
		s.Posterior = append(s.Posterior, Belief{Hypothesis: m.Hypotheses[j], Probability: posterior[k]})
	}
}
