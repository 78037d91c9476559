package scan

import "math"

// crowd has the sketches of the sources in most contact: a bounded pool in sets
// of eight. A source gets one at promoteAt first contacts within a window. In a
// full set the one that was idle for most windows gives way, of those the one
// with the fewest targets; what was usual for it stays with its walk.
type crowd struct {
	owner []uint64 // keys of sources; 0 is an empty place
	busy  []*busy  // as many; made when first needed
	sets  uint64

	evicted uint64
}

// busy is one source on one port.
type busy struct {
	targets sketch
	window  int64   // the number of the window that targets are of
	usual   float64 // targets in a window: the most of late, halved with each day
	flagged bool    // it was a scanner in this window: nothing is learned from it
}

const (
	inSet     = 8
	promoteAt = 64
)

func newCrowd(limit int) crowd {
	c := crowd{sets: 1}
	for int(c.sets)*inSet < limit {
		c.sets *= 2
	}
	return c
}

// find is a source's sketch, or nil.
func (c *crowd) find(key uint64) *busy {
	if c.owner == nil {
		return nil
	}
	from := key & (c.sets - 1) * inSet
	for i, owner := range c.owner[from : from+inSet] {
		if owner == key {
			return c.busy[from+uint64(i)]
		}
	}
	return nil
}

// promote gives a source a sketch.
func (c *crowd) promote(w *walk, window int64, all *sources) *busy {
	if c.owner == nil {
		c.owner = make([]uint64, c.sets*inSet)
		c.busy = make([]*busy, c.sets*inSet)
	}
	place := c.room(w.key & (c.sets - 1) * inSet)
	b := c.busy[place]
	if b == nil {
		b = &busy{}
		c.busy[place] = b
	} else {
		c.evicted++
		if loser := all.find(c.owner[place]); loser != nil {
			loser.setUsual(b.most())
		}
	}
	c.owner[place] = w.key
	b.targets.clear()
	b.window, b.usual, b.flagged = window, w.usual(), false
	return b
}

// room is a place in the set that begins at from: an empty one, or the one that
// gives way.
func (c *crowd) room(from uint64) uint64 {
	place := from
	for i := from; i < from+inSet; i++ {
		b, least := c.busy[i], c.busy[place]
		if b == nil {
			return i
		}
		if b.window < least.window || b.window == least.window && b.most() < least.most() {
			place = i
		}
	}
	return place
}

func (b *busy) most() float64 { return max(b.usual, b.targets.estimate()) }

// turn goes on to another window, having learned what is usual from the last.
func (b *busy) turn(window int64, perDay float64) {
	passed := math.Abs(float64(window - b.window))
	b.usual *= math.Exp2(-min(passed/perDay, 1))
	if !b.flagged {
		b.usual = max(b.usual, b.targets.estimate())
	}
	b.targets.clear()
	b.window, b.flagged = window, false
}

func (w *walk) usual() float64 {
	if w.busy() == 0 {
		return 0
	}
	return math.Exp2(float64(w.busy() - 1))
}

func (w *walk) setUsual(targets float64) {
	w.state &= benign | scanner
	if targets >= 1 {
		w.state |= uint8(math.Ceil(math.Log2(targets))+1) << busyShift
	}
}

// learn notes how long there have been records.
func (d *Detector) learn(second int64) {
	if d.learned {
		return
	}
	if d.began == 0 {
		d.began = second
	}
	passed := second - d.began
	d.learned = max(passed, -passed) >= d.window
}

// spreads adds a contact of a busy source and says whether its targets are more
// than is usual.
func (d *Detector) spreads(b *busy, contact uint64, second int64) bool {
	if window := second / d.window; window != b.window {
		b.turn(window, d.perDay)
	}
	if !b.targets.add(contact) || !d.learned {
		return false
	}
	targets := b.targets.estimate()
	return targets >= float64(d.cfg.FanOut) && targets >= d.cfg.FanOutTimes*b.usual
}
