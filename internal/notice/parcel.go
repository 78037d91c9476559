package notice

import (
	"cmp"
	"slices"
	"strconv"
	"sync/atomic"
	"time"
)

// parcel is what a channel is given in one delivery. What it holds follows from the
// times of the ledger: whatever was raised before it closed. So it is the same
// after a restart, and so is its key.
type parcel struct {
	key     string
	breaks  bool // the quiet hours, and the digest
	items   []*item
	more    int       // notices that had no room among the items
	closes  time.Time // no notice joins from then on; zero: it never took a second one
	first   time.Time // when it was due at first
	next    time.Time // when it is to be tried
	attempt int       // how many attempts have failed
	said    atomic.Pointer[said]
}

const (
	// maxItems is how many notices a parcel holds; of more it says how many.
	maxItems = 100
	// settling is how long after its closing a digest goes: an entry of before is
	// then folded.
	settling = time.Second
)

// pack has a channel told of a notice, at once or with others. step is that of the
// ladder, 0 of the notice when it was raised: who climbs has waited long enough for
// digests.
func (s *State) pack(c *channel, it *item, t time.Time, step int) {
	if c.ended {
		return
	}
	breaks := it.Severity.AtLeast(c.Quiet.breaks())
	at, joins := t, false
	switch {
	case !breaks && step == 0 && c.Digest > 0:
		at, joins = t.Add(c.Digest.Duration()), true
	case c.rests(breaks, t):
	// A storm is told in digests, and so is whoever is not to be tried soon: nothing
	// that matters is late by it, and a channel that is away for days does not have
	// thousands of deliveries waiting.
	case c.next.After(t.Add(s.cfg.Calm)) || c.hours[it.Severity.rank()].more(t) > s.cfg.Cap:
		at, joins = t.Add(s.cfg.Calm), true
	}
	if c.rests(breaks, at) {
		at, joins = c.quiet.ends(at), true
	}
	open := &c.open[0]
	if breaks {
		open = &c.open[1]
	}
	if p := *open; joins && p != nil && t.Before(p.closes) {
		p.join(it)
		if at.Before(p.closes) {
			p.close(at)
		}
		s.schedule(c)
		return
	}
	p := &parcel{breaks: breaks, key: derived("delivery", c.ID, it.id.String(), strconv.Itoa(step)), items: []*item{it}, first: at, next: at}
	c.parcels = append(c.parcels, p)
	if joins {
		p.close(at)
		*open = p
	}
	s.schedule(c)
}

// rests says whether it is an hour of quiet that is not to be broken.
func (c *channel) rests(breaks bool, t time.Time) bool {
	return !breaks && c.quiet != nil && c.quiet.holds(t)
}

func (p *parcel) join(it *item) {
	p.said.Store(nil)
	if len(p.items) < maxItems {
		p.items = append(p.items, it)
		return
	}
	p.more++
	// What matters most is named: the last of what matters least makes room.
	least := 0
	for i, other := range p.items {
		if other.Severity.rank() <= p.items[least].Severity.rank() {
			least = i
		}
	}
	if it.Severity.rank() > p.items[least].Severity.rank() {
		p.items[least] = it
	}
}

func (p *parcel) close(at time.Time) {
	p.closes, p.first, p.next = at, at.Add(settling), at.Add(settling)
}

// unpack takes a notice out of what a channel is still to be sent, and says whether
// it was to be sent and nothing of it can have left yet.
func (s *State) unpack(c *channel, it *item, t time.Time) (spared bool) {
	left := slices.Contains(it.left, c.ID)
	for _, p := range slices.Clone(c.parcels) {
		i := slices.Index(p.items, it)
		if i < 0 {
			continue
		}
		spared = true
		left = left || p.attempt > 0 || !p.next.After(t)
		p.said.Store(nil)
		if p.items = slices.Delete(p.items, i, i+1); len(p.items) == 0 {
			c.drop(p)
		}
	}
	if spared {
		s.schedule(c)
	}
	return spared && !left
}

func (c *channel) drop(p *parcel) {
	c.parcels = slices.DeleteFunc(c.parcels, func(other *parcel) bool { return other == p })
	for i := range c.open {
		if c.open[i] == p {
			c.open[i] = nil
		}
	}
}

// schedule puts the channel where its next parcel is.
func (s *State) schedule(c *channel) {
	s.turns.drop(c.turn)
	s.lates.drop(c.late)
	c.turn, c.late = nil, nil
	if len(c.parcels) == 0 {
		return
	}
	at, first := c.parcels[0].next, c.parcels[0].first
	for _, p := range c.parcels {
		if p.next.Before(at) {
			at = p.next
		}
		if p.first.Before(first) {
			first = p.first
		}
	}
	c.late = s.lates.add(first.Add(giveUp), c)
	if c.next.After(at) {
		at = c.next
	}
	c.turn = s.turns.add(at, c)
}

// ready is the parcel that is sent at now: what matters most, then what was due
// first. nil: none is, and one may be at next.
func (c *channel) ready(now time.Time) (first *parcel, next time.Time) {
	for _, p := range c.parcels {
		switch {
		case p.next.After(now):
			next = sooner(next, p.next)
		case c.rests(p.breaks, now): // it was due before, and could not be sent
			next = sooner(next, c.quiet.ends(now))
		case first == nil || c.before(p, first):
			first = p
		}
	}
	return first, next
}

// before says which of two parcels is tried first: while the channel fails, what has
// failed less, so that one that it cannot take holds up no other.
func (c *channel) before(a, b *parcel) bool {
	tried := 0
	if c.fails > 0 {
		tried = cmp.Compare(a.attempt, b.attempt)
	}
	return cmp.Or(tried, cmp.Compare(b.worst(), a.worst()), a.next.Compare(b.next)) < 0
}

// sooner is the earlier of two times, of which the zero one is none.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func (p *parcel) worst() int {
	worst := -1
	for _, it := range p.items {
		worst = max(worst, it.Severity.rank())
	}
	return worst
}
