package exercise

import (
	"math"
	"time"
)

// Scenario is a story that can be played with any seed. Its fields are those of
// the files in scenarios; Hours, Partners and Hosts may be changed before it is
// played. Shrinking the hosts keeps the worm as fast as it was: the partners are
// then a smaller part of the same Internet.
type Scenario struct {
	Name     string    `toml:"name"`
	Title    string    `toml:"title"`
	About    string    `toml:"about"`
	Start    time.Time `toml:"start"`
	Hours    float64   `toml:"hours"`
	Partners int       `toml:"partners"`
	Hosts    int       `toml:"hosts"` // of all partners
	// StepSeconds is the simulated time of one step; 10 unless the file says so.
	StepSeconds float64  `toml:"step_seconds"`
	Worm        Worm     `toml:"worm"`
	Network     Network  `toml:"network"`
	Defence     Defence  `toml:"defence"`
	Log         Log      `toml:"log"`
	Poison      []Poison `toml:"poison"`
}

// Worm is how the epidemic behaves, as counts and as traces in logs. Its speed
// is given in one of two ways: by both doublings of two levels; or, for a worm that
// scans evenly, by one doubling or else by how many hosts of the Internet are
// vulnerable, whence K = s N / 2^32.
type Worm struct {
	Seeds           int        `toml:"seeds"`
	SeedMinutes     float64    `toml:"seed_minutes"`
	Susceptible     [2]float64 `toml:"susceptible"` // share of a partner's hosts, drawn evenly
	InsideDoubling  float64    `toml:"inside_doubling_minutes"`
	BetweenDoubling float64    `toml:"between_doubling_minutes"`
	Doubling        float64    `toml:"doubling_minutes"`
	Vulnerable      float64    `toml:"vulnerable"` // N, in the whole Internet; zero: those that are simulated
	RemoveHours     float64    `toml:"remove_hours"`
	PatchHours      float64    `toml:"patch_hours"`
	SleepHours      float64    `toml:"sleep_hours"`
	WakeHours       float64    `toml:"wake_hours"`
	ScansPerSecond  float64    `toml:"scans_per_second"`
	ScansFailing    float64    `toml:"scans_failing"`
	Port            uint16     `toml:"port"`
	KillSwitch      string     `toml:"kill_switch"` // empty: it has none
	FileName        string     `toml:"file_name"`   // empty: it is never a file
	SHA256          string     `toml:"sha256"`
}

// Network is what partners' networks are like.
type Network struct {
	Sizes   string  `toml:"sizes"`   // "profiles" (or empty), "equal" or "heavy": a power law
	Patched float64 `toml:"patched"` // share of the susceptible hosts that was made immune before
	// Monitored is how many addresses a partner sees scans of, for each of its
	// hosts: used ones at its border, and unused ones.
	Monitored  float64 `toml:"monitored_per_host"`
	Background float64 `toml:"background_per_hour"` // scans of one monitored address on the worm's port, without the worm
	DaySwing   float64 `toml:"day_swing"`           // by which share the background swings over a day
	Sweeps     float64 `toml:"sweeps_per_day"`      // of all addresses by a research scanner, within an hour each
}

// Defence is who takes part, what a protection is worth, and each delay apart.
type Defence struct {
	TakingPart   float64 `toml:"taking_part"`   // share of partners; 1 unless the file says so
	Covers       float64 `toml:"covers"`        // share of a partner's hosts that a protection covers; 1 likewise
	Quarantine   bool    `toml:"quarantine"`    // infected hosts that are covered scan no more
	CountSeconds float64 `toml:"count_seconds"` // span of one count of scans from outside; 60 unless the file says so

	Detection Delay `toml:"detection"` // from a partner's third infected host until it is flagged; zero: what the detector needs on average
	Decision  Delay `toml:"decision"`  // from the hub's alarm until a protection is decided; zero: the rule decides at once
	Push      Delay `toml:"push"`      // one way between a partner and the hub; 5 s unless the file says so
	Applied   Delay `toml:"applied"`   // from a protection's arrival until it is in force
	// Alone is how long a partner's own people need, from its own detection,
	// without anybody's word; zero: they never find out. It is the same under
	// every way of sharing, for whoever takes part and whoever does not.
	Alone Delay `toml:"alone"`
}

