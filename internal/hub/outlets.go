package hub

import (
	"context"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/mark"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/tracing"
)

// Limits of what is kept for readers. One class with a million protections in
// force takes some 85 MB, its zones apart (see feed.BenchmarkLive): when the
// classes together hold too many, those that nobody has asked for the longest
// are dropped, and made again when somebody does.
const (
	maxClasses = 1024
	maxHeld    = 16_000_000 // protections, in all classes together
	idle       = time.Hour  // without a question, after which a class is dropped
)

// outlets publishes what is in force: to the DNS primary at once, to the lists
// when they are asked for. Its goroutine follows the decisions and belongs to all
// and serials; mu guards what others ask for.
//
// A class's lock may be held while mu is taken, never the other way round.
type outlets struct {
	hub       *Hub
	changed   chan struct{}
	published mark.Mark[uint64] // decisions

	all       map[value]*standing // what is decided and not ended, seen by nobody in particular
	audiences map[string]*access.Audience
	asked     map[string][]string // guards
	guards    protect.Guards
	serials   *serials
	rounds    *rounds // of a node of a cluster; nil otherwise

	queue struct {
		sync.Mutex
		entries []ledger.Entry
		decided uint64 // with the last of them
	}

	mu      sync.Mutex
	classes map[classKey]*class
	alone   map[access.PartnerID]bool   // with classes of their own
	since   map[access.PartnerID]uint32 // the zones' serial from which on a partner's keys lead where they do
	stops   protect.Stops
	keys    keys

	halting atomic.Pointer[protect.Stops] // stops, for those who do not hold mu
}

func newOutlets(ctx context.Context, h *Hub) (*outlets, error) {
	o := &outlets{
		hub: h, changed: make(chan struct{}, 1), all: map[value]*standing{}, audiences: map[string]*access.Audience{}, asked: map[string][]string{},
		guards: protect.Guards(h.protection().Guards).Firm(), classes: map[classKey]*class{}, alone: map[access.PartnerID]bool{}, since: map[access.PartnerID]uint32{},
		stops: h.Views.Protect.Stops(), keys: newKeys(h.secrets.TSIG, h.Views.Access.Partners()),
	}
	o.halting.Store(&o.stops)
	var err error
	if o.serials, err = openSerials(filepath.Join(h.cfg.Data, "serial")); err != nil {
		return nil, err
	}
	anyone := forAnyone()
	o.classes[anyone.key] = anyone
	if h.numbering != nil {
		o.rounds = newRounds(h.numbering)
		o.adopt(protect.Stops{})
		o.nudge()
		return o, o.refold(ctx)
	}
	for _, d := range h.Views.Protect.Decisions(h.cfg.Clock()) {
		one := o.standing(d.Protection, d.Owner, d.Audience)
		o.all[one.Value] = one
		o.singled(one)
	}
	o.queue.decided = h.Views.Decided()
	o.nudge()
	return o, nil
}

// entry is told of every new entry, when the views have folded it.
func (o *outlets) entry(e ledger.Entry) {
	switch e.Kind {
	case protect.KindDecided, protect.KindStopped, feed.KindConnected, access.KindPartnerLeft:
	case access.KindPartnerJoined:
		_ = ledger.Fold(e, func(_ ledger.Entry, p access.Partner) { // a view has read it before
			o.mu.Lock()
			defer o.mu.Unlock()
			o.keys.learn(p.ID)
		})
		return
	default:
		if o.rounds == nil || !slices.Contains(roundKinds, e.Kind) {
			return
		}
	}
	o.queue.Lock()
	o.queue.entries = append(o.queue.entries, e)
	o.queue.decided = o.hub.Views.Decided()
	o.queue.Unlock()
	o.nudge()
}

func (o *outlets) nudge() {
	select {
	case o.changed <- struct{}{}:
	default: // a change is waiting already, and will find this one, too
	}
}

func (o *outlets) run(ctx context.Context) error {
	if o.rounds != nil {
		return o.runNumbered(ctx)
	}
	o.hub.dns.SetNotify(o.hub.notifyTargets())
	next := time.NewTimer(0)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-o.changed:
		case <-next.C:
		}
		if err := o.round(ctx); err != nil {
			return err
		}
		next.Reset(o.pause())
	}
}

// round follows what was decided since the last one, and publishes it.
func (o *outlets) round(ctx context.Context) (err error) {
	entries, decided := o.take(ctx)
	if len(entries) > 0 {
		var step tracing.Span
		ctx, step = tracing.Step(ctx, "publish")
		step.Count("entries", len(entries))
		defer func() { step.End(err) }()
	}
	connected, stopped := false, false
	for _, e := range entries {
		switch e.Kind {
		case protect.KindDecided:
			s, err := o.decision(e)
			if err != nil {
				return err
			}
			o.follow(s)
		case protect.KindStopped:
			stopped = true
		default:
			connected = true
		}
	}
	if stopped {
		o.halt()
	}
	if connected {
		o.hub.dns.SetNotify(o.hub.notifyTargets())
	}
	now := o.hub.cfg.Clock()
	serial := uint64(0)
	for _, c := range o.list() {
		var err error
		if serial, err = o.publish(c, now, serial); err != nil {
			return err
		}
	}
	o.published.Raise(decided + 1)
	o.dropIdle(now)
	return o.serials.ahead(now)
}

// halt has every class ask the stops again.
func (o *outlets) halt() {
	o.adopt(o.hub.Views.Protect.Stops())
	for _, c := range o.list() {
		c.mu.Lock()
		if c.live != nil {
			c.live.Reconsider()
		}
		c.mu.Unlock()
	}
}

func (o *outlets) adopt(stops protect.Stops) {
	o.mu.Lock()
	o.stops = stops
	o.mu.Unlock()
	o.halting.Store(&stops)
}

func (o *outlets) list() []*class {
	o.mu.Lock()
	defer o.mu.Unlock()
	list := make([]*class, 0, len(o.classes))
	for _, c := range o.classes {
		list = append(list, c)
	}
	return list
}

// due is what published has to reach for all that the views hold to be out.
func (o *outlets) due() uint64 { return o.hub.Views.Decided() + 1 }
