package response

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// OpenCall is the draft of a call for assistance and its id, which the hub gives. A
// coordinator calls, and so does an administrator without a partner, in the
// hub's name. to is who may see it, the default community at TLP:GREEN if it is
// the zero Audience; whether the caller may share with it,
// access.Directory.CheckAudience says.
func (s *State) OpenCall(by access.Principal, to access.Audience, o CallOpening, now time.Time) (CallID, ledger.Draft, error) {
	refuse := func(err error) (CallID, ledger.Draft, error) {
		return "", ledger.Draft{}, fmt.Errorf("call for assistance: %w", err)
	}
	if err := may(by, "call for assistance", access.Coordinator, false); err != nil {
		return "", ledger.Draft{}, err
	}
	switch {
	case o.ID != "":
		return refuse(fmt.Errorf("%w: id is given by the hub: leave it out", access.ErrInvalid))
	case !o.Deadline.IsZero() && !o.Deadline.After(now):
		return refuse(fmt.Errorf("%w: deadline %s has passed: name a later one, or none", access.ErrInvalid, o.Deadline.Format(time.RFC3339)))
	}
	if err := o.Validate(); err != nil {
		return refuse(err)
	}
	if to.TLP == "" {
		to = access.ToCommunity(access.Green)
	}
	if to.Community == "" {
		to.Community = access.DefaultCommunity
	}
	s.mu.RLock()
	open := s.calls.open[access.PartnerID(by.Actor())]
	s.mu.RUnlock()
	if open >= maxOpenCalls {
		return refuse(fmt.Errorf("%w: %d calls of %s are open, which is the most: close some", access.ErrConflict, open, by.Actor()))
	}
	o.ID = CallID("call--" + uuid.NewString())
	d, err := ledger.NewDraft(KindCallOpened, by.Actor(), to.String(), o)
	return o.ID, d, err
}

// AnswerCall is the draft of a partner's answer to a call that it may see, whether
// it was called or not. It may be changed as long as the call is open.
func (s *State) AnswerCall(by access.Principal, a CallAnswer) (ledger.Draft, error) {
	what := "answer call " + string(a.Call)
	if err := by.CheckPartner(what, access.Contributor); err != nil {
		return ledger.Draft{}, err
	}
	if err := a.validate(); err != nil {
		return ledger.Draft{}, fmt.Errorf("%s: %w", what, err)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	r, err := s.visibleCall(by, a.Call)
	if err != nil {
		return ledger.Draft{}, fmt.Errorf("%s: %w", what, err)
	}
	if why := r.refuses(by.Partner); why != "" {
		return ledger.Draft{}, fmt.Errorf("%s: %w: %s", what, access.ErrConflict, why)
	}
	return ledger.NewDraft(KindCallAnswered, by.Actor(), r.told().String(), a)
}

// CloseCall is the draft of the end of a call, with a reason. The partner that
// opened it may, and an administrator.
func (s *State) CloseCall(by access.Principal, c CallClosing) (ledger.Draft, error) {
	what := "close call " + string(c.Call)
	if err := may(by, what, access.Coordinator, false); err != nil {
		return ledger.Draft{}, err
	}
	if err := access.CheckProse("reason", c.Reason, maxText, true); err != nil {
		return ledger.Draft{}, fmt.Errorf("%s: %w", what, err)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	r, err := s.visibleCall(by, c.Call)
	switch {
	case err != nil:
		return ledger.Draft{}, fmt.Errorf("%s: %w", what, err)
	case access.PartnerID(by.Actor()) != r.by && !by.AtLeast(access.Administrator):
		return ledger.Draft{}, fmt.Errorf("%s: %w: only %s, which opened it, or an administrator can", what, access.ErrForbidden, r.by)
	case !r.closed.IsZero():
		return ledger.Draft{}, fmt.Errorf("%s: %w: it is closed: %s", what, access.ErrConflict, r.reason)
	}
	return ledger.NewDraft(KindCallClosed, by.Actor(), r.told().String(), c)
}

// visibleCall is the call if it exists and the principal may see it. The caller
// holds the lock.
func (s *State) visibleCall(p access.Principal, id CallID) (*callRecord, error) {
	r, ok := s.calls.byID[id]
	if !ok || !p.MaySee(r.by, r.audience) {
		return nil, access.ErrNotFound
	}
	return r, nil
}

// told is who may see what is said to the call: who may see the call, and who
// opened it, which at TLP:RED need not be among those it names.
func (r *callRecord) told() access.Audience {
	to := r.audience
	if to.TLP == access.Red && r.by != access.Hub && !slices.Contains(to.Recipients, r.by) {
		to.Recipients = append(slices.Clone(to.Recipients), r.by)
	}
	return to
}
