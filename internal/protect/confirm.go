package protect

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// alonePerson is how long a must-resolve of one person's is in force. It takes a
// name away from its owner, for every partner at once: who holds one coordinator's
// token could shield an attacker's name with it.
const alonePerson = 24 * time.Hour

const ruleConfirmed = "a coordinator decided, and a second one confirmed"

// alone makes a must-resolve that of one person. That person neither prolongs it
// nor asks for it again once it has run out unconfirmed; somebody else may. What
// a partner under quarantine stands for, any other may take over.
func (s *State) alone(by access.Principal, held *slot, next *Protection, inForce bool) error {
	next.Person = personOf(by)
	if ends := next.Decided.Add(alonePerson); next.Expires.After(ends) {
		next.Expires = ends
	}
	switch {
	case inForce && s.doubted(held) != "":
	case inForce && held.Confirmed != "":
		return fmt.Errorf("%w: %s must resolve already, until %s: who confirms it again prolongs it", ErrConflict, next.Text, held.Expires.Format(time.RFC3339))
	case inForce:
		return fmt.Errorf("%w: %s must resolve already, until %s: a second person confirms it, which prolongs it", ErrConflict, next.Text, held.Expires.Format(time.RFC3339))
	case held != nil && held.Polarity == MustResolve && held.Status == Expired && held.Confirmed == "" && held.asked(by):
		return fmt.Errorf("%w: your must-resolve of %s ran out and nobody confirmed it: another person has to ask", ErrConflict, next.Text)
	}
	return nil
}

// Confirm gives the entry by which a second person stands for a must-resolve that
// is in force: it lasts for Config.MustResolveLifetime from then on. It takes a
// coordinator of another partner, or another person of the same, signed in: one
// person may hold several tokens. Confirmed again, it is prolonged.
func (s *State) Confirm(by access.Principal, v observable.Value, reason string, now time.Time) (ledger.Draft, error) {
	now = now.UTC().Truncate(time.Microsecond)
	refuse := func(err error) (ledger.Draft, error) {
		return ledger.Draft{}, fmt.Errorf("confirm must-resolve: %w", err)
	}
	if !by.AtLeast(access.Coordinator) {
		return refuse(fmt.Errorf("%w: it takes a coordinator", ErrForbidden))
	}
	if err := access.CheckText("reason", reason, maxReason); err != nil {
		return refuse(err)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.counts(by); err != nil {
		return refuse(err)
	}
	r := s.values[v]
	if r == nil || !r.current.holds() || r.current.Polarity != MustResolve || !r.current.Expires.After(now) {
		return refuse(fmt.Errorf("%w: %s is not in force as must-resolve", ErrNotFound, v))
	}
	if r.current.asked(by) {
		return refuse(fmt.Errorf("%w: it takes a second person: a coordinator of another partner, or another one of yours who is signed in", ErrForbidden))
	}
	p := r.current.Protection
	p.Confirmed, p.Person, p.Decided, p.Rule, p.Reason = name(by), personOf(by), now, ruleConfirmed, reason
	p.Expires = now.Add(s.cfg.MustResolveLifetime)
	return draft(KindDecided, by.Actor(), r.current.audience, p), nil
}

// asked says whether the principal cannot be told from the person who last stood
// for a must-resolve.
func (s *slot) asked(by access.Principal) bool {
	if s.stood != name(by) {
		return false
	}
	return by.Person == "" || !signedIn(s.Person) || s.Person == personOf(by)
}

// personOf tells people of one partner apart and says nothing else of them.
func personOf(by access.Principal) string {
	kind := "token-"
	if by.Person != "" {
		kind = "person-"
	}
	sum := sha256.Sum256([]byte("must-resolve\x00" + by.By()))
	return kind + hex.EncodeToString(sum[:8])
}

func signedIn(person string) bool { return len(person) > 7 && person[:7] == "person-" }
