package outbreak

import (
	"cmp"
	"time"

	"github.com/tocsin-project/tocsin/internal/disclosure"
)

// Config tunes the hub's rule; a zero field means its default.
type Config struct {
	Partners  int           // 3: independent partners needed for scans of a port alone, or a surge, or a trend
	Agreeing  int           // 2: needed where their scanning hosts share the very same value, or files the same extension
	Sectors   int           // 2: sectors needed among them,
	Countries int           // 2: or countries
	Window    time.Duration // 60 min of telemetry time that the observations may span
	Sources   int           // 3: scanning hosts that make one partner's scan count
	Quiet     time.Duration // 24 h in which no two voices, and no new one, speak of an outbreak end it; what comes then is another
	Skew      time.Duration // 2 min: how far ahead of the hub's a partner's clock may be

	SmallestGroup int // of organisations behind a sum of hosts that people are told; disclosure.DefaultLeast

	// Bounds of memory.
	MaxAccounts  int // 2^19 things that partners speak about, shared evenly among them; 256 each at least
	MaxOutbreaks int // 1,024 outbreaks: those that are over are forgotten first
}

func (c Config) withDefaults() Config {
	c.Partners = cmp.Or(c.Partners, 3)
	c.Agreeing = cmp.Or(c.Agreeing, 2)
	c.Sectors, c.Countries = cmp.Or(c.Sectors, 2), cmp.Or(c.Countries, 2)
	c.Window = cmp.Or(c.Window, time.Hour)
	c.Sources = cmp.Or(c.Sources, 3)
	c.Quiet = max(cmp.Or(c.Quiet, 24*time.Hour), c.Window)
	c.Skew = cmp.Or(c.Skew, 2*time.Minute)
	if c.SmallestGroup <= 0 {
		c.SmallestGroup = disclosure.DefaultLeast
	}
	c.MaxAccounts = cmp.Or(c.MaxAccounts, 1<<19)
	c.MaxOutbreaks = cmp.Or(c.MaxOutbreaks, 1024)
	return c
}

// OfValue is the rule for a suspect value. Each partner that names it has hosts
// that scan as well, so that two kinds of evidence agree: Agreeing partners
// suffice.
func (c Config) OfValue() Config {
	c = c.withDefaults()
	c.Partners = c.Agreeing
	return c
}
