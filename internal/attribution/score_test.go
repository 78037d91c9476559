package attribution_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/attribution"
)

// matrix builds a matrix of one rater from rows of '+' (C), '-' (I), '=' (II),
// '*' (CC), '0' (N) and ' ' (not rated), over hypotheses h1, h2, ...
func matrix(rows ...string) attribution.Matrix {
	var m attribution.Matrix
	for j := range rows[0] {
		m.Hypotheses = append(m.Hypotheses, attribution.HypothesisID(fmt.Sprintf("h%d", j+1)))
	}
	values := map[rune]attribution.Value{'+': "C", '-': "I", '=': "II", '*': "CC", '0': "N"}
	for i, r := range rows {
		row := attribution.Row{Evidence: attribution.EvidenceID(fmt.Sprintf("e%d", i+1)), Weight: 1}
		for _, c := range r {
			var cell attribution.Cell
			if v, rated := values[c]; rated {
				cell.Add(v, 0)
			}
			row.Cells = append(row.Cells, cell)
		}
		m.Rows = append(m.Rows, row)
	}
	return m
}

func score(h attribution.HypothesisID, inconsistency float64) attribution.Score {
	return attribution.Score{Hypothesis: h, Inconsistency: inconsistency}
}

type ids = []attribution.HypothesisID

// Heuer's example, "Will Iraq retaliate for the US bombing of its intelligence
// headquarters?" (Psychology of Intelligence Analysis, chapter 8): the
// published ranking is H2, H3, H1.
func TestHeuersIraqExample(t *testing.T) {
	s := matrix("+++", "++-", "++-", "-++", "-++", "-++").Score()
	if diff := cmp.Diff([]attribution.Score{score("h2", 0), score("h3", -2), score("h1", -3)}, s.Ranking); diff != "" {
		t.Errorf("ranking (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(ids{"h2"}, s.Leaders); diff != "" {
		t.Errorf("leaders (-want +got):\n%s", diff)
	}
	if len(s.Decisive) != 0 {
		t.Errorf("leaving out any one item keeps H2 first, yet %v are called decisive", s.Decisive)
	}
	ties := []attribution.Score{score("h2", 0), score("h1", -2), score("h3", -2)}
	without := [][]attribution.Score{
		{score("h2", 0), score("h3", -2), score("h1", -3)},
		{score("h2", 0), score("h3", -1), score("h1", -3)},
		{score("h2", 0), score("h3", -1), score("h1", -3)},
		ties, ties, ties,
	}
	spread := 2 * math.Sqrt2 / 3 // of {1, 1, -1}
	for i, r := range s.Rows {
		if diff := cmp.Diff(without[i], r.Without); diff != "" {
			t.Errorf("without %s (-want +got):\n%s", r.Evidence, diff)
		}
		want := spread
		if i == 0 {
			want = 0
		}
		if math.Abs(r.Diagnosticity-want) > 1e-12 || r.NonDiagnostic != (i == 0) {
			t.Errorf("%s: diagnosticity %v (non-diagnostic: %v), want %v", r.Evidence, r.Diagnosticity, r.NonDiagnostic, want)
		}
	}
}

func TestDiagnosticity(t *testing.T) {
	for row, want := range map[string]float64{"+-": 1, "*=": 2, "00": 0, "++": 0, "==": 0, "*0": 1, "+-+-": 1} {
		r := matrix(row).Score().Rows[0]
		if math.Abs(r.Diagnosticity-want) > 1e-12 || r.NonDiagnostic != (want == 0) {
			t.Errorf("%q: %v, non-diagnostic %v; want %v", row, r.Diagnosticity, r.NonDiagnostic, want)
		}
	}
}

// An item whose removal changes who leads is named, also when it makes or
// breaks a tie.
func TestDecisive(t *testing.T) {
	for _, c := range []struct {
		rows []string
		want []attribution.EvidenceID
	}{
		{[]string{"+=", "-+"}, []attribution.EvidenceID{"e1"}},             // -1 : -2; without e1 0 wins for h2
		{[]string{"+-", "-+"}, []attribution.EvidenceID{"e1", "e2"}},       // a tie that either one breaks
		{[]string{"+=", "+=", "-+"}, []attribution.EvidenceID{}},           // -1 : -4; nothing hangs on one item
		{[]string{"+-", "+-", "-+"}, []attribution.EvidenceID{"e1", "e2"}}, // -1 : -2; without either a tie
		{[]string{"+-"}, []attribution.EvidenceID{"e1"}},                   // the only item
	} {
		s := matrix(c.rows...).Score()
		if diff := cmp.Diff(c.want, s.Decisive); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.rows, diff)
		}
	}
}

