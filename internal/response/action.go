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

// ActionID is "action--" and a UUID.
type ActionID string

// Opening is an action as it was opened: either asked of partners, or
// volunteered by the partner that opened it.
type Opening struct {
	ID       ActionID `json:"id,omitempty"` // given by State.Open if empty
	Kind     Kind     `json:"kind"`
	Title    string   `json:"title"`
	Outbreak string   `json:"outbreak,omitempty"` // the id of the outbreak it answers
	// AskedOf are partner ids ("identity--..."), sectors ("healthcare"), kinds of
	// partner ("kind:provider") and countries ("country:GB"), without repetition;
	// empty if and only if the action was volunteered.
	AskedOf     []string `json:"asked_of,omitempty"`
	Volunteered bool     `json:"volunteered,omitempty"` // without being told to
	// Owner is the partner that leads it: who opened it, until another that was
	// offered it has accepted. Given with an opening, it is offered.
	Owner     access.PartnerID `json:"owner,omitempty"`
	Authority string           `json:"authority,omitempty"` // on whose authority or under which law
	// Approval is as the kind says, if it is empty. Only an administrator may
	// say that a kind that needs it does not, with the authority for it.
	Approval Need            `json:"approval,omitempty" enum:"needed,not-needed"`
	Deadline time.Time       `json:"deadline,omitzero"`
	Audience access.Audience `json:"audience,omitzero"` // the default community at TLP:GREEN, if it does not say
	After    []ActionID      `json:"after,omitempty"`   // what has to be done before
	Template string          `json:"template,omitempty"`
	Step     string          `json:"step,omitempty"` // its key in the template
}

// Promise is a partner's word that it will do its part of an action.
type Promise struct {
	Action   ActionID  `json:"action"`
	Note     string    `json:"note,omitempty"`
	Deadline time.Time `json:"deadline,omitzero"` // its own; zero takes the action's
}

// Completion says that a partner has done what it promised, and by what one
// can tell; see Evidence.
type Completion struct {
	Action   ActionID     `json:"action"`
	Evidence string       `json:"evidence"`
	Sort     EvidenceSort `json:"evidence_sort,omitempty"` // given by State.Done
}

// Reversal takes back what was done, or calls an action off.
type Reversal struct {
	Action ActionID `json:"action"`
	Reason string   `json:"reason"`
}

// Approval is the word of a second organisation that an action may be carried
// out, or with words that it must not.
type Approval struct {
	Action  ActionID `json:"action"`
	Refused bool     `json:"refused,omitzero"`
	Reason  string   `json:"reason,omitempty"`
}

// Contest says that the evidence of a partner's part does not convince, or
// takes that back.
type Contest struct {
	Action   ActionID         `json:"action"`
	Partner  access.PartnerID `json:"partner"`
	Reason   string           `json:"reason"`
	Withdraw bool             `json:"withdraw,omitzero"`
}

// Move gives an action another deadline; commitments without one of their own
// follow.
type Move struct {
	Action   ActionID  `json:"action"`
	Deadline time.Time `json:"deadline"`
	Reason   string    `json:"reason"`
}

// Handover offers an action to another owner (To), or answers such an offer.
type Handover struct {
	Action ActionID         `json:"action"`
	To     access.PartnerID `json:"to,omitempty"`
	Answer string           `json:"answer,omitempty" enum:"accept,decline"`
	Note   string           `json:"note,omitempty"`
}

// Overdue says that a deadline has passed: a partner's, or the action's own.
type Overdue struct {
	Action   ActionID         `json:"action"`
	Partner  access.PartnerID `json:"partner,omitempty"` // empty: the action's
	Deadline time.Time        `json:"deadline"`
}

// Event is one entry that concerned an action.
type Event struct {
	Seq      ledger.Seq       `json:"seq"` // 0 for who is no administrator
	At       time.Time        `json:"at"`
	Kind     ledger.Kind      `json:"kind"`
	Partner  access.PartnerID `json:"partner"`
	About    access.PartnerID `json:"about,omitempty"` // another partner that it concerns
	Deadline time.Time        `json:"deadline,omitzero"`
	Note     string           `json:"note,omitempty"`
	// Moot says why the entry changed nothing: another one came first.
	Moot string `json:"moot,omitempty"`
}
