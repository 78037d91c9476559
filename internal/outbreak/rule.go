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
	Voice   string // whom it is counted for; empty: Partner. Partners of one organisation have one voice
	Sector  string
	Country string
	Since   time.Time // when it began, as the report has it
	At      time.Time
	Report  string // the id of the report that says so
	Sources int    // hosts behind it, at most so far
	Print   uint64 // of what it says: what says the same of the same instant is a copy; 0: unlike any
	Alone   bool   // a designated source says so, whose word needs no other
	Word    bool   // a person says so
	TLP     access.TLP

	seq    uint64 // of its entry: who said first what others repeat
	copied bool   // it repeats what another voice said
}

// Corroborated finds the earliest run of observations that satisfies the rule:
// within the window of time, at least Partners voices of at least Sectors
// sectors or Countries countries, or one that needs no other. The last
// observation of the run is the one that satisfied it. The observations are
// sorted on the way, by time.
func (c Config) Corroborated(observations []Observation) (run []Observation, ok bool) {
	c = c.withDefaults()
	slices.SortFunc(observations, compareObservations)
	echoes(observations)
	t := newSpread()
	left := 0
	for right, o := range observations {
		t.add(o, 1)
		for ; o.At.Sub(observations[left].At) > c.Window; left++ {
			t.add(observations[left], -1)
		}
		if t.satisfies(c) || o.Alone {
			return observations[left : right+1], true
		}
	}
	return nil, false
}

// candidate is a subject whose evidence satisfies a rule.
type candidate struct {
	about  Subject
	run    []Observation
	rule   Config
	growth *Growth // of what comes from elsewhere
	alone  bool    // it may raise an outbreak of its own; otherwise it can only join one
}

// judge asks the rule about a subject, with evidence dated up to the limit.
// Scans and surges at fewer partners than ring by themselves join the outbreak
// that these partners have.
func (c Config) judge(ev *evidence, limit time.Time) (candidate, bool) {
	if !ev.enough(c) {
		return candidate{}, false
	}
	found := candidate{about: ev.about, rule: c.of(ev), alone: true}
	var known []Observation
	if ev.about.Kind == Inbound {
		known = ev.swelling(limit)
		found.growth = ev.flow.rise()
	} else {
		known = ev.observations(nil, limit)
	}
	var ok bool
	if found.run, ok = found.rule.Corroborated(known); ok {
		return found, true
	}
	if ev.about.Kind == Scans || ev.about.Kind == Surge {
		found.run, ok = c.OfValue().Corroborated(known)
	}
	found.alone = false
	return found, ok
}

// of is the rule for a subject. What partners with hosts that scan share, or
// what was left by ransomware, is evidence of two kinds at each.
func (c Config) of(ev *evidence) Config {
	switch ev.about.Kind {
	case Suspects, Encryptions:
		return c.OfValue()
	case Surge:
		return c.surges(ev)
	}
	return c
}

func compareObservations(a, b Observation) int {
	return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Partner, b.Partner), cmp.Compare(a.Report, b.Report))
}

// spread is how far a set of observations is spread; copies count for nothing.
type spread struct{ voices, sectors, countries tally }

func newSpread() spread { return spread{tally{}, tally{}, tally{}} }

func (t spread) add(o Observation, n int) {
	if o.copied {
		return
	}
	t.voices.add(o.voice(), n)
	t.sectors.add(o.Sector, n)
	t.countries.add(o.Country, n)
}

func (t spread) satisfies(c Config) bool {
	return len(t.voices) >= c.Partners && (len(t.sectors) >= c.Sectors || len(t.countries) >= c.Countries)
}

// tally counts by name; what has no name, or a count of zero, is not in it, and
// nothing ever is in one that was not made.
type tally map[string]int

func (t tally) add(k string, n int) {
	if k == "" || t == nil {
		return
	}
	if t[k] += n; t[k] == 0 {
		delete(t, k)
	}
}

// words says which evidence rang, and what the rule asks.
func (c Config) words(s Subject, run []Observation) string {
	t := newSpread()
	alone, word := false, false
	for _, o := range run {
		t.add(o, 1)
		alone, word = alone || o.Alone, word || o.Word
	}
	text := fmt.Sprintf("%s, reported by %s of %s and %s within %s; ", s, count(len(t.voices), "partner", "partners"),
		count(len(t.sectors), "sector", "sectors"), count(len(t.countries), "country", "countries"), minutes(run[len(run)-1].At.Sub(run[0].At)))
	switch {
	case alone && word:
		return text + "a coordinator of a designated source, or of the hub, says so, whose word needs no other"
	case alone:
		return text + "one of them is a designated source, whose word needs no other"
	}
	return text + fmt.Sprintf("an alarm needs %s of at least %s or %s within %s", count(c.Partners, "partner", "partners"),
		count(c.Sectors, "sector", "sectors"), count(c.Countries, "country", "countries"), minutes(c.Window))
}

// count is a number with its noun.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// minutes writes a span in whole minutes, rounded up; what took no longer than one is
// within a minute.
func minutes(d time.Duration) string {
	if d <= time.Minute {
		return "a minute"
	}
	return fmt.Sprintf("%d min", (d+time.Minute-1)/time.Minute)
}
