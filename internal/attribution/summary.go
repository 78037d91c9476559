package attribution

import (
	"cmp"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// Summary is a case as a list shows it: nothing of it grows with the case.
type Summary struct {
	ID        CaseID
	Question  string
	Party     string // who opened it
	Simulated string
	TLP       access.TLP
	Opened    time.Time
	Status    Status
	Contested bool
	Waits     bool      // a statement can still be published
	Said      *Document // the last published statement; nil if there is none
	Finding   string    // the title of what it finds
	Items     int
	Partners  int         // that the policy names
	Owed      []Statement // that wait for the vote of the reader's partner, without votes; the oldest first
}

// Summaries is one page of the cases that the principal may see, at most n after
// a case that ended the page before, and how many are left: those first that wait
// for the vote of its partner, then those in which nothing is published, then the
// others, each the newest first.
func (s *State) Summaries(p access.Principal, after CaseID, n int) (page []Summary, left int) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	type place struct {
		*file
		rank int
	}
	var list []place
	for _, id := range slices.Backward(s.order) {
		if f := s.cases[id]; p.MaySee(f.By, f.audience) {
			list = append(list, place{f, f.rank(p)})
		}
	}
	slices.SortStableFunc(list, func(a, b place) int { return cmp.Compare(a.rank, b.rank) })
	if i := slices.IndexFunc(list, func(one place) bool { return one.ID == after }); i >= 0 {
		list = list[i+1:]
	}
	for _, one := range list[:min(n, len(list))] {
		page = append(page, one.summary(p))
	}
	return page, len(list) - len(page)
}

// rank is where a list has the case.
func (f *file) rank(p access.Principal) int {
	switch {
	case len(f.owed(p)) > 0:
		return 0
	case f.current < 0:
		return 1
	}
	return 2
}

// owed are the statements that can still be published and on which the
// principal's partner, which the policy names, has not voted.
func (f *file) owed(p access.Principal) (list []Statement) {
	if _, member := f.Members[p.Partner]; !member || !p.AtLeast(access.Analyst) {
		return nil
	}
	for i, one := range f.Statements {
		if f.waits(one) && f.voted[voteKey{i, p.Partner}].times == 0 {
			one.Votes = nil
			list = append(list, one)
		}
	}
	return list
}

// waits says whether a statement can still be published: it is not, and follows
// the last one that is.
func (f *file) waits(one Statement) bool {
	previous := ""
	if f.current >= 0 {
		previous = f.Statements[f.current].Digest.String()
	}
	return one.Published == 0 && one.Document.Previous == previous
}

func (f *file) summary(p access.Principal) Summary {
	one := Summary{
		ID: f.ID, Question: f.Question, Party: f.Party, Simulated: f.Simulated, TLP: f.audience.TLP, Opened: f.Opened, Status: f.status(),
		Contested: slices.Contains(f.Labels(), Contested), Waits: slices.ContainsFunc(f.Statements, f.waits),
		Items: len(f.Evidence), Partners: len(f.Members), Owed: f.owed(p),
	}
	if f.current >= 0 {
		said := f.Statements[f.current].Document
		one.Said, one.Finding = &said, f.Title(said.Finding)
	}
	return one
}

// Audience is who may see a case, or access.ErrNotFound.
func (s *State) Audience(p access.Principal, id CaseID) (access.Audience, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	f, err := s.visible(p, id)
	if err != nil {
		return access.Audience{}, err
	}
	return f.audience, nil
}
