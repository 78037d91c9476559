// Package protect turns indicators into protections: what engines should do
// about a value, decided by rule or by a coordinator, guarded, expiring,
// recallable. The decisions are entries of the ledger; State folds them.
package protect

import (
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// Entries of the ledger that this package folds, each with the type of its body.
const (
	KindDecided ledger.Kind = "protection.decided" // Protection: its state from now on
	KindRefused ledger.Kind = "protection.refused" // Refusal
	KindReceipt ledger.Kind = "protection.receipt" // Receipt
)

// Polarity is what engines should do about a value.
type Polarity string

const (
	Block   Polarity = "block"
	Observe Polarity = "observe" // match and report, do not hinder
	// MustResolve marks a kill switch: the name has to answer. It outranks
	// every block, whoever asks.
	MustResolve Polarity = "must-resolve"
)

// Status is where a protection stands in its life.
type Status string

const (
	Proposed Status = "proposed"
	Canary   Status = "canary"
	Active   Status = "active"
	Revoked  Status = "revoked"
	Expired  Status = "expired"
)

// Protection is one decision about one value; a later decision about the same
// value replaces it.
type Protection struct {
	ID string `json:"id"` // "protection--" and a UUID
	observable.Value
	Polarity Polarity           `json:"polarity"`
	Status   Status             `json:"state"`
	Rule     string             `json:"rule"`               // the rule that decided, in words
	Reason   string             `json:"reason"`             // why, for people
	By       string             `json:"by"`                 // "hub", or the deciding partner
	Partners []access.PartnerID `json:"partners,omitempty"` // whose reports it rests on
	Evidence []string           `json:"evidence,omitempty"` // ids of those reports
	Guards   []string           `json:"guards"`             // the guards that were asked and let it pass
	Answer   string             `json:"answer,omitempty"`   // must-resolve: the address to answer with
	Decided  time.Time          `json:"decided"`
	Expires  time.Time          `json:"expires"`
}

// Refusal is a protection that was asked for and not given.
type Refusal struct {
	observable.Value
	Polarity Polarity  `json:"polarity"`
	Guard    string    `json:"guard"`  // which guard refused
	Reason   string    `json:"reason"` // for the person who asked
	Asked    string    `json:"asked"`  // their reason
	At       time.Time `json:"at"`
}

// Receipt is an engine's word that a protection is in force, or gone.
type Receipt struct {
	Protection string    `json:"protection"`        // its ID
	Outlet     string    `json:"outlet"`            // "files", "rpz", "nft", "index"
	InForce    bool      `json:"in_force"`          // false: it is gone
	At         time.Time `json:"at"`                // by the edge's clock
	Problem    string    `json:"problem,omitempty"` // why it could not be applied, or by local policy was not
}
