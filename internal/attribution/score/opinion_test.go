package score_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/attribution/score"
)

// published is the posterior of four hypotheses, of equal prior, after rows
// (.9, .2, .4, .1), four times .7, and (.6, .1, .3, .1).
var (
	bayesRows = [][]float64{{.9, .2, .4, .1}, {.7, .7, .7, .7}, {.6, .1, .3, .1}}
	published = []float64{.7826, .0290, .1739, .0145}
)

func TestPosterior(t *testing.T) {
	for name, rows := range map[string][][]float64{"with the flat row": bayesRows, "without it": {bayesRows[0], bayesRows[2]}} {
		m := matrix("++++", "++++", "++++", "++++", "++++")
		for i, row := range rows {
			for j, p := range row {
				m.Rows[i].Cells[j].Add(1, p-0.05) // two partners, mean p
				m.Rows[i].Cells[j].Add(1, p+0.05)
			}
		}
		m.Rows[3].Cells[0].Add(1, 0.5) // the others give none: not used
		for j := 1; j < 4; j++ {
			for _, none := range []float64{0, 1.5, math.NaN(), -0.5} {
				m.Rows[3].Cells[j].Add(1, none)
			}
		}
		for j := range 4 {
			m.Rows[4].Cells[j].Add(1, []float64{.1, .9, .1, .1}[j])
		}
		m.Rows[4].Out = true // nor is what does not count
		s := m.Score()
		if s.PosteriorItems != len(rows) || len(s.Posterior) != 4 {
			t.Fatalf("%s: posterior %+v of %d items", name, s.Posterior, s.PosteriorItems)
		}
		for j, b := range s.Posterior {
			if !near(b.Probability, published[j], 0.00005) || b.Hypothesis != m.Hypotheses[j].ID {
				t.Errorf("%s: %+v, want %v", name, b, published[j])
			}
		}
	}
}

// Thousands of items do not underflow, whatever order they are in: what was as
// good as excluded comes back when the later half says the contrary.
func TestPosteriorDoesNotUnderflow(t *testing.T) {
	m := score.Matrix{Hypotheses: []score.Hypothesis{{ID: "a"}, {ID: "b"}}}
	for i := range 4000 {
		row := score.Row{Weight: 1, Cells: make([]score.Cell, 2)}
		first, second := 1e-3, 1e-2
		if i >= 2000 {
			first, second = second, first
		}
		if i == 3999 {
			second *= 3
		}
		row.Cells[0].Add(0, first)
		row.Cells[1].Add(0, second)
		m.Rows = append(m.Rows, row)
	}
	if s := m.Score(); len(s.Posterior) != 2 || !near(s.Posterior[0].Probability, 0.25, 1e-9) || s.PosteriorItems != 4000 {
		t.Errorf("posterior %+v of %d items, want 1/4 and 3/4", s.Posterior, s.PosteriorItems)
	}
	// Nor does the least likelihood that can be written, between partners.
	m = matrix("00")
	for range 3 {
		m.Rows[0].Cells[0].Add(0, 5e-324)
		m.Rows[0].Cells[1].Add(0, 15e-324)
	}
	if s := m.Score(); !near(s.Posterior[0].Probability, 0.25, 1e-9) {
		t.Errorf("posterior %+v, want 1/4 and 3/4", s.Posterior)
	}
}

func TestVectors(t *testing.T) {
	m := matrix("000")
	if s := m.Score(); s.Vectors != nil {
		t.Errorf("nobody revealed anything, yet %+v", s.Vectors)
	}
	m.Vectors = score.Vectors{Round: 2, Weights: [][]int{{1, 0, 1}, {500_000, 250_000, 250_000}, {0, 0, 0}}}
	want := &score.Pooled{Round: 2, Partners: 2, Mean: []score.Belief{
		{Hypothesis: "h1", Probability: 0.5}, {Hypothesis: "h2", Probability: 0.125}, {Hypothesis: "h3", Probability: 0.375},
	}}
	if diff := cmp.Diff(want, m.Score().Vectors); diff != "" {
		t.Errorf("vectors (-want +got):\n%s", diff)
	}
	m.Vectors.Weights = m.Vectors.Weights[2:]
	if s := m.Score(); s.Vectors != nil {
		t.Errorf("a vector of noughts says nothing, yet %+v", s.Vectors)
	}
}
