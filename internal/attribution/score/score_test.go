package score_test

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/attribution/score"
)

// Heuer's example, "Will Iraq retaliate for the US bombing of its intelligence
// headquarters?" (Psychology of Intelligence Analysis, chapter 8): the
// published ranking is H2, H3, H1.
func TestHeuersIraqExample(t *testing.T) {
	m := matrix("+++", "++-", "++-", "-++", "-++", "-++")
	s := m.Score()
	if diff := cmp.Diff(ranking("h2", 0.0, "h3", -2.0, "h1", -3.0), s.Ranking); diff != "" {
		t.Errorf("ranking (-want +got):\n%s", diff)
	}
	if math.Signbit(float64(s.Ranking[0].Inconsistency)) {
		t.Error("nothing against h2 is minus nought")
	}
	if !slices.Equal(s.Leaders, []string{"h2"}) || len(decisive(s)) != 0 {
		t.Errorf("leaving out any one item keeps H2 first, yet %v lead and %v are called decisive", s.Leaders, decisive(s))
	}
	ties := ranking("h2", 0.0, "h1", -2.0, "h3", -2.0)
	less := ranking("h2", 0.0, "h3", -1.0, "h1", -3.0)
	for i, want := range [][]score.Ranked{s.Ranking, less, less, ties, ties, ties} {
		if diff := cmp.Diff(want, m.Without(i)); diff != "" {
			t.Errorf("without %s (-want +got):\n%s", s.Rows[i].Evidence, diff)
		}
		r, spread := s.Rows[i], 2*math.Sqrt2/3 // of {1, 1, -1}
		if i == 0 {
			spread = 0
		}
		if !near(r.Diagnosticity, spread, 1e-12) || r.NonDiagnostic != (i == 0) || !r.Counts {
			t.Errorf("%s: %+v, want diagnosticity %v", r.Evidence, r, spread)
		}
	}
	// H1 is level with H2 without the three items against it, H3 without two.
	flips := []score.Flip{{Against: "h1", Without: []string{"e4", "e5", "e6"}}, {Against: "h3", Without: []string{"e2", "e3"}}}
	if diff := cmp.Diff(flips, s.Flips); diff != "" {
		t.Errorf("flips (-want +got):\n%s", diff)
	}
}

func TestDiagnosticity(t *testing.T) {
	for row, want := range map[string]float64{"+-": 1, "*=": 2, "00": 0, "++": 0, "==": 0, "*0": 1, "+-+-": 1} {
		r := matrix(row).Score().Rows[0]
		if !near(r.Diagnosticity, want, 1e-12) || r.NonDiagnostic != (want == 0) {
			t.Errorf("%q: %+v; want %v", row, r, want)
		}
	}
	// What differs by rounding only, such as three times 1/5, is alike.
	m := matrix("   ")
	for j := range m.Hypotheses {
		for k := range 5 {
			m.Rows[0].Cells[j].Add(max(0, 1-k), 0)
		}
	}
	if r := m.Score().Rows[0]; !r.NonDiagnostic {
		t.Errorf("the same mean three times: %+v", r)
	}
}

// An item whose removal changes who leads is named, also when it makes or
// breaks a tie.
func TestDecisive(t *testing.T) {
	for _, c := range []struct {
		rows, want []string
	}{
		{[]string{"+=", "-+"}, []string{"e1"}},             // -1 : -2; without e1 0 wins for h2
		{[]string{"+-", "-+"}, []string{"e1", "e2"}},       // a tie that either one breaks
		{[]string{"+=", "+=", "-+"}, []string{}},           // -1 : -4; nothing hangs on one item
		{[]string{"+-", "+-", "-+"}, []string{"e1", "e2"}}, // -1 : -2; without either a tie
		{[]string{"+-"}, []string{"e1"}},                   // the only item
		{[]string{"+-", "+ "}, []string{"e1"}},             // the only one that counts
	} {
		if diff := cmp.Diff(c.want, decisive(matrix(c.rows...).Score())); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.rows, diff)
		}
	}
}

