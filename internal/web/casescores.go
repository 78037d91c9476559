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
	of map[attribution.CaseID]scoredAt
}

type scoredAt struct {
	head attribution.Digest
	score.Scores
	left *leftOut // once somebody has asked
}

const maxScored = 32 // cases

func (s *scored) scores(c attribution.Case) score.Scores {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at(c).Scores
}

// at is what is kept of the case. The caller holds the lock.
func (s *scored) at(c attribution.Case) scoredAt {
	one, known := s.of[c.ID]
	if known && one.head == c.Head {
		return one
	}
	if s.of == nil || len(s.of) >= maxScored {
		s.of = make(map[attribution.CaseID]scoredAt)
	}
	s.of[c.ID] = scoredAt{head: c.Head, Scores: c.Scores()}
	return s.of[c.ID]
}

// leftOut is what leaving something out changes.
func (s *scored) leftOut(c attribution.Case) *leftOut {
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.at(c)
	if one.left == nil {
		one.left = leaveOut(c)
		s.of[c.ID] = one
	}
	return one.left
}
