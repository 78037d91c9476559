package notice

import (
	"cmp"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Due is one delivery that is to be tried now.
type Due struct {
	Channel Channel // with its secret
	// Notices are as they may leave the hub by this channel: see Outside. One, or
	// those of a digest, the most severe first. They are the state's: not to be changed.
	Notices []Notice
	More    int // how many beyond Notices wait in the inbox
	Attempt int // from 1
	// Key is the same for every attempt of a delivery, and of no other: receivers
	// tell by it what they have already.
	Key string
}

// Due is what a worker sends now, the most severe first, and when to ask again if
// nothing happens before: zero when nothing waits. There is at most one of a channel,
// and it is given again until its outcome is folded, or something more severe comes:
// the worker knows which channels it is busy with. Ask after every entry, and at next.
func (s *State) Due(now time.Time) (due []Due, next time.Time) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list, next := s.turns.due(now)
	type turn struct {
		c     *channel
		p     *parcel
		worst int
	}
	turns := make([]turn, 0, len(list))
	for _, c := range list {
		p, later := c.ready(now)
		if p == nil {
			next = sooner(next, later)
			continue
		}
		turns = append(turns, turn{c, p, p.worst()})
	}
	slices.SortFunc(turns, func(a, b turn) int {
		return cmp.Or(cmp.Compare(b.worst, a.worst), a.p.first.Compare(b.p.first), cmp.Compare(a.p.key, b.p.key))
	})
	due = make([]Due, len(turns))
	for i, t := range turns {
		due[i] = t.p.due(t.c, s.dir)
	}
	return due, next
}

func (p *parcel) due(c *channel, dir *access.Directory) Due {
	return Due{Channel: c.Channel, Notices: p.words(c, dir), More: p.more, Attempt: p.attempt + 1, Key: p.key}
}

// words are what a parcel says, the most severe first. They are written once: a worker
// looks at a thousand parcels to send one of them. Nobody changes them. The release rule
// is asked anew when the directory has changed.
func (p *parcel) words(c *channel, dir *access.Directory) []Notice {
	revision := dir.Revision()
	if said := p.said.Load(); said != nil && said.revision == revision {
		return said.notices
	}
	who, _ := dir.Reader(c.Partner)
	list := make([]Notice, len(p.items))
	for i, it := range p.items {
		if list[i] = it.notice().Outside(c.Kind); !it.visible(who) {
			list[i] = list[i].withheld()
		}
	}
	slices.SortStableFunc(list, func(a, b Notice) int {
		return cmp.Or(cmp.Compare(b.Severity.rank(), a.Severity.rank()), a.At.Compare(b.At))
	})
	p.said.Store(&said{revision, list})
	return list
}

// said are a parcel's words under one state of the directory.
type said struct {
	revision uint64
	notices  []Notice
}

// withheld is a notice of which its partner may no longer see what it says.
func (n Notice) withheld() Notice {
	return Notice{
		ID: n.ID, Partner: n.Partner, Topic: n.Topic, Severity: Info, TLP: n.TLP, Link: "/notices", At: n.At,
		Title: Label(n.TLP) + " withdrawn from you", Withdrawn: true,
	}
}

// Outcome is what came of one attempt.
type Outcome struct {
	Channel string   `json:"channel"`
	Key     string   `json:"key"`
	Attempt int      `json:"attempt"` // 0: it was given up without one
	Notices []string `json:"notices"` // their ids
	Error   string   `json:"error,omitempty"`
	Retry   Span     `json:"retry,omitzero"` // how long the receiver asks to be left alone
	GivenUp bool     `json:"given_up,omitempty"`
	Gone    bool     `json:"gone,omitempty"` // the receiver, for good
}

// Sent is the draft that says that a delivery was taken.
func (s *State) Sent(d Due, _ time.Time) (ledger.Draft, error) {
	return hubDraft(KindSent, outcome(d)), nil
}

// Failure is why a delivery was not taken.
type Failure struct {
	Why   string        // for the partner; with no secret, and nothing that the receiver said but its status
	Final bool          // another attempt would fare no better: it is given up
	Gone  bool          // the receiver is gone for good: the channel ends
	After time.Duration // how long the receiver asks to be left alone; 0: it does not say
}

// A delivery is tried again after these times, and then every twelve hours until it
// was due for three days: about as long as Standard Webhooks suggests ("Deliverability
// and reliability"), and with more attempts in the first hour, in which an alarm counts.
var backoff = []time.Duration{
	5 * time.Second, 30 * time.Second, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 12 * time.Hour,
}

const (
	giveUp   = 72 * time.Hour
	maxAfter = 12 * time.Hour // that a receiver can ask to be left alone
	maxWhy   = 500            // bytes of an error that are kept
)

func again(attempt int) time.Duration { return backoff[min(attempt, len(backoff))-1] }

// Failed is the draft that says why a delivery was not taken. It is tried again,
// later and later, and given up three days after it was first due.
func (s *State) Failed(d Due, f Failure, now time.Time) (ledger.Draft, error) {
	o := outcome(d)
	o.Error, o.Gone = f.Why, f.Gone
	if len(o.Error) > maxWhy {
		o.Error = clip(o.Error[:maxWhy])
	}
	o.Retry = Span(max(0, min(f.After, maxAfter)))
	s.mu.RLock()
	defer s.mu.RUnlock()
	o.GivenUp = f.Final || f.Gone
	if c := s.channels[d.Channel.ID]; c != nil && !o.GivenUp {
		if p := c.parcel(d.Key); p != nil {
			o.GivenUp = now.Sub(p.first) >= giveUp
		}
	}
	return hubDraft(KindFailed, o), nil
}

func outcome(d Due) Outcome {
	o := Outcome{Channel: d.Channel.ID, Key: d.Key, Attempt: d.Attempt, Notices: make([]string, len(d.Notices))}
	for i, n := range d.Notices {
		o.Notices[i] = n.ID
	}
	return o
}

func (c *channel) parcel(key string) *parcel {
	i := slices.IndexFunc(c.parcels, func(p *parcel) bool { return p.key == key })
	if i < 0 {
		return nil // taken back meanwhile
	}
	return c.parcels[i]
}

// Waiting is how many deliveries wait on all channels together, those in quiet hours
// and digests included, and how many channels failed at their last attempt: sums for
// whoever watches the hub.
func (s *State) Waiting() (deliveries, failing int) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, c := range s.channels {
		deliveries += len(c.parcels)
		if c.fails > 0 && !c.ended {
			failing++
		}
	}
	return deliveries, failing
}
