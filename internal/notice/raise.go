package notice

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Raising is one thing that partners are told: the entry that is there before
// anything leaves. Its audience is nobody's; each partner is shown its own notice.
type Raising struct {
	Cause ledger.Seq  `json:"cause"`          // the entry that it tells of
	Hash  ledger.Hash `json:"hash"`           // of that entry: ids of notices follow from it
	Why   string      `json:"why,omitempty"`  // tells apart what follows from one cause
	Part  int         `json:"part,omitempty"` // where there are too many partners for one entry
	At    time.Time   `json:"at"`

	Topic    Topic      `json:"topic"`
	Severity Severity   `json:"severity"`
	Subject  string     `json:"subject,omitempty"`
	Title    string     `json:"title"`
	Text     string     `json:"text,omitempty"`
	TLP      access.TLP `json:"tlp"`
	NeedsAck bool       `json:"needs_ack,omitempty"`

	Alert     AlertID `json:"alert,omitempty"`     // that it is
	Withdraws AlertID `json:"withdraws,omitempty"` // that it takes back
	// Owner and Audience say who may see what it tells, at any later time, too; without
	// an audience it quotes nobody.
	Owner    access.PartnerID `json:"owner,omitempty"`
	Audience access.Audience  `json:"audience,omitzero"`
	Only     string           `json:"only,omitempty"` // the one channel that it is for
	Not      string           `json:"not,omitempty"`  // a channel that it is not for

	// Partners are who is told, in the order of their ids. All says that it is
	// everybody who takes part at that place of the ledger, without Except.
	Partners []access.PartnerID `json:"partners,omitempty"`
	All      bool               `json:"all,omitempty"`
	Except   access.PartnerID   `json:"except,omitempty"`
}

// maxPartners is how many partners one entry names: their ids are half of what an
// entry holds.
const maxPartners = 10_000

// key tells what is raised apart from everything else that is.
func (r *Raising) key() string { return fmt.Sprintf("%s %d %s", r.Hash, r.Part, r.Why) }

// id is the partner's notice's, the same however often it is derived.
func (r *Raising) id(partner access.PartnerID) uuid.UUID {
	return uuid.NewSHA1(space, fmt.Appendf(nil, "notice\x00%s\x00%s\x00%s", r.Hash, r.Why, partner))
}

// cause notes that partners are to be told of an entry. Nobody is no cause.
func (s *State) cause(e ledger.Entry, r Raising) {
	if len(r.Partners) > 0 && s.floods(e, r.Topic) {
		s.flood(e, r)
		return
	}
	r.Cause, r.Hash, r.At = e.Seq, e.Hash, e.Time
	s.causes = append(s.causes, s.parts(r)...)
}

// parts is a raising as the entries that it becomes.
func (s *State) parts(r Raising) []*Raising {
	list := make([]*Raising, 0, 1)
	for some := range slices.Chunk(r.Partners, maxPartners) {
		part := r
		part.Part, part.Partners = len(list), some
		list = append(list, &part)
	}
	return list
}

// entry is the raising as the ledger keeps it: everybody is not named one by one.
func (s *State) entry(r Raising) Raising {
	s.look()
	if len(r.Partners) < 3 || len(r.Partners) < len(s.partners)-1 {
		return r
	}
	for _, except := range s.missing(r.Partners) {
		r.Except = except
	}
	r.All, r.Partners = true, nil
	return r
}

// missing are those who take part and are not in a list in order.
func (s *State) missing(list []access.PartnerID) []access.PartnerID {
	var others []access.PartnerID
	for _, p := range s.partners {
		if _, in := slices.BinarySearch(list, p.ID); !in {
			others = append(others, p.ID)
		}
	}
	return others
}

// perPending is how many entries are asked for at a time.
const perPending = 200

// Pending is what the ledger has to say by now that it does not say yet.
func (s *State) Pending(now time.Time) []ledger.Draft {
	s.mu.RLock()
	idle := len(s.causes) == 0 && !s.timers.any(now) && !s.climbs.any(now) && !s.lates.any(now)
	s.mu.RUnlock()
	if idle {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var drafts []ledger.Draft
	for _, r := range s.causes {
		if len(drafts) == perPending {
			return drafts
		}
		if now.Sub(r.At) <= s.cfg.Fresh {
			drafts = append(drafts, hubDraft(KindRaised, s.entry(*r)))
		}
	}
	for _, r := range s.timed(now) {
		drafts = append(drafts, hubDraft(KindRaised, s.entry(r)))
	}
	drafts = append(drafts, s.stale(now)...)
	return append(drafts, s.steps(now)...)
}

// hubDraft is an entry of the hub's that nobody is told.
func hubDraft(kind ledger.Kind, body any) ledger.Draft {
	d, err := ledger.NewDraft(kind, access.Hub, "", body)
	if err != nil {
		panic(fmt.Sprintf("notice: draft %s: %v", kind, err)) // JSON can hold every text and time that was read from it
	}
	return d
}

// raised puts what was raised where it is read, and where it is sent from.
func (s *State) raised(e ledger.Entry, r Raising) {
	if e.Actor != access.Hub {
		return
	}
	key := r.key()
	s.causes = slices.DeleteFunc(s.causes, func(c *Raising) bool { return c.key() == key })
	s.still(r.Hash, r.Why)
	partners := r.Partners
	if r.All {
		partners = s.those(r.Except)
	}
	r.Partners = nil
	b := &bulletin{Raising: r, seq: e.Seq}
	for i, p := range partners {
		if !s.takesPart(p) {
			continue
		}
		it := &item{bulletin: b, id: r.id(p), partner: p}
		box := s.box(p)
		if i == 0 && box.find(it.id) != nil {
			return // the same once more
		}
		gone := box.add(it)
		if gone == it {
			continue // nothing of it was taken in
		}
		if gone != nil {
			s.climbs.drop(gone.climb)
		}
		s.begin(it, e.Time)
		s.send(it, e.Time)
	}
	if a := s.alerts[r.Alert]; a != nil {
		a.bulletins = append(a.bulletins, b)
		s.awaitLadders(a, partners)
	}
}

// send puts a notice onto its partner's channels, as far as they want it.
func (s *State) send(it *item, t time.Time) {
	spared := s.sparedFrom(it)
	for _, c := range s.channelsOf[it.partner] {
		if c.wants(it) && !slices.Contains(spared, c.ID) {
			s.pack(c, it, t, 0)
		}
	}
}

// wants says whether a channel is to be told of a notice when it is raised.
func (c *channel) wants(it *item) bool {
	switch {
	case it.Only != "":
		return c.ID == it.Only
	case c.ID == it.Not || c.Standby:
		return false
	case len(c.Topics) > 0 && !slices.Contains(c.Topics, it.Topic):
		return false
	}
	return c.MinSeverity == "" || it.Severity.AtLeast(c.MinSeverity)
}
