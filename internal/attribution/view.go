package attribution

import (
	"fmt"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
)

// List is every case that the principal may see, the newest first.
func (s *State) List(p access.Principal) []Case {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]Case, 0, len(s.order))
	for _, id := range slices.Backward(s.order) {
		if c := s.cases[id]; p.MaySee(c.By, c.audience) {
			list = append(list, c.view())
		}
	}
	return list
}

// Get is one case, or access.ErrNotFound, also for a case that the principal may not see.
func (s *State) Get(p access.Principal, id CaseID) (Case, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c, err := s.visible(p, id)
	if err != nil {
		return Case{}, fmt.Errorf("get case: %w", err)
	}
	return c.view(), nil
}

// Scores are a case's scores, computed from its ratings as they stand.
func (s *State) Scores(p access.Principal, id CaseID) (Scores, error) {
	s.mu.RLock()
	c, err := s.visible(p, id)
	if err != nil {
		s.mu.RUnlock()
		return Scores{}, fmt.Errorf("score: %w", err)
	}
	m := c.Matrix()
	s.mu.RUnlock()
	return m.Score(), nil
}

// view is the case for a reader, sharing nothing that the fold changes.
func (c *record) view() Case {
	view := c.Case
	view.Policy = c.Policy.clone()
	view.Hypotheses = slices.Clone(c.Hypotheses)
	view.Evidence = append([]Filed{}, c.Evidence...)
	view.Ratings = append([]Rated{}, c.Ratings...)
	return view
}

// Matrix is the case's ratings as Score takes them.
func (c Case) Matrix() Matrix {
	m := Matrix{Rows: make([]Row, len(c.Evidence))}
	column := make(map[HypothesisID]int, len(c.Hypotheses))
	for j, h := range c.Hypotheses {
		column[h.ID] = j
		m.Hypotheses = append(m.Hypotheses, h.ID)
	}
	line := make(map[EvidenceID]int, len(c.Evidence))
	for i, e := range c.Evidence {
		line[e.ID] = i
		m.Rows[i] = Row{Evidence: e.ID, Weight: e.Weight(), Cells: make([]Cell, len(c.Hypotheses))}
	}
	for _, r := range c.Ratings {
		m.Rows[line[r.Evidence]].Cells[column[r.Hypothesis]].Add(r.Value, r.Likelihood)
	}
	return m
}
