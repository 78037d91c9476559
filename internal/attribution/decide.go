package attribution

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Open is the draft of a new case and its id; a coordinator may open one. The
// zero audience stands for the default community at TLP:AMBER+STRICT.
func (s *State) Open(by access.Principal, o Opening, audience access.Audience) (CaseID, ledger.Draft, error) {
	if err := by.CheckPartner("open a case", access.Coordinator); err != nil {
		return "", ledger.Draft{}, err
	}
	if err := o.Validate(); err != nil {
		return "", ledger.Draft{}, fmt.Errorf("open case: %w", err)
	}
	if o.ID == "" {
		o.ID = CaseID("case--" + uuid.NewString())
	}
	if audience.TLP == "" {
		audience = access.ToCommunity(access.AmberStrict)
	}
	s.mu.RLock()
	_, taken := s.cases[o.ID]
	s.mu.RUnlock()
	if taken {
		return "", ledger.Draft{}, fmt.Errorf("open case %s: %w: it exists", o.ID, access.ErrConflict)
	}
	d, err := draft(KindOpened, by, audience, o)
	return o.ID, d, err
}

// Propose is the draft of one more hypothesis; a coordinator may propose one.
// Items that count no longer do so until they are rated against it, too.
func (s *State) Propose(by access.Principal, p Proposal) (ledger.Draft, error) {
	if err := by.CheckPartner("propose a hypothesis", access.Coordinator); err != nil {
		return ledger.Draft{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	c, err := s.visible(by, p.Case)
	if err != nil {
		return ledger.Draft{}, fmt.Errorf("propose hypothesis: %w", err)
	}
	if err := p.Hypothesis.Validate(); err != nil {
		return ledger.Draft{}, fmt.Errorf("propose hypothesis: %w", err)
	}
	if c.hasHypothesis(p.ID) {
		return ledger.Draft{}, fmt.Errorf("propose hypothesis %s: %w: the case has it", p.ID, access.ErrConflict)
	}
	if len(c.Hypotheses) >= maxHypotheses {
		return ledger.Draft{}, fmt.Errorf("propose hypothesis %s: %w: the case has %d, which is the most", p.ID, access.ErrConflict, maxHypotheses)
	}
	return draft(KindHypothesis, by, c.audience, p)
}

// File is the draft of an item of evidence and its id; a contributor may file one.
func (s *State) File(by access.Principal, e Evidence) (EvidenceID, ledger.Draft, error) {
	if err := by.CheckPartner("file evidence", access.Contributor); err != nil {
		return "", ledger.Draft{}, err
	}
	if e.ID == "" {
		e.ID = EvidenceID("evidence--" + uuid.NewString())
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	c, err := s.visible(by, e.Case)
	if err != nil {
		return "", ledger.Draft{}, fmt.Errorf("file evidence: %w", err)
	}
	if err := e.Validate(); err != nil {
		return "", ledger.Draft{}, fmt.Errorf("file evidence: %w", err)
	}
	if c.item[e.ID] {
		return "", ledger.Draft{}, fmt.Errorf("file evidence %s: %w: the case has it", e.ID, access.ErrConflict)
	}
	d, err := draft(KindEvidence, by, c.audience, e)
	return e.ID, d, err
}

// Rate is the drafts of a partner's ratings, to be appended together; an
// analyst may rate.
func (s *State) Rate(by access.Principal, ratings ...Rating) ([]ledger.Draft, error) {
	if err := by.CheckPartner("rate evidence", access.Analyst); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	drafts := make([]ledger.Draft, 0, len(ratings))
	for i, r := range ratings {
		c, err := s.visible(by, r.Case)
		if err != nil {
			return nil, fmt.Errorf("rate evidence: rating %d: %w", i, err)
		}
		if err := c.accepts(r); err != nil {
			return nil, fmt.Errorf("rate evidence: rating %d: %w", i, err)
		}
		d, err := draft(KindRating, by, c.audience, r)
		if err != nil {
			return nil, fmt.Errorf("rate evidence: rating %d: %w", i, err)
		}
		drafts = append(drafts, d)
	}
	return drafts, nil
}

// visible is the case if it exists and the principal may see it. The caller
// holds the lock.
func (s *State) visible(p access.Principal, id CaseID) (*record, error) {
	c, err := s.find(id)
	if err != nil || !p.MaySee(c.By, c.audience) {
		return nil, fmt.Errorf("case %q: %w", id, access.ErrNotFound)
	}
	return c, nil
}

func draft(kind ledger.Kind, by access.Principal, audience access.Audience, body any) (ledger.Draft, error) {
	return ledger.NewDraft(kind, by.Actor(), audience.String(), body)
}
