package web

import (
	"fmt"
	"slices"
	"sync"

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
	More    int
}

const (
	maxCaseRanked = 25 // hypotheses in the first page of a case
	maxCaseFlips  = 10
	maxCaseTold   = 12 // items in a sentence
)

// weigh puts the scores into words.
func (v *caseOverview) weigh() {
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
	v.Rows, v.RowsMore = firstOf(v.Rows, maxCaseRanked)
	flips, _ := firstOf(s.Flips, maxCaseFlips)
	for _, f := range flips {
		without, more := firstOf(f.Without, maxCaseTold)
		v.Flips = append(v.Flips, flipView{v.Title(attribution.HypothesisID(f.Against)), v.items(without), more})
	}
	var decisive []string
	for _, r := range s.Rows {
		if r.Decisive {
			decisive = append(decisive, r.Evidence)
		}
	}
	decisive, _ = firstOf(decisive, maxCaseTold)
	v.Decisive = v.items(decisive)
}

func (v *caseView) items(ids []string) []citedView {
	list := make([]citedView, 0, len(ids))
	for _, id := range ids {
		list = append(list, v.cited(attribution.EvidenceID(id)))
	}
	return list
}

// cited is an item by its number, and where it is.
func (v *caseView) cited(id attribution.EvidenceID) citedView {
	n := v.number[id]
	return citedView{n, v.Evidence[n-1].Title, v.itemPath(id)}
}

func (v *caseView) itemPath(id attribution.EvidenceID) string {
	return "/cases/" + string(v.ID) + "/evidence/" + string(id)
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

// scored keeps what is computed of cases as of their last record: whoever follows
// what happens asks for the same over and over.
type scored struct {
	mu sync.Mutex
	of map[attribution.CaseID]*scoredAt
}

// scoredAt is what is computed of one case as of one record, by whoever asks first;
// others of the same case wait for it, and those of other cases do not.
type scoredAt struct {
	head attribution.Digest

	summed sync.Once
	scores score.Scores
	left   sync.Once
	out    *leftOut
}

const maxScored = 32 // cases

func (s *scored) scores(c attribution.Case) score.Scores {
	one := s.at(c)
	one.summed.Do(func() { one.scores = c.Scores() })
	return one.scores
}

// leftOut is what leaving something out changes.
func (s *scored) leftOut(c attribution.Case) *leftOut {
	one := s.at(c)
	one.left.Do(func() { one.out = leaveOut(c) })
	return one.out
}

// at is where what is computed of the case is kept.
func (s *scored) at(c attribution.Case) *scoredAt {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one, known := s.of[c.ID]; known && one.head == c.Head {
		return one
	}
	if s.of == nil || len(s.of) >= maxScored {
		s.of = make(map[attribution.CaseID]*scoredAt)
	}
	one := &scoredAt{head: c.Head}
	s.of[c.ID] = one
	return one
}
