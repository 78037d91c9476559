package notice

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// sent folds that a delivery was taken: the channel works.
func (s *State) sent(e ledger.Entry, o Outcome) {
	c := s.channels[o.Channel]
	if c == nil || e.Actor != access.Hub {
		return
	}
	c.lastSent, c.fails, c.next, c.lastError, c.told = e.Time, 0, time.Time{}, "", false
	if c.Verified.IsZero() {
		c.Verified = e.Time
	}
	c.took(o)
	s.schedule(c)
}

// took takes what was sent out of what is still to be sent. By the key alone it would
// not be known where parcels were made up otherwise, as with another Config.Cap or Calm.
func (c *channel) took(o Outcome) {
	sent := make(map[string]bool, len(o.Notices))
	for _, id := range o.Notices {
		sent[id] = true
	}
	of := c.parcel(o.Key)
	if of != nil {
		c.part(of, sent)
		for _, it := range of.items { // it may be told once more by its ladder
			delete(sent, noticePrefix+it.id.String())
		}
		of.leaves(c)
	}
	if len(sent) == 0 {
		return
	}
	for _, p := range slices.Clone(c.parcels) {
		in := &parcel{}
		for _, it := range p.items {
			if sent[noticePrefix+it.id.String()] {
				in.items = append(in.items, it)
			}
		}
		if len(in.items) == 0 || p.key == rest(o.Key) {
			continue
		}
		p.said.Store(nil)
		p.items = slices.DeleteFunc(p.items, func(it *item) bool { return slices.Contains(in.items, it) })
		in.leaves(c)
		if len(p.items) == 0 {
			c.drop(p)
		}
	}
}

// part leaves in a parcel what was sent of it; the rest becomes one of its own, which
// receivers do not take for the first.
func (c *channel) part(p *parcel, sent map[string]bool) {
	stays := func(it *item) bool { return !sent[noticePrefix+it.id.String()] }
	if !slices.ContainsFunc(p.items, stays) {
		return
	}
	other := &parcel{key: rest(p.key), breaks: p.breaks, more: p.more, first: p.first, next: p.next}
	for _, it := range p.items {
		if stays(it) {
			other.items = append(other.items, it)
		}
	}
	p.items, p.more = slices.DeleteFunc(p.items, stays), 0
	c.parcels = append(c.parcels, other)
}

func rest(key string) string { return derived("delivery", key, "rest") }

// stale says that what a channel was to be sent for three days is given up: what is
// told later than that, after the hub was away, misleads.
func (s *State) stale(now time.Time) []ledger.Draft {
	var drafts []ledger.Draft
	list, _ := s.lates.due(now)
	slices.SortFunc(list, func(a, b *channel) int { return cmp.Compare(a.ID, b.ID) })
	for _, c := range list {
		for _, p := range c.parcels {
			if now.Sub(p.first) < giveUp || len(drafts) == perPending {
				continue
			}
			o := Outcome{Channel: c.ID, Key: p.key, Error: "it was not sent within three days", GivenUp: true, Notices: make([]string, len(p.items))}
			for i, it := range p.items {
				o.Notices[i] = noticePrefix + it.id.String()
			}
			drafts = append(drafts, hubDraft(KindFailed, o))
		}
	}
	return drafts
}

// leaves notes that what a parcel holds went out, or may have.
func (p *parcel) leaves(c *channel) {
	for _, it := range p.items {
		if it.Alert != "" {
			it.left = append(it.left, c.ID)
		}
	}
	c.drop(p)
}

// failed folds that a delivery was not taken: it and its channel wait, each longer
// with every failure of its own. So one delivery that a receiver cannot take holds up
// no other, and one that is away is not asked for each of them.
func (s *State) failed(e ledger.Entry, o Outcome) {
	c := s.channels[o.Channel]
	if c == nil || e.Actor != access.Hub || c.ended {
		return
	}
	p := c.parcel(o.Key)
	tried := o.Attempt > 0
	if tried {
		if c.fails++; c.fails == 1 {
			c.since = e.Time
		}
		c.next = e.Time.Add(max(again(c.fails), o.Retry.Duration()))
	}
	if tried || c.lastError == "" {
		c.lastError = o.Error
	}
	if p != nil && tried {
		p.attempt++
		p.next = e.Time.Add(max(again(p.attempt), o.Retry.Duration()))
	}
	switch {
	case o.Gone:
		s.end(c)
	case o.GivenUp && p != nil:
		c.givenUp += len(p.items) + p.more
		p.leaves(c)
	}
	if o.GivenUp && !c.told {
		c.told = true
		s.cause(e, c.lost())
	}
	s.schedule(c)
}

// end stops a channel whose receiver is gone for good. Its notices are in the inbox.
func (s *State) end(c *channel) {
	c.ended = true
	for len(c.parcels) > 0 {
		p := c.parcels[0]
		c.givenUp += len(p.items) + p.more
		p.leaves(c)
	}
}

// lost tells a partner, by its other channels, that one does not reach it.
func (c *channel) lost() Raising {
	what := "was given up for a notice"
	if c.ended {
		what = "has ended: its receiver says that it is gone for good"
	}
	return Raising{
		Topic: TopicChannel, Severity: Warning, Subject: c.ID, TLP: access.Green,
		Title: fmt.Sprintf("the channel %s (%s) %s", c.title(), c.Kind, what),
		Text:  fmt.Sprintf("The last error was: %s\nWhat could not be sent is in the inbox.", c.lastError),
		Not:   c.ID, Partners: []access.PartnerID{c.Partner},
	}
}

func (c *channel) title() string {
	if c.Name != "" {
		return c.Name
	}
	return c.ID
}
