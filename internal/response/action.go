// Package response is the common board of what partners undertake against an
// outbreak: actions that are asked for or volunteered, the commitments to them,
// and the evidence that they were done. Constructors check who may do what and
// return a ledger.Draft; State folds the entries and answers every question
// about them, with the ledger's own times.
package response

import (
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Entries of the ledger that this package folds, each with the type of its
// body. The partner that acted is the entry's actor, and the time of what it
// did is the entry's time.
const (
	KindOpened     ledger.Kind = "action.opened"      // Opening
	KindCommitted  ledger.Kind = "action.committed"   // Promise
	KindDone       ledger.Kind = "action.done"        // Completion
	KindRolledBack ledger.Kind = "action.rolled-back" // Reversal
	KindCancelled  ledger.Kind = "action.cancelled"   // Reversal
)

// ActionID is "action--" and a UUID.
type ActionID string

// Kind is what sort of work an action is.
type Kind string

// The kinds of action.
const (
	Takedown        Kind = "takedown"
	AccountShutdown Kind = "account-shutdown"
	ExploitPurge    Kind = "exploit-purge"
	Sinkhole        Kind = "sinkhole"
	Patch           Kind = "patch"
	Isolate         Kind = "isolate"
	Notify          Kind = "notify"
	Assist          Kind = "assist" // analytic assistance
)

// Kinds lists the kinds of action in the order in which forms offer them.
func Kinds() []Kind {
	return []Kind{Takedown, AccountShutdown, ExploitPurge, Sinkhole, Patch, Isolate, Notify, Assist}
}

// Opening is an action as it was opened: either asked of partners, or
// volunteered by the partner that opened it.
type Opening struct {
	ID       ActionID `json:"id,omitempty"` // given by State.Open if empty
	Kind     Kind     `json:"kind"`
	Title    string   `json:"title"`
	Outbreak string   `json:"outbreak,omitempty"` // the id of the outbreak it answers
	// AskedOf are partner ids ("identity--...") and sectors ("health"), without
	// repetition; empty if and only if the action was volunteered.
	AskedOf     []string  `json:"asked_of,omitempty"`
	Volunteered bool      `json:"volunteered,omitempty"` // without being told to
	Authority   string    `json:"authority,omitempty"`   // on whose authority or under which law
	Deadline    time.Time `json:"deadline,omitzero"`
}

// Promise is a partner's word that it will do its part of an action.
type Promise struct {
	Action   ActionID  `json:"action"`
	Note     string    `json:"note,omitempty"`
	Deadline time.Time `json:"deadline,omitzero"` // its own; zero takes the action's
}

// Completion says that a partner has done what it promised, and by what one
// can tell.
type Completion struct {
	Action   ActionID `json:"action"`
	Evidence string   `json:"evidence"` // words, a URL, or "sha256:" and the digest of a document
}

// Reversal takes back what was done, or calls an action off.
type Reversal struct {
	Action ActionID `json:"action"`
	Reason string   `json:"reason"`
}

// Status is where an action or a commitment stands.
type Status string

// The states of an action are Open, Committed, Done, RolledBack and Cancelled,
// those of a commitment Committed, Late, Done, RolledBack and Cancelled.
const (
	Open       Status = "open" // nobody has committed
	Committed  Status = "committed"
	Late       Status = "late" // not done, and the deadline has passed
	Done       Status = "done"
	RolledBack Status = "rolled-back"
	Cancelled  Status = "cancelled"
)

// Commitment is one partner's part of an action.
type Commitment struct {
	Action   ActionID         `json:"action"`
	Partner  access.PartnerID `json:"partner"`
	Note     string           `json:"note,omitempty"`
	At       time.Time        `json:"at"`
	Deadline time.Time        `json:"deadline,omitzero"`
	Status   Status           `json:"status"`
	DoneAt   time.Time        `json:"done_at,omitzero"`
	DoneLate bool             `json:"done_late,omitempty"` // done, but after the deadline
	Evidence string           `json:"evidence,omitempty"`
	Reason   string           `json:"reason,omitempty"`  // why it was rolled back
	Reversed time.Time        `json:"reversed,omitzero"` // when
}

// Event is one entry that concerned an action.
type Event struct {
	Seq     ledger.Seq       `json:"seq"`
	At      time.Time        `json:"at"`
	Kind    ledger.Kind      `json:"kind"`
	Partner access.PartnerID `json:"partner"`
	Note    string           `json:"note,omitempty"`
	// Moot says why the entry changed nothing: another one came first.
	Moot string `json:"moot,omitempty"`
}

// Action is an action as it stands.
type Action struct {
	Opening
	By          access.PartnerID `json:"by"`
	Opened      time.Time        `json:"opened"`
	Status      Status           `json:"status"`
	Cancelled   string           `json:"cancelled,omitempty"` // the reason
	Commitments []Commitment     `json:"commitments"`         // in the order they were made
	// Waiting are the partners that were asked by id and have not answered.
	Waiting []access.PartnerID `json:"waiting"`
	History []Event            `json:"history"`
}
