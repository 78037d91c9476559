package response

import (
	"fmt"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Approve is the draft of the word of a second organisation about an action, or
// of its refusal with words. A coordinator of another organisation than the one
// that opened the action may; a refusal is only taken back by the organisation
// that it came from, or by an administrator of another than the opener's.
func (s *State) Approve(by access.Principal, v Approval) (ledger.Draft, error) {
	if err := access.CheckProse("reason", v.Reason, maxText, v.Refused); err != nil {
		return ledger.Draft{}, fmt.Errorf("approve action %s: %w", v.Action, err)
	}
	kind := KindApproved
	if v.Refused {
		kind = KindRefused
	}
	return s.step(by, "approve action", kind, approval(v), func(a *record) error {
		who := access.PartnerID(by.Actor())
		switch {
		case !by.AtLeast(access.Coordinator):
			return fmt.Errorf("%w: role %s is needed, the token has %q", access.ErrForbidden, access.Coordinator, by.Role)
		case s.organisation(who) == s.organisation(a.By):
			return fmt.Errorf("%w: it was opened by %s, which is of the same organisation: another has to", access.ErrForbidden, a.By)
		case a.verdict.State == ApprovalDeclined && !v.Refused && !by.AtLeast(access.Administrator) && s.organisation(who) != s.organisation(a.verdict.By):
			return fmt.Errorf("%w: %s refused it: only it can take that back, or an administrator", access.ErrForbidden, a.verdict.By)
		}
		return nil
	})
}

// organisation is that of a partner; one that is of none is its own.
func (s *State) organisation(id access.PartnerID) string {
	if s.directory == nil {
		return string(id)
	}
	p, _ := s.directory.Partner(id)
	p.ID = id // also of one that has left, and of the hub
	return organisation(p)
}

// HandOver is the draft of offering an action to another owner, by the partner
// that leads it or an administrator, or of that other's answer. To offer it to
// its owner takes an offer back.
func (s *State) HandOver(by access.Principal, h Handover) (ledger.Draft, error) {
	if err := access.CheckProse("note", h.Note, maxText, false); err != nil {
		return ledger.Draft{}, fmt.Errorf("hand over action %s: %w", h.Action, err)
	}
	switch h.Answer {
	case "accept":
		return s.step(by, "lead action", KindOwnerAccepted, answer(h), nil)
	case "decline":
		return s.step(by, "decline to lead action", KindOwnerDeclined, answer(h), nil)
	case "":
	default:
		return ledger.Draft{}, fmt.Errorf("hand over action %s: %w: unknown answer %q: use accept or decline", h.Action, access.ErrInvalid, h.Answer)
	}
	return s.step(by, "hand over action", KindOwnerOffered, offer(h), func(a *record) error {
		if err := owns(by)(a); err != nil {
			return err
		}
		if h.To == a.owner {
			return nil
		}
		if !isPartner(string(h.To)) {
			return fmt.Errorf("%w: to: %q is not a partner's id (\"identity--\" and a UUID)", access.ErrInvalid, h.To)
		}
		if s.directory == nil {
			return nil
		}
		if who, present := s.directory.Reader(h.To); !present || !who.MaySee(a.By, a.audience) {
			return fmt.Errorf("%w: to: no partner that is told of the action has the id %q", access.ErrInvalid, h.To)
		}
		return nil
	})
}
