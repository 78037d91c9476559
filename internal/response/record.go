package response

import (
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// record is an action as folded, without what depends on the time of asking.
// What lists and summaries ask of 10,000 of them is kept ready: counts, and what
// is due when.
type record struct {
	Opening
	seq          ledger.Seq // of its opening
	By           access.PartnerID
	Opened       time.Time
	audience     access.Audience
	origin       int // the number of By and audience among accounts.owners
	owner        access.PartnerID
	offered      access.PartnerID
	verdict      Verdict
	deadline     time.Time // as it was last moved
	moves        []Moved
	said         time.Time // the deadline of which the ledger says that it has passed
	queued       bool      // its deadline is in State.deadlines
	cancelledAt  time.Time
	cancelReason string

	asked   []string // AskedOf, sorted
	groups  bool     // some of asked are no ids
	crowd   string   // those, separated by spaces
	silent  int      // partners asked by id that have not answered
	parts   map[access.PartnerID]*part
	order   []*part
	counts  PartCounts // Late is 0
	dues    []owed     // of commitments that bind, the earliest first
	taken   map[access.PartnerID]int
	history []Event
}

// part is a commitment as folded.
type part struct {
	Commitment
	own  bool      // its deadline is not the action's
	kept time.Time // the deadline that counts although its own side moved it away or called it off
	said time.Time // the deadline of which the ledger says that it has passed
}

// of is the count of a state.
func (n *PartCounts) of(s Status) *int {
	switch s {
	case Contested:
		return &n.Contested
	case Done:
		return &n.Done
	case RolledBack:
		return &n.RolledBack
	case Cancelled:
		return &n.Cancelled
	}
	return &n.Committed
}

// owed is how many commitments have to be done by a time.
type owed struct {
	at time.Time
	n  int
}

// turn gives a commitment another state.
func (a *record) turn(c *part, to Status) {
	a.owe(c, -1)
	*a.counts.of(c.Status)--
	c.Status = to
	*a.counts.of(to)++
	a.owe(c, 1)
}

// owe takes a commitment into what is due, or with -1 out of it.
func (a *record) owe(c *part, by int) {
	if !a.binds(c) {
		return
	}
	i, found := slices.BinarySearchFunc(a.dues, c.Deadline, func(d owed, at time.Time) int { return d.at.Compare(at) })
	if !found {
		a.dues = slices.Insert(a.dues, i, owed{at: c.Deadline})
	}
	if a.dues[i].n += by; a.dues[i].n == 0 {
		a.dues = slices.Delete(a.dues, i, i+1)
	}
}

// reckon finds out anew what is due, after other things than a commitment changed.
func (a *record) reckon() {
	a.dues = nil
	for _, c := range a.order {
		a.owe(c, 1)
	}
}

// binds says whether a partner will be late when its deadline passes. It will
// not while it may not act: where approval is awaited, or came after the deadline.
func (a *record) binds(c *part) bool {
	return c.Status == Committed && !c.Deadline.IsZero() && a.mayBy(c.Deadline)
}

func (a *record) mayBy(deadline time.Time) bool {
	return a.verdict.State == NoApproval || a.verdict.State == ApprovalGiven && !a.verdict.At.After(deadline)
}

func (a *record) late(c *part, now time.Time) bool { return a.binds(c) && now.After(c.Deadline) }

// overdue says whether a deadline of the action has passed at now.
func (a *record) overdue(now time.Time) bool {
	return len(a.dues) > 0 && now.After(a.dues[0].at) || a.runs() && !a.deadline.IsZero() && now.After(a.deadline)
}

// runs says whether the action's own deadline still means something.
func (a *record) runs() bool {
	switch a.status() {
	case Open, Committed, Contested:
		return true
	}
	return false
}

// status sums the commitments up. An action is done when every partner that was
// asked by id or has committed did its part, and at least one did; what was
// rolled back counts as not done. It is contested when nothing but a contest
// keeps it from being done.
func (a *record) status() Status {
	n := len(a.order)
	switch {
	case !a.cancelledAt.IsZero():
		return Cancelled
	case a.verdict.State == ApprovalDeclined:
		return Refused
	case n == 0:
		return Open
	case a.counts.RolledBack == n:
		return RolledBack
	case a.counts.Done == n && a.silent == 0:
		return Done
	case a.counts.Contested > 0 && a.counts.Done+a.counts.Contested == n && a.silent == 0:
		return Contested
	}
	return Committed
}

// names says whether AskedOf has the word.
func (a *record) names(word string) bool {
	_, found := slices.BinarySearch(a.asked, word)
	return found
}

// audienceOf is the audience of an entry by a partner about the action. At
// TLP:AMBER the clients of who writes it would be told of an action that they may
// not see; therefore nobody's are.
func (a *record) audienceOf(actor string) access.Audience {
	to := a.audience
	if to.TLP == access.Amber && actor != string(a.By) {
		to.TLP = access.AmberStrict
	}
	return to
}
