package score_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/attribution/score"
)

// Heuer's example: without E1, which alone tells against the third, all stay
// behind the second; without any of the last three the first is level with the third.
func TestLeavingOneOutOfHeuersExample(t *testing.T) {
	m := score.Matrix{Hypotheses: []score.Hypothesis{{ID: "H1"}, {ID: "H2"}, {ID: "H3"}}}
	for i, row := range []string{"+++", "++-", "++-", "-++", "-++", "-++"} {
		r := score.Row{Evidence: fmt.Sprint("E", i+1), Status: "filed", Weight: 1, Cells: make([]score.Cell, 3)}
		for j, sign := range row {
			r.Cells[j].Add(map[rune]int{'+': 1, '-': -1}[sign], 0)
		}
		m.Rows = append(m.Rows, r)
	}
	got, all := m.LeaveOneOut(10)
	level := []score.Place{{Hypothesis: "H2", Place: 1}, {Hypothesis: "H1", Place: 2}, {Hypothesis: "H3", Place: 2}}
	want := []score.Changed{{Evidence: "E4", Places: level}, {Evidence: "E5", Places: level}, {Evidence: "E6", Places: level}}
	if all != 3 || cmp.Diff(want, got) != "" {
		t.Errorf("%d rankings differ:\n%s", all, cmp.Diff(want, got))
	}
	if got, all = m.LeaveOneOut(1); len(got) != 1 || all != 3 {
		t.Errorf("at most one: %d of %d", len(got), all)
	}
	m.Rows = m.Rows[1:2]
	if got, _ = m.LeaveOneOut(10); len(got) != 1 || !got[0].Leads || len(got[0].Places) != 0 {
		t.Errorf("without the only item: %+v", got)
	}
}

func TestPlacesAreShared(t *testing.T) {
	a := score.Places([]score.Ranked{{Hypothesis: "x", Inconsistency: 0}, {Hypothesis: "y", Inconsistency: 0}, {Hypothesis: "z", Inconsistency: -1}})
	if want := []score.Place{{Hypothesis: "x", Place: 1}, {Hypothesis: "y", Place: 1}, {Hypothesis: "z", Place: 3}}; cmp.Diff(want, a) != "" {
		t.Error(cmp.Diff(want, a))
	}
	b := score.Places([]score.Ranked{{Hypothesis: "x", Inconsistency: 0}, {Hypothesis: "y", Inconsistency: -0.5}, {Hypothesis: "z", Inconsistency: -1}})
	if differs, leads := score.Differs(a, b); !differs || !leads {
		t.Error("one of two leaders falls behind, and nothing differs")
	}
	if differs, leads := score.Differs(a, a); differs || leads {
		t.Error("a ranking differs from itself")
	}
}
