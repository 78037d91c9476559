package response

import (
	"cmp"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// The steps that partners take, each under the body of its entry.
type (
	promise      Promise
	completion   Completion
	rollback     Reversal
	cancellation Reversal
	contest      Contest
)

func (p promise) event() (ActionID, Event) {
	return p.Action, Event{Note: p.Note, Deadline: p.Deadline}
}

func (p promise) moot(a *record, by access.PartnerID) string {
	c := a.parts[by]
	switch {
	case a.verdict.State == ApprovalDeclined:
		return "its approval was refused"
	case c == nil || c.Status == RolledBack:
		return ""
	case c.Status == Committed:
		return "the partner has committed already"
	}
	return "the partner has done its part already"
}

func (p promise) apply(s *State, a *record, e ledger.Entry) {
	c := &part{own: !p.Deadline.IsZero(), Commitment: Commitment{
		Action: a.ID, Partner: access.PartnerID(e.Actor), Note: p.Note, At: e.Time, Status: Committed,
		Deadline: p.Deadline, Early: s.undone(a.After),
	}}
	if !c.own {
		c.Deadline = a.deadline
	}
	// A partner that rolled back and commits again starts anew; its first
	// attempt stays in the history.
	if old := a.parts[c.Partner]; old != nil {
		a.order = slices.DeleteFunc(a.order, func(one *part) bool { return one == old })
		*a.counts.of(old.Status)--
	} else if a.names(string(c.Partner)) {
		a.silent--
	}
	a.parts[c.Partner] = c
	a.order = append(a.order, c)
	a.counts.Committed++
	a.owe(c, 1)
	s.watch(a, c)
}

func (d completion) event() (ActionID, Event) { return d.Action, Event{Note: d.Evidence} }

func (d completion) moot(a *record, by access.PartnerID) string {
	c := a.parts[by]
	switch {
	case c == nil || c.Status == RolledBack:
		return "the partner has not committed to it: commit first"
	case c.Status == Done:
		return "the partner has done its part already"
	case a.verdict.State == AwaitsApproval:
		return "it has not been approved: a coordinator of another organisation than the one that opened it has to"
	case a.verdict.State == ApprovalDeclined:
		return "its approval was refused"
	}
	return ""
}

func (d completion) apply(_ *State, a *record, e ledger.Entry) {
	c := a.parts[access.PartnerID(e.Actor)]
	a.turn(c, Done)
	c.DoneAt, c.Evidence, c.Sort, c.Contest = e.Time, d.Evidence, d.Sort, ""
	c.DoneLate = !c.Deadline.IsZero() && a.mayBy(c.Deadline) && e.Time.After(c.Deadline)
}

func (r rollback) event() (ActionID, Event) { return r.Action, Event{Note: r.Reason} }

func (r rollback) moot(a *record, by access.PartnerID) string {
	if c := a.parts[by]; c == nil || c.Status != Done && c.Status != Contested {
		return "the partner has done nothing that could be rolled back"
	}
	return ""
}

func (r rollback) apply(_ *State, a *record, e ledger.Entry) {
	c := a.parts[access.PartnerID(e.Actor)]
	a.turn(c, RolledBack)
	c.Reversed, c.Reason, c.Contest = e.Time, r.Reason, ""
}

func (r cancellation) event() (ActionID, Event) { return r.Action, Event{Note: r.Reason} }

func (r cancellation) moot(a *record, _ access.PartnerID) string {
	if a.status() == Done {
		return "everything was done already; what was done can be rolled back"
	}
	return ""
}

func (r cancellation) apply(s *State, a *record, e ledger.Entry) {
	a.cancelledAt, a.cancelReason, a.offered = e.Time, r.Reason, ""
	for _, c := range a.order {
		if c.Status == Committed {
			s.keepBroken(a, c, e)
			a.turn(c, Cancelled)
		}
	}
}

func (x contest) event() (ActionID, Event) { return x.Action, Event{About: x.Partner, Note: x.Reason} }

func (x contest) moot(a *record, by access.PartnerID) string {
	c := a.parts[x.Partner]
	switch {
	case c == nil:
		return "that partner has not committed to it"
	case x.Withdraw && c.Status != Contested:
		return "the evidence is not contested"
	case x.Withdraw:
		return ""
	case c.Status == Contested:
		return "the evidence is contested already"
	case c.Status != Done:
		return "that partner has not reported it done"
	case x.Partner == by:
		return "the evidence is the partner's own: roll back what was not done"
	}
	return ""
}

func (x contest) apply(_ *State, a *record, _ ledger.Entry) {
	c := a.parts[x.Partner]
	if x.Withdraw {
		a.turn(c, Done)
		c.Contest = ""
		return
	}
	a.turn(c, Contested)
	c.Contest = cmp.Or(x.Reason, "no reason given")
}
