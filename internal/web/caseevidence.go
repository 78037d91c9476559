package web

import (
	"fmt"
	"slices"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/attribution/score"
)

// hypothesisRow is a hypothesis with what speaks against it.
type hypothesisRow struct {
	Title  string
	Ranked bool   // it is rated against every item that counts
	Sum    string // weighted inconsistency
	Leads  bool
	Bayes  string // "" without likelihoods
	Mean   string // of the partners' probabilities; "" without any
	State  string // what the published statement makes of it
}

// flipView is a hypothesis that would lead without some items.
type flipView struct {
	Title   string
	Without []citedView
}

// itemView is an item of evidence.
type itemView struct {
	attribution.Evidence
	N         int
	Filed     stepView
	Grade     string // the Admiralty code
	GradeSays string
	Flags     []string
	Mark      string // the last one's reason
	MarkedBy  string
	Missing   []string // hypotheses without a rating
	Raters    int      // ratings in force
}

const (
	maxItems = 100 // in the page of a case: cited and decisive ones first
	maxFlips = 20
)

// weigh puts the scores into words.
func (v *caseView) weigh() {
	s := v.scores
	bayes, mean := shares(s.Posterior), map[string]string{}
	if s.Vectors != nil {
		mean, v.Pooled = shares(s.Vectors.Mean), s.Vectors.Partners
	}
	row := func(id string) hypothesisRow {
		return hypothesisRow{Title: v.Title(attribution.HypothesisID(id)), Bayes: bayes[id], Mean: mean[id], State: v.standing(id)}
	}
	for _, r := range s.Ranking {
		one := row(r.Hypothesis)
		one.Ranked, one.Sum, one.Leads = true, decimals(r.Inconsistency), slices.Contains(s.Leaders, r.Hypothesis)
		v.Rows = append(v.Rows, one)
	}
	for _, id := range s.Unranked {
		v.Rows = append(v.Rows, row(id))
	}
	flips, _ := firstOf(s.Flips, maxFlips)
	for _, f := range flips {
		without, _ := firstOf(f.Without, maxCited)
		v.Flips = append(v.Flips, flipView{v.Title(attribution.HypothesisID(f.Against)), v.items(without)})
	}
	var decisive []string
	for _, r := range s.Rows {
		if r.Decisive {
			decisive = append(decisive, r.Evidence)
		}
	}
	decisive, _ = firstOf(decisive, maxCited)
	v.Decisive = v.items(decisive)
}

func (v *caseView) items(ids []string) []citedView {
	list := make([]citedView, 0, len(ids))
	for _, id := range ids {
		n := v.number[attribution.EvidenceID(id)]
		list = append(list, citedView{n, v.Evidence[n-1].Title, fmt.Sprint("#e", n)})
	}
	return list
}

func shares(beliefs []score.Belief) map[string]string {
	of := make(map[string]string, len(beliefs))
	for _, b := range beliefs {
		of[b.Hypothesis] = percent(float64(b.Probability))
	}
	return of
}

func percent(share float64) string { return fmt.Sprintf("%.1f\u00a0%%", 100*share) }

// decimals writes a sum for people; there is no "-0.00".
func decimals(n score.Number) string {
	text := fmt.Sprintf("%.2f", float64(n))
	if text == "-0.00" {
		return "0.00"
	}
	return text
}

// standing is what the published statement makes of a hypothesis.
func (v *caseView) standing(id string) string {
	switch s := v.Case.Current(); {
	case s == nil:
		return "open"
	case id != string(s.Document.Finding):
		return "not adopted"
	case s.Document.Act == attribution.Withdrawal:
		return "withdrawn"
	}
	return "adopted"
}

// gather lists the evidence: as it was filed, and where there is too much of it
// what is cited or decisive before the rest.
func (v *caseView) gather() {
	cited := map[attribution.EvidenceID]bool{}
	for _, s := range v.Statements {
		if s.Published > 0 || waits(v.Case, s) {
			for _, id := range s.Document.Cites {
				cited[id] = true
			}
		}
	}
	matters := func(i int) bool { return cited[v.Evidence[i].ID] || v.scores.Rows[i].Decisive }
	room := maxItems
	for i := range v.Evidence {
		if matters(i) {
			room--
		}
	}
	marks, raters := map[attribution.EvidenceID]attribution.Marked{}, make([]int, len(v.Evidence))
	for _, m := range v.Marks {
		marks[m.Evidence] = m
	}
	for _, r := range v.Ratings {
		raters[r.Row]++
	}
	for i, item := range v.Evidence {
		if item.Seal != "" && item.Unsealed == 0 {
			v.Sealed++
		}
		if !matters(i) {
			room--
		}
		if len(v.Items) == maxItems || !matters(i) && room < 0 {
			v.ItemsMore++
			continue
		}
		one := itemView{
			Evidence: item.Evidence, N: i + 1, Filed: v.step(item.Record), Grade: fmt.Sprint(item.Reliability, int(item.Credibility)),
			GradeSays: "source " + item.Reliability.Words() + ", information " + item.Credibility.Words(), Flags: flags(item, v.scores.Rows[i], cited[item.ID]), Raters: raters[i],
		}
		if m, marked := marks[item.ID]; marked {
			one.Mark, one.MarkedBy = m.Reason, v.History[m.Record-1].Party
		}
		for _, id := range v.scores.Rows[i].Missing {
			one.Missing = append(one.Missing, v.Title(attribution.HypothesisID(id)))
		}
		v.Items = append(v.Items, one)
	}
}

// flags are what has to be seen first of an item.
func flags(item attribution.Filed, s score.RowScore, cited bool) []string {
	var list []string
	for _, flag := range []struct {
		holds bool
		word  string
	}{
		{item.Status != attribution.ItemFiled, string(item.Status)}, {cited, "cited"}, {s.Decisive, "decisive"}, {s.NonDiagnostic, "non-diagnostic"},
		{item.Forgeability == attribution.High, "easy to forge"}, {item.Seal != "" && item.Unsealed == 0, "sealed"}, {item.Unsealed > 0, "opened"}, {!s.Counts, "does not count"},
	} {
		if flag.holds {
			list = append(list, flag.word)
		}
	}
	return list
}