// An item counts only when all named hypotheses are rated against it, and a
// standing hypothesis is ranked only when it is rated against all that count:
// silence earns nothing.
func TestUnratedEarnsNothing(t *testing.T) {
	m := matrix("-+ ", "+- ", "=  ")
	m.Hypotheses[2] = attribution.Unknown
	s := m.Score()
	if diff := cmp.Diff([]attribution.Score{score("h1", -1), score("h2", -1)}, s.Ranking); diff != "" {
		t.Errorf("ranking (-want +got):\n%s", diff)
	}
	if !cmp.Equal(s.Unranked, ids{attribution.Unknown}) || !cmp.Equal(s.Rows[2].Missing, ids{"h2"}) || len(s.Rows[2].Without) != 0 {
		t.Errorf("unranked %v, missing %v", s.Unranked, s.Rows[2].Missing)
	}
	m = matrix("-+0", "+-0", "=  ")
	m.Hypotheses[2] = attribution.Unknown
	if s = m.Score(); !cmp.Equal(s.Leaders, ids{attribution.Unknown}) || len(s.Unranked) != 0 {
		t.Errorf("leaders %v, unranked %v", s.Leaders, s.Unranked)
	}
	if s = matrix("  ", " +").Score(); len(s.Ranking) != 0 || len(s.Leaders) != 0 || len(s.Posterior) != 0 || len(s.Unranked) != 2 {
		t.Errorf("nothing is comparable, yet: %+v", s)
	}
}

func TestWeightsAndSeveralRaters(t *testing.T) {
	m := matrix("-+", "+-")
	m.Rows[0].Weight = 2
	m.Rows[1].Weight = 0.5
	m.Rows[0].Cells[0].Add("II", 0) // beside the I: the mean of -1, -2, 0
	m.Rows[0].Cells[0].Add("CC", 0)
	s := m.Score()
	if diff := cmp.Diff([]attribution.Score{score("h2", -0.5), score("h1", -2)}, s.Ranking); diff != "" {
		t.Errorf("ranking (-want +got):\n%s", diff)
	}
	want := attribution.Disagreement{Evidence: "e1", Hypothesis: "h1", Raters: 3, Stdev: math.Sqrt(26.0 / 9), Band: attribution.Strong}
	if len(s.Disagreements) != 1 || math.Abs(s.Disagreements[0].Stdev-want.Stdev) > 1e-12 {
		t.Fatalf("disagreements %+v, want %+v", s.Disagreements, want)
	}
	s.Disagreements[0].Stdev = want.Stdev
	if s.Disagreements[0] != want {
		t.Errorf("disagreement %+v, want %+v", s.Disagreements[0], want)
	}
}

func TestBands(t *testing.T) {
	for _, c := range []struct {
		stdev float64
		want  attribution.Band
	}{{0, "consensus"}, {0.25, "consensus"}, {0.26, "mild"}, {1, "mild"}, {1.01, "strong"}, {1.74, "strong"}, {1.75, "extreme"}, {2, "extreme"}} {
		if got := attribution.BandOf(c.stdev); got != c.want {
			t.Errorf("%v is %s, want %s", c.stdev, got, c.want)
		}
	}
}

// The products of credibility and relevance as published (Xerox PARC, Pherson).
func TestGradeProducts(t *testing.T) {
	for pair, want := range map[string]float64{"LL": 0.5, "LM": 0.707, "MM": 1, "LH": 1, "MH": 1.414, "HH": 2} {
		a, b := attribution.Grade(pair[:1]), attribution.Grade(pair[1:])
		if got := a.Weight() * b.Weight(); math.Abs(got-want) > 0.0005 {
			t.Errorf("%s weighs %v, want %v", pair, got, want)
		}
	}
	if w := attribution.Grade("X").Weight(); w != 0 {
		t.Errorf("no grade weighs %v", w)
	}
}

func TestCredence(t *testing.T) {
	for code, want := range map[string]attribution.Grade{
		"A1": "H", "B2": "H", "A3": "M", "C1": "M", "C3": "M", "D1": "L", "A4": "L", "E5": "L", "F1": "L", "A6": "L", "F6": "L",
	} {
		if got := attribution.Credence(attribution.Reliability(code[:1]), attribution.Credibility(code[1]-'0')); got != want {
			t.Errorf("%s is %s, want %s", code, got, want)
		}
	}
}

var bayesRows = [][]float64{{.9, .2, .4, .1}, {.7, .7, .7, .7}, {.6, .1, .3, .1}}

