package attribution

import "github.com/tocsin-project/tocsin/internal/attribution/score"

// Scores are computed from the ratings as they stand, each time anew.
func (c Case) Scores() score.Scores {
	s := c.Matrix().Score()
	s.Labels = c.Labels()
	return s
}

// Matrix is the case's ratings, and the vectors of the last round of which one
// was revealed, as the scores are computed from them.
func (c Case) Matrix() score.Matrix {
	m := score.Matrix{
		Hypotheses: make([]score.Hypothesis, len(c.Hypotheses)), Rows: make([]score.Row, len(c.Evidence)), Vectors: c.vectors(),
	}
	for j, h := range c.Hypotheses {
		m.Hypotheses[j] = score.Hypothesis{ID: string(h.ID), Standing: IsStanding(h.ID)}
	}
	width := len(c.Hypotheses)
	cells := make([]score.Cell, width*len(c.Evidence))
	for i, e := range c.Evidence {
		m.Rows[i] = score.Row{
			Evidence: string(e.ID), Status: string(e.Status), Out: e.Out(),
			Weight: e.Weight(), Cells: cells[i*width : (i+1)*width : (i+1)*width],
		}
	}
	for i := range c.Ratings {
		r := &c.Ratings[i]
		points, _ := r.Value.Points()
		cells[r.Row*width+r.Column].Add(points, r.Likelihood)
	}
	return m
}

// vectors are those of the last round with anything revealed.
func (c Case) vectors() score.Vectors {
	for i := len(c.Rounds) - 1; i >= 0; i-- {
		r := c.Rounds[i]
		if len(r.Revealed) == 0 {
			continue
		}
		v := score.Vectors{Round: r.Number, Weights: make([][]int, len(r.Revealed))}
		for k, revealed := range r.Revealed {
			v.Weights[k] = make([]int, len(c.Hypotheses))
			for j, h := range c.Hypotheses {
				v.Weights[k][j] = revealed.Vector[h.ID]
			}
		}
		return v
	}
	return score.Vectors{}
}
