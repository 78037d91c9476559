// Package duty keeps the incident reports that law demands of a partner: forms, stages and
// deadlines, filled from the board.
//
// A partner opens a duty for an outbreak, from a template that says what is to be
// reported by when. The form of each stage is filled from what the board knows, the
// partner edits it and submits it. To submit is to fix the text here: the hub sends
// it to no authority. What an entry says of a form it carries whole, so that a
// template that is changed later changes no duty that is open, and a fold needs
// nothing but the ledger.
//
// A partner's duties are its own; whom it shows one to is a setting of that duty.
package duty

import (
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Entries of the ledger that this package folds, each with the type of its body.
// The actor is the partner whose duty it is, of KindWarned the hub.
const (
	KindOpened    ledger.Kind = "duty.opened"    // Opening
	KindSubmitted ledger.Kind = "duty.submitted" // Submission
	KindWaived    ledger.Kind = "duty.waived"    // Waiver
	KindHandled   ledger.Kind = "duty.handled"   // Handled
	KindShared    ledger.Kind = "duty.shared"    // Sharing
	KindClosed    ledger.Kind = "duty.closed"    // Closing
	KindWarned    ledger.Kind = "duty.warned"    // Warning
)

// ID is "duty--" and a UUID.
type ID string

// Opening is a duty as it was opened.
type Opening struct {
	ID       ID       `json:"id"`
	Template Template `json:"template"` // as it was then
	Outbreak string   `json:"outbreak"`
	// Aware is when the partner became aware of the incident, as it says; the clocks
	// of the first stages count from it.
	Aware time.Time `json:"aware_at"`
	// Authority is to whom it reports, where that is not who the template names.
	Authority string `json:"authority,omitempty"`
}

// Submission is a stage's report as it was submitted, word by word. It is final; a
// correction is another submission of the same stage.
type Submission struct {
	Duty   ID                `json:"duty"`
	Stage  string            `json:"stage"`
	Fields map[string]string `json:"fields"` // by the keys of the stage's fields
}

// Waiver says that a stage is not needed, and why.
type Waiver struct {
	Duty   ID     `json:"duty"`
	Stage  string `json:"stage"`
	Reason string `json:"reason"`
}

// Handled says when the incident was handled, as the partner has it: from then
// counts the stage that was put off while it lasted.
type Handled struct {
	Duty ID        `json:"duty"`
	At   time.Time `json:"at"`
}

// Sharing is whom the partner shows a duty to beside itself; each one replaces the
// one before.
type Sharing struct {
	Duty ID                 `json:"duty"`
	With []access.PartnerID `json:"with"`
}

// Closing ends a duty: nothing more is watched or submitted.
type Closing struct {
	Duty   ID     `json:"duty"`
	Reason string `json:"reason"`
}

// Left says how much of the time for a stage is left.
type Left string

// Soon is warned of when three quarters of the time are over and again an hour
// before the deadline; Late when it has passed.
const (
	Soon Left = "soon"
	Late Left = "late"
)

// Warning is the hub's word that a stage is due soon, or late: told to its partner
// alone, each of them once for a deadline.
type Warning struct {
	Duty     ID               `json:"duty"`
	Partner  access.PartnerID `json:"partner"` // whose duty it is
	Outbreak string           `json:"outbreak"`
	Stage    string           `json:"stage"` // its key
	Name     string           `json:"name"`  // of the template and the stage, for people
	Left     Left             `json:"left"`
	Due      time.Time        `json:"due"` // the moment that is warned of: 75 in 100 of the time, an hour before, the deadline
	Deadline time.Time        `json:"deadline"`
}
