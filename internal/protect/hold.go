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

// Hold is how long what the rule decides is in force at canary partners alone, by
// what it is about. Zero takes the default; below zero there is no hold.
type Hold struct {
	Names      time.Duration // a name alone: none
	Subdomains time.Duration // a name with those below it: 5 minutes
	Addresses  time.Duration // one address: none
	Prefixes   time.Duration // a network: 5 minutes
	Files      time.Duration // a file by its hash: none
}

func (h Hold) withDefaults() Hold {
	const minutes = 5 * time.Minute
	if h.Subdomains == 0 {
		h.Subdomains = minutes
	}
	if h.Prefixes == 0 {
		h.Prefixes = minutes
	}
	return h
}

// of is the hold of a decision.
func (h Hold) of(p Protection) time.Duration {
	switch {
	case p.Type == observable.Domain && p.Exact:
		return h.Names
	case p.Type == observable.Domain:
		return h.Subdomains
	case isPrefix(p.Value):
		return h.Prefixes
	case p.Type.IsHash():
		return h.Files
	}
	return h.Addresses
}

// promoted adds what was held long enough without a word against it: it is in
// force for all from now on, with the same id, and decided when it was. Where a canary partner reports a
// problem it waits for a coordinator, who asks for it or recalls it. Where there
// are no canary partners it was held all the same, so that people could object.
func (s *State) promoted(drafts []ledger.Draft, now time.Time) []ledger.Draft {
	for _, held := range s.promotions.due(now, maxDrafts-len(drafts)) {
		if s.doubtful.has(held) || !held.Expires.After(now) {
			continue
		}
		p := held.Protection
		p.Status, p.Held, p.Promoted = Active, time.Time{}, now
		p.Rule = strings.Replace(p.Rule, "; canary partners first, for ", "; held at canary partners for ", 1)
		drafts = append(drafts, s.decide(p))
	}
	return drafts
}

// weighHold takes in what an outlet says of a protection that is held: only
// canary partners have it.
func (s *State) weighHold(of receiptKey, r Receipt) {
	held := s.ids[r.Protection]
	if held == nil || held.Status != Canary || held.rec.current != held || !slices.Contains(held.audience.Recipients, of.partner) {
		return
	}
	if r.Problem == "" {
		delete(held.troubled, of)
	} else if len(held.troubled) < maxTroubled {
		if held.troubled == nil {
			held.troubled = map[receiptKey]struct{}{}
		}
		held.troubled[of] = struct{}{}
	}
	if s.promotions.remove(held); len(held.troubled) == 0 {
		s.promotions.add(held, held.Held)
	}
}

// maxTroubled bounds the outlets whose trouble with one protection is remembered:
// one suffices to stop it.
const maxTroubled = 64

// renewed adds what the rule decided and what goes on being seen: a quarter of its
// life is left, and since it was decided as many voices spoke of it as would
// decide it anew. It keeps its id, and is marked no more narrowly than before.
func (s *State) renewed(drafts []ledger.Draft, now time.Time) []ledger.Draft {
	for _, held := range s.renewals.due(now, maxDrafts-len(drafts)) {
		b, enough := s.basis(held.rec, held.since())
		if !enough || s.doubtful.has(held) || !held.Expires.After(now) {
			continue
		}
		p := held.Protection
		s.rest(&p, b)
		p.Rule, p.Reason, p.Renewed = held.Rule, fmt.Sprintf("still %s", p.Reason), now
		p.Expires = now.Add(life(p.Type, p.Confidence, s.cfg.Lifetime))
		if !p.Expires.After(held.Expires) {
			p.Expires = held.Expires
		}
		audience := told(p.TLP)
		if !held.audience.Within(audience) {
			// What it rests on now may be told to fewer than know of it: they are told
			// that it goes on, and nothing of why.
			audience, p.TLP, p.Reports, p.Partners, p.Evidence = held.audience, held.TLP, 0, nil, nil
		}
		drafts = append(drafts, draft(KindDecided, access.Hub, audience, p))
	}
	return drafts
}
