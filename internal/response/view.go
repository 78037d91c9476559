package response

import (
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// Commitment is one partner's part of an action.
type Commitment struct {
	Action   ActionID         `json:"action"`
	Partner  access.PartnerID `json:"partner"`
	Note     string           `json:"note,omitempty"`
	At       time.Time        `json:"at"`
	Deadline time.Time        `json:"deadline,omitzero"`
	Status   Status           `json:"status"`
	// Early are the actions that should have been done before and were not when
	// the partner committed.
	Early    []ActionID   `json:"early,omitempty"`
	DoneAt   time.Time    `json:"done_at,omitzero"`
	DoneLate bool         `json:"done_late,omitempty"` // done, but after the deadline
	Evidence string       `json:"evidence,omitempty"`
	Sort     EvidenceSort `json:"evidence_sort,omitempty"`
	Contest  string       `json:"contest,omitempty"` // why the evidence does not convince
	Reason   string       `json:"reason,omitempty"`  // why it was rolled back
	Reversed time.Time    `json:"reversed,omitzero"` // when
	Overdue  time.Time    `json:"overdue,omitzero"`  // when the ledger said so
}

// Verdict is where the approval of an action stands.
type Verdict struct {
	State  VerdictState     `json:"state"`
	By     access.PartnerID `json:"by,omitempty"`
	At     time.Time        `json:"at,omitzero"`
	Reason string           `json:"reason,omitempty"`
}

// VerdictState is how far the approval of an action is.
type VerdictState string

// The states of an approval.
const (
	NoApproval       VerdictState = "not-needed"
	AwaitsApproval   VerdictState = "waiting"
	ApprovalGiven    VerdictState = "approved"
	ApprovalDeclined VerdictState = "refused"
)

// Moved is one change of an action's deadline.
type Moved struct {
	At     time.Time        `json:"at"`
	By     access.PartnerID `json:"by"`
	From   time.Time        `json:"from,omitzero"`
	To     time.Time        `json:"to"`
	Reason string           `json:"reason"`
}

// PartCounts are how many commitments are in which state.
type PartCounts struct {
	Committed  int `json:"committed"` // and not late
	Late       int `json:"late"`
	Contested  int `json:"contested"`
	Done       int `json:"done"`
	RolledBack int `json:"rolled_back"`
	Cancelled  int `json:"cancelled"`
}

// Action is an action as it stands. Its Owner is who leads it now.
type Action struct {
	Opening
	By        access.PartnerID `json:"by"`
	Opened    time.Time        `json:"opened"`
	Status    Status           `json:"status"`
	Overdue   bool             `json:"overdue"` // its deadline, or that of a commitment, has passed
	Verdict   Verdict          `json:"verdict"`
	OfferedTo access.PartnerID `json:"offered_to,omitempty"` // that has not said whether it will lead
	Cancelled string           `json:"cancelled,omitempty"`  // the reason
	Deadlines []Moved          `json:"deadlines,omitempty"`  // as they were moved
	Await     []ActionID       `json:"await,omitempty"`      // of After, what is not done yet
	Parts     PartCounts       `json:"parts"`
	Silent    int              `json:"silent"` // how many Waiting has
	// Brief says that the three lists below were left out, not that they are empty.
	Brief       bool         `json:"brief,omitzero"`
	Commitments []Commitment `json:"commitments"` // in the order they were made
	// Waiting are the partners that were asked, by id or as members of a sector, a
	// kind or a country, and have not answered.
	Waiting []access.PartnerID `json:"waiting"`
	History []Event            `json:"history"`
}

// view is the action for a reader, sharing nothing with the fold. The caller
// holds the lock.
func (s *State) view(a *record, p access.Principal, among roll, brief bool, now time.Time) Action {
	v := Action{
		Opening: a.Opening, By: a.By, Opened: a.Opened, Status: a.status(), Overdue: a.overdue(now), Verdict: a.verdict,
		OfferedTo: a.offered, Cancelled: a.cancelReason, Deadlines: slices.Clone(a.moves), Await: s.undone(a.After),
		Parts: a.partCounts(now), Brief: brief,
		Commitments: []Commitment{}, Waiting: []access.PartnerID{}, History: []Event{},
	}
	v.Owner, v.Deadline, v.Audience = a.owner, a.deadline, a.audience
	v.Audience.Recipients = slices.Clone(a.audience.Recipients)
	v.AskedOf, v.After = slices.Clone(a.AskedOf), slices.Clone(a.After)
	if brief {
		v.Silent = among.count(a)
		return v
	}
	for _, c := range a.order {
		v.Commitments = append(v.Commitments, a.seen(c, now))
	}
	for id := range among.waiting(a) {
		v.Waiting = append(v.Waiting, id)
	}
	v.Silent = len(v.Waiting)
	v.History = append(v.History, a.history...)
	if !p.AtLeast(access.Administrator) { // others could tell how much they were not shown between two places
		for i := range v.History {
			v.History[i].Seq = 0
		}
	}
	return v
}

// undone are those of the actions that are there and not done.
func (s *State) undone(ids []ActionID) []ActionID {
	var left []ActionID
	for _, id := range ids {
		if a, ok := s.actions[id]; ok && a.status() != Done {
			left = append(left, id)
		}
	}
	return left
}

// seen is a commitment for a reader at now.
func (a *record) seen(c *part, now time.Time) Commitment {
	v := c.Commitment
	v.Early = slices.Clone(c.Early)
	if a.late(c, now) {
		v.Status = Late
	}
	return v
}

// partCounts are exact at now.
func (a *record) partCounts(now time.Time) PartCounts {
	n := a.counts
	for _, d := range a.dues {
		if !now.After(d.at) {
			break
		}
		n.Late += d.n
		n.Committed -= d.n
	}
	return n
}
