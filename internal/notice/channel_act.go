package notice

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// ChannelRemoval takes a channel away.
type ChannelRemoval struct {
	Channel string `json:"channel"`
}

// ChannelTest has a notice raised for one channel.
type ChannelTest struct {
	Channel string `json:"channel"`
}

const secretPrefix = "whsec_"

// AddChannel is a new channel of the caller's partner, with its secret, which is
// shown this once, and its draft. Of c only what a partner chooses counts.
func (s *State) AddChannel(by access.Principal, c Channel, now time.Time) (Channel, ledger.Draft, error) {
	if err := by.CheckPartner("add a channel", access.Contributor); err != nil {
		return Channel{}, ledger.Draft{}, err
	}
	if err := c.check(s.cfg.Dial); err != nil {
		return Channel{}, ledger.Draft{}, fmt.Errorf("add a channel: %w", err)
	}
	if err := s.roomFor(by.Partner, c, now); err != nil {
		return Channel{}, ledger.Draft{}, fmt.Errorf("add a channel: %w: %w", access.ErrConflict, err)
	}
	c.ID, c.Partner = "channel--"+uuid.NewString(), by.Partner
	c.Added, c.Verified = time.Time{}, time.Time{}
	if c.Kind == Webhook {
		var raw [32]byte
		_, _ = rand.Read(raw[:]) // never fails (crypto/rand, Go 1.24)
		c.Secret = secretPrefix + base64.StdEncoding.EncodeToString(raw[:])
	}
	// Nobody's audience: the stream tells neither a secret nor an address, not even
	// to the partner's own viewers.
	d, err := ledger.NewDraft(KindChannelAdded, by.Actor(), "", c)
	return c, d, err
}

// roomFor says what stands against one more channel of a partner.
func (s *State) roomFor(partner access.PartnerID, c Channel, now time.Time) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	has := s.channelsOf[partner]
	if len(has) >= maxChannels {
		return fmt.Errorf("the partner has %d, which is the most: remove one", len(has))
	}
	if i := slices.IndexFunc(has, func(other *channel) bool { return other.goes() == c.goes() }); i >= 0 {
		return fmt.Errorf("the channel %s of your partner leads there already: remove it first", has[i].ID)
	}
	if s.added.reached(string(partner), addsOfPartner, now) {
		return fmt.Errorf("your partner has added %d within an hour or %d within a day, which is the most: wait", addsOfPartner.hourly, addsOfPartner.daily)
	}
	return nil
}

// RemoveChannel is the draft that takes one of the caller's channels away. What
// waits for it stays in the inbox.
func (s *State) RemoveChannel(by access.Principal, id string) (ledger.Draft, error) {
	return s.ofOwn(by, "remove channel", id, KindChannelRemoved, ChannelRemoval{id})
}

// TestChannel is the draft that has a notice raised for one of the caller's channels.
func (s *State) TestChannel(by access.Principal, id string, now time.Time) (ledger.Draft, error) {
	s.mu.RLock()
	c, known := s.channels[id]
	enough := known && c.Partner == by.Partner && s.testedEnough(c, now)
	s.mu.RUnlock()
	if enough {
		return ledger.Draft{}, fmt.Errorf("test channel: %w: too many tests: a partner takes %d within an hour and %d within a day, an address %d and %d: wait",
			access.ErrConflict, testsOfPartner.hourly, testsOfPartner.daily, testsOfTarget.hourly, testsOfTarget.daily)
	}
	return s.ofOwn(by, "test channel", id, KindChannelTested, ChannelTest{id})
}

func (s *State) ofOwn(by access.Principal, what, id string, kind ledger.Kind, body any) (ledger.Draft, error) {
	if err := by.CheckPartner(what+" "+clip(id), access.Contributor); err != nil {
		return ledger.Draft{}, err
	}
	s.mu.RLock()
	c, known := s.channels[id]
	s.mu.RUnlock()
	if !known || c.Partner != by.Partner {
		return ledger.Draft{}, fmt.Errorf("%s: %w: your partner has no channel %q", what, access.ErrNotFound, clip(id))
	}
	return ledger.NewDraft(kind, by.Actor(), own, body)
}

// own is the audience of what a partner says of itself: its own alone.
var own = access.Audience{TLP: access.Red}.String()

// ChannelState is how a channel fares.
type ChannelState string

// The states of a channel.
const (
	Idle    ChannelState = "idle"    // it has not been used yet
	Works   ChannelState = "works"   // it took what was sent last
	Failing ChannelState = "failing" // it did not, and is tried again
	Ended   ChannelState = "ended"   // its receiver is gone for good: nothing is sent any more
)

// ChannelStatus is a channel as its partner sees it, without its secret.
type ChannelStatus struct {
	Channel
	State    ChannelState `json:"state"`
	Waiting  int          `json:"waiting"` // notices that are to be sent
	LastSent time.Time    `json:"last_sent,omitzero"`
	Since    time.Time    `json:"failing_since,omitzero"`
	Error    string       `json:"error,omitempty"` // of the last attempt
	Retry    time.Time    `json:"retry,omitzero"`  // when it is tried again
	GivenUp  int          `json:"given_up"`        // notices that could not be sent in three days; they are in the inbox
}

// Channels are the caller's partner's, in the order in which they were added.
func (s *State) Channels(p access.Principal) []ChannelStatus {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := []ChannelStatus{}
	if p.Partner == "" {
		return list
	}
	for _, c := range s.channelsOf[p.Partner] {
		list = append(list, c.status())
	}
	return list
}

// ChannelOf is one of the caller's partner's, or access.ErrNotFound.
func (s *State) ChannelOf(p access.Principal, id string) (ChannelStatus, error) {
	list := s.Channels(p)
	i := slices.IndexFunc(list, func(c ChannelStatus) bool { return c.ID == id })
	if i < 0 {
		return ChannelStatus{}, fmt.Errorf("channel: %w: your partner has no channel %q", access.ErrNotFound, clip(id))
	}
	return list[i], nil
}

func (c *channel) status() ChannelStatus {
	v := ChannelStatus{Channel: c.Shown(), State: Idle, LastSent: c.lastSent, GivenUp: c.givenUp}
	for _, p := range c.parcels {
		v.Waiting += len(p.items) + p.more
	}
	switch {
	case c.ended:
		v.State, v.Error = Ended, c.lastError
	case c.fails > 0:
		v.State, v.Since, v.Error, v.Retry = Failing, c.since, c.lastError, c.next
	case !c.lastSent.IsZero():
		v.State = Works
	}
	return v
}

// Shown is the channel without what only the worker needs: the secret, and of a
// Slack webhook's URL, which is one, all but the host.
func (c Channel) Shown() Channel {
	c.Secret = ""
	c.Topics = slices.Clone(c.Topics)
	if u, err := url.Parse(c.Target); c.Kind == Slack && err == nil {
		c.Target = u.Scheme + "://" + u.Host + "/…"
	}
	return c
}
