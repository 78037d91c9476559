package outbreak

import (
	"cmp"
	"net/netip"
	"time"

	"github.com/tocsin-project/tocsin/internal/outbreak/scan"
)

// DetectorConfig tunes a Detector; a zero field means its default. The package
// comment says what each is for, and that of package scan for the first lines.
type DetectorConfig struct {
	Alpha, Beta    float64 // 0.01, 0.99: error rates of the walk
	Theta0, Theta1 float64 // 0.8, 0.2: success of a benign and of a scanning host's first contact

	Own  []netip.Prefix // of the partner: a source among them is its own host; the private ranges
	Dark []netip.Prefix // of addresses of the partner's that nobody uses; none
	// Scanners are the partner's own vulnerability scanners and monitors: that
	// they scan is known, and nothing is asked of them.
	Scanners []netip.Prefix

	Window     time.Duration // 1 h: how long a flag and the memory of who showed a value last
	Lead       time.Duration // 10 min: how far from a scan's beginning a shared value may be shown
	MinFlagged int           // 3: flagged hosts that must share a suspect
	MinShare   float64       // 0.9: of the hosts that showed it, so many must be among them
	MinCover   float64       // 0.5: of the hosts flagged last, so many must be among them
	Every      time.Duration // 5 min: least time between two reports of what grows, unless it doubles

	// Bounds of memory. Of contacts and walks package scan says what is
	// forgotten first, and how many there may be by default, in each direction.
	// Of the others what is not used for longest is forgotten first; up to
	// twice as many may be held.
	MaxContacts int
	MaxSources  int
	MaxHosts    int // 2^16 hosts with what they showed
	MaxValues   int // 2^17 values with who showed them
	MaxSuspects int // 1,024

	// Seed of the hashes; 0: one at random. It matters for what is forgotten, and
	// so for whether the same records give the same findings.
	Seed uint64
}

func (c DetectorConfig) withDefaults() DetectorConfig {
	c.Window = cmp.Or(c.Window, time.Hour)
	c.Lead = cmp.Or(c.Lead, 10*time.Minute)
	c.MinFlagged = cmp.Or(c.MinFlagged, 3)
	c.MinShare = cmp.Or(c.MinShare, 0.9)
	c.MinCover = cmp.Or(c.MinCover, 0.5)
	c.Every = cmp.Or(c.Every, 5*time.Minute)
	c.MaxHosts = cmp.Or(c.MaxHosts, 1<<16)
	c.MaxValues = cmp.Or(c.MaxValues, 1<<17)
	c.MaxSuspects = cmp.Or(c.MaxSuspects, 1024)
	return c
}

func (c DetectorConfig) scan() scan.Config {
	return scan.Config{
		Alpha: c.Alpha, Beta: c.Beta, Theta0: c.Theta0, Theta1: c.Theta1,
		Own: c.Own, Dark: c.Dark, Window: c.Window,
		MaxContacts: c.MaxContacts, MaxSources: c.MaxSources, Seed: c.Seed,
	}
}

// Contacts is how many first contacts it takes on average to flag a scanning
// host, of whose contacts a share fails: scan.Config.Contacts.
func (c DetectorConfig) Contacts(failing float64) float64 { return c.scan().Contacts(failing) }
