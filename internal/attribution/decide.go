package attribution

import (
	"cmp"
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
	o.Party = cmp.Or(o.Members[by.Partner], o.Party)
	if err := cmp.Or(o.Validate(), checkName(o.Members, o.taken(), by.Partner, o.Party)); err != nil {
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
	opened := s.opened[by.Partner]
	s.mu.RUnlock()
	if taken {
		return "", ledger.Draft{}, fmt.Errorf("open case %s: %w: it exists", o.ID, access.ErrConflict)
	}
	if opened >= maxCases {
		return "", ledger.Draft{}, fmt.Errorf("open case: %w: one partner can open at most %d", access.ErrConflict, maxCases)
	}
	d, err := newDraft(KindOpened, by, audience, o)
	return o.ID, d, err
}

// Propose is the draft of one more hypothesis; a coordinator may propose one.
func (s *State) Propose(by access.Principal, p Proposal) (ledger.Draft, error) {
	return s.draft("propose a hypothesis", by, access.Coordinator, KindHypothesis, p)
}

// File is the draft of an item of evidence and its id; a contributor may file one.
func (s *State) File(by access.Principal, e Evidence) (EvidenceID, ledger.Draft, error) {
	if e.ID == "" {
		e.ID = EvidenceID("evidence--" + uuid.NewString())
	}
	d, err := s.draft("file evidence", by, access.Contributor, KindEvidence, e)
	if err != nil {
		return "", ledger.Draft{}, err
	}
	return e.ID, d, nil
}

// Mark is the draft of a mark on an item: a contributor may withdraw what its
// partner filed, an analyst may contest any.
func (s *State) Mark(by access.Principal, m Mark) (ledger.Draft, error) {
	needed := access.Analyst
	if m.Status == ItemWithdrawn {
		needed = access.Contributor
	}
	return s.draft("mark evidence", by, needed, KindMark, m)
}

// Rate is the drafts of a partner's ratings, to be appended together; an
// analyst may rate.
func (s *State) Rate(by access.Principal, ratings ...Rating) ([]ledger.Draft, error) {
	drafts := make([]ledger.Draft, 0, len(ratings))
	for i, r := range ratings {
		d, err := s.draft("rate evidence", by, access.Analyst, KindRating, r, func(f *file) error {
			return f.room(KindRating, by.Partner, len(ratings))
		})
		if err != nil {
			return nil, fmt.Errorf("rating %d: %w", i, err)
		}
		drafts = append(drafts, d)
	}
	return drafts, nil
}

// Commit is the draft of a commitment to a vector; an analyst may commit.
func (s *State) Commit(by access.Principal, c Commitment) (ledger.Draft, error) {
	return s.draft("commit to a vector", by, access.Analyst, KindCommitted, c)
}

// CloseRound is the draft of the end of commitments; a coordinator may close a
// round in which something was committed to.
func (s *State) CloseRound(by access.Principal, c Closing) (ledger.Draft, error) {
	return s.draft("close a round", by, access.Coordinator, KindRound, c, func(f *file) error {
		if f.closed() == len(f.Rounds) {
			return fmt.Errorf("%w: nothing is committed to in round %d", access.ErrConflict, c.Round)
		}
		return nil
	})
}

// Reveal is the draft of the vector that was committed to; an analyst may reveal it.
func (s *State) Reveal(by access.Principal, r Revelation) (ledger.Draft, error) {
	return s.draft("reveal a vector", by, access.Analyst, KindRevealed, r)
}

// Unseal is the draft of the opening of a seal: a contributor of the partner
// that filed the item may open it.
func (s *State) Unseal(by access.Principal, u Unsealing) (ledger.Draft, error) {
	return s.draft("open a seal", by, access.Contributor, KindUnsealed, u, func(f *file) error {
		item := f.Evidence[f.row[u.Evidence]]
		if item.By != by.Partner {
			return fmt.Errorf("%w: only the partner that filed %s may open its seal", access.ErrForbidden, u.Evidence)
		}
		return nil
	})
}

// draft is the draft of a record that the case would take now, by a partner of
// the policy under the name that the opening gives it; further checks are of what only the hub asks for, and come last.
func (s *State) draft(what string, by access.Principal, needed access.Role, kind ledger.Kind, b body, further ...func(*file) error) (ledger.Draft, error) {
	if err := by.CheckPartner(what, needed); err != nil {
		return ledger.Draft{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	id, _ := b.of()
	f, err := s.visible(by, id)
	if err != nil {
		return ledger.Draft{}, fmt.Errorf("%s: %w", what, err)
	}
	if name, member := f.Members[by.Partner]; member {
		b = b.as(name)
	}
	if err := f.takes(kind, by.Partner, b); err != nil {
		return ledger.Draft{}, fmt.Errorf("%s: %w", what, err)
	}
	for _, check := range further {
		if err := check(f); err != nil {
			return ledger.Draft{}, fmt.Errorf("%s: %w", what, err)
		}
	}
	return newDraft(kind, by, f.audience, b)
}

func newDraft(kind ledger.Kind, by access.Principal, audience access.Audience, body any) (ledger.Draft, error) {
	text, err := written(body)
	if err != nil {
		return ledger.Draft{}, err
	}
	d := ledger.Draft{Kind: kind, Actor: by.Actor(), Audience: audience.String(), Body: text}
	if err := d.Validate(); err != nil {
		return ledger.Draft{}, fmt.Errorf("%w: %w", access.ErrInvalid, err)
	}
	return d, nil
}
