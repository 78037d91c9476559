package hub

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/feed/rpz"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// numberAgain is how long the node that leads waits when the ledger takes no number.
const numberAgain = 250 * time.Millisecond

// runNumbered publishes what the ledger's numbers say, and numbers while it leads.
func (o *outlets) runNumbered(ctx context.Context) error {
	o.rounds.floor = number{Serial: o.serials.last, Zones: o.hub.dns.Floor()}
	o.hub.dns.SetNotify(o.hub.notifyTargets())
	next := time.NewTimer(0)
	defer next.Stop()
	for {
		led := o.rounds.Changed()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-o.changed:
		case <-led:
		case <-next.C:
		}
		if err := o.follows(ctx); err != nil {
			return err
		}
		wait, err := o.lead(ctx)
		if err != nil {
			return err
		}
		next.Reset(wait)
	}
}

// follows publishes the rounds that have been numbered, and has made what is asked for.
func (o *outlets) follows(ctx context.Context) error {
	o.queue.Lock()
	entries := o.queue.entries
	o.queue.entries = nil
	o.queue.Unlock()
	connected := false
	for _, e := range entries {
		if e.Kind == feed.KindConnected || e.Kind == access.KindPartnerLeft {
			connected = true
		}
		if e.Kind == feed.KindConnected {
			continue
		}
		if err := o.come(e); err != nil {
			return err
		}
	}
	if connected {
		o.hub.dns.SetNotify(o.hub.notifyTargets())
	}
	for _, c := range o.list() {
		o.begin(c)
	}
	o.dropIdle(o.hub.cfg.Clock())
	return ctx.Err()
}

// begin has a class made that is asked for, of the rounds so far.
func (o *outlets) begin(c *class) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(o.rounds.list) == 0 || c.making || c.live != nil {
		return
	}
	c.making = true
	all, list := o.begun(), o.rounds.list[:len(o.rounds.list):len(o.rounds.list)]
	o.hub.run("make what readers are shown", func(context.Context) error {
		defer o.nudge()
		return o.makeNumbered(c, all, list)
	})
}

// makeNumbered makes a class as it would be if it had followed every round.
func (o *outlets) makeNumbered(c *class, all []*standing, list []*round) error {
	live := feed.NewLive(func(p protect.Protection) string {
		if c.stops.Halts(p, c.key.partner, c.key.outlet) {
			return "automation is stopped"
		}
		return ""
	})
	for _, s := range all {
		if c.shows(s) {
			live.Share(&s.Protection)
		}
	}
	c.zones = o.hub.dns.Numbered(c.view)
	begin := *list[0] // what it brought is in all
	begin.steps, begin.Turn, begin.moved = nil, true, false
	o.turnTo(c, live, &begin)
	for _, r := range list[1:] {
		o.turnTo(c, live, r)
	}
	for {
		c.mu.Lock()
		behind := c.behind
		c.behind = nil
		if len(behind) == 0 {
			defer c.mu.Unlock()
			c.live, c.making = live, false
			close(c.made)
			return c.zones.Show()
		}
		c.mu.Unlock()
		for _, r := range behind {
			o.turnTo(c, live, r)
		}
	}
}

// publishRound brings a class to a round.
func (o *outlets) publishRound(c *class, r *round) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.live != nil:
		o.turnTo(c, c.live, r)
	case c.making:
		c.behind = append(c.behind, r)
	}
	return nil
}

// turnTo brings what a class shows to a round. The caller has the class to itself.
func (o *outlets) turnTo(c *class, live *feed.Live, r *round) {
	c.stops = r.stops
	if r.stopped {
		live.Reconsider()
	}
	for _, s := range r.steps {
		c.tell(live, s)
	}
	u := live.Advance(r.At)
	// Lists are in another order from hour to hour (feed.Set).
	hour := !r.At.Truncate(time.Hour).Equal(c.since.Truncate(time.Hour))
	if changed := len(u.Come)+len(u.Gone) > 0 || r.Turn || r.moved; changed || hour {
		c.serial, c.since, c.bodies = r.Serial, r.At, bodies{}
		if changed {
			o.logLeft(c, c.zones.Publish(u, r.zoneNumber()))
		}
	}
}

// lead numbers what waits if this node leads, and says how long nothing will happen by
// itself.
func (o *outlets) lead(ctx context.Context) (time.Duration, error) {
	r := o.rounds
	if !r.Leads() || r.asked > r.read {
		return idle, nil
	}
	now := o.hub.cfg.Clock()
	next, turn := r.last.next(now), idle
	switch {
	case r.last.Serial == 0:
		next, turn = r.floor.next(now), 0
	case len(r.pending) > 0 || r.unsettled():
		turn = r.turned().At.Add(rpz.Turn).Sub(next.At)
	}
	next.Turn = turn <= 0
	if wait := min(turn, o.pause()); len(r.pending) == 0 && wait > time.Millisecond {
		return wait, nil
	}
	o.awaitFlood(ctx)
	draft, err := ledger.NewDraft(kindNumbered, access.Hub, "", next)
	if err != nil {
		return 0, err
	}
	switch entries, err := r.Append(ctx, draft); {
	case errors.Is(err, ledger.ErrUnavailable):
		// Leading may have passed to another, which numbers then.
		o.hub.cfg.Logger.Warn("what is to be published is not numbered", "error", err)
		return numberAgain, nil
	case err != nil:
		return 0, fmt.Errorf("number what is published: %w", err)
	default:
		r.asked = entries[len(entries)-1].Seq
	}
	return idle, nil
}
