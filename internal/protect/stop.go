package protect

import (
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// Scope is how far a stop of automation reaches.
type Scope string

// The scopes of a stop.
const (
	ScopeHub     Scope = "hub"     // the rule decides nothing, anywhere
	ScopePartner Scope = "partner" // nothing more that the rule decides is put in force at one partner
	ScopeOutlet  Scope = "outlet"  // nor at one outlet of a partner
)

// Stop is the emergency stop of automation, or its end. While it is on, what
// the rule decides from then on is not put in force within its scope; what is in
// force stays until it expires, what a person decides goes through, and so does
// every recall.
type Stop struct {
	Scope   Scope            `json:"scope"`
	Partner access.PartnerID `json:"partner,omitempty"` // of ScopePartner and ScopeOutlet
	Outlet  string           `json:"outlet,omitempty"`  // of ScopeOutlet: as receipts name it
	On      bool             `json:"on"`
	// Canary says that the partner was a canary when the stop was rung: what was held
	// then it has in force already, and that stays when all others are given it.
	Canary bool      `json:"canary,omitzero"`
	Reason string    `json:"reason"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

// Halts says whether the stop keeps a protection from being put in force where
// it applies: what automation decided since, and what it gave since to those who
// are no canary partners.
func (s Stop) Halts(p Protection) bool {
	since := p.Decided
	if p.Promoted.After(since) && !s.Canary {
		since = p.Promoted
	}
	return s.On && p.By == access.Hub && p.inForce() && !since.Before(s.At)
}

// Quarantine is the word of an administrator, or a coordinator, that a partner is
// compromised: what it said since a time does not count, and what rests on that
// alone is recalled.
type Quarantine struct {
	Partner access.PartnerID `json:"partner"`
	Since   time.Time        `json:"since"` // by the ledger's clock
	On      bool             `json:"on"`
	Reason  string           `json:"reason"`
	By      string           `json:"by"`
	At      time.Time        `json:"at"`
}
