package protect

import (
	"net/netip"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// Config holds the limits of the rule. Zero values take the defaults.
type Config struct {
	// Corroboration is how many independent partners have to report a suspect
	// value before it becomes a protection: 2. Those of one organisation count
	// once; one that is designated suffices.
	Corroboration int
	// Window is how far apart, in the time of the telemetry, their sightings
	// may lie: 60 minutes.
	Window time.Duration
	// Lifetime is how long what a person decides lasts unless it is decided anew,
	// and how long the surest decision of the rule would take to lose all its
	// confidence: 24 hours. What the rule decides lasts until little is left of it.
	Lifetime time.Duration
	// MustResolveLifetime is how long a must-resolve lasts that a second person
	// confirmed: 30 days. Before that it is a day at most.
	MustResolveLifetime time.Duration
	// MaxPerHour caps what automation adds within an hour of the hub's clock:
	// 1,000. What is above waits.
	MaxPerHour int
	// MaxTogether caps what it adds within an hour in one neighbourhood, a
	// registrable domain, a /24 or a /48: 16. What is above waits.
	MaxTogether int
	// Hold is how long what the rule decides is in force at canary partners alone.
	Hold Hold
	// MaxValues bounds the values about which nothing is decided: 131,072.
	MaxValues int
	// MaxListed bounds the values of contributed indicators that wait for a second
	// voice: 262,144. MaxContributed bounds those of one contribution, of which the
	// first count: 65,536.
	MaxListed, MaxContributed int
	// Sinkhole is the address with which must-resolve names are answered. It
	// is itself guarded like a must-resolve name.
	Sinkhole netip.Addr
	// Guards may refuse what is to be blocked or redirected, in order. Nil
	// means DefaultGuards.
	Guards []Guard
}

func (c Config) withDefaults() Config {
	if c.Corroboration <= 0 {
		c.Corroboration = 2
	}
	if c.Window <= 0 {
		c.Window = time.Hour
	}
	if c.Lifetime <= 0 {
		c.Lifetime = 24 * time.Hour
	}
	if c.MaxPerHour <= 0 {
		c.MaxPerHour = 1000
	}
	if c.MustResolveLifetime <= 0 {
		c.MustResolveLifetime = 30 * 24 * time.Hour
	}
	if c.MaxTogether <= 0 {
		c.MaxTogether = 16
	}
	if c.MaxValues <= 0 {
		c.MaxValues = 1 << 17
	}
	if c.MaxListed <= 0 {
		c.MaxListed = 1 << 18
	}
	if c.MaxContributed <= 0 {
		c.MaxContributed = 1 << 16
	}
	c.Hold = c.Hold.withDefaults()
	if c.Guards == nil {
		c.Guards = DefaultGuards()
	}
	return c
}

// toAll is the audience of decisions: everyone in the community acts on them.
var toAll = access.ToCommunity(access.Green)

// toOwner is the audience of what concerns the acting partner alone.
var toOwner = access.Audience{TLP: access.Red}
