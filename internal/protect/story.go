package protect

import (
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// Story is everything that happened about one value.
type Story struct {
	observable.Value
	Events []Event `json:"events"` // in the order of their times
	// Standing is how the value's decision and proposals stand, for who asks with
	// an eye on outlets: OutlookOf.
	Standing []Outlook `json:"standing,omitempty"`
}

// Event is one part of a story: a decision, a refusal, the latest receipt of an
// outlet, what one partner reported, summed up over its reports, or an act that
// touched automation while the rule had a say about the value.
type Event struct {
	Seq        ledger.Seq  `json:"seq"` // of the first entry that it rests on; 0 of receipts
	At         time.Time   `json:"at"`  // of that entry
	By         string      `json:"by"`
	Text       string      `json:"text"` // in words
	Note       string      `json:"note,omitempty"`
	Protection *Protection `json:"protection,omitempty"`
	Refusal    *Refusal    `json:"refusal,omitempty"`
	// RecallProposal is the word of a partner that what is in force should go.
	RecallProposal *RecallProposal `json:"recall_proposal,omitempty"`
	Receipt        *Receipt        `json:"receipt,omitempty"`
	Sightings      *Sightings      `json:"sightings,omitempty"`
	Stop           *Stop           `json:"stop,omitempty"`
	Quarantine     *Quarantine     `json:"quarantine,omitempty"`

	audience access.Audience // of the entry
}

// Sightings sums up one partner's reports of a value.
type Sightings struct {
	Basis      sighting.Basis `json:"basis"`
	Reports    int            `json:"reports"`
	Count      int            `json:"count"` // events
	Hosts      int            `json:"hosts"` // the most in one report
	FirstSeen  time.Time      `json:"first_seen"`
	LastSeen   time.Time      `json:"last_seen"`
	Unresolved bool           `json:"unresolved,omitzero"` // in any of them
}

type sightingKey struct {
	actor, audience string
	basis           sighting.Basis
}

func (r *record) tell(e ledger.Entry, event Event) {
	event.Seq, event.At, event.By = e.Seq, e.Time, e.Actor
	event.audience, _ = access.ParseAudience(e.Audience) // unreadable: nobody's
	r.story = append(r.story, event)
}

func (r *record) tellSighting(e ledger.Entry, seen sighting.Sighting) {
	key := sightingKey{e.Actor, e.Audience, seen.Basis}
	i, again := r.seen[key]
	if !again {
		if r.seen == nil {
			r.seen = map[sightingKey]int{}
		}
		i = len(r.story)
		r.seen[key] = i
		r.tell(e, Event{Sightings: &Sightings{Basis: seen.Basis, FirstSeen: seen.FirstSeen, LastSeen: seen.LastSeen}})
	}
	sum := r.story[i].Sightings
	sum.Reports++
	sum.Count += seen.Count
	sum.Hosts = max(sum.Hosts, seen.Hosts)
	sum.Unresolved = sum.Unresolved || seen.Unresolved
	if seen.FirstSeen.Before(sum.FirstSeen) {
		sum.FirstSeen = seen.FirstSeen
	}
	if seen.LastSeen.After(sum.LastSeen) {
		sum.LastSeen = seen.LastSeen
	}
}

// Why tells as much of a value's story as the principal may see: what is
// released to it, and for a coordinator every refusal, receipt, stop and
// quarantine.
func (s *State) Why(by access.Principal, v observable.Value) Story {
	s.mu.RLock()
	defer s.mu.RUnlock()
	story := Story{Value: v, Events: []Event{}}
	r := s.values[v]
	if r == nil {
		return story
	}
	for _, e := range slices.Concat(r.story, s.acts.touching(r.story), s.receiptEvents(by, r)) {
		business := by.AtLeast(access.Coordinator) && (e.Protection != nil || e.RecallProposal != nil || e.Refusal != nil || e.Receipt != nil || e.Stop != nil || e.Quarantine != nil)
		if !business && !by.MaySee(access.PartnerID(e.By), e.audience) || e.Quarantine != nil && s.trusted(by) != nil {
			continue
		}
		if e.Sightings != nil {
			sum := *e.Sightings // still growing in the state
			e.Sightings = &sum
		}
		e.Text = e.words()
		story.Events = append(story.Events, e)
	}
	slices.SortStableFunc(story.Events, func(a, b Event) int { return a.At.Compare(b.At) })
	return story
}

// receiptEvents are the latest receipts about every protection of a value.
func (s *State) receiptEvents(by access.Principal, r *record) []Event {
	var events []Event
	told := map[string]struct{}{}
	for _, e := range r.story {
		if e.Protection == nil {
			continue
		}
		if _, twice := told[e.Protection.ID]; twice {
			continue
		}
		told[e.Protection.ID] = struct{}{}
		for _, one := range s.receiptsFor(by, e.Protection.ID) {
			event := Event{At: one.Recorded, By: string(one.Partner), Receipt: &one.Receipt, audience: toOwner}
			if one.Ignored {
				event.Note = "not counted: its partner is under quarantine"
			}
			events = append(events, event)
		}
	}
	return events
}

func (e Event) words() string {
	text := ""
	switch {
	case e.Protection != nil:
		p := e.Protection
		text = fmt.Sprintf("%s %s until %s: %s (%s)", p.Polarity, p.Status, p.Expires.Format(time.RFC3339), p.Reason, p.Rule)
		if p.Status == Revoked || p.Status == Expired {
			text = fmt.Sprintf("%s %s: %s (%s)", p.Polarity, p.Status, p.Reason, p.Rule)
		}
	case e.RecallProposal != nil:
		text = "proposes to recall it: " + e.RecallProposal.Reason
	case e.Refusal != nil:
		text = fmt.Sprintf("%s refused by guard %s: %s", e.Refusal.Polarity, e.Refusal.Guard, e.Refusal.Reason)
	case e.Receipt != nil:
		text = e.Receipt.Outlet + ": in force"
		if !e.Receipt.InForce {
			text = e.Receipt.Outlet + ": not in force"
		}
		if e.Receipt.Problem != "" {
			text += ": " + e.Receipt.Problem
		}
	case e.Stop != nil:
		text = e.Stop.words()
	case e.Quarantine != nil:
		text = e.Quarantine.words()
	case e.Sightings != nil:
		text = fmt.Sprintf("seen as %s in %d reports, %d times, last %s", e.Sightings.Basis, e.Sightings.Reports,
			e.Sightings.Count, e.Sightings.LastSeen.Format(time.RFC3339))
		if e.Sightings.Unresolved {
			text += ", without resolving"
		}
	}
	if e.Note != "" {
		text += " [" + e.Note + "]"
	}
	return text
}