func TestPosterior(t *testing.T) {
	uniform := []float64{.25, .25, .25, .25}
	published := []float64{.7826, .0290, .1739, .0145}
	for name, rows := range map[string][][]float64{"with the flat row": bayesRows, "without it": {bayesRows[0], bayesRows[2]}} {
		got, err := attribution.Posterior(uniform, rows)
		if err != nil {
			t.Fatal(err)
		}
		for i := range published {
			if math.Abs(got[i]-published[i]) > 0.00005 {
				t.Errorf("%s: posterior %v, want %v", name, got, published)
			}
		}
	}
	// 5,000 rows do not underflow.
	many := make([][]float64, 5000)
	for i := range many {
		many[i] = []float64{1e-3, 1e-3, 2e-3, 1e-3}
	}
	if got, err := attribution.Posterior(uniform, many); err != nil || math.Abs(got[2]-1) > 1e-12 {
		t.Errorf("many rows: %v %v", got, err)
	}
	nan := math.NaN()
	for name, c := range map[string]struct {
		prior []float64
		rows  [][]float64
		says  string
	}{
		"prior above 1":      {[]float64{.5, .6}, nil, "adds up"},
		"prior negative":     {[]float64{-.5, 1.5}, nil, "prior/0"},
		"prior not a number": {[]float64{nan, 1}, nil, "prior/0"},
		"short row":          {[]float64{.5, .5}, [][]float64{{1, 1}, {1}}, "likelihoods/1"},
		"likelihood above 1": {[]float64{.5, .5}, [][]float64{{1, 1.1}}, "likelihoods/0/1"},
		"not a number":       {[]float64{.5, .5}, [][]float64{{1, nan}}, "likelihoods/0/1"},
		"nothing is left":    {[]float64{.5, .5}, [][]float64{{1, 0}, {0, 1}}, "likelihoods/1"},
		"no hypothesis":      {nil, nil, "adds up"},
	} {
		if got, err := attribution.Posterior(c.prior, c.rows); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, %v; want an error that says %q", name, got, err, c.says)
		}
	}
}

// In a case, the posterior comes from the items for which all ranked hypotheses
// have a likelihood.
func TestPosteriorOfAMatrix(t *testing.T) {
	m := matrix("++++", "++++", "++++", "++++")
	for i, row := range bayesRows {
		for j, p := range row {
			m.Rows[i].Cells[j].Add("C", p-0.05) // two partners, mean p
			m.Rows[i].Cells[j].Add("C", p+0.05)
		}
	}
	m.Rows[3].Cells[0].Add("C", 0.5) // the others give none: not used
	s := m.Score()
	if s.PosteriorItems != 3 || len(s.Posterior) != 4 || math.Abs(s.Posterior[0].Probability-.7826) > 0.00005 || s.Posterior[3].Hypothesis != "h4" {
		t.Errorf("posterior %+v of %d items", s.Posterior, s.PosteriorItems)
	}
}

// Whatever the ratings: scores do not hang on the order of items, leaving out
// is the same as never having had, and the leaders are the least inconsistent.
func TestScoreProperties(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		hypotheses := rapid.IntRange(1, 5).Draw(rt, "hypotheses")
		rows := rapid.SliceOfN(rapid.StringOfN(rapid.SampledFrom([]rune("+-=*0")), hypotheses, hypotheses, -1), 2, 8).Draw(rt, "rows")
		weights := []float64{0.5, math.Sqrt2 / 2, 1, math.Sqrt2, 2}
		m := matrix(rows...)
		for i := range m.Rows {
			m.Rows[i].Weight = rapid.SampledFrom(weights).Draw(rt, "weight")
		}
		s := m.Score()
		out := rapid.IntRange(0, len(m.Rows)-1).Draw(rt, "out")
		rest := attribution.Matrix{Hypotheses: m.Hypotheses}
		for i := len(m.Rows) - 1; i >= 0; i-- { // backwards: the order must not matter
			if i != out {
				rest.Rows = append(rest.Rows, m.Rows[i])
			}
		}
		r := rest.Score()
		if diff := cmp.Diff(r.Ranking, s.Rows[out].Without); diff != "" {
			rt.Fatalf("without item %d (-never had +left out):\n%s", out, diff)
		}
		if s.Rows[out].Decisive == cmp.Equal(r.Leaders, s.Leaders) {
			rt.Fatalf("leaders %v, without item %d %v, decisive: %v", s.Leaders, out, r.Leaders, s.Rows[out].Decisive)
		}
		for i, score := range s.Ranking {
			leads := i < len(s.Leaders)
			if score.Inconsistency > 0 || leads != (score.Inconsistency == s.Ranking[0].Inconsistency) {
				rt.Fatalf("ranking %v, leaders %v", s.Ranking, s.Leaders)
			}
		}
	})
}

func BenchmarkScore50x2000x50(b *testing.B) {
	values := []attribution.Value{"CC", "C", "N", "I", "II"}
	var m attribution.Matrix
	for j := range 50 {
		m.Hypotheses = append(m.Hypotheses, attribution.HypothesisID(fmt.Sprintf("h%d", j)))
	}
	for i := range 2000 {
		row := attribution.Row{Evidence: attribution.EvidenceID(fmt.Sprintf("e%d", i)), Weight: 1, Cells: make([]attribution.Cell, 50)}
		for j := range row.Cells {
			for k := range 50 {
				row.Cells[j].Add(values[(i*31+j*17+k*7+i*j)%5], 0.5)
			}
		}
		m.Rows = append(m.Rows, row)
	}
	for b.Loop() {
		m.Score()
	}
}
