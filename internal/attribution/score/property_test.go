package score_test

import (
	"math"
	"math/bits"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/attribution/score"
)

// The same ratings give the same scores to the last bit, in whatever order they
// come and the partners' vectors with them.
func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := draw(rt, 6)
		want := d.build(d.ratings).Score()
		m := d.build(rapid.Permutation(d.ratings).Draw(rt, "order"))
		m.Vectors.Weights = rapid.Permutation(m.Vectors.Weights).Draw(rt, "vectors")
		if diff := cmp.Diff(want, m.Score()); diff != "" {
			rt.Fatalf("in another order (-was +is):\n%s", diff)
		}
	})
}

// plain is a case computed with slowly, as docs/dossier.md words it.
type plain struct {
	drawn
	counting []int // rows
	ranked   []int // hypotheses
}

func (d drawn) plain() plain {
	p := plain{drawn: d}
	for i, row := range d.empty.Rows {
		counts := !row.Out
		for j, h := range d.empty.Hypotheses {
			counts = counts && (h.Standing || len(d.points(i, j)) > 0)
		}
		if counts {
			p.counting = append(p.counting, i)
		}
	}
	for j := range d.empty.Hypotheses {
		if len(p.counting) > 0 && !slices.ContainsFunc(p.counting, func(i int) bool { return len(d.points(i, j)) == 0 }) {
			p.ranked = append(p.ranked, j)
		}
	}
	return p
}

func (d drawn) points(row, column int) []float64 {
	var points []float64
	for _, r := range d.ratings {
		if r.row == row && r.column == column {
			points = append(points, float64(r.points))
		}
	}
	return points
}

func mean(xs []float64) float64 {
	var sum float64
	for _, x := range xs {
		sum += x
	}
	return sum / float64(len(xs))
}

// share is what an item adds to a hypothesis' weighted inconsistency.
func (p plain) share(i, j int) float64 {
	points := p.points(i, j)
	for n := range points {
		points[n] = min(points[n], 0)
	}
	return p.empty.Rows[i].Weight * mean(points)
}

// sum is a hypothesis' weighted inconsistency without the counting items whose
// bit is set in out.
func (p plain) sum(j int, out uint) float64 {
	var sum float64
	for n, i := range p.counting {
		if out>>n&1 == 0 {
			sum += p.share(i, j)
		}
	}
	return sum
}

// leaders are those nearest to nought without the items in out.
func (p plain) leaders(out uint) []string {
	best := math.Inf(-1)
	for _, j := range p.ranked {
		best = max(best, p.sum(j, out))
	}
	leaders := []string{}
	for _, j := range p.ranked {
		if p.sum(j, out) >= best-1e-9 {
			leaders = append(leaders, p.empty.Hypotheses[j].ID)
		}
	}
	return leaders
}

// levels says whether a hypothesis is level with or above one of the leaders
// without the items in out.
func (p plain) levels(j int, leaders []string, out uint) bool {
	for k, h := range p.empty.Hypotheses {
		if slices.Contains(leaders, h.ID) && p.sum(j, out) >= p.sum(k, out)-1e-9 {
			return true
		}
	}
	return false
}

// The scores are those of the plain arithmetic; the worst subsets are smallest
// of all subsets.
func TestAgainstPlainArithmetic(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := draw(rt, 7)
		p, m := d.plain(), d.build(d.ratings)
		s := m.Score()
		if !cmp.Equal(s.Leaders, p.leaders(0)) || len(s.Ranking) != len(p.ranked) {
			rt.Fatalf("leaders %v of %v, want %v", s.Leaders, s.Ranking, p.leaders(0))
		}
		column := func(id string) int {
			return slices.IndexFunc(m.Hypotheses, func(h score.Hypothesis) bool { return h.ID == id })
		}
		for _, r := range s.Ranking {
			if !near(r.Inconsistency, p.sum(column(r.Hypothesis), 0), 1e-9) {
				rt.Fatalf("%+v, want %v", r, p.sum(column(r.Hypothesis), 0))
			}
		}
		for n, i := range p.counting {
			p.checkRow(rt, m, s, n, i)
		}
		flips := s.Flips
		for _, j := range p.ranked {
			id := m.Hypotheses[j].ID
			if slices.Contains(s.Leaders, id) {
				continue
			}
			if len(flips) == 0 || flips[0].Against != id {
				rt.Fatalf("flips %v: %s is missing", s.Flips, id)
			}
			p.checkFlip(rt, j, s.Leaders, flips[0])
			flips = flips[1:]
		}
		if len(flips) > 0 {
			rt.Fatalf("flips too many: %v", flips)
		}
	})
}

