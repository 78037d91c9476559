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
	// Lifetime is how long a protection lasts unless it is decided anew: 24 hours.
	Lifetime time.Duration
	// MaxPerHour caps what automation adds within an hour of the hub's clock:
	// 1,000. What is above waits.
	MaxPerHour int
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
	if c.Guards == nil {
		c.Guards = DefaultGuards()
	}
	return c
}

// toAll is the audience of decisions: everyone in the community acts on them.
var toAll = access.ToCommunity(access.Green)

// toOwner is the audience of what concerns the acting partner alone.
var toOwner = access.Audience{TLP: access.Red}
