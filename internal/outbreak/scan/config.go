package scan

import (
	"cmp"
	"net/netip"
	"time"
)

// Config tunes a Detector; a zero field means its default. The bounds of memory
// are for each direction, and are reached only as there is something to keep.
type Config struct {
	Alpha, Beta    float64       // 0.01, 0.99: error rates of the walk
	Theta0, Theta1 float64       // 0.8, 0.2: success of a benign and of a scanning host's first contact
	History        History       // how a source that was found benign is tested from then on
	Window         time.Duration // 1 h: how long a flag lasts, and over which targets are counted
	Quiet          time.Duration // 24 h without a scan of a port, and its counts begin anew

	Own         []netip.Prefix // of the partner: a source among them is Out; the private ranges
	Dark        []netip.Prefix // of addresses of the partner's that nobody uses; none
	DarkTargets int            // 3: distinct dark addresses that make a source a scanner

	FanOut      int     // 1,024: distinct targets in a window that make a source a scanner
	FanOutTimes float64 // 4: if they are also so many times what is usual for it

	MaxContacts int // 2^23 first contacts, of 4 bytes each
	MaxSources  int // 2^20 walks of a source on a port, of 64 bytes each with the room between them
	MaxSketches int // 1,024 busy sources, of about 1.2 KiB each

	// Seed of the hashes. Zero chooses one at random, so that nobody outside
	// can aim at a place in memory. It matters only for what is forgotten.
	Seed uint64
}

// History says how a source that the walk has found benign is tested again.
type History uint8

// The package comment compares them.
const (
	Stricter History = iota // by the reverse test, with Alpha divided among the contacts of the window
	Restart                 // by a new walk from the beginning
	Reverse                 // by the reverse test alone, from the first contact on, with Alpha
)

func (c Config) withDefaults() Config {
	c.Alpha, c.Beta = cmp.Or(c.Alpha, 0.01), cmp.Or(c.Beta, 0.99)
	c.Theta0, c.Theta1 = cmp.Or(c.Theta0, 0.8), cmp.Or(c.Theta1, 0.2)
	c.Window = max(cmp.Or(c.Window, time.Hour), time.Second)
	c.Quiet = max(cmp.Or(c.Quiet, 24*time.Hour), c.Window)
	c.DarkTargets = cmp.Or(c.DarkTargets, 3)
	c.FanOut, c.FanOutTimes = cmp.Or(c.FanOut, 1024), cmp.Or(c.FanOutTimes, 4)
	c.MaxContacts = cmp.Or(c.MaxContacts, 1<<23)
	c.MaxSources = cmp.Or(c.MaxSources, 1<<20)
	c.MaxSketches = cmp.Or(c.MaxSketches, 1024)
	c.Seed = cmp.Or(c.Seed, randomSeed())
	if c.Own == nil {
		c.Own = private
	}
	return c
}

// private are the ranges of RFC 1918, RFC 6598 and RFC 4193, and the link-local
// ones of RFC 3927 and RFC 4291. A partner with public addresses names its own.
var private = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("fc00::/7"), netip.MustParsePrefix("fe80::/10"),
}
