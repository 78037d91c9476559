package protect

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// PartnerReceipt is the latest word of one partner's outlet about a protection.
type PartnerReceipt struct {
	Partner  access.PartnerID `json:"partner"`
	Recorded time.Time        `json:"recorded"` // by the ledger's clock
	Receipt
}

type receiptKey struct {
	partner access.PartnerID
	outlet  string
}

// Acknowledge gives the entry of a partner's receipt. Only that partner and
// coordinators see it.
func (s *State) Acknowledge(by access.PartnerID, r Receipt, _ time.Time) (ledger.Draft, error) {
	if by == "" {
		return ledger.Draft{}, fmt.Errorf("acknowledge protection: %w: receipts come from partners", ErrForbidden)
	}
	if err := access.CheckText("outlet", r.Outlet, maxOutlet); err != nil {
		return ledger.Draft{}, fmt.Errorf("acknowledge protection: %w", err)
	}
	if r.Problem != "" {
		if err := access.CheckText("problem", r.Problem, maxProblem); err != nil {
			return ledger.Draft{}, fmt.Errorf("acknowledge protection: %w", err)
		}
	}
	if r.At.IsZero() || r.At.Year() > 9999 {
		return ledger.Draft{}, fmt.Errorf("acknowledge protection: %w: \"at\" has to say when the outlet applied it", ErrInvalid)
	}
	s.mu.RLock()
	_, known := s.ids[r.Protection]
	s.mu.RUnlock()
	if !known {
		return ledger.Draft{}, fmt.Errorf("acknowledge protection: %w: no protection has the id %q", ErrNotFound, r.Protection)
	}
	return draft(KindReceipt, string(by), toOwner, r), nil
}

func (s *State) applyReceipt(e ledger.Entry, r Receipt) {
	about, known := s.ids[r.Protection]
	if !known {
		return
	}
	of := s.receipts[r.Protection]
	if of == nil {
		of = map[receiptKey]PartnerReceipt{}
		s.receipts[r.Protection] = of
	}
	key := receiptKey{access.PartnerID(e.Actor), r.Outlet}
	before, repeated := of[key]
	of[key] = PartnerReceipt{Partner: key.partner, Recorded: e.Time, Receipt: r}
	if !repeated || before.InForce != r.InForce || before.Problem != r.Problem {
		about.rec.tell(e, Event{Receipt: &r})
	}
}

// Receipts gives the latest receipt of each partner's outlet about a
// protection that the principal may see, by partner and outlet: its own, for a
// coordinator all.
func (s *State) Receipts(by access.Principal, protection string) []PartnerReceipt {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := []PartnerReceipt{}
	for _, r := range s.receipts[protection] {
		if by.AtLeast(access.Coordinator) || by.MaySee(r.Partner, toOwner) {
			list = append(list, r)
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