// checkRow holds a row that counts, the n-th, to the plain arithmetic.
func (p plain) checkRow(rt *rapid.T, m score.Matrix, s score.Scores, n, i int) {
	var means []float64
	for _, j := range p.ranked {
		means = append(means, mean(p.points(i, j)))
	}
	var squares []float64
	for _, x := range means {
		squares = append(squares, (x-mean(means))*(x-mean(means)))
	}
	r := s.Rows[i]
	if want := math.Sqrt(mean(squares)); !near(r.Diagnosticity, want, 1e-9) || r.NonDiagnostic != (want < 1e-9) || !r.Counts {
		rt.Fatalf("row %+v, want diagnosticity %v", r, want)
	}
	others := len(p.counting) == 1 || !cmp.Equal(p.leaders(0), p.leaders(1<<n))
	if r.Decisive != others {
		rt.Fatalf("row %+v: without it %v lead, with it %v", r, p.leaders(1<<n), p.leaders(0))
	}
	for _, w := range m.Without(i) {
		j := slices.IndexFunc(m.Hypotheses, func(h score.Hypothesis) bool { return h.ID == w.Hypothesis })
		if !near(w.Inconsistency, p.sum(j, 1<<n), 1e-9) {
			rt.Fatalf("without %s: %+v, want %v", r.Evidence, w, p.sum(j, 1<<n))
		}
	}
}

// checkFlip tries every subset of the counting items.
func (p plain) checkFlip(rt *rapid.T, j int, leaders []string, flip score.Flip) {
	fewest := len(p.counting) + 1
	for out := range uint(1) << len(p.counting) {
		if p.levels(j, leaders, out) {
			fewest = min(fewest, bits.OnesCount(out))
		}
	}
	var out uint
	for _, id := range flip.Without {
		n := slices.IndexFunc(p.counting, func(i int) bool { return p.empty.Rows[i].Evidence == id })
		if n < 0 || out>>n&1 == 1 {
			rt.Fatalf("flip %+v: %s does not count, or is named twice", flip, id)
		}
		out |= 1 << n
	}
	if len(flip.Without) != fewest || !p.levels(j, leaders, out) {
		rt.Fatalf("flip %+v, level without these: %v; %d items are enough", flip, p.levels(j, leaders, out), fewest)
	}
}

// Flips against one leader are in falling order of what they tell, equal ones in
// the order of filing.
func TestFlipOrder(t *testing.T) {
	m := matrix("0-", "0=", "0-", "0=", "00", "-0", "0*")
	m.Rows[2].Weight = math.Sqrt2
	want := []score.Flip{{Against: "h2", Without: []string{"e2", "e4", "e3"}}}
	if diff := cmp.Diff(want, m.Score().Flips); diff != "" {
		t.Errorf("flips (-want +got):\n%s", diff)
	}
	// What differs by rounding only is equal.
	m = matrix("0-", "0-", "0-")
	tenth := 0.1
	m.Rows[1].Weight, m.Rows[0].Weight, m.Rows[2].Weight = tenth+2*tenth, 0.3, 0.3
	want = []score.Flip{{Against: "h2", Without: []string{"e1", "e2", "e3"}}}
	if diff := cmp.Diff(want, m.Score().Flips); diff != "" || m.Rows[1].Weight <= 0.3 {
		t.Errorf("flips (-want +got):\n%s", diff)
	}
}
