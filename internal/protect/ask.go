package protect

import (
	"fmt"
	"slices"
	"strings"
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

// Request is what somebody asks for.
type Request struct {
	observable.Value
	Polarity Polarity
	Reason   string
	// TLP is how the decision is to be marked: clear to amber+strict; empty is
	// green.
	TLP access.TLP
}

// Ask gives the entry with which a value gets a protection: in force when a
// coordinator asks, proposed when a contributor or an analyst does. Asked for
// what is in force already, a coordinator renews it, and puts in force everywhere
// what is held. A must-resolve is in force for a day, until a second person
// confirms it: Confirm. When a guard refuses, both results count: the draft of the
// refusal, which belongs on the ledger, and a *Refused. The entries that a request
// races with may still outrank it: Get after applying says what holds.
func (s *State) Ask(by access.Principal, q Request, now time.Time) (ledger.Draft, error) {
	now = now.UTC().Truncate(time.Microsecond)
	if q.TLP == "" {
		q.TLP = access.Green
	}
	if err := s.checkRequest(by, q); err != nil {
		return ledger.Draft{}, fmt.Errorf("ask for protection: %w", err)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.counts(by); err != nil {
		return ledger.Draft{}, fmt.Errorf("ask for protection: %w", err)
	}
	r := s.values[q.Value]
	if r == nil {
		r = &record{value: q.Value}
	}
	if guard, why, bad := s.speaksAgainst(r, q.Polarity); bad {
		refusal := Refusal{Value: q.Value, Polarity: q.Polarity, Guard: guard, Reason: why, Remedy: remedy(guard), Asked: q.Reason, At: now}
		return draft(KindRefused, by.Actor(), toOwner, refusal), &Refused{refusal}
	}
	next := s.propose(r, q.Polarity, name(by), now)
	next.Rule, next.Reason, next.TLP = ruleProposal, q.Reason, q.TLP
	if q.Polarity != Observe {
		next.Guards = s.guardNames()
	}
	if q.Polarity == MustResolve {
		if above, wider := s.widerAbove(q); wider {
			return ledger.Draft{}, fmt.Errorf("ask for protection: %w: %s above it is blocked before more people than TLP:%s allows: they would not be told that %s has to resolve; mark it as widely, or recall the block",
				ErrConflict, above, q.TLP, q.Value.Text)
		}
		next.Answer = s.cfg.Sinkhole.Unmap().String()
	}
	if err := s.standsBeside(by, r, &next, now); err != nil {
		return ledger.Draft{}, fmt.Errorf("ask for protection: %w", err)
	}
	s.inSpite(&next)
	return draft(KindDecided, by.Actor(), told(q.TLP), next), nil
}

// standsBeside brings a request and what is in force together: a coordinator's
// renews it, anybody else's has nothing to propose that they know to be there.
func (s *State) standsBeside(by access.Principal, r *record, next *Protection, now time.Time) error {
	held := r.current
	inForce := held.holds() && held.Expires.After(now)
	same := inForce && held.Polarity == next.Polarity
	switch {
	case !by.AtLeast(access.Coordinator):
		if same && by.MaySee(held.owner, held.audience) {
			return fmt.Errorf("%w: %s of %s is in force already, until %s", ErrConflict, next.Polarity, next.Text, held.Expires.Format(time.RFC3339))
		}
		return nil
	case inForce && !held.audience.Within(told(next.TLP)):
		return fmt.Errorf("%w: the %s of %s that is in force is known to more than TLP:%s would tell: mark this as widely, or recall that first",
			ErrConflict, held.Polarity, next.Text, strings.ToUpper(string(next.TLP)))
	}
	next.Status, next.Rule = Active, ruleCoordinator
	if next.Polarity == MustResolve {
		if err := s.alone(by, held, next, inForce && same); err != nil {
			return err
		}
	}
	if same {
		next.ID = held.ID // renewed: receipts stay with it
	}
	return nil
}

func (s *State) checkRequest(by access.Principal, q Request) error {
	if !by.AtLeast(access.Contributor) {
		return fmt.Errorf("%w: a viewer cannot; it takes a contributor to propose and a coordinator to decide", ErrForbidden)
	}
	if !slices.Contains([]Polarity{Block, Observe, MustResolve}, q.Polarity) {
		return fmt.Errorf("%w: unknown polarity %q: use block, observe or must-resolve", ErrInvalid, q.Polarity)
	}
	if q.TLP != access.Clear && !slices.Contains(marks, q.TLP) {
		return fmt.Errorf("%w: TLP %q: a protection is marked clear, green, amber or amber+strict; what is TLP:RED no engine may be told of", ErrInvalid, q.TLP)
	}
	v := q.Value
	if normal, err := observable.New(v.Type, v.Text); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	} else if normal != v {
		return fmt.Errorf("%w: %s is not in its normal form, which is %s", ErrInvalid, v, normal)
	}
	if q.Polarity == MustResolve {
		if t := targetOf(v); v.Type != observable.Domain || t.name == "" {
			return fmt.Errorf("%w: %s cannot be must-resolve: only a domain name can", ErrInvalid, v)
		}
		if !s.cfg.Sinkhole.IsValid() {
			return fmt.Errorf("%w: the hub has no sinkhole to answer with: start it with --sinkhole ADDR:PORT", access.ErrInvalid)
		}
	}
	return access.CheckText("reason", q.Reason, maxReason)
}

// speaksAgainst asks the guards that have a say about the polarity.
func (s *State) speaksAgainst(r *record, p Polarity) (guard, reason string, bad bool) {
	switch p {
	case Block:
		if reason, bad = s.kill.Check(r.value); bad {
			return s.kill.Name(), reason, true
		}
		guard, reason = s.firm.Verdict(r.value)
		return guard, reason, guard != ""
	case MustResolve:
		// Answering for a name takes it away from its owner as much as a block does.
		guard, reason = s.firm.Verdict(r.value)
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
	if err := s.counts(by); err != nil {
		return ledger.Draft{}, fmt.Errorf("recall protection: %w", err)
	}
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
	return draft(KindDecided, by.Actor(), old.audience, end), nil
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
	case "hosting":
		return "name the attacker's host name there, or the exact URL"
	case "warning-list":
		return "name the exact URL, or a value that is the attacker's alone; an administrator can take a wrong entry out of the hub's warning lists"
	case "declared":
		return "a coordinator can decide in spite of it, and the reason stays on the ledger"
	case "popular":
		return "name the exact URL, or a host further down; a coordinator can decide in spite of it"
	case "unreadable":
		return "write the value as hosts and addresses are written, without tricks of spelling"
	case "hub":
		return "if the hub is compromised, disconnect the edges from it"
	}
	return "name a narrower value, or ask the hub's administrator about the guard"
}

// widerAbove finds a block of a name above a must-resolve that is marked more
// widely than it is to be: whoever is told of the block alone would apply it
// without the exception.
func (s *State) widerAbove(q Request) (name string, wider bool) {
	for above := range ancestors(q.Value.Text) {
		r := s.values[observable.Value{Type: observable.Domain, Text: above}]
		if above == q.Value.Text || r == nil || !r.current.holds() || r.current.Polarity != Block || r.current.Exact {
			continue
		}
		if tlp := told(r.current.TLP).TLP; access.Narrower(tlp, q.TLP) != tlp {
			return above, true
		}
	}
	return "", false
}
