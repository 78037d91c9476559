package web

import (
	"slices"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/attribution/score"
)

// casesView is the cases that the reader may see, the newest first.
type casesView struct {
	Waiting []waitingView // statements that wait for the vote of the reader's partner
	Partner string        // its name
	Cases   []caseLine
	More    int
}

// waitingView is a statement that waits for votes.
type waitingView struct {
	Question, Act, Finding, Path string
	Version                      int
	Drafted                      time.Time
}

func waiting(c attribution.Case, s attribution.Statement) waitingView {
	d := s.Document
	return waitingView{c.Question, string(d.Act), c.Title(d.Finding), pathOf(c, s), d.Version, s.At}
}

// caseLine is a case in the list.
type caseLine struct {
	ID        attribution.CaseID
	Question  string
	States    []string
	Simulated bool
	Opened    time.Time
	By        string
	Finding   string // of the last published statement; "" without one
	Said      attribution.Document
	Items     int
	Partners  int // that the policy names
}

const (
	maxCases   = 100 // in the list
	maxWaiting = 20  // statements that wait, in the list
)

func (p *pages) cases(r reading) (content, error) {
	list := p.Views.Cases.List(r.who)
	v := casesView{More: max(0, len(list)-maxCases), Partner: p.nameOf(string(r.who.Partner))}
	for _, c := range list {
		for _, s := range c.Statements {
			if waits(c, s) && owes(c, s, r.who) && len(v.Waiting) < maxWaiting {
				v.Waiting = append(v.Waiting, waiting(c, s))
			}
		}
	}
	for _, c := range list[:min(len(list), maxCases)] {
		one := caseLine{
			ID: c.ID, Question: c.Question, States: states(c), Simulated: c.Simulated != "", Opened: c.Opened, By: c.Party,
			Items: len(c.Evidence), Partners: len(c.Policy.Partners()),
		}
		if s := c.Current(); s != nil {
			one.Finding, one.Said = c.Title(s.Document.Finding), s.Document
		}
		v.Cases = append(v.Cases, one)
	}
	return content{"cases", "Cases", "/cases", v}, nil
}

// states says in words where a case stands.
func states(c attribution.Case) []string {
	var list []string
	switch c.Status {
	case attribution.Open:
		list = append(list, "open")
	case attribution.Proposed:
		list = append(list, "put to the vote")
	default:
		list = append(list, string(c.Status))
		if slices.ContainsFunc(c.Statements, func(s attribution.Statement) bool { return waits(c, s) }) {
			list = append(list, "a new statement waits for votes")
		}
	}
	if c.Contested {
		list = append(list, "contested")
	}
	return list
}

// waits says whether a statement can still be published: it is not, and follows
// the last one that is.
func waits(c attribution.Case, s attribution.Statement) bool {
	previous := ""
	if current := c.Current(); current != nil {
		previous = current.Digest.String()
	}
	return s.Published == 0 && s.Document.Previous == previous
}

// owes says whether the decision rule names the reader's partner and that has
// not voted on the statement.
func owes(c attribution.Case, s attribution.Statement, who access.Principal) bool {
	return who.Partner != "" && who.AtLeast(access.Analyst) && slices.Contains(c.Silent(s), who.Partner)
}

// pathOf is the page of one statement.
func pathOf(c attribution.Case, s attribution.Statement) string {
	return "/cases/" + string(c.ID) + "/statements/" + s.Digest.String()
}

// scored keeps the scores of cases as of their last record: whoever follows what
// happens asks for the same over and over.
type scored struct {
	mu sync.Mutex
	of map[attribution.CaseID]scoredAt
}

type scoredAt struct {
	head attribution.Digest
	score.Scores
}

const maxScored = 32 // cases

func (s *scored) scores(c attribution.Case) score.Scores {
	s.mu.Lock()
	defer s.mu.Unlock()
	one, known := s.of[c.ID]
	if known && one.head == c.Head {
		return one.Scores
	}
	if s.of == nil || len(s.of) >= maxScored {
		s.of = make(map[attribution.CaseID]scoredAt)
	}
	s.of[c.ID] = scoredAt{c.Head, c.Scores()}
	return s.of[c.ID].Scores
}
