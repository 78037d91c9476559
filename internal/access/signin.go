package access

import "github.com/tocsin-project/tocsin/internal/ledger"

// SignIn is a person's coming in, being refused, or going.
type SignIn struct {
	Person  string `json:"person,omitzero"` // empty: nobody here has that name
	Method  string `json:"method"`          // "password", "passkey", "oidc", "token", "enrolment"
	Address string `json:"address"`         // that the request came from
	Reason  string `json:"reason,omitzero"` // of a failure, a lock or an end
}

// NewSignIn is the entry of one of the sign-in kinds; it is for the audit.
func NewSignIn(kind ledger.Kind, s SignIn) (ledger.Draft, error) { return draft(kind, Audience{}, s) }
