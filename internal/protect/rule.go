package protect

import (
	"fmt"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
)

const (
	// maxDrafts bounds one call of Pending, and with it one append.
	maxDrafts = 1000

	askedByRule      = "corroborated reports" // Refusal.Asked of automation
	ruleExpiry       = "every protection expires unless it is decided anew"
	ruleGuard        = "what a guard refuses is taken back"
	ruleGhost        = "what is no longer in force goes wherever it was told of"
	reasonGhost      = "a decision that was on the way, or that fewer are told of, has overtaken it"
	ruleUnresolved   = "a name that does not resolve is observed, not blocked"
	reasonUnresolved = "blocking a name that does not resolve gains nothing, and it may be a kill switch: a coordinator decides"
)

// automatable says whether the rule may decide about a value: files by their
// hash, addresses and networks, names. URLs are for people, and so is what
// harmless programs have in common with others: a file's name, a TLS fingerprint.
func automatable(v observable.Value) bool {
	switch v.Type {
	case observable.IPv4, observable.IPv6, observable.Domain:
		return true
	}
	return v.Type.IsHash()
}

func isPrefix(v observable.Value) bool {
	return (v.Type == observable.IPv4 || v.Type == observable.IPv6) && strings.Contains(v.Text, "/")
}

// Pending gives the decisions that the rule asks for and that are not on the
// ledger yet: what has run out, blocks that a guard now refuses or that rest on
// too little, what was held long enough, what goes on being seen, and what is
// corroborated. It changes nothing: asked again it gives the same, and once they
// are applied it gives them no more. At most 1,000 come at once; call it again
// after applying.
//
// The rule: a value that Corroboration independent partners report as suspect, or
// contribute an indicator of, within Window, or a designated one alone, becomes a
// block, or if it is a name that any report calls unresolved, is observed.
// Partners of one organisation count once, and so do copies. The decision is
// marked as widely as reports allow that suffice. Automation never makes a name
// must-resolve.
func (s *State) Pending(now time.Time) []ledger.Draft {
	now = now.UTC().Truncate(time.Microsecond)
	s.mu.RLock()
	defer s.mu.RUnlock()
	drafts := s.endings(now)
	drafts = s.secondThoughts(drafts, now)
	if _, stopped := s.acts.stops.Hub(); stopped {
		return drafts // what waits goes on waiting
	}
	drafts = s.promoted(drafts, now)
	drafts = s.renewed(drafts, now)
	return s.additions(drafts, now)
}

func (s *State) endings(now time.Time) []ledger.Draft {
	ended := s.lives.due(now, maxDrafts)
	drafts := make([]ledger.Draft, 0, len(ended))
	for _, old := range ended {
		drafts = append(drafts, s.finish(old, Expired, ruleExpiry, "its time has run out", now))
	}
	return drafts
}

// finish ends a protection for all who were told of it.
func (s *State) finish(old *slot, status Status, rule, reason string, now time.Time) ledger.Draft {
	return draft(KindDecided, access.Hub, old.audience, old.end(status, access.Hub, rule, reason, now))
}

func (s *State) secondThoughts(drafts []ledger.Draft, now time.Time) []ledger.Draft {
	for _, old := range s.doubtful.due(now, maxDrafts-len(drafts)) {
		if !old.Expires.After(now) {
			continue // ended above
		}
		if old.fallen != "" {
			drafts = append(drafts, s.finish(old, Revoked, fallRule(old.fallen), old.fallen, now))
		} else if guard, reason, bad := s.refuses(old); bad {
			drafts = append(drafts, s.finish(old, Revoked, ruleGuard, "guard "+guard+": "+reason, now))
		} else if s.hasty(old) {
			p := s.propose(old.rec, Observe, access.Hub, now)
			p.Status, p.Rule, p.Reason, p.TLP, p.Exact, p.Held = old.Status, ruleUnresolved, reasonUnresolved, old.TLP, old.Exact, old.Held
			p.Reports, p.Partners, p.Evidence, p.Confidence = old.Reports, old.Partners, old.Evidence, old.Confidence
			drafts = append(drafts, draft(KindDecided, access.Hub, old.audience, p))
		}
	}
	for _, old := range s.ghosts.due(now, maxDrafts-len(drafts)) {
		drafts = append(drafts, s.finish(old, Revoked, ruleGhost, reasonGhost, now))
	}
	return drafts
}

func fallRule(reason string) string {
	if reason == reasonWithdrawn {
		return ruleWithdrawn
	}
	return ruleQuarantine
}

