package response

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Open is the draft of a new action and its id. A coordinator asks others, and
// so does an administrator without a partner, in the hub's name; a contributor
// may volunteer.
func (s *State) Open(by access.Principal, o Opening) (ActionID, ledger.Draft, error) {
	needed := access.Coordinator
	if o.Volunteered {
		needed = access.Contributor
	}
	if err := may(by, "open an action", needed, o.Volunteered); err != nil {
		return "", ledger.Draft{}, err
	}
	if err := o.Validate(); err != nil {
		return "", ledger.Draft{}, fmt.Errorf("open action: %w", err)
	}
	if o.ID == "" {
		o.ID = ActionID("action--" + uuid.NewString())
	}
	s.mu.RLock()
	_, exists := s.actions[o.ID]
	s.mu.RUnlock()
	if exists {
		return "", ledger.Draft{}, fmt.Errorf("open action %s: %w: it exists", o.ID, access.ErrConflict)
	}
	d, err := draft(KindOpened, by, o)
	return o.ID, d, err
}

// Commit is the draft of a partner's word that it will do its part, whether it
// was asked or not.
func (s *State) Commit(by access.Principal, p Promise) (ledger.Draft, error) {
	if err := access.CheckProse("note", p.Note, maxText, false); err != nil {
		return ledger.Draft{}, fmt.Errorf("commit to action %s: %w", p.Action, err)
	}
	return s.step(by, "commit to action", p.Action, KindCommitted, p)
}

// Done is the draft of a partner's report that it has done what it promised.
// Only the partner that committed can report it, and evidence is needed.
func (s *State) Done(by access.Principal, c Completion) (ledger.Draft, error) {
	if err := checkEvidence(c.Evidence); err != nil {
		return ledger.Draft{}, fmt.Errorf("report action %s as done: %w", c.Action, err)
	}
	return s.step(by, "report as done action", c.Action, KindDone, c)
}

// RollBack is the draft of a partner taking back what it had done, with a reason.
func (s *State) RollBack(by access.Principal, r Reversal) (ledger.Draft, error) {
	if err := access.CheckProse("reason", r.Reason, maxText, true); err != nil {
		return ledger.Draft{}, fmt.Errorf("roll back action %s: %w", r.Action, err)
	}
	return s.step(by, "roll back action", r.Action, KindRolledBack, r)
}

// Cancel is the draft of calling an action off, with a reason. The partner that
// opened it may, and an administrator.
func (s *State) Cancel(by access.Principal, r Reversal) (ledger.Draft, error) {
	if err := access.CheckProse("reason", r.Reason, maxText, true); err != nil {
		return ledger.Draft{}, fmt.Errorf("cancel action %s: %w", r.Action, err)
	}
	s.mu.RLock()
	a, ok := s.actions[r.Action]
	s.mu.RUnlock()
	if ok && access.PartnerID(by.Actor()) != a.By && !by.AtLeast(access.Administrator) {
		return ledger.Draft{}, fmt.Errorf("cancel action %s: %w: only %s, which opened it, or an administrator can", r.Action, access.ErrForbidden, a.By)
	}
	return s.step(by, "cancel action", r.Action, KindCancelled, r)
}

// step is a draft about an action that exists, is seen by the principal, and
// allows the step as it stands now.
func (s *State) step(by access.Principal, what string, id ActionID, kind ledger.Kind, body any) (ledger.Draft, error) {
	if err := may(by, what+" "+string(id), access.Contributor, kind != KindCancelled); err != nil {
		return ledger.Draft{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	a, err := s.visible(by, id)
	if err != nil {
		return ledger.Draft{}, fmt.Errorf("%s %s: %w", what, id, err)
	}
	if moot := a.allows(kind, access.PartnerID(by.Actor())); moot != "" {
		return ledger.Draft{}, fmt.Errorf("%s %s: %w: %s", what, id, access.ErrConflict, moot)
	}
	return draft(kind, by, body)
}

// may checks the role, and that what binds a partner comes from one.
func may(by access.Principal, what string, needed access.Role, asPartner bool) error {
	if !asPartner && by.AtLeast(access.Administrator) {
		return nil
	}
	return by.CheckPartner(what, needed)
}

// draft is for the default community at TLP:GREEN, as the whole board is.
func draft(kind ledger.Kind, by access.Principal, body any) (ledger.Draft, error) {
	return ledger.NewDraft(kind, by.Actor(), access.ToCommunity(access.Green).String(), body)
}

// allows says why a step of a partner changes nothing as the action stands, or
// "" if it may be taken. It is asked twice: before the append, to refuse, and
// when folding, since another entry may have come first.
func (a *record) allows(kind ledger.Kind, partner access.PartnerID) string {
	if !a.cancelledAt.IsZero() {
		return "the action was cancelled"
	}
	c := a.commitment(partner)
	switch {
	case kind == KindCommitted && c != nil && c.Status == Committed:
		return "the partner has committed already"
	case kind == KindCommitted && c != nil && c.Status == Done:
		return "the partner has done its part already"
	case kind == KindDone && (c == nil || c.Status == RolledBack):
		return "the partner has not committed to it: commit first"
	case kind == KindDone && c.Status == Done:
		return "the partner has done its part already"
	case kind == KindRolledBack && (c == nil || c.Status != Done):
		return "the partner has done nothing that could be rolled back"
	case kind == KindCancelled && a.status() == Done:
		return "everything was done already; what was done can be rolled back"
	}
	return ""
}
