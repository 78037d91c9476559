package hub

import (
	"fmt"
	"time"

	"github.com/tocsin-project/tocsin/internal/protect"
)

// Rule is how the hub decides about protections by itself. Zero values take the
// defaults.
type Rule struct {
	// Corroboration is how many independent organisations have to speak of a value,
	// 1 to 100: 2. With 1 anybody's word blocks for all.
	Corroboration int `toml:"corroboration"`
	// Window is how far apart their words may lie: 1h.
	Window time.Duration `toml:"window"`
	// Lifetime is how long what a person decides lasts, and how long the surest
	// decision of the rule takes to lose all its confidence: 24h.
	Lifetime time.Duration `toml:"lifetime"`
	// MustResolveLifetime is how long a must-resolve lasts that a second person
	// confirmed: 720h.
	MustResolveLifetime time.Duration `toml:"must_resolve_lifetime"`
	// MaxPerHour caps what the rule adds within an hour, 1,000, and MaxTogether what it
	// adds under one registrable domain or in one /24 or /48, 16.
	MaxPerHour  int  `toml:"max_per_hour"`
	MaxTogether int  `toml:"max_together"`
	Hold        Hold `toml:"hold"`
}

// Hold is how long what the rule decides is in force at canary partners alone, by
// what it is about; below zero, not at all.
type Hold struct {
	Names      time.Duration `toml:"names"`      // a name alone: not at all
	Subdomains time.Duration `toml:"subdomains"` // a name with those below it: 5m
	Addresses  time.Duration `toml:"addresses"`  // one address: not at all
	Prefixes   time.Duration `toml:"prefixes"`   // a network: 5m
	Files      time.Duration `toml:"files"`      // a file by its hash: not at all
}

// Bounds of the rule: what lies beyond them is a slip of the pen.
const (
	maxCorroboration = 100
	shortestRule     = time.Second // for trying out how a protection ends
	longestRule      = 10 * 365 * 24 * time.Hour
	longestHold      = 24 * time.Hour // for longer it is a proposal
)

// Validate says what is wrong with the settings; zero values are not.
func (r Rule) Validate() error {
	if r.Corroboration < 0 || r.Corroboration > maxCorroboration {
		return fmt.Errorf("protect: corroboration %d: use a number of organisations from 1 to %d", r.Corroboration, maxCorroboration)
	}
	for name, d := range map[string]time.Duration{"window": r.Window, "lifetime": r.Lifetime, "must_resolve_lifetime": r.MustResolveLifetime} {
		if d != 0 && (d < shortestRule || d > longestRule) {
			return fmt.Errorf("protect: %s %s: use a time from %s to %s, such as 24h", name, d, shortestRule, longestRule)
		}
	}
	for name, n := range map[string]int{"max_per_hour": r.MaxPerHour, "max_together": r.MaxTogether} {
		if n < 0 {
			return fmt.Errorf("protect: %s %d: use a number from 1 on; to have the rule decide nothing, stop automation", name, n)
		}
	}
	h := r.Hold
	for name, d := range map[string]time.Duration{
		"names": h.Names, "subdomains": h.Subdomains, "addresses": h.Addresses, "prefixes": h.Prefixes, "files": h.Files,
	} {
		if d > longestHold {
			return fmt.Errorf("protect: hold: %s %s: use a time up to %s, such as 5m; below zero there is no hold", name, d, longestHold)
		}
	}
	return nil
}

// of puts the settings into what the rule is configured by.
func (r Rule) of(c protect.Config) protect.Config {
	c.Corroboration, c.Window, c.Lifetime, c.MustResolveLifetime = r.Corroboration, r.Window, r.Lifetime, r.MustResolveLifetime
	c.MaxPerHour, c.MaxTogether, c.Hold = r.MaxPerHour, r.MaxTogether, protect.Hold(r.Hold)
	return c
}
