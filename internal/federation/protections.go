package federation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/stream"
)

// Protections is the part of protect.State that proposals need.
type Protections interface {
	Ask(by access.Principal, q protect.Request, now time.Time) (ledger.Draft, error)
	Proposed(by access.Principal, v observable.Value, p protect.Polarity) (protect.Protection, bool)
	SpeakAgainst(by access.Principal, v observable.Value, p protect.Polarity, reason string, now time.Time) (ledger.Draft, error)
}

// decided adds what a decision of the other hub's is here: what it has put in force
// a proposal, what it has recalled the end of that proposal, or a proposal to recall
// what is in force here. Whatever has run out there runs out here by itself.
func (f *Follower) decided(ctx context.Context, b *batch, line stream.Line) error {
	var p protect.Protection
	if err := json.Unmarshal(line.Body, &p); err != nil {
		b.reject(refusal(line, "no protection: "+err.Error()))
		return nil
	}
	now := f.deps.Clock().UTC()
	standing := p.Status == protect.Active && p.Expires.After(now)
	recalled := p.Status == protect.Revoked && p.Rule != protect.RuleProposalWithdrawn
	if !standing && !recalled {
		return nil
	}
	if !f.hears(p.TLP) {
		b.left++
		return nil
	}
	if b.values[p.Value] {
		if err := f.commit(ctx, b); err != nil {
			return err
		}
	}
	draft, err := f.proposal(p, recalled, now)
	var refused *protect.Refused
	switch {
	case err == nil, errors.As(err, &refused): // that a guard refused is on the ledger, too
	case errors.Is(err, protect.ErrInvalid):
		b.reject(refusal(line, err.Error()))
		return nil
	case errors.Is(err, protect.ErrConflict), errors.Is(err, protect.ErrNotFound), errors.Is(err, protect.ErrForbidden):
		return nil // there is nothing to propose, or nobody listens to this partner now
	default:
		return &own{err}
	}
	if draft.Kind == "" {
		return nil
	}
	if b.values == nil {
		b.values = map[observable.Value]bool{}
	}
	b.values[p.Value] = true
	b.add(draft)
	return nil
}

// hears says whether a decision is taken that is marked so. Decisions are for the
// default community there, and proposals for the default one here.
func (f *Follower) hears(level access.TLP) bool {
	return f.cfg.Communities[access.DefaultCommunity] == access.DefaultCommunity && f.cfg.allows(cmp.Or(level, access.Green))
}

// proposal is what the partner that stands for the other hub says of a value.
func (f *Follower) proposal(p protect.Protection, recalled bool, now time.Time) (ledger.Draft, error) {
	by := access.Principal{
		Partner: f.owner, Role: access.Contributor, Communities: []string{access.DefaultCommunity}, Token: "hub:" + f.cfg.Name,
	}
	if recalled {
		return f.deps.Protect.SpeakAgainst(by, p.Value, p.Polarity, because("recalled", p), now)
	}
	if open, known := f.deps.Protect.Proposed(by, p.Value, p.Polarity); known && open.Expires.Sub(now) > open.Expires.Sub(open.Decided)/2 {
		return ledger.Draft{}, nil // it stands for long enough; the other hub renews its own more often
	}
	return f.deps.Protect.Ask(by, protect.Request{Value: p.Value, Polarity: p.Polarity, Reason: because("decided", p), TLP: p.TLP}, now)
}

// longestReason is how much of another hub's words is kept, in characters.
const longestReason = 800

// because is the other hub's reason as text that may stand on a page here.
func because(what string, p protect.Protection) string {
	clean := func(text string, most int) string {
		text = strings.Map(func(r rune) rune {
			if !unicode.IsPrint(r) {
				return ' '
			}
			return r
		}, strings.ToValidUTF8(text, "?"))
		return string([]rune(text)[:min(most, len([]rune(text)))])
	}
	return fmt.Sprintf("%s at another hub, by %s: %s", what, clean(p.By, 100), clean(cmp.Or(p.Reason, "no reason given"), longestReason))
}
