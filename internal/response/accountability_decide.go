package response

import (
	"cmp"
	"fmt"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// own is the audience of what a partner says of itself: nobody else, as far as the
// ledger is concerned.
var own = access.Audience{TLP: access.Red}.String()

// Explain is the draft of a partner's word to one of its commitments, or to having
// been asked.
func (s *State) Explain(by access.Principal, x Explanation) (ledger.Draft, error) {
	work := cmp.Or(string(x.Action), string(x.Call))
	what := "explain " + work
	if err := by.CheckPartner(what, access.Contributor); err != nil {
		return ledger.Draft{}, err
	}
	if (x.Action == "") == (x.Call == "") {
		return ledger.Draft{}, fmt.Errorf("explain: %w: name an action or a call, one of them", access.ErrInvalid)
	}
	if err := access.CheckProse("text", x.Text, maxText, true); err != nil {
		return ledger.Draft{}, fmt.Errorf("%s: %w", what, err)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.accounts.line(work, by.Partner) == nil {
		return ledger.Draft{}, fmt.Errorf("%s: %w: the partner was not asked for it and has not committed to it", what, access.ErrNotFound)
	}
	return ledger.NewDraft(KindExplained, by.Actor(), own, x)
}

// ShareAccount is the draft of to whom beside coordinators a partner shows its
// account from now on.
func (s *State) ShareAccount(by access.Principal, to AccountSharing) (ledger.Draft, error) {
	const what = "share accountability"
	if err := by.CheckPartner(what, access.Coordinator); err != nil {
		return ledger.Draft{}, err
	}
	known := func(id access.PartnerID) bool { _, present := s.calls.partners.Partner(id); return present }
	if err := checkList("with", to.With, maxAsked, known, "a partner's id"); err != nil {
		return ledger.Draft{}, fmt.Errorf("%s: %w", what, err)
	}
	return ledger.NewDraft(KindAccountShared, by.Actor(), own, to)
}

// AccountShared is to whom beside coordinators the principal's partner shows its
// account.
func (s *State) AccountShared(p access.Principal) AccountSharing {
	s.mu.RLock()
	defer s.mu.RUnlock()
	to := AccountSharing{With: []access.PartnerID{}}
	if known := s.accounts.of[p.Partner]; known != nil {
		to.With = append(to.With, known.shown...)
	}
	return to
}

func (acc *accounts) explained(e ledger.Entry, x Explanation) {
	id, work := access.PartnerID(e.Actor), cmp.Or(string(x.Action), string(x.Call))
	if acc.line(work, id) == nil || access.CheckProse("text", x.Text, maxText, true) != nil {
		return
	}
	of := acc.partner(id)
	of.said[work], of.saidAt[work] = x, e.Time
}

func (acc *accounts) sharedWith(e ledger.Entry, to AccountSharing) {
	if isPartner(e.Actor) && len(to.With) <= maxAsked {
		acc.partner(access.PartnerID(e.Actor)).shown = to.With
	}
}
