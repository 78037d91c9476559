package protect

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
)

const (
	// maxDrafts bounds one call of Pending, and with it one append.
	maxDrafts = 1000

	askedByRule      = "corroborated reports" // Refusal.Asked of automation
	ruleDesignated   = "a designated partner reports it as suspect"
	ruleExpiry       = "every protection expires unless it is decided anew"
	ruleGuard        = "what a guard refuses is taken back"
	ruleUnresolved   = "a name that does not resolve is observed, not blocked"
	reasonUnresolved = "blocking a name that does not resolve gains nothing, and it may be a kill switch: a coordinator decides"
)

// automatable says whether the rule may decide about a value: files by their
// hash, single addresses, names. Whole networks and URLs are for people, and
// so is what harmless programs have in common with others: a file's name, a
// TLS fingerprint.
func automatable(v observable.Value) bool {
	switch v.Type {
	case observable.IPv4, observable.IPv6:
		return !strings.Contains(v.Text, "/")
	case observable.Domain:
		return true
	}
	return v.Type.IsHash()
}

// Pending gives the decisions that the rule asks for and that are not on the
// ledger yet: what has run out, blocks that a guard now refuses, and what is
// corroborated. It changes nothing: asked again it gives the same, and once
// they are applied it gives them no more. At most 1,000 come at once; call it
// again after applying.
//
// The rule: a suspect value that Corroboration independent partners saw within
// Window, or a designated one alone, becomes a block, or if it is a name that any
// report calls unresolved, is observed. Partners of one organisation count once.
// Automation never makes a name must-resolve.
func (s *State) Pending(now time.Time) []ledger.Draft {
	now = now.UTC().Truncate(time.Microsecond)
	s.mu.RLock()
	defer s.mu.RUnlock()
	drafts := s.endings(now)
	drafts = s.secondThoughts(drafts, now)
	return s.additions(drafts, now)
}

func (s *State) endings(now time.Time) []ledger.Draft {
	ended := s.lives.ended(now)
	bySeq(ended)
	drafts := make([]ledger.Draft, 0, min(len(ended), maxDrafts))
	for _, old := range ended[:min(len(ended), maxDrafts)] {
		drafts = append(drafts, s.decide(old.end(Expired, access.Hub, ruleExpiry, "its time has run out", now)))
	}
	return drafts
}

func (s *State) secondThoughts(drafts []ledger.Draft, now time.Time) []ledger.Draft {
	held := make([]*slot, 0, len(s.doubtful))
	for old := range s.doubtful {
		if old.Expires.After(now) {
			held = append(held, old)
		}
	}
	bySeq(held)
	for _, old := range held {
		if len(drafts) >= maxDrafts {
			break
		}
		if guard, reason, bad := s.refuses(old); bad {
			drafts = append(drafts, s.decide(old.end(Revoked, access.Hub, ruleGuard, "guard "+guard+": "+reason, now)))
		} else if s.hasty(old) {
			p := s.propose(old.rec, Observe, access.Hub, now)
			p.Status, p.Rule, p.Reason = Active, ruleUnresolved, reasonUnresolved
			p.Reports, p.Partners, p.Evidence = old.Reports, old.Partners, old.Evidence
			drafts = append(drafts, s.decide(p))
		}
	}
	return drafts
}

func (s *State) additions(drafts []ledger.Draft, now time.Time) []ledger.Draft {
	room := s.room(now)
	for _, candidate := range s.due {
		if len(drafts) >= maxDrafts || room <= 0 {
			break
		}
		if candidate.due != candidate.since {
			continue
		}
		r := candidate.record
		p := s.corroborated(r, now)
		if p.Polarity == Block {
			if guard, reason, bad := s.check(r.value); bad {
				drafts = append(drafts, draft(KindRefused, access.Hub, toAll, Refusal{
					Value: r.value, Polarity: Block, Guard: guard, Reason: reason, Remedy: remedy(guard), Asked: askedByRule, At: now,
				}))
				continue
			}
			p.Guards = s.guardNames()
		}
		drafts = append(drafts, s.decide(p))
		room--
	}
	return drafts
}

