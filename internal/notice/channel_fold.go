package notice

import (
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// channel is a channel as folded, with what waits for it.
type channel struct {
	Channel
	quiet *window // nil: never

	parcels []*parcel  // in the order in which they were packed
	open    [2]*parcel // of parcels, those that more may join: what rests, and what breaks the quiet
	hours   [3]hour    // by severity
	turn    *node[*channel]
	late    *node[*channel]

	fails     int       // attempts that failed since the last that did not
	next      time.Time // not to be tried before
	since     time.Time // of the first of the fails
	lastError string
	lastSent  time.Time
	givenUp   int
	ended     bool
	told      bool // its partner, that it was given up; until it works again
}

// hour counts what happened within one hour.
type hour struct {
	begun time.Time
	n     int
}

// more counts one more at t and says how many there are.
func (h *hour) more(t time.Time) int {
	if h.over(t) {
		h.begun, h.n = t, 0
	}
	h.n++
	return h.n
}

func (h *hour) over(t time.Time) bool { return h.begun.IsZero() || !t.Before(h.begun.Add(time.Hour)) }

func (s *State) channelAdded(e ledger.Entry, c Channel) {
	partner := access.PartnerID(e.Actor)
	_, again := s.channels[c.ID]
	if again || c.ID == "" || !s.takesPart(partner) || len(s.channelsOf[partner]) >= maxChannels {
		return
	}
	added := &channel{Channel: c}
	added.Partner, added.Added, added.Verified = partner, e.Time, time.Time{}
	if c.Quiet != nil {
		// A zone that this machine does not know leaves no hour quiet: what is late
		// does more harm than what is early.
		if w, err := c.Quiet.window(); err == nil {
			added.quiet = &w
		}
	}
	added.hours = s.left[way(partner, &c)]
	delete(s.left, way(partner, &c))
	s.added.note(string(partner), e.Time)
	s.channels[c.ID] = added
	s.channelsOf[partner] = append(s.channelsOf[partner], added)
}

func (s *State) channelRemoved(e ledger.Entry, gone ChannelRemoval) {
	if c, known := s.channels[gone.Channel]; known && c.Partner == access.PartnerID(e.Actor) {
		s.left.leave(c, e.Time)
		s.forget(c)
	}
}

// forget takes a channel out of everything.
func (s *State) forget(c *channel) {
	s.turns.drop(c.turn)
	s.lates.drop(c.late)
	delete(s.channels, c.ID)
	rest := slices.DeleteFunc(slices.Clone(s.channelsOf[c.Partner]), func(other *channel) bool { return other == c })
	if s.channelsOf[c.Partner] = rest; len(rest) == 0 {
		delete(s.channelsOf, c.Partner)
	}
}

func (s *State) channelTested(e ledger.Entry, test ChannelTest) {
	c, known := s.channels[test.Channel]
	if !known || c.Partner != access.PartnerID(e.Actor) || s.testedEnough(c, e.Time) {
		return
	}
	s.tested.note(string(c.Partner), e.Time)
	s.tested.note(c.goes(), e.Time)
	s.cause(e, Raising{
		Topic: TopicChannel, Severity: Info, Subject: c.ID, TLP: access.Clear,
		Title: "a test of this channel", Text: "This is what a notice looks like here. There is nothing to do.",
		Only: c.ID, Partners: []access.PartnerID{c.Partner},
	})
}

// testedEnough says whether the channel's partner, or all who test its target, have to
// wait.
func (s *State) testedEnough(c *channel, now time.Time) bool {
	return s.tested.reached(string(c.Partner), testsOfPartner, now) || s.tested.reached(c.goes(), testsOfTarget, now)
}

// departed forgets what was a partner's that has left.
func (s *State) departed(partner access.PartnerID) {
	for _, c := range slices.Clone(s.channelsOf[partner]) {
		s.forget(c)
	}
	if box := s.inboxes[partner]; box != nil {
		for _, it := range box.items {
			s.climbs.drop(it.climb)
		}
	}
	delete(s.inboxes, partner)
	delete(s.ladders, partner)
	delete(s.caused, string(partner))
	delete(s.approvals, string(partner))
}
