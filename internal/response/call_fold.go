package response

import (
	"maps"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/outbreak"
)

// calls is the part of the state that calls and skills are folded into, and who
// takes part: whom a call reaches is settled when it is opened.
type calls struct {
	cfg      Config
	partners *access.Directory // partners, communities and clients only
	listed   []access.Partner  // those that take part, as of a revision of partners
	revision uint64
	byID     map[CallID]*callRecord
	order    []CallID // as they were opened
	open     map[access.PartnerID]int
	skills   map[access.PartnerID]Skilled
	alarms   alarms
	// touched is told of each call that changes: by one partner's answer, or as a
	// whole.
	touched func(*callRecord, access.PartnerID)
}

func newCalls(cfg Config) *calls {
	return &calls{
		cfg: cfg, partners: access.NewDirectory(), byID: make(map[CallID]*callRecord), open: make(map[access.PartnerID]int),
		skills: make(map[access.PartnerID]Skilled), alarms: newAlarms(),
	}
}

// applyBeside folds what is about no action: calls, skills, accountability, and who
// takes part.
func (s *State) applyBeside(e ledger.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch e.Kind {
	case KindExplained:
		return ledger.Fold(e, s.accounts.explained)
	case KindAccountShared:
		return ledger.Fold(e, s.accounts.sharedWith)
	}
	return s.calls.apply(e)
}

// apply folds an entry about calls, skills, partners or outbreaks; others it
// leaves alone. What the room would not have drafted is void.
func (c *calls) apply(e ledger.Entry) error {
	switch e.Kind {
	case KindCallOpened:
		return ledger.Fold(e, c.opened)
	case KindCallAnswered:
		return ledger.Fold(e, c.answered)
	case KindCallClosed:
		return ledger.Fold(e, c.closed)
	case KindSkillsDeclared:
		return ledger.Fold(e, c.declared)
	case outbreak.KindRaised, outbreak.KindMerged, outbreak.KindEnded:
		return ledger.Fold(e, c.alarm)
	}
	switch area, _, _ := strings.Cut(string(e.Kind), "."); area {
	case "partner", "community", "client":
		return c.partners.Apply(e)
	}
	return nil
}

func (c *calls) opened(e ledger.Entry, o CallOpening) {
	audience, err := access.ParseAudience(e.Audience)
	if _, exists := c.byID[o.ID]; exists || err != nil || o.ID == "" || o.Validate() != nil {
		return
	}
	r := &callRecord{CallOpening: o, by: access.PartnerID(e.Actor), opened: e.Time, audience: audience, answers: make(map[access.PartnerID][]Version)}
	r.reached = c.reach(r)
	c.byID[o.ID] = r
	c.order = append(c.order, o.ID)
	c.open[r.by]++
	c.alarms.called(o.ID)
	c.touched(r, "")
}

// everyone are the partners that take part, listed anew when that has changed: each
// action that is opened asks. The caller holds the lock for writing.
func (c *calls) everyone() []access.Partner {
	if now := c.partners.Revision(); c.listed == nil || c.revision != now {
		c.listed, c.revision = c.partners.Partners(), now
	}
	return c.listed
}

// reach is whom a call reaches now. Its opener is not called by itself.
func (c *calls) reach(r *callRecord) []access.PartnerID {
	var reached []access.PartnerID
	for _, p := range c.everyone() {
		if p.ID == r.by || !r.matches(p, c.skills[p.ID].Skills) {
			continue
		}
		if who, present := c.partners.Reader(p.ID); present && who.MaySee(r.by, r.audience) {
			reached = append(reached, p.ID)
		}
	}
	slices.Sort(reached)
	return reached
}

func (o *CallOpening) matches(p access.Partner, skills []string) bool {
	if slices.Contains(o.Partners, p.ID) {
		return true
	}
	if len(o.Partners) > 0 && len(o.Sectors)+len(o.Countries)+len(o.Kinds)+len(o.Skills) == 0 {
		return false
	}
	in := func(list []string, has ...string) bool {
		return len(list) == 0 || slices.ContainsFunc(has, func(one string) bool { return slices.Contains(list, one) })
	}
	return in(o.Sectors, p.Sector) && in(o.Countries, p.Country) && in(o.Kinds, p.Kind) && in(o.Skills, skills...)
}

func (c *calls) answered(e ledger.Entry, a CallAnswer) {
	r, known := c.byID[a.Call]
	id := access.PartnerID(e.Actor)
	if !known || !isPartner(e.Actor) || a.validate() != nil || r.refuses(id) != "" {
		return
	}
	if said := r.answers[id]; len(said) == 0 {
		r.order = append(r.order, id)
	} else {
		r.count(id, said[len(said)-1].Declined, -1)
	}
	r.count(id, a.Declined, 1)
	r.answers[id] = append(r.answers[id], Version{At: e.Time, Declined: a.Declined, Offer: a.Offer, Skills: a.Skills})
	c.touched(r, id)
}

// count keeps the numbers of the answers that stand.
func (r *callRecord) count(id access.PartnerID, declined bool, by int) {
	if declined {
		r.declined += by
		return
	}
	r.offers += by
	if !r.called(id) {
		r.volunteers += by
	}
}

func (c *calls) closed(e ledger.Entry, closing CallClosing) {
	r, known := c.byID[closing.Call]
	if !known || !r.closed.IsZero() {
		return
	}
	r.closed, r.reason = e.Time, closing.Reason
	if c.open[r.by]--; c.open[r.by] == 0 {
		delete(c.open, r.by)
	}
	c.alarms.closed(closing.Call)
	c.touched(r, "")
}

// refuses says why the call takes no answer of a partner, or "".
func (r *callRecord) refuses(id access.PartnerID) string {
	switch {
	case !r.closed.IsZero():
		return "the call was closed: " + r.reason
	case len(r.answers[id]) >= maxVersions:
		return "the answer has been changed too often: ask who opened the call"
	}
	return ""
}

// called says whether the call reached a partner.
func (r *callRecord) called(id access.PartnerID) bool {
	_, found := slices.BinarySearch(r.reached, id)
	return found
}

// callsDue are what the ledger has to say about calls by now.
func (s *State) callsDue() []ledger.Draft {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c := s.calls
	if len(c.alarms.raised) == 0 && len(c.alarms.over) == 0 {
		return nil
	}
	var list []ledger.Draft
	for _, id := range slices.Sorted(maps.Keys(c.alarms.raised)) {
		list = append(list, c.alarms.raised[id])
	}
	for _, id := range slices.Sorted(maps.Keys(c.alarms.over)) {
		r := c.byID[id]
		list = append(list, mustDraft(KindCallClosed, r.audience, CallClosing{Call: id, Reason: c.alarms.over[id]}))
	}
	return list
}