// Delay is a length of time in seconds, lognormal by its median and its
// ninety-fifth percentile; fixed where there is no percentile.
type Delay struct {
	Median float64 `toml:"median_s"`
	P95    float64 `toml:"p95_s"`
}

// z95 is the standard normal distribution's ninety-fifth percentile.
const z95 = 1.6448536269514722

// at is the delay for a standard normal number.
func (d Delay) at(z float64) float64 {
	if d.Median == 0 || d.P95 == 0 {
		return d.Median
	}
	return d.Median * math.Exp(math.Log(d.P95/d.Median)/z95*z)
}

// Log is what of it all is written as records.
type Log struct {
	FlowSampling float64 `toml:"flow_sampling"` // one in so many contacts of infected hosts
	ScanLines    int     `toml:"scan_lines"`    // a partner's limit per step; the sample is thinned to it evenly over its infected hosts
	BenignLines  float64 `toml:"benign_lines"`  // mean per partner and ten seconds
	Scanners     int     `toml:"scanners"`      // partners with a vulnerability scanner
	Backups      int     `toml:"backups"`       // partners with a backup server
	BrokenUpdate float64 `toml:"broken_update"` // hosts per partner and ten seconds in the third hour that an update breaks
}

// few is how many partners a scenario keeps, however few hosts it is given.
const few = 48

// Sized is the scenario with so many hosts, partners and hours; zero leaves them
// as they are. Where only the hosts are given, the partners become fewer with
// them, so that each keeps its size, but not fewer than a few dozen. Fewer hosts
// or partners are entered from outside in proportion, at least by one.
func (s Scenario) Sized(hosts, partners int, hours float64) Scenario {
	if hosts > 0 && partners == 0 && hosts < s.Hosts {
		partners = int(int64(s.Partners) * int64(hosts) / int64(s.Hosts))
		partners = min(max(partners, few), s.Partners, hosts)
	}
	before := s
	if hosts != 0 {
		s.Hosts = hosts
	}
	if partners != 0 {
		s.Partners = partners
	}
	// One that scans evenly enters at hosts, one of two levels at partners.
	if s.Worm.uniform() {
		s.Worm.Seeds = scaled(s.Worm.Seeds, s.Hosts, before.Hosts)
	} else {
		s.Worm.Seeds = scaled(s.Worm.Seeds, s.Partners, before.Partners)
	}
	if hours != 0 {
		s.Hours = hours
	}
	return s
}

// scaled is a count in proportion to what became less; none stays none.
func scaled(count, now, before int) int {
	if now <= 0 || now >= before || count == 0 {
		return count
	}
	return max(int(math.Round(float64(count)*float64(now)/float64(before))), 1)
}

// Step is the simulated time of one step.
func (s Scenario) Step() time.Duration {
	return time.Duration(s.StepSeconds * float64(time.Second)).Round(time.Millisecond)
}

// steps is the horizon in steps.
func (s Scenario) steps() int { return int(s.Hours * float64(time.Hour) / float64(s.Step())) }

// addresses is how many there are in IPv4, which a worm scans evenly.
const addresses = 1 << 32

// uniform says whether the worm scans all addresses alike.
func (w Worm) uniform() bool { return w.Doubling > 0 || w.Vulnerable > 0 }

// Rate is K of a worm that scans evenly, per hour: each infected host infects so
// many while nearly all are still to be infected (Staniford, Paxson, Weaver: How
// to 0wn the Internet in Your Spare Time, 2002, section 2; K = s N / 2^32). It is
// zero for a worm of two levels.
func (w Worm) Rate() float64 {
	switch {
	case w.Doubling > 0:
		return math.Ln2 / (w.Doubling / 60)
	case w.Vulnerable > 0:
		return w.ScansPerSecond * w.Vulnerable / addresses * 3600
	}
	return 0
}
