package outbreak

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// Observation is one partner's word at one time of telemetry that what it is
// about goes on.
type Observation struct {
	Partner access.PartnerID
	Sector  string
	Country string
	Since   time.Time // when it began, as the report has it
	At      time.Time
	Report  string // the id of the report that says so
	Sources int    // hosts behind it, at most so far
}

// Corroborated finds the earliest run of observations that satisfies the rule:
// within the window of time, at least Partners partners of at least Sectors
// sectors or Countries countries. The last observation of the run is the one
// that satisfied it. The observations are sorted on the way, by time.
func (c Config) Corroborated(observations []Observation) (run []Observation, ok bool) {
	c = c.withDefaults()
	slices.SortFunc(observations, compareObservations)
	partners, sectors, countries := tally[access.PartnerID]{}, tally[string]{}, tally[string]{}
	left := 0
	for right, o := range observations {
		partners.add(o.Partner, 1)
		sectors.add(o.Sector, 1)
		countries.add(o.Country, 1)
		for ; o.At.Sub(observations[left].At) > c.Window; left++ {
			gone := observations[left]
			partners.add(gone.Partner, -1)
			sectors.add(gone.Sector, -1)
			countries.add(gone.Country, -1)
		}
		if len(partners) >= c.Partners && (len(sectors) >= c.Sectors || len(countries) >= c.Countries) {
			return observations[left : right+1], true
		}
	}
	return nil, false
}

// weigh asks the rule about a subject. Scans of a port by fewer partners than
// ring by themselves join the outbreak of a value that these partners name.
func (c Config) weigh(about subject, observations []Observation) (run []Observation, alone, ok bool) {
	if run, ok = c.of(about).Corroborated(observations); ok {
		return run, true, true
	}
	if about.port == 0 {
		return nil, false, false
	}
	run, ok = c.OfValue().Corroborated(observations)
	return run, false, ok
}

func compareObservations(a, b Observation) int {
	return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Partner, b.Partner), cmp.Compare(a.Report, b.Report))
}

// tally counts by name; what has no name, or a count of zero, is not in it.
type tally[K ~string] map[K]int

func (t tally[K]) add(k K, n int) {
	if k == "" {
		return
	}
	if t[k] += n; t[k] == 0 {
		delete(t, k)
	}
}

// words says which evidence rang, and what the rule asks.
func (c Config) words(s subject, run []Observation) string {
	partners, sectors, countries := tally[access.PartnerID]{}, tally[string]{}, tally[string]{}
	for _, o := range run {
		partners.add(o.Partner, 1)
		sectors.add(o.Sector, 1)
		countries.add(o.Country, 1)
	}
	return fmt.Sprintf("%s, reported by %d partners of %d sectors and %d countries within %s; an alarm needs %d partners of at least %d sectors or %d countries within %s",
		s, len(partners), len(sectors), len(countries), minutes(run[len(run)-1].At.Sub(run[0].At)),
		c.Partners, c.Sectors, c.Countries, minutes(c.Window))
}

// minutes writes a span in whole minutes, rounded up.
func minutes(d time.Duration) string {
	return fmt.Sprintf("%d min", (d+time.Minute-1)/time.Minute)
}
