package response

import (
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// The steps of who leads an action, or approves it, each under the body of its entry.
type (
	approval Approval
	move     Move
	offer    Handover
	answer   Handover
)

func (v approval) event() (ActionID, Event) { return v.Action, Event{Note: v.Reason} }

func (v approval) moot(a *record, by access.PartnerID) string {
	switch {
	case a.verdict.State == NoApproval:
		return "it needs no approval"
	case a.verdict.State == ApprovalGiven:
		return "it was approved already; whoever opened or leads it can call it off"
	case a.verdict.State == ApprovalDeclined && v.Refused:
		return "its approval was refused already"
	case by == a.By:
		return "who opened it cannot approve it"
	}
	return ""
}

func (v approval) apply(s *State, a *record, e ledger.Entry) {
	a.verdict = Verdict{State: ApprovalGiven, By: access.PartnerID(e.Actor), At: e.Time, Reason: v.Reason}
	if v.Refused {
		a.verdict.State = ApprovalDeclined
	}
	a.reckon()
	s.watchAll(a)
}

func (m move) event() (ActionID, Event) { return m.Action, Event{Note: m.Reason, Deadline: m.Deadline} }

func (m move) moot(a *record, _ access.PartnerID) string {
	switch {
	case m.Deadline.IsZero():
		return "the new deadline is missing"
	case m.Deadline.Equal(a.deadline):
		return "that is its deadline already"
	case a.status() == Done:
		return "everything was done already"
	}
	return ""
}

func (m move) apply(s *State, a *record, e ledger.Entry) {
	a.moves = append(a.moves, Moved{At: e.Time, By: access.PartnerID(e.Actor), From: a.deadline, To: m.Deadline, Reason: m.Reason})
	a.deadline, a.queued = m.Deadline, false
	for _, c := range a.order {
		if !c.own && (c.Status == Committed || c.Status == Contested) {
			s.keepBroken(a, c, e)
			c.Deadline = m.Deadline
		}
	}
	a.reckon()
	s.watchAll(a)
}

// keepBroken has a broken promise count as one when who broke it, or a partner of
// its organisation, calls the action off or moves its deadline. Where others do, it
// is they who say that it is no longer waited for.
func (s *State) keepBroken(a *record, c *part, e ledger.Entry) {
	own := organisation(s.calls.who(access.PartnerID(e.Actor))) == organisation(s.calls.who(c.Partner))
	switch {
	case !own && e.Kind == KindCancelled:
		c.kept = time.Time{}
	case own && c.kept.IsZero() && c.Status == Committed && a.bound(c) && e.Time.After(c.Deadline.Add(s.cfg.grace())):
		c.kept = c.Deadline
	}
}

func (h offer) event() (ActionID, Event) { return h.Action, Event{About: h.To, Note: h.Note} }

func (h offer) moot(a *record, _ access.PartnerID) string {
	switch {
	case h.To == "":
		return "to is missing: it names the partner that shall lead"
	case h.To == a.owner && a.offered == "":
		return "that partner leads it already"
	case h.To == a.offered:
		return "that partner was asked already whether it will lead"
	}
	return ""
}

// apply takes an earlier offer back; one to the owner does nothing else.
func (h offer) apply(_ *State, a *record, _ ledger.Entry) {
	a.offered = h.To
	if h.To == a.owner {
		a.offered = ""
	}
}

func (h answer) event() (ActionID, Event) { return h.Action, Event{Note: h.Note} }

func (h answer) moot(a *record, by access.PartnerID) string {
	if a.offered == "" || a.offered != by {
		return "the partner has not been asked to lead it"
	}
	return ""
}

func (h answer) apply(_ *State, a *record, e ledger.Entry) {
	a.offered = ""
	if e.Kind == KindOwnerAccepted {
		a.owner = access.PartnerID(e.Actor)
	}
}
