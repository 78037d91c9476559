package score_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/attribution/score"
)

// goalScore is how long scoring 50 hypotheses by 2,000 items and 50 raters may
// take from the ratings on, with leave-one-out and flips.
const goalScore = time.Second

// raw is a rating as a case holds it: by ids.
type raw struct {
	evidence, hypothesis string
	points               int8
	likelihood           float64
}

// BenchmarkScore builds the matrix from 5,000,000 ratings in no order, finding
// each one's cell by its ids, and scores it. In "one-leader" a hypothesis fits
// better than the others; in "ties" half of them lead with the same sum, so that
// flips are looked for between 25 x 25 pairs.
func BenchmarkScore(b *testing.B) {
	const hypotheses, items, raters = 50, 2000, 50
	for _, name := range []string{"one-leader", "ties"} {
		b.Run(name, func(b *testing.B) {
			r := rand.New(rand.NewPCG(7, 7))
			var empty score.Matrix
			for j := range hypotheses {
				empty.Hypotheses = append(empty.Hypotheses, score.Hypothesis{ID: fmt.Sprint("hypothesis-", j)})
			}
			for i := range items {
				empty.Rows = append(empty.Rows, score.Row{Evidence: fmt.Sprintf("evidence--00000000-0000-4000-8000-%012d", i), Weight: weights[r.IntN(len(weights))]})
			}
			var ratings []raw
			for i := range items {
				for j := range hypotheses {
					for k := range raters {
						points := r.IntN(5) - 2
						if name == "ties" {
							points = (i+k)%5 - 2 - j%2
						} else if j == 7 {
							points++
						}
						ratings = append(ratings, raw{empty.Rows[i].Evidence, empty.Hypotheses[j].ID, int8(max(-2, min(2, points))), 0.05 + 0.9*r.Float64()})
					}
				}
			}
			r.Shuffle(len(ratings), func(x, y int) { ratings[x], ratings[y] = ratings[y], ratings[x] })
			b.ReportAllocs()
			var scoring time.Duration
			var flips int
			for b.Loop() {
				m := fill(empty, ratings)
				start := time.Now()
				flips = len(m.Score().Flips)
				scoring += time.Since(start)
			}
			took := b.Elapsed() / time.Duration(b.N)
			b.ReportMetric(float64(scoring.Milliseconds())/float64(b.N), "ms-of-scoring")
			b.ReportMetric(float64(flips), "flips")
			b.ReportMetric(took.Seconds()/goalScore.Seconds(), "of-limit")
		})
	}
}

// fill finds each rating's cell as a case does.
func fill(m score.Matrix, ratings []raw) score.Matrix {
	column, line := make(map[string]int), make(map[string]int)
	for j, h := range m.Hypotheses {
		column[h.ID] = j
	}
	rows := make([]score.Row, len(m.Rows))
	for i, row := range m.Rows {
		line[row.Evidence] = i
		rows[i] = row
		rows[i].Cells = make([]score.Cell, len(m.Hypotheses))
	}
	m.Rows = rows
	for i := range ratings {
		r := &ratings[i]
		rows[line[r.evidence]].Cells[column[r.hypothesis]].Add(int(r.points), r.likelihood)
	}
	return m
}
