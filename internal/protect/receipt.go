package protect

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// PartnerReceipt is the latest word of one partner's outlet about a protection.
type PartnerReceipt struct {
	Partner  access.PartnerID `json:"partner"`
	Recorded time.Time        `json:"recorded"`         // by the ledger's clock
	Since    time.Time        `json:"since,omitzero"`   // in force without a break, by the edge's clock
	Heard    time.Time        `json:"heard,omitzero"`   // when the outlet last said anything about any protection
	Ignored  bool             `json:"ignored,omitzero"` // its partner is under quarantine: it does not count
	Receipt
}

type receiptKey struct {
	partner access.PartnerID
	outlet  string
}

// BadReceipt is the error of a list of receipts: which one, counted from 0, and why.
type BadReceipt struct {
	Index int
	Cause error
}

func (b *BadReceipt) Error() string { return fmt.Sprintf("receipt %d: %v", b.Index, b.Cause) }

// Unwrap is the cause.
func (b *BadReceipt) Unwrap() error { return b.Cause }

// AcknowledgeAll gives the entries of a partner's receipts: one for each outlet,
// up to 10,000 of them. Only that partner and coordinators see them. It fails
// with a *BadReceipt.
func (s *State) AcknowledgeAll(by access.Principal, list []Receipt) ([]ledger.Draft, error) {
	if by.Partner == "" {
		return nil, &BadReceipt{Cause: fmt.Errorf("%w: receipts come from partners", ErrForbidden)}
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for i, r := range list {
		if err := s.checkReceipt(by, r); err != nil {
			return nil, &BadReceipt{i, err}
		}
	}
	all := together(sorted(list))
	drafts := make([]ledger.Draft, 0, len(all))
	for _, r := range all {
		drafts = append(drafts, draft(KindReceipt, by.Actor(), toOwner, r))
	}
	return drafts, nil
}

// Acknowledge is AcknowledgeAll for one receipt of a partner.
func (s *State) Acknowledge(by access.PartnerID, r Receipt, _ time.Time) (ledger.Draft, error) {
	drafts, err := s.AcknowledgeAll(access.Principal{Partner: by, Role: access.Coordinator}, []Receipt{r})
	var bad *BadReceipt
	switch {
	case errors.As(err, &bad):
		return ledger.Draft{}, fmt.Errorf("acknowledge protection: %w", bad.Cause)
	case err != nil:
		return ledger.Draft{}, err
	}
	return drafts[0], nil
}

func (s *State) checkReceipt(by access.Principal, r Receipt) error {
	if err := access.CheckText("outlet", r.Outlet, maxOutlet); err != nil {
		return err
	}
	if r.Problem != "" {
		if err := access.CheckText("problem", r.Problem, maxProblem); err != nil {
			return err
		}
	}
	if r.At.Year() < 1970 || r.At.Year() > 9999 {
		return fmt.Errorf("%w: \"at\" has to say when the outlet applied it", ErrInvalid)
	}
	// An id follows from its value: who may not see the protection is told what
	// who made the id up is told.
	if about, known := s.ids[r.Protection]; !known || !about.shownTo(by) {
		return fmt.Errorf("%w: no protection has the id %q", ErrNotFound, r.Protection)
	}
	if !s.acts.outlets.room(receiptKey{by.Partner, r.Outlet}) {
		return fmt.Errorf("%w: %s has %d outlets already: give an outlet one name and keep to it", ErrConflict, by.Partner, maxOutlets)
	}
	return nil
}

func (s *State) applyReceipts(e ledger.Entry) error {
	return EachReceipt(e, func(r Receipt) {
		if _, known := s.ids[r.Protection]; !known {
			return
		}
		if n, ok := s.acts.outlets.at(receiptKey{access.PartnerID(e.Actor), r.Outlet}, e.Time); ok {
			s.acts.receipts.note(r, n, e.Time, s.ended)
			s.weighHold(receiptKey{access.PartnerID(e.Actor), r.Outlet}, r)
		}
	})
}

// ended says whether a protection is over, or was forgotten.
func (s *State) ended(id string) bool {
	about, known := s.ids[id]
	return !known || about.Status == Revoked || about.Status == Expired
}

// receipt gives back what is kept.
func (s *State) receipt(protection string, k kept) PartnerReceipt {
	of := s.acts.outlets.list[k.outlet]
	r := PartnerReceipt{
		Partner: of.partner, Recorded: time.UnixMicro(k.recorded).UTC(), Heard: of.heard, Ignored: s.acts.quarantines.now(of.partner),
		Receipt: Receipt{Protection: protection, Outlet: of.outlet, InForce: k.since != 0, At: time.UnixMicro(k.at).UTC(), Problem: s.acts.receipts.problems.texts[k.problem].text},
	}
	if k.since != 0 {
		r.Since = time.UnixMicro(k.since).UTC()
	}
	return r
}

// Receipts gives the latest receipt of each partner's outlet about a
// protection that the principal may see, by partner and outlet: its own, for a
// coordinator all.
func (s *State) Receipts(by access.Principal, protection string) []PartnerReceipt {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.receiptsFor(by, protection)
}

func (s *State) receiptsFor(by access.Principal, protection string) []PartnerReceipt {
	list := []PartnerReceipt{}
	for _, k := range s.acts.receipts.of[protection] {
		if by.AtLeast(access.Coordinator) || by.MaySee(s.acts.outlets.list[k.outlet].partner, toOwner) {
			list = append(list, s.receipt(protection, k))
		}
	}
	slices.SortFunc(list, func(a, b PartnerReceipt) int {
		return cmp.Or(cmp.Compare(a.Partner, b.Partner), cmp.Compare(a.Outlet, b.Outlet))
	})
	return list
}

// Refusals gives the refusals that the principal may see, in the order of
// their entries: its own and those of the rule, for a coordinator all.
func (s *State) Refusals(by access.Principal) []PartnerRefusal {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := []PartnerRefusal{}
	for _, r := range s.refusals {
		if by.AtLeast(access.Coordinator) || by.MaySee(r.Partner, r.audience) {
			list = append(list, r)
		}
	}
	return list
}