// An item counts only when all named hypotheses are rated against it, and a
// standing hypothesis is ranked only when it is rated against all that count:
// silence earns nothing.
func TestUnratedEarnsNothing(t *testing.T) {
	m := matrix("-+ ", "+- ", "=  ")
	m.Hypotheses[2].Standing = true
	s := m.Score()
	if diff := cmp.Diff(ranking("h1", -1.0, "h2", -1.0), s.Ranking); diff != "" {
		t.Errorf("ranking (-want +got):\n%s", diff)
	}
	r := s.Rows[2]
	if !slices.Equal(s.Unranked, []string{"h3"}) || !slices.Equal(r.Missing, []string{"h2"}) || r.Counts || r.Decisive || r.NonDiagnostic || r.Diagnosticity != 0 {
		t.Errorf("unranked %v, row %+v", s.Unranked, r)
	}
	m = matrix("-+0", "+-0", "=  ")
	m.Hypotheses[2].Standing = true
	if s = m.Score(); !slices.Equal(s.Leaders, []string{"h3"}) || len(s.Unranked) != 0 {
		t.Errorf("leaders %v, unranked %v", s.Leaders, s.Unranked)
	}
	if left := matrix("+-", "+ ").Without(0); left == nil || len(left) != 0 {
		t.Errorf("without the only item that counts: %v", left)
	}
	m = matrix(" ") // nobody named: the item counts, and ranks nobody
	m.Hypotheses[0].Standing = true
	if s = m.Score(); !s.Rows[0].Counts || len(s.Ranking) != 0 || len(s.Posterior) != 0 || s.PosteriorItems != 0 {
		t.Errorf("only a standing hypothesis: %+v", s)
	}
	m = matrix("  ", " +")
	if s = m.Score(); len(s.Ranking)+len(s.Leaders)+len(s.Flips)+len(s.Posterior) != 0 || len(s.Unranked) != 2 || len(m.Without(0)) != 0 {
		t.Errorf("nothing is comparable, yet: %+v", s)
	}
}