// corroborated is the decision that the rule asks for about a due value.
func (s *State) corroborated(r *record, now time.Time) Protection {
	p := s.propose(r, Block, access.Hub, now)
	p.Status = Active
	witnesses, voices := s.witnesses(r), map[voice]struct{}{}
	p.Reports = len(witnesses)
	for _, w := range witnesses {
		voices[w.voice] = struct{}{}
		if w.open {
			p.Partners, p.Evidence = append(p.Partners, w.partner), append(p.Evidence, w.report)
		}
	}
	p.Rule = fmt.Sprintf("%d independent partners report it as suspect within %s of each other", s.cfg.Corroboration, s.cfg.Window)
	if len(voices) < s.cfg.Corroboration {
		p.Rule = ruleDesignated
	}
	p.Reason = fmt.Sprintf("suspect in the reports of %d partners", p.Reports)
	switch {
	case p.Reports == 1:
		p.Reason = "suspect in the report of 1 partner"
	case len(voices) < p.Reports:
		p.Reason += fmt.Sprintf(", those of one organisation counted once: %d", len(voices))
	}
	if r.value.Type == observable.Domain && r.unresolved != 0 {
		p.Polarity, p.Reason = Observe, reasonUnresolved
		p.Rule += "; " + ruleUnresolved
	}
	p.ID = protectionID(p, r.decisions)
	return p
}

// Held is how many corroborated values wait because automation has added as
// much as it may within the hour.
func (s *State) Held(now time.Time) int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	waiting := 0
	for _, candidate := range s.due {
		if candidate.due == candidate.since {
			waiting++
		}
	}
	return max(0, waiting-s.room(now))
}

// room is how many additions automation may make now.
func (s *State) room(now time.Time) int {
	room := s.cfg.MaxPerHour
	for _, at := range s.added {
		if now.Sub(at) < time.Hour {
			room--
		}
	}
	return max(0, room)
}

// check asks all guards about a block, the must-resolve names first.
func (s *State) check(v observable.Value) (guard, reason string, bad bool) {
	if reason, bad := s.kill.Check(v); bad {
		return s.kill.Name(), reason, true
	}
	guard, reason = s.guarded(v)
	return guard, reason, guard != ""
}

func (s *State) guardNames() []string {
	names := make([]string, 0, 1+len(s.cfg.Guards))
	names = append(names, s.kill.Name())
	for _, g := range s.cfg.Guards {
		names = append(names, g.Name())
	}
	return names
}

// propose fills in what all new protections have in common.
func (s *State) propose(r *record, p Polarity, by string, now time.Time) Protection {
	next := Protection{
		Value: r.value, Polarity: p, Status: Proposed, By: by,
		Guards: []string{}, Decided: now, Expires: now.Add(s.cfg.Lifetime),
	}
	next.ID = protectionID(next, r.decisions)
	return next
}

// protectionIDs is the UUIDv5 name space of protections: that of the DNS
// applied to "protection.tocsin.example".
var protectionIDs = uuid.NewSHA1(uuid.NameSpaceDNS, []byte("protection.tocsin.example"))

// protectionID follows from what the ledger holds, so that a decision that is
// worked out twice is the same one.
func protectionID(p Protection, decisions int) string {
	name := fmt.Sprintf("%s\x00%s\x00%s\x00%d", p.Value, p.Polarity, p.By, decisions)
	return "protection--" + uuid.NewSHA1(protectionIDs, []byte(name)).String()
}

// end is the decision that ends a protection.
func (s *slot) end(status Status, by, rule, reason string, now time.Time) Protection {
	p := s.Protection
	p.Status, p.By, p.Rule, p.Reason, p.Decided = status, by, rule, reason, now
	return p
}

func (s *State) decide(p Protection) ledger.Draft { return draft(KindDecided, access.Hub, toAll, p) }

func draft(kind ledger.Kind, actor string, audience access.Audience, body any) ledger.Draft {
	d, err := ledger.NewDraft(kind, actor, audience.String(), body)
	if err != nil {
		panic("protect: " + err.Error()) // all its strings were checked or read from JSON
	}
	return d
}

func bySeq(slots []*slot) {
	slices.SortFunc(slots, func(a, b *slot) int { return cmp.Compare(a.seq, b.seq) })
}
