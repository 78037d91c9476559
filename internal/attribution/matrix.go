package attribution

import (
	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution/score"
)

// Scores are computed from the ratings as they stand, each time anew.
func (c Case) Scores() score.Scores {
	s := c.Matrix().Score()
	s.Labels = c.Labels()
	return s
}

// Matrix is the case's ratings, and the policy's partners' vectors, as the scores are computed from them.
func (c Case) Matrix() score.Matrix { return c.MatrixWithout("") }

// MatrixWithout is the Matrix as it is without one partner's ratings.
func (c Case) MatrixWithout(partner access.PartnerID) score.Matrix {
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
		if r.By == partner {
			continue
		}
		points, _ := r.Value.Points()
		cells[r.Row*width+r.Column].Add(points, r.Likelihood)
	}
	return m
}

// vectors are those of the policy's partners, of the round in which most of them
// have revealed one, the last of these: nobody else can put a round of its own
// in their place.
func (c Case) vectors() score.Vectors {
	pooled := score.Vectors{}
	for _, r := range c.Rounds {
		var weights [][]int
		for _, revealed := range r.Revealed {
			if _, member := c.Members[revealed.By]; !member {
				continue
			}
			row := make([]int, len(c.Hypotheses))
			for j, h := range c.Hypotheses {
				row[j] = revealed.Vector[h.ID]
			}
			weights = append(weights, row)
		}
		if len(weights) > 0 && len(weights) >= len(pooled.Weights) {
			pooled = score.Vectors{Round: r.Number, Weights: weights}
		}
	}
	return pooled
}