// What is withdrawn or updated stays in the list, says what it lacks, and
// counts for nothing.
func TestOut(t *testing.T) {
	m := matrix("-+", "=0", "+ ")
	m.Rows[1].Out, m.Rows[1].Status = true, "withdrawn"
	m.Rows[2].Out, m.Rows[2].Status = true, "updated"
	m.Rows[1].Cells[0].Add(2, 0) // two partners disagree, which is still told
	s := m.Score()
	if diff := cmp.Diff(ranking("h2", 0.0, "h1", -1.0), s.Ranking); diff != "" {
		t.Errorf("ranking (-want +got):\n%s", diff)
	}
	rows := []score.RowScore{
		{Evidence: "e1", Status: "filed", Weight: 1, Counts: true, Missing: []string{}, Diagnosticity: 1, Decisive: true},
		{Evidence: "e2", Status: "withdrawn", Weight: 1, Missing: []string{}},
		{Evidence: "e3", Status: "updated", Weight: 1, Missing: []string{"h2"}},
	}
	if diff := cmp.Diff(rows, s.Rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if want := []score.Disagreement{{Evidence: "e2", Hypothesis: "h1", Raters: 2, Stdev: 2, Band: score.Extreme}}; !cmp.Equal(s.Disagreements, want) {
		t.Errorf("disagreements %+v, want %+v", s.Disagreements, want)
	}
	if diff := cmp.Diff(s.Ranking, m.Without(1)); diff != "" {
		t.Errorf("leaving out what does not count changes the ranking (-was +is):\n%s", diff)
	}
}

func TestWeightsAndSeveralRaters(t *testing.T) {
	m := matrix("-+", "+-")
	m.Rows[0].Weight = 2
	m.Rows[1].Weight = 0.5
	m.Rows[0].Cells[0].Add(-2, 0) // beside the I: the mean of -1, -2, 0
	m.Rows[0].Cells[0].Add(2, 0)
	m.Rows[0].Cells[0].Add(3, 0.5) // no such rating
	s := m.Score()
	if diff := cmp.Diff(ranking("h2", -0.5, "h1", -2.0), s.Ranking); diff != "" {
		t.Errorf("ranking (-want +got):\n%s", diff)
	}
	want := []score.Disagreement{{Evidence: "e1", Hypothesis: "h1", Raters: 3, Stdev: score.Number(math.Sqrt(26) / 3), Band: score.Strong}}
	if diff := cmp.Diff(want, s.Disagreements); diff != "" {
		t.Errorf("disagreements (-want +got):\n%s", diff)
	}
}

// Weights that add up to the same in different ways tie, though their sums in
// floating point differ: 1/sqrt 2 is not a float64.
func TestTiesOfWeights(t *testing.T) {
	m := matrix("-0", "-0", "0-", "0-", "0-", "-0")
	for i, w := range []float64{math.Sqrt2 / 2, math.Sqrt2 / 2, math.Sqrt2, 0.1, 0.2, 0.3} {
		m.Rows[i].Weight = w
	}
	if s := m.Score(); !slices.Equal(s.Leaders, []string{"h1", "h2"}) || len(s.Flips) != 0 {
		t.Errorf("%v lead by %v, flips %v; want a tie", s.Leaders, s.Ranking, s.Flips)
	}
}

// With several leaders, the smallest set for any of them is told.
func TestFlipsAgainstSeveralLeaders(t *testing.T) {
	// h1 and h2 lead with -2, h3 has -4: two items set it behind h1, one behind h2.
	s := matrix("+--", "0+-", "=+0", "0-=").Score()
	if diff := cmp.Diff(ranking("h1", -2.0, "h2", -2.0, "h3", -4.0), s.Ranking); diff != "" {
		t.Fatalf("ranking (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]score.Flip{{Against: "h3", Without: []string{"e4"}}}, s.Flips); diff != "" {
		t.Errorf("flips (-want +got):\n%s", diff)
	}
	// One item each sets it behind h1 (e1) and h2 (e2): the first leader's.
	s = matrix("0--", "-0-").Score()
	if diff := cmp.Diff([]score.Flip{{Against: "h3", Without: []string{"e1"}}}, s.Flips); diff != "" {
		t.Errorf("flips (-want +got):\n%s", diff)
	}
}

func TestBands(t *testing.T) {
	for _, c := range []struct {
		stdev float64
		want  score.Band
	}{{0, "consensus"}, {0.25, "consensus"}, {0.26, "mild"}, {1, "mild"}, {1.01, "strong"}, {1.74, "strong"}, {1.75, "extreme"}, {2, "extreme"}} {
		if got := score.BandOf(c.stdev); got != c.want {
			t.Errorf("%v is %s, want %s", c.stdev, got, c.want)
		}
	}
	// On the limit exactly, whoever and how many rate: {2, 0}, {1, -1} five times.
	for n := 1; n <= 5; n++ {
		m := matrix("  ")
		for range n {
			m.Rows[0].Cells[0].Add(2, 0)
			m.Rows[0].Cells[0].Add(0, 0)
			m.Rows[0].Cells[1].Add(1, 0)
			m.Rows[0].Cells[1].Add(-1, 0)
		}
		for _, d := range m.Score().Disagreements {
			if d.Stdev != 1 || d.Band != score.Mild || d.Raters != 2*n {
				t.Errorf("%d raters: %+v", 2*n, d)
			}
		}
	}
}

// The products of credibility and relevance as published (Xerox PARC, Pherson).
func TestWeights(t *testing.T) {
	for code, want := range map[string]float64{
		"F6L": 0.5, "F6M": 0.707, "C3L": 0.707, "C3M": 1, "F6H": 1, "A1L": 1, "C3H": 1.414, "A1M": 1.414, "A1H": 2,
		// Credence is the lower of the two grades.
		"B2M": 1.414, "A3M": 1, "C1M": 1, "D1M": 0.707, "A4M": 0.707, "E5M": 0.707, "F1M": 0.707, "A6M": 0.707,
	} {
		if got := score.Weight(code[:1], int(code[1]-'0'), code[2:]); math.Abs(got-want) > 0.0005 {
			t.Errorf("%s weighs %v, want %v", code, got, want)
		}
	}
}