func (s *State) additions(drafts []ledger.Draft, now time.Time) []ledger.Draft {
	room, refusing, together := s.room(now), s.cfg.MaxPerHour-s.refused.within(now), map[string]int{}
	for _, candidate := range s.due {
		if len(drafts) >= maxDrafts || room <= 0 {
			break
		}
		if candidate.due != candidate.since {
			continue
		}
		r := candidate.record
		near := neighbourhood(r.value)
		if near != "" && s.together(near, now)+together[near] >= s.cfg.MaxTogether {
			continue
		}
		b, enough := s.basis(r, time.Time{})
		if !enough {
			continue
		}
		p := s.corroborated(r, b, now)
		if p.Polarity == Block {
			if guard, reason, bad := s.check(r.value); bad {
				if refusing--; refusing >= 0 {
					drafts = append(drafts, draft(KindRefused, access.Hub, told(marks[b.level]), Refusal{
						Value: r.value, Polarity: Block, Guard: guard, Reason: reason, Remedy: remedy(guard), Asked: askedByRule, At: now,
					}))
				}
				continue
			}
			p.Guards = s.guardNames()
		}
		drafts = append(drafts, s.decide(p))
		together[near]++
		room--
	}
	return drafts
}

// corroborated is the decision that the rule asks for about a due value.
func (s *State) corroborated(r *record, b basis, now time.Time) Protection {
	p := s.propose(r, Block, access.Hub, now)
	p.Status = Active
	p.Exact = r.value.Type == observable.Domain && !b.wide
	s.rest(&p, b)
	p.Expires = now.Add(life(p.Type, p.Confidence, s.cfg.Lifetime))
	if r.value.Type == observable.Domain && r.unresolved != 0 {
		p.Polarity, p.Reason = Observe, reasonUnresolved
		p.Rule += "; " + ruleUnresolved
	}
	if hold := s.cfg.Hold.of(p); hold > 0 {
		p.Status, p.Held = Canary, now.Add(hold)
		p.Rule += fmt.Sprintf("; canary partners first, for %s", hold)
	}
	p.ID = protectionID(p, r.decisions)
	return p
}

// rest says what a decision rests on. All of it may be told to whom the decision
// is.
func (s *State) rest(p *Protection, b basis) {
	voices, listed := map[voice]struct{}{}, false
	p.TLP, p.Confidence, p.Reports, p.Partners, p.Evidence = marks[b.level], combined(b.witnesses), len(b.witnesses), nil, nil
	for _, w := range b.witnesses {
		voices[w.voice] = struct{}{}
		listed = listed || !w.seen
		p.Partners, p.Evidence = append(p.Partners, w.partner), append(p.Evidence, w.report)
	}
	says, in := "report it as suspect", "suspect in the reports"
	if listed {
		says, in = "report or list it", "in the reports or indicators"
	}
	p.Rule = fmt.Sprintf("%d independent partners %s within %s of each other", s.cfg.Corroboration, says, s.cfg.Window)
	if len(voices) < s.cfg.Corroboration {
		p.Rule = "a designated partner " + strings.Replace(strings.Replace(says, "report", "reports", 1), "or list", "or lists", 1)
	}
	p.Reason = fmt.Sprintf("%s of %d partners", in, p.Reports)
	switch {
	case p.Reports == 1 && !listed:
		p.Reason = "suspect in the report of 1 partner"
	case p.Reports == 1:
		p.Reason = "in an indicator of 1 partner"
	case len(voices) < p.Reports:
		p.Reason += fmt.Sprintf(", those of one organisation counted once: %d", len(voices))
	}
}

// Held is how many corroborated values wait because automation has added as
// much as it may within the hour, or is stopped.
func (s *State) Held(now time.Time) int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	waiting := 0
	for _, candidate := range s.due {
		if candidate.due == candidate.since {
			waiting++
		}
	}
	room := s.room(now)
	if _, stopped := s.acts.stops.Hub(); stopped {
		room = 0
	}
	return max(0, waiting-room)
}

// check asks all guards about a block, the must-resolve names first.
func (s *State) check(v observable.Value) (guard, reason string, bad bool) {
	if reason, bad := s.kill.Check(v); bad {
		return s.kill.Name(), reason, true
	}
	guard, reason = s.guards.Verdict(v)
	return guard, reason, guard != ""
}

func (s *State) guardNames() []string { return append([]string{s.kill.Name()}, s.guards.Names()...) }
