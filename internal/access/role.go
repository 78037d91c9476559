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

// Roles are all of them, in rising order.
func Roles() []Role { return slices.Clone(roles) }

// ParseRole reads a role's name.
func ParseRole(s string) (Role, error) {
	if !slices.Contains(roles, Role(s)) {
		return "", fmt.Errorf("unknown role %q: use viewer, contributor, analyst, coordinator or administrator", s)
	}
	return Role(s), nil
}
