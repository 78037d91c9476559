package access

import (
	"fmt"
	"slices"
)

// Role is what a principal may do. Each role may do what the ones before it may.
type Role string

// The roles, in rising order.
const (
	Viewer        Role = "viewer"        // read what is released
	Contributor   Role = "contributor"   // share objects, sightings and receipts, commit to actions
	Analyst       Role = "analyst"       // rate evidence, propose protections
	Coordinator   Role = "coordinator"   // decide on protections, open actions and cases
	Administrator Role = "administrator" // partners, tokens, the audit
)

var roles = []Role{Viewer, Contributor, Analyst, Coordinator, Administrator}

// ParseRole reads a role's name.
func ParseRole(s string) (Role, error) {
	if !slices.Contains(roles, Role(s)) {
		return "", fmt.Errorf("unknown role %q: use viewer, contributor, analyst, coordinator or administrator", s)
	}
	return Role(s), nil
}

// AtLeast says whether the principal may do what needs the role.
func (p Principal) AtLeast(needed Role) bool {
	return slices.Index(roles, p.Role) >= slices.Index(roles, needed) && p.Role != ""
}

// Actor is whom the ledger names for what the principal does: its partner, or
// the hub for an administrator of none.
func (p Principal) Actor() string {
	if p.Partner == "" {
		return Hub
	}
	return string(p.Partner)
}

// CheckPartner fails with ErrForbidden unless the principal acts for a partner
// and has the role; what says what it wants to do.
func (p Principal) CheckPartner(what string, needed Role) error {
	if p.Partner == "" {
		return fmt.Errorf("%s: %w: a token of a partner is needed", what, ErrForbidden)
	}
	if !p.AtLeast(needed) {
		return fmt.Errorf("%s: %w: role %s is needed, the token has %q", what, ErrForbidden, needed, p.Role)
	}
	return nil
}
