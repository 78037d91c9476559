package hub

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// What comes by the thousand is published together: it is cheaper for everyone, and
// what is too much for a resolver's hot zone can be told from what is not.
const (
	flood         = 500
	floodPause    = 10 * time.Millisecond
	floodPatience = 500 * time.Millisecond
)

// take is the decisions that wait. While a flood of them is coming in, it waits for
// the end of it.
func (o *outlets) take(ctx context.Context) (entries []ledger.Entry, decided uint64) {
	o.awaitFlood(ctx)
	o.queue.Lock()
	defer o.queue.Unlock()
	entries, decided = o.queue.entries, o.queue.decided
	o.queue.entries = nil
	return entries, decided
}

// awaitFlood returns at once, or when a flood has ended.
func (o *outlets) awaitFlood(ctx context.Context) {
	seen := 0
	for began := time.Now(); time.Since(began) < floodPatience && ctx.Err() == nil; time.Sleep(floodPause) {
		o.queue.Lock()
		n := len(o.queue.entries)
		o.queue.Unlock()
		if n < flood || n == seen {
			break
		}
		seen = n
	}
}

// publish brings a class up to date. All that is published in one round has one
// serial; the first takes it.
func (o *outlets) publish(c *class, now time.Time, serial uint64) (uint64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.making && c.live == nil {
		return serial, nil
	}
	number := func() (err error) {
		if serial == 0 {
			serial, err = o.serials.next(now)
		}
		return err
	}
	if c.live == nil {
		if err := number(); err != nil {
			return 0, err
		}
		c.making = true
		all := slices.Collect(maps.Values(o.all))
		first := serial
		o.hub.run("make what readers are shown", func(context.Context) error { return o.make(c, all, now, first) })
		return serial, nil
	}
	u := c.live.Advance(now)
	if c.making {
		c.making = false
		defer close(c.made)
	}
	if len(u.Come)+len(u.Gone) == 0 {
		return serial, nil
	}
	if err := number(); err != nil {
		return 0, err
	}
	c.serial, c.since, c.bodies = serial, now, bodies{}
	return serial, o.toDNS(c, u)
}

// make makes a class beside the goroutine, which goes on publishing the others.
func (o *outlets) make(c *class, all []*standing, now time.Time, serial uint64) error {
	defer o.nudge()
	return c.make(all, o.halting.Load, func(live *feed.Live) error {
		c.serial, c.since = serial, now // nobody reads it before it is made
		return o.toDNS(c, live.Advance(now))
	})
}

func (o *outlets) toDNS(c *class, u feed.Update) error {
	left, err := o.hub.dns.Publish(c.view, u)
	if err != nil {
		return err
	}
	o.logLeft(c, left)
	return nil
}

func (o *outlets) logLeft(c *class, left []feed.Left) {
	if len(left) > 0 {
		// What it is may be marked: the number is for the log, the rest for the lists.
		o.hub.cfg.Logger.Info("protections that DNS does not carry", "view", c.view, "count", len(left))
	}
}

// pause is how long nothing will happen by itself.
func (o *outlets) pause() time.Duration {
	var first time.Time
	for _, c := range o.list() {
		c.mu.Lock()
		if c.live != nil { // else it is to be made, and somebody has said so
			if until := c.live.Until(); !until.IsZero() && (first.IsZero() || until.Before(first)) {
				first = until
			}
		}
		c.mu.Unlock()
	}
	if first.IsZero() {
		return idle
	}
	return min(max(first.Sub(o.hub.cfg.Clock()), time.Millisecond), idle)
}

// dropIdle forgets the classes that nobody asks for, and of too many those that
// nobody has asked for the longest.
func (o *outlets) dropIdle(now time.Time) {
	list := o.list()
	slices.SortFunc(list, func(a, b *class) int { return int(b.asked.Load() - a.asked.Load()) })
	held := 0
	for i, c := range list {
		c.mu.Lock()
		made := c.live != nil
		if made {
			held += c.live.Len()
		}
		c.mu.Unlock()
		fits := i == 0 || i < maxClasses && held <= maxHeld
		if !made || c.key.answers || fits && now.Sub(time.UnixMilli(c.asked.Load())) < idle {
			continue
		}
		o.mu.Lock()
		delete(o.classes, c.key)
		o.mu.Unlock()
		o.hub.dns.Drop(c.view)
	}
}
