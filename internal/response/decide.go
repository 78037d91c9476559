package response

import (
	"context"
	"fmt"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Commit is the draft of a partner's word that it will do its part, whether it
// was asked or not.
func (s *State) Commit(by access.Principal, p Promise) (ledger.Draft, error) {
	if err := access.CheckProse("note", p.Note, maxText, false); err != nil {
		return ledger.Draft{}, fmt.Errorf("commit to action %s: %w", p.Action, err)
	}
	return s.step(by, "commit to action", KindCommitted, promise(p), nil)
}

// Done is the draft of a partner's report that it has done what it promised.
// Only the partner that committed can report it, and evidence is needed; a
// reference to something on this hub is checked.
func (s *State) Done(ctx context.Context, by access.Principal, c Completion) (ledger.Draft, error) {
	err := s.checkEvidence(ctx, by, &c)
	if err != nil {
		return ledger.Draft{}, fmt.Errorf("report action %s as done: %w", c.Action, err)
	}
	return s.step(by, "report as done action", KindDone, completion(c), nil)
}

// RollBack is the draft of a partner taking back what it had done, with a reason.
func (s *State) RollBack(by access.Principal, r Reversal) (ledger.Draft, error) {
	if err := access.CheckProse("reason", r.Reason, maxText, true); err != nil {
		return ledger.Draft{}, fmt.Errorf("roll back action %s: %w", r.Action, err)
	}
	return s.step(by, "roll back action", KindRolledBack, rollback(r), nil)
}

// Cancel is the draft of calling an action off, with a reason. The partners that
// opened and that lead it may, and an administrator.
func (s *State) Cancel(by access.Principal, r Reversal) (ledger.Draft, error) {
	if err := access.CheckProse("reason", r.Reason, maxText, true); err != nil {
		return ledger.Draft{}, fmt.Errorf("cancel action %s: %w", r.Action, err)
	}
	return s.step(by, "cancel action", KindCancelled, cancellation(r), func(a *record) error {
		if who := access.PartnerID(by.Actor()); who != a.By && who != a.owner && !by.AtLeast(access.Administrator) {
			return fmt.Errorf("%w: only %s, which opened it, the partner that leads it or an administrator can", access.ErrForbidden, a.By)
		}
		return nil
	})
}

// Contest is the draft of saying that the evidence of a partner's part does not
// convince, or of taking that back. The partner that opened the action may, and
// an administrator.
func (s *State) Contest(by access.Principal, c Contest) (ledger.Draft, error) {
	if err := access.CheckProse("reason", c.Reason, maxText, true); err != nil {
		return ledger.Draft{}, fmt.Errorf("contest action %s: %w", c.Action, err)
	}
	kind := KindContested
	if c.Withdraw {
		kind = KindContestWithdrawn
	}
	return s.step(by, "contest action", kind, contest(c), func(a *record) error {
		if access.PartnerID(by.Actor()) != a.By && !by.AtLeast(access.Administrator) {
			return fmt.Errorf("%w: only %s, which opened it, or an administrator can", access.ErrForbidden, a.By)
		}
		return nil
	})
}

// MoveDeadline is the draft of another deadline, with a reason. The partner that
// leads the action may, and an administrator.
func (s *State) MoveDeadline(by access.Principal, m Move, now time.Time) (ledger.Draft, error) {
	if err := access.CheckProse("reason", m.Reason, maxText, true); err != nil {
		return ledger.Draft{}, fmt.Errorf("move deadline of action %s: %w", m.Action, err)
	}
	if !m.Deadline.After(now) {
		return ledger.Draft{}, fmt.Errorf("move deadline of action %s: %w: deadline: %s has passed already", m.Action, access.ErrInvalid, m.Deadline.Format(time.RFC3339))
	}
	return s.step(by, "move deadline of action", KindDeadlineMoved, move(m), owns(by))
}

// owns wants the partner that leads the action, or an administrator.
func owns(by access.Principal) func(*record) error {
	return func(a *record) error {
		if access.PartnerID(by.Actor()) != a.owner && !by.AtLeast(access.Administrator) {
			return fmt.Errorf("%w: only %s, which leads it, or an administrator can", access.ErrForbidden, a.owner)
		}
		return nil
	}
}

// step is a draft about an action that exists, is seen by the principal, and
// allows the step as it stands now. permit, unless it is nil, says whether the
// principal may take it.
func (s *State) step(by access.Principal, what string, kind ledger.Kind, body step, permit func(*record) error) (ledger.Draft, error) {
	id, _ := body.event()
	if err := may(by, what+" "+string(id), access.Contributor, permit == nil); err != nil {
		return ledger.Draft{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	a, err := s.visible(by, id)
	if err == nil && permit != nil {
		err = permit(a)
	}
	if err != nil {
		return ledger.Draft{}, fmt.Errorf("%s %s: %w", what, id, err)
	}
	if moot := a.moot(body, access.PartnerID(by.Actor())); moot != "" {
		return ledger.Draft{}, fmt.Errorf("%s %s: %w: %s", what, id, access.ErrConflict, moot)
	}
	return ledger.NewDraft(kind, by.Actor(), a.audienceOf(by.Actor()).String(), body)
}

// may checks the role, and that what binds a partner comes from one.
func may(by access.Principal, what string, needed access.Role, asPartner bool) error {
	if !asPartner && by.AtLeast(access.Administrator) {
		return nil
	}
	return by.CheckPartner(what, needed)
}

// draft is for the default community at TLP:GREEN, as the board is where nothing
// else was chosen.
func draft(kind ledger.Kind, by access.Principal, body any) (ledger.Draft, error) {
	return ledger.NewDraft(kind, by.Actor(), access.ToCommunity(access.Green).String(), body)
}
