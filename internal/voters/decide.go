package voters

import (
	"fmt"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Register is the draft of a new key for a partner: its first by a coordinator
// of its own, any by the hub's administrator, who knows from elsewhere whose it is.
func (s *State) Register(by access.Principal, partner access.PartnerID, key string) (ledger.Draft, error) {
	return s.draft(by, Claim{Verb: Register, Partner: partner, Key: key})
}

// Rotate is the draft of a key that takes the place of one of the partner's,
// which has signed (Claim.Message).
func (s *State) Rotate(by access.Principal, partner access.PartnerID, previous, key, signature string) (ledger.Draft, error) {
	return s.draft(by, Claim{Verb: Rotate, Partner: partner, Key: key, Previous: previous, Signature: signature})
}

// Revoke is the draft that ends a partner's key, which has signed that
// (Claim.Message). The hub's administrator ends a lost one without a signature.
func (s *State) Revoke(by access.Principal, partner access.PartnerID, key, signature string) (ledger.Draft, error) {
	return s.draft(by, Claim{Verb: Revoke, Partner: partner, Key: key, Signature: signature})
}

// draft is for a coordinator of the partner, or the hub's administrator. The
// entry is GREEN to the community: keys are public, and so are the dossiers that
// will name them.
func (s *State) draft(by access.Principal, c Claim) (ledger.Draft, error) {
	needed := access.Coordinator
	if by.Partner == "" {
		needed = access.Administrator
	}
	if !by.AtLeast(needed) {
		return ledger.Draft{}, fmt.Errorf("%s key: %w: role %s is needed, the token has %q", c.Verb, access.ErrForbidden, needed, by.Role)
	}
	if by.Partner != "" && by.Partner != c.Partner {
		return ledger.Draft{}, fmt.Errorf("%s key: %w: it would be a key of %.100q, the token is of %s", c.Verb, access.ErrForbidden, c.Partner, by.Partner)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.accepts(Act{Claim: c, By: by.Actor()}); err != nil {
		return ledger.Draft{}, fmt.Errorf("%s key: %w", c.Verb, err)
	}
	return ledger.NewDraft(KindActed, by.Actor(), access.ToCommunity(access.Green).String(), c)
}
