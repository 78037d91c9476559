package patternset

import "time"

// clock says which time the stream has come to, so that windows know what can
// be completed no more. What a window has let go does not come back, so the
// clock believes no single event: it stands at the earliest of the last hits,
// and never beyond the present. An event dated 2099 expires nothing then, nor
// do many of them as long as the present is not there.
//
// Where the past is read again, the present is no limit, and a long run of wrong
// times does put the clock ahead. It is put back when a number of hits in a row
// are older than it allows: these are lost, and what was waiting of the patterns
// that they concern, and no more.
type clock struct {
	recent  [64]time.Time // of the last hits
	seen    int
	horizon time.Time // before which no event is expected; zero: not known
	behind  int       // hits in a row from before the horizon
	turns   int       // how often it was put back
}

// toTurn is how many hits in a row put the clock back.
const toTurn = 16

// see notes the time of a hit and returns the horizon, zero if it is not known.
func (c *clock) see(t, present time.Time, lateness time.Duration) time.Time {
	if t.Before(c.horizon) {
		if c.behind++; c.behind == toTurn {
			*c = clock{turns: c.turns + 1}
		}
	} else {
		c.behind = 0
	}
	c.recent[c.seen%len(c.recent)] = t
	if c.seen++; c.seen < len(c.recent) {
		return c.horizon
	}
	for _, r := range c.recent {
		if r.Before(present) {
			present = r
		}
	}
	if h := present.Add(-lateness); h.After(c.horizon) {
		c.horizon = h
	}
	return c.horizon
}
