package notice

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Ladder is how a partner is told again of what needs an acknowledgement and has
// none. An empty one ends it.
type Ladder struct {
	Steps []Rung `json:"steps"`
}

// Rung is one step of a ladder.
type Rung struct {
	After    Span     `json:"after" doc:"since the notice, such as 15m"`
	Channels []string `json:"channels" doc:"ids of channels that are then told"`
}

// Limits of a ladder.
const (
	maxSteps  = 10
	minAfter  = time.Minute
	maxLadder = 24 * time.Hour
)

// SetLadder is the draft that replaces the caller's partner's ladder as a whole.
func (s *State) SetLadder(by access.Principal, l Ladder) (ledger.Draft, error) {
	if err := by.CheckPartner("set the escalation", access.Contributor); err != nil {
		return ledger.Draft{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.checkLadder(by.Partner, l); err != nil {
		return ledger.Draft{}, fmt.Errorf("set the escalation: %w", err)
	}
	return ledger.NewDraft(KindEscalationSet, by.Actor(), own, l)
}

func (s *State) checkLadder(partner access.PartnerID, l Ladder) error {
	if len(l.Steps) > maxSteps {
		return fmt.Errorf("%w: steps: there are %d, at most %d are allowed", access.ErrInvalid, len(l.Steps), maxSteps)
	}
	before := time.Duration(0)
	for i, step := range l.Steps {
		after := step.After.Duration()
		if after < minAfter || after > maxLadder || after <= before {
			return fmt.Errorf("%w: steps/%d/after: %s is not between %s and %s and later than the step before", access.ErrInvalid, i, step.After, Span(minAfter), Span(maxLadder))
		}
		before = after
		if len(step.Channels) == 0 || len(step.Channels) > maxChannels {
			return fmt.Errorf("%w: steps/%d/channels: %d are named, 1 to %d are needed", access.ErrInvalid, i, len(step.Channels), maxChannels)
		}
		for _, id := range step.Channels {
			if c := s.channels[id]; c == nil || c.Partner != partner {
				return fmt.Errorf("%w: steps/%d/channels: your partner has no channel %q", access.ErrInvalid, i, clip(id))
			}
		}
	}
	return nil
}

// LadderOf is the caller's partner's.
func (s *State) LadderOf(p access.Principal) Ladder {
	s.mu.RLock()
	defer s.mu.RUnlock()
	l := Ladder{Steps: []Rung{}}
	for _, step := range s.ladders[p.Partner].Steps {
		l.Steps = append(l.Steps, Rung{step.After, slices.Clone(step.Channels)})
	}
	return l
}

// ladderSet folds a new ladder. What is climbing the old one goes on with the new
// one's next step, at the time at which it would have taken the old one's.
func (s *State) ladderSet(e ledger.Entry, l Ladder) {
	partner := access.PartnerID(e.Actor)
	if !s.takesPart(partner) || len(l.Steps) > maxSteps {
		return
	}
	s.ladders[partner] = l
	if len(l.Steps) > 0 {
		return
	}
	delete(s.ladders, partner)
	if box := s.inboxes[partner]; box != nil {
		for _, it := range box.items {
			s.halt(it)
		}
	}
}

// reword has what waits for a partner say how far a notice has climbed.
func (s *State) reword(partner access.PartnerID) {
	for _, c := range s.channelsOf[partner] {
		for _, p := range c.parcels {
			p.said.Store(nil)
		}
	}
}

// begin has a notice climb its partner's ladder, from when it was raised.
func (s *State) begin(it *item, t time.Time) {
	if steps := s.ladders[it.partner].Steps; it.NeedsAck && len(steps) > 0 {
		it.climb = s.climbs.add(t.Add(steps[0].After.Duration()), it)
	}
}

// Escalation says that partners that have not acknowledged a notice are told again,
// as the next step of each one's ladder says.
type Escalation struct {
	Hash     ledger.Hash        `json:"hash"` // of the notice's cause
	Why      string             `json:"why,omitempty"`
	Step     int                `json:"step"` // from 1
	Partners []access.PartnerID `json:"partners"`
}

// steps are the steps that are due: one entry a notice and step.
func (s *State) steps(now time.Time) []ledger.Draft {
	due, _ := s.climbs.due(now)
	slices.SortFunc(due, func(a, b *item) int {
		return cmp.Or(cmp.Compare(a.seq, b.seq), cmp.Compare(a.step, b.step), cmp.Compare(a.partner, b.partner))
	})
	var list []*Escalation
	var last *bulletin
	for _, it := range due {
		if n := len(list); n == 0 || last != it.bulletin || list[n-1].Step != it.step+1 || len(list[n-1].Partners) == maxPartners {
			if n == perPending {
				break
			}
			last = it.bulletin
			list = append(list, &Escalation{Hash: it.Hash, Why: it.Why, Step: it.step + 1})
		}
		one := list[len(list)-1]
		one.Partners = append(one.Partners, it.partner)
	}
	drafts := make([]ledger.Draft, len(list))
	for i, one := range list {
		drafts[i] = hubDraft(KindEscalated, one)
	}
	return drafts
}

// escalated folds a step: its channels are told, and the next one comes in time.
func (s *State) escalated(e ledger.Entry, up Escalation) {
	if e.Actor != access.Hub {
		return
	}
	of := Raising{Hash: up.Hash, Why: up.Why}
	for _, partner := range up.Partners {
		it := s.inboxes[partner].find(of.id(partner))
		if it == nil || it.climb == nil || it.step+1 != up.Step {
			continue
		}
		begun := it.climb.at
		s.halt(it)
		steps := s.ladders[partner].Steps
		if who, _ := s.dir.Reader(partner); it.step >= len(steps) || !it.visible(who) {
			continue
		}
		rung := steps[it.step]
		it.step++
		s.reword(partner)
		for _, id := range rung.Channels {
			if c := s.channels[id]; c != nil && c.Partner == partner {
				s.pack(c, it, e.Time, it.step)
			}
		}
		if it.step < len(steps) {
			it.climb = s.climbs.add(begun.Add(max(minAfter, steps[it.step].After.Duration()-rung.After.Duration())), it)
		}
	}
}
