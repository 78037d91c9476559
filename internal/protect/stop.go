package protect

import (
	"fmt"
	"slices"
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

// Outlets that a hub feeds itself, as stops name them; they send no receipts.
const (
	OutletDNS   = "rpz"
	OutletLists = "lists"
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

// check wants a scope that names what it is of, and nothing else.
func (s Stop) check() error {
	switch {
	case !slices.Contains([]Scope{ScopeHub, ScopePartner, ScopeOutlet}, s.Scope):
		return fmt.Errorf("%w: unknown scope %q: use hub, partner or outlet", ErrInvalid, s.Scope)
	case (s.Scope == ScopeHub) != (s.Partner == ""):
		return fmt.Errorf("%w: a stop of the hub names no partner, any other does", ErrInvalid)
	case (s.Scope == ScopeOutlet) != (s.Outlet != ""):
		return fmt.Errorf("%w: a stop of an outlet names it, any other does not", ErrInvalid)
	case s.Outlet != "":
		if err := access.CheckText("outlet", s.Outlet, maxOutlet); err != nil {
			return err
		}
	}
	return access.CheckText("reason", s.Reason, maxReason)
}

func (s Stop) words() string {
	where := "of the hub"
	switch s.Scope {
	case ScopePartner:
		where = "at " + string(s.Partner)
	case ScopeOutlet:
		where = "at " + string(s.Partner) + ", outlet " + s.Outlet
	}
	if s.On {
		return "automation " + where + " stopped: " + s.Reason
	}
	return "automation " + where + " resumed: " + s.Reason
}
