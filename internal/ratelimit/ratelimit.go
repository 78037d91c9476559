// Package ratelimit keeps one caller from taking the hub away from the others.
// Each token has a bucket for reads and one for writes; each reader of the console,
// and all guests of an address together, one for pages; each remote address has one
// for failed authentications. A bucket fills steadily up to its burst,
// and a request takes one from it; whoever finds it empty is told to the second
// when to come again.
//
// The defaults are generous: they are there against a loop gone wild, not
// against a partner that fetches everything for the first time.
package ratelimit

import (
	"fmt"
	"math"
	"net/netip"
	"time"

	"golang.org/x/time/rate"
)

// Rate is how many requests are taken; the zero Rate stands for the default.
type Rate struct {
	PerSecond float64 `toml:"per_second"` // in the long run
	Burst     int     `toml:"burst"`      // at once
}

// Unlimited takes every request.
var Unlimited = Rate{PerSecond: math.Inf(1)}

// Config is the limits of a hub; zero values are the defaults.
type Config struct {
	Reads    Rate `toml:"reads"`    // by token: 1,000 a second, 20,000 at once
	Writes   Rate `toml:"writes"`   // by token: 500 a second, 10,000 at once
	Failures Rate `toml:"failures"` // by address: one in 5 seconds, 20 at once
	// Pages are those of the console that are made for one who is signed in, 50 a
	// second and 1,000 at once; Guests those for all guests of one address, who may be
	// a whole organisation or a proxy: 300 a second, 10,000 at once.
	Pages  Rate `toml:"pages"`
	Guests Rate `toml:"guests"`
	// Callers are how many tokens, and how many addresses, are remembered:
	// 20,000 of each, some 15 MB. Beyond, who was silent longest is forgotten,
	// and begins with full buckets.
	Callers int `toml:"callers"`
}

const defaultCallers = 20_000

var (
	defaultReads    = Rate{1000, 20_000}
	defaultWrites   = Rate{500, 10_000}
	defaultFailures = Rate{0.2, 20}
	defaultPages    = Rate{50, 1000}
	defaultGuests   = Rate{300, 10_000}
)

// Validate says what is wrong with the limits.
func (c Config) Validate() error {
	for _, r := range []struct {
		name string
		Rate
	}{{"reads", c.Reads}, {"writes", c.Writes}, {"failures", c.Failures}, {"pages", c.Pages}, {"guests", c.Guests}} {
		switch {
		case r.Rate == Rate{}, math.IsInf(r.PerSecond, 1):
		case !(r.PerSecond > 0) || r.Burst < 1:
			return fmt.Errorf("limits.%s: per_second = %v and burst = %d: both have to be positive; leave both out for the default, "+
				"or set per_second = inf for no limit", r.name, r.PerSecond, r.Burst)
		}
	}
	if c.Callers < 0 {
		return fmt.Errorf("limits.callers %d: use a number of callers to remember", c.Callers)
	}
	return nil
}

// Class is what a request takes from.
type Class int

// The classes of requests.
const (
	Read Class = iota
	Write
	Page // of the console, for one who is signed in
	classes
)

// buckets are those of one caller.
type buckets [classes]*rate.Limiter

// Limiter holds the buckets. Its methods may be called from many goroutines at once.
type Limiter struct {
	rates    [classes]Rate
	failures Rate
	callers  *recent[buckets]
	failing  *recent[*rate.Limiter]
	guests   *recent[*rate.Limiter] // apart: strangers must not have callers forgotten
}

// New gives a limiter with all buckets full.
func New(c Config) *Limiter {
	or := func(r, otherwise Rate) Rate {
		if r == (Rate{}) {
			return otherwise
		}
		return r
	}
	l := &Limiter{failures: or(c.Failures, defaultFailures)}
	l.rates[Read], l.rates[Write] = or(c.Reads, defaultReads), or(c.Writes, defaultWrites)
	l.rates[Page] = or(c.Pages, defaultPages)
	if c.Callers == 0 {
		c.Callers = defaultCallers
	}
	l.callers = newRecent(c.Callers, func() buckets {
		var full buckets
		for i, r := range l.rates {
			full[i] = r.bucket()
		}
		return full
	})
	l.failing = newRecent(c.Callers, l.failures.bucket)
	l.guests = newRecent(c.Callers, or(c.Guests, defaultGuests).bucket)
	return l
}

// Take takes one from a caller's bucket. If that is empty it takes nothing and
// says after how long there is one again.
func (l *Limiter) Take(key string, c Class) (wait time.Duration, ok bool) {
	return take(l.callers.get(key)[c])
}

// Welcome is Take of a page for the guests of a [Source].
func (l *Limiter) Welcome(from netip.Prefix) (wait time.Duration, ok bool) {
	return take(l.guests.get(from.String()))
}

// Failed takes one from the bucket of failed authentications of a [Source].
func (l *Limiter) Failed(from netip.Prefix) { take(l.failing.get(from.String())) }

// MayTry says whether a [Source] may try to authenticate, and if not, after
// how long. It takes nothing: a success costs nothing.
func (l *Limiter) MayTry(from netip.Prefix) (wait time.Duration, ok bool) {
	b, known := l.failing.find(from.String())
	if !known || b.Limit() == rate.Inf {
		return 0, true
	}
	missing := 1 - b.Tokens()
	if missing <= 0 {
		return 0, true
	}
	return time.Duration(missing / l.failures.PerSecond * float64(time.Second)), false
}

// bucket is a full bucket.
func (r Rate) bucket() *rate.Limiter {
	if math.IsInf(r.PerSecond, 1) {
		return rate.NewLimiter(rate.Inf, 0)
	}
	return rate.NewLimiter(rate.Limit(r.PerSecond), r.Burst)
}

func take(b *rate.Limiter) (wait time.Duration, ok bool) {
	now := time.Now()
	r := b.ReserveN(now, 1)
	wait = r.DelayFrom(now)
	if wait == 0 {
		return 0, true
	}
	r.CancelAt(now)
	return wait, false
}
