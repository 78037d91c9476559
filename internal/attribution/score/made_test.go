package score_test

import (
	"fmt"
	"math"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/attribution/score"
)

// symbols are ratings as the tests write them; ' ' is none.
var symbols = map[rune]int{'*': 2, '+': 1, '0': 0, '-': -1, '=': -2}

// matrix builds a matrix of one rater from rows of symbols over the hypotheses
// h1, h2, ..., each item of weight 1.
func matrix(rows ...string) score.Matrix {
	var m score.Matrix
	for j := range rows[0] {
		m.Hypotheses = append(m.Hypotheses, score.Hypothesis{ID: fmt.Sprintf("h%d", j+1)})
	}
	for i, r := range rows {
		row := score.Row{Evidence: fmt.Sprintf("e%d", i+1), Status: "filed", Weight: 1, Cells: make([]score.Cell, len(r))}
		for j, c := range r {
			if points, rated := symbols[c]; rated {
				row.Cells[j].Add(points, 0)
			}
		}
		m.Rows = append(m.Rows, row)
	}
	return m
}

// ranking is h2, h3 ... with their inconsistencies.
func ranking(list ...any) []score.Ranked {
	ranked := []score.Ranked{}
	for i := 0; i < len(list); i += 2 {
		ranked = append(ranked, score.Ranked{Hypothesis: list[i].(string), Inconsistency: score.Number(list[i+1].(float64))})
	}
	return ranked
}

// decisive are the items that are called so.
func decisive(s score.Scores) []string {
	list := []string{}
	for _, r := range s.Rows {
		if r.Decisive {
			list = append(list, r.Evidence)
		}
	}
	return list
}

func near(a score.Number, b, tolerance float64) bool { return math.Abs(float64(a)-b) <= tolerance }

// rating is one partner's rating of one cell.
type rating struct {
	row, column, points int
	likelihood          float64
}

// drawn is what a matrix is built from: kept apart, so that it can be built in
// another order, and computed with by a second hand.
type drawn struct {
	empty   score.Matrix // without ratings
	ratings []rating
}

var weights = []float64{0.5, math.Sqrt2 / 2, 1, math.Sqrt2, 2}

// draw draws a case: up to three named hypotheses and two standing ones, rated
// by up to four partners, some cells by nobody.
func draw(rt *rapid.T, maxRows int) drawn {
	var d drawn
	named := rapid.IntRange(1, 3).Draw(rt, "named")
	for j := range named + rapid.IntRange(0, 2).Draw(rt, "standing") {
		d.empty.Hypotheses = append(d.empty.Hypotheses, score.Hypothesis{ID: fmt.Sprint("h", j), Standing: j >= named})
	}
	partners := rapid.IntRange(1, 4).Draw(rt, "partners")
	for i := range rapid.IntRange(1, maxRows).Draw(rt, "rows") {
		row := score.Row{Evidence: fmt.Sprint("e", i), Weight: rapid.SampledFrom(weights).Draw(rt, "weight")}
		row.Out = rapid.IntRange(0, 9).Draw(rt, "out") == 9
		d.empty.Rows = append(d.empty.Rows, row)
		for j := range d.empty.Hypotheses {
			if rapid.IntRange(0, 19).Draw(rt, "unrated") == 19 {
				continue
			}
			for range rapid.IntRange(1, partners).Draw(rt, "raters") {
				d.ratings = append(d.ratings, rating{i, j,
					rapid.IntRange(-2, 2).Draw(rt, "points"),
					rapid.SampledFrom([]float64{0, 0.1, 0.3, 1, 1e-17, 1e-300, 5e-324}).Draw(rt, "likelihood"),
				})
			}
		}
	}
	d.empty.Vectors.Round = 1
	for range partners {
		d.empty.Vectors.Weights = append(d.empty.Vectors.Weights,
			rapid.SliceOfN(rapid.IntRange(0, 1_000_000), len(d.empty.Hypotheses), len(d.empty.Hypotheses)).Draw(rt, "vector"))
	}
	return d
}

// build is the matrix of the ratings in the order given.
func (d drawn) build(ratings []rating) score.Matrix {
	m := d.empty
	m.Rows = nil
	for _, row := range d.empty.Rows {
		row.Cells = make([]score.Cell, len(m.Hypotheses))
		m.Rows = append(m.Rows, row)
	}
	for _, r := range ratings {
		m.Rows[r.row].Cells[r.column].Add(r.points, r.likelihood)
	}
	return m
}
