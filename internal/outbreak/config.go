package outbreak

import (
	"cmp"
	"time"
)

// DetectorConfig tunes a Detector; a zero field means its default. The package
// comment says what each is for.
type DetectorConfig struct {
	Alpha, Beta    float64       // 0.01, 0.99: error rates of the walk
	Theta0, Theta1 float64       // 0.8, 0.2: success of a benign and of a scanning host's first contact
	Window         time.Duration // 1 h: how long a flag and the memory of who showed a value last
	Lead           time.Duration // 10 min: how far from a scan's beginning a shared value may be shown
	MinFlagged     int           // 3: flagged hosts that must share a suspect
	MinShare       float64       // 0.9: of the hosts that showed it, so many must be among them
	MinCover       float64       // 0.5: of the hosts flagged last, so many must be among them
	Every          time.Duration // 5 min: least time between two reports of what grows, unless it doubles

	// Bounds of memory. What is not used for longest is forgotten first; up to
	// twice as many may be held.
	MaxContacts int // 2^20 first contacts, of about 16 bytes each
	MaxSources  int // 2^17 walks of a source on a port
	MaxHosts    int // 2^16 hosts with what they showed
	MaxValues   int // 2^17 values with who showed them
	MaxSuspects int // 1,024
}

func (c DetectorConfig) withDefaults() DetectorConfig {
	c.Alpha, c.Beta = cmp.Or(c.Alpha, 0.01), cmp.Or(c.Beta, 0.99)
	c.Theta0, c.Theta1 = cmp.Or(c.Theta0, 0.8), cmp.Or(c.Theta1, 0.2)
	c.Window = cmp.Or(c.Window, time.Hour)
	c.Lead = cmp.Or(c.Lead, 10*time.Minute)
	c.MinFlagged = cmp.Or(c.MinFlagged, 3)
	c.MinShare = cmp.Or(c.MinShare, 0.9)
	c.MinCover = cmp.Or(c.MinCover, 0.5)
	c.Every = cmp.Or(c.Every, 5*time.Minute)
	c.MaxContacts = cmp.Or(c.MaxContacts, 1<<20)
	c.MaxSources = cmp.Or(c.MaxSources, 1<<17)
	c.MaxHosts = cmp.Or(c.MaxHosts, 1<<16)
	c.MaxValues = cmp.Or(c.MaxValues, 1<<17)
	c.MaxSuspects = cmp.Or(c.MaxSuspects, 1024)
	return c
}

// Config tunes the hub's rule; a zero field means its default.
type Config struct {
	Partners    int           // 3: independent partners needed for scans of a port alone
	Agreeing    int           // 2: needed where their scanning hosts share the very same value
	Sectors     int           // 2: sectors needed among them,
	Countries   int           // 2: or countries
	Window      time.Duration // 60 min of telemetry time that the observations may span
	Sources     int           // 3: scanning hosts that make one partner's scan count
	Quiet       time.Duration // 24 h without an observation end an outbreak; what comes then is another
	Skew        time.Duration // 2 min: how far ahead of the hub's a partner's clock may be
	MaxSubjects int           // 2^17 ports and values under observation
}

func (c Config) withDefaults() Config {
	c.Partners = cmp.Or(c.Partners, 3)
	c.Agreeing = cmp.Or(c.Agreeing, 2)
	c.Sectors, c.Countries = cmp.Or(c.Sectors, 2), cmp.Or(c.Countries, 2)
	c.Window = cmp.Or(c.Window, time.Hour)
	c.Sources = cmp.Or(c.Sources, 3)
	c.Quiet = max(cmp.Or(c.Quiet, 24*time.Hour), c.Window)
	c.Skew = cmp.Or(c.Skew, 2*time.Minute)
	c.MaxSubjects = cmp.Or(c.MaxSubjects, 1<<17)
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

// of is the rule for a subject.
func (c Config) of(s subject) Config {
	if s.port == 0 {
		return c.OfValue()
	}
	return c
}
