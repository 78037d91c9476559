package protect

import (
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// What can be wrong with a request; a refusal by a guard is a *Refused.
var (
	ErrInvalid   = access.ErrInvalid
	ErrNotFound  = access.ErrNotFound
	ErrForbidden = access.ErrForbidden
	ErrConflict  = access.ErrConflict
)

const (
	maxReason  = 1000 // characters
	maxOutlet  = 64
	maxProblem = 500

	ruleCoordinator = "a coordinator decided"
	ruleProposal    = "a partner proposes; a coordinator decides"
)

// PartnerRefusal is a refusal with who asked.
type PartnerRefusal struct {
	Partner access.PartnerID `json:"partner"`
	Seq     ledger.Seq       `json:"seq"`
	Refusal

	audience access.Audience
}

// Refused is the error of a request that a guard refuses.
type Refused struct{ Refusal }

// Error says which guard refused, why, and what to do.
func (r *Refused) Error() string {
	return fmt.Sprintf("%s %s: refused by guard %s: %s; %s", r.Polarity, r.Text, r.Guard, r.Reason, r.Remedy)
}

// Unwrap makes a refusal an ErrConflict.
func (r *Refused) Unwrap() error { return ErrConflict }

// Ask gives the entry with which a value gets a protection: in force when a
// coordinator asks, proposed when a contributor or an analyst does. Asked for
// what is in force already, a coordinator renews it. When a guard refuses,
// both results count: the draft of the refusal, which belongs on the ledger,
// and a *Refused. The entries that a request races with may still outrank it:
// Get after applying says what holds.
func (s *State) Ask(by access.Principal, v observable.Value, p Polarity, reason string, now time.Time) (ledger.Draft, error) {
	now = now.UTC().Truncate(time.Microsecond)
	if err := s.checkRequest(by, v, p, reason); err != nil {
		return ledger.Draft{}, fmt.Errorf("ask for protection: %w", err)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	r := s.values[v]
	if r == nil {
		r = &record{value: v}
	}
	if guard, why, bad := s.speaksAgainst(r, p); bad {
		refusal := Refusal{Value: v, Polarity: p, Guard: guard, Reason: why, Remedy: remedy(guard), Asked: reason, At: now}
		return draft(KindRefused, by.Actor(), toOwner, refusal), &Refused{refusal}
	}
	next := s.propose(r, p, name(by), now)
	next.Rule, next.Reason = ruleProposal, reason
	if p != Observe {
		next.Guards = s.guardNames()
	}
	if p == MustResolve {
		next.Answer = s.cfg.Sinkhole.Unmap().String()
	}
	inForce := r.current.holds() && r.current.Polarity == p && r.current.Expires.After(now)
	switch {
	case by.AtLeast(access.Coordinator):
		next.Status, next.Rule = Active, ruleCoordinator
		if inForce {
			next.ID = r.current.ID // renewed: receipts stay with it
		}
	case inForce:
		return ledger.Draft{}, fmt.Errorf("ask for protection: %w: %s of %s is in force already, until %s",
			ErrConflict, p, v.Text, r.current.Expires.Format(time.RFC3339))
	}
	return draft(KindDecided, by.Actor(), toAll, next), nil
}

func (s *State) checkRequest(by access.Principal, v observable.Value, p Polarity, reason string) error {
	if !by.AtLeast(access.Contributor) {
		return fmt.Errorf("%w: a viewer cannot; it takes a contributor to propose and a coordinator to decide", ErrForbidden)
	}
	if !slices.Contains([]Polarity{Block, Observe, MustResolve}, p) {
		return fmt.Errorf("%w: unknown polarity %q: use block, observe or must-resolve", ErrInvalid, p)
	}
	if normal, err := observable.New(v.Type, v.Text); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	} else if normal != v {
		return fmt.Errorf("%w: %s is not in its normal form, which is %s", ErrInvalid, v, normal)
	}
	if p == MustResolve {
		if t := targetOf(v); v.Type != observable.Domain || t.name == "" {
			return fmt.Errorf("%w: %s cannot be must-resolve: only a domain name can", ErrInvalid, v)
		}
		if !s.cfg.Sinkhole.IsValid() {
			return fmt.Errorf("%w: the hub has no sinkhole to answer with: start it with --sinkhole ADDR:PORT", access.ErrInvalid)
		}
	}
	return access.CheckText("reason", reason, maxReason)
}

// speaksAgainst asks the guards that have a say about the polarity.
func (s *State) speaksAgainst(r *record, p Polarity) (guard, reason string, bad bool) {
	switch p {
	case Block:
		return s.check(r.value)
	case MustResolve:
		// Answering for a name takes it away from its owner as much as a block does.
		guard, reason = s.guarded(r.value)
		return guard, reason, guard != ""
	}
	if r.current.holds() && r.current.Polarity == MustResolve {
		return s.kill.Name(), r.value.Text + " must resolve, which is more than to be observed", true
	}
	return "", "", false
}

// Recall gives the entry that takes back a value's protection or, if there is
// none, its latest proposal. It takes a coordinator. Automation does not block
// the value again on the word of the same partners.
func (s *State) Recall(by access.Principal, v observable.Value, reason string, now time.Time) (ledger.Draft, error) {
	if !by.AtLeast(access.Coordinator) {
		return ledger.Draft{}, fmt.Errorf("recall protection: %w: it takes a coordinator", ErrForbidden)
	}
	if err := access.CheckText("reason", reason, maxReason); err != nil {
		return ledger.Draft{}, fmt.Errorf("recall protection: %w", err)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	r := s.values[v]
	var old *slot
	switch {
	case r != nil && r.current.holds():
		old = r.current
	case r != nil && len(r.proposals) > 0:
		old = r.proposals[len(r.proposals)-1]
	default:
		return ledger.Draft{}, fmt.Errorf("recall protection: %w: %s has none in force and none proposed", ErrNotFound, v)
	}
	end := old.end(Revoked, name(by), ruleCoordinator, reason, now.UTC().Truncate(time.Microsecond))
	return draft(KindDecided, by.Actor(), toAll, end), nil
}

// name is who decided; an administrator of no partner is not the rule.
func name(by access.Principal) string {
	if by.Partner == "" {
		return "administrator"
	}
	return string(by.Partner)
}

// remedy says what can be done instead.
func remedy(guard string) string {
	switch guard {
	case "must-resolve":
		return "let it answer; if it no longer has to, a coordinator recalls the must-resolve first"
	case "prefix-width":
		return "name single addresses, or prefixes not wider than /24 or /48"
	case "private-address", "special-name":
		return "block it by the policy of your own network"
	case "resolver", "core", "public-suffix":
		return "name the exact URL, or a host further down that is the attacker's alone"
	case "hub":
		return "if the hub is compromised, disconnect the edges from it"
	}
	return "name a narrower value, or ask the hub's administrator about the guard"
}
