package hub

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/feed/rpz"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// classKey is what decides what a reader is shown: readers with the same key
// share what is made for them. Most partners are told the same; one that is told
// something alone, as a canary is, or for which automation is stopped, has a class
// of its own.
type classKey struct {
	communities, clientOf string
	guest                 bool
	reach                 feed.Reach
	partner               access.PartnerID // with a class of its own; "" otherwise
	outlet                string           // whose automation is stopped; "" otherwise
	answers               bool             // of forAnyone
}

// forAnyone is what the DNS primary tells whoever asks: the open must-resolve
// names. It is there whether or not a resolver follows.
func forAnyone() *class {
	return newClass(classKey{answers: true}, feed.Reader{Principal: access.Visitor, Reach: feed.Public})
}

// view is the class's name to the DNS primary: the same after a restart, so that
// a zone that was kept is found again.
func (k classKey) view() string {
	digest := sha256.Sum256(fmt.Appendf(nil, "%q", []any{k.communities, k.clientOf, k.guest, k.reach, k.partner, k.outlet, k.answers}))
	return hex.EncodeToString(digest[:8])
}

// class is the content of all readers with one key.
type class struct {
	key    classKey
	view   string
	reader feed.Reader
	asked  atomic.Int64  // when somebody last did, Unix time in ms
	made   chan struct{} // closed when it can be read

	mu      sync.Mutex // held by whoever uses what follows, and never while something is compiled
	making  bool
	waiting []step     // what was decided while it was being made
	live    *feed.Live // nil until it is made
	serial  uint64
	since   time.Time
	bodies  bodies

	// Of a node of a cluster.
	stops  protect.Stops // as of the round
	zones  *rpz.Numbered
	behind []*round // that came while it was being made
}

func newClass(key classKey, reader feed.Reader) *class {
	if key.partner == "" {
		reader.Partner = "" // whoever asks first stands for the others
	}
	return &class{key: key, view: key.view(), reader: reader, made: make(chan struct{}), bodies: bodies{}}
}

// keyOf gives the class of a reader of an outlet, as receipts name it. The caller
// holds o.mu.
func (o *outlets) keyOf(r feed.Reader, outlet string) classKey {
	k := classKey{
		communities: strings.Join(r.Communities, " "), clientOf: join(r.ClientOf), guest: r.Guest, reach: r.Reach,
	}
	if r.Partner == "" {
		return k
	}
	if p, _ := o.hub.Views.Access.Partner(r.Partner); p.Canary || o.alone[r.Partner] {
		k.partner = r.Partner
	}
	for _, stop := range o.stops.For(r.Partner, outlet).List() {
		switch stop.Scope {
		case protect.ScopePartner:
			k.partner = r.Partner
		case protect.ScopeOutlet:
			k.partner, k.outlet = r.Partner, outlet
		}
	}
	return k
}

func join(ids []access.PartnerID) string {
	var b strings.Builder
	for _, id := range ids {
		b.WriteString(string(id) + " ")
	}
	return b.String()
}

// class finds a reader's class; one that is not there will be made.
func (o *outlets) class(r feed.Reader, outlet string) *class {
	o.mu.Lock()
	defer o.mu.Unlock()
	key := o.keyOf(r, outlet)
	c := o.classes[key]
	if c == nil {
		c = newClass(key, r)
		o.classes[key] = c
		o.nudge()
	}
	c.asked.Store(o.hub.cfg.Clock().UnixMilli())
	return c
}

// step is a decision and what it takes the place of.
type step struct{ old, next *standing }

// make takes in everything that the readers are shown, and publishes it; with a
// million in force that takes seconds. stops gives what halts automation now.
func (c *class) make(all []*standing, stops func() *protect.Stops, publish func(*feed.Live) error) error {
	live := feed.NewLive(func(p protect.Protection) string {
		if stops().Halts(p, c.key.partner, c.key.outlet) {
			return "automation is stopped"
		}
		return ""
	})
	for _, s := range all {
		if c.shows(s) {
			live.Share(&s.Protection)
		}
	}
	if err := publish(live); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.live = live
	live.Reconsider() // a stop may have come meanwhile
	for _, s := range c.waiting {
		c.take(s)
	}
	c.waiting = nil
	return nil
}

// shows says whether a decision is for the readers of the class.
func (c *class) shows(s *standing) bool {
	if c.key.answers && s != nil && s.Polarity != protect.MustResolve {
		return false
	}
	return s != nil && s.barred == "" && c.reader.Shown(&s.Protection, s.owner, *s.audience)
}

// take follows a decision. Every end is followed, whoever is told of it: to take
// back is harmless. What is replaced by something that the readers are not shown
// ends as well.
func (c *class) take(s step) {
	switch {
	case c.live == nil && c.making:
		c.waiting = append(c.waiting, s)
	case c.live == nil: // it is made of all that there is then
	default:
		c.tell(c.live, s)
	}
}

func (c *class) tell(live *feed.Live, s step) {
	switch {
	case s.next.ended() || c.shows(s.next):
		live.Share(&s.next.Protection)
	case c.shows(s.old):
		gone := s.old.Protection
		gone.Status = protect.Revoked
		live.Take(gone)
	}
}
