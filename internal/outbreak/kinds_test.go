package outbreak_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// encrypts reports what ransomware left.
func (k *desk) encrypts(partner, hosts int, extension, note string, at time.Time) {
	k.t.Helper()
	k.report(partner, sighting.Report{Encryptions: []sighting.Encryption{{Extension: extension, Note: note, Hosts: hosts, Files: 900, Folders: 40, FirstSeen: at.Add(-time.Minute), LastSeen: at}}})
}

// scanned reports scans from elsewhere: new sources, and contacts with unused
// addresses so far.
func (k *desk) scanned(partner, fresh, dark int, port uint16, at time.Time) {
	k.t.Helper()
	k.report(partner, sighting.Report{Scans: []sighting.Scan{{Port: port, Direction: sighting.In, Sources: fresh, Fresh: fresh, Contacts: 9 * fresh, Dark: dark, FirstSeen: at, LastSeen: at}}})
}

// sees reports a known indicator.
func (k *desk) sees(partner, count int, name, of string, at time.Time) {
	k.t.Helper()
	k.report(partner, sighting.Report{Sightings: []sighting.Sighting{{Value: domain(k.t, name), Of: of, Basis: sighting.Indicator, Count: count, Hosts: min(count, 9), FirstSeen: at, LastSeen: at}}})
}

func TestEncryptions(t *testing.T) {
	k := newDesk(t)
	k.encrypts(0, 1, ".wncry", "", minute(0))
	k.encrypts(0, 5, ".wncry", "read_me.txt", minute(10))
	k.encrypts(1, 2, ".other", "", minute(10))
	if got := k.decide(minute(20)); len(got) != 0 {
		t.Fatalf("one partner's: %q", kinds(got))
	}
	k.encrypts(2, 1, "", "READ_ME.txt", minute(15))
	k.decide(minute(20))
	list := k.state.List()
	if len(list) != 1 || !slices.Equal(list[0].Kinds, []outbreak.Evidence{outbreak.Encryptions}) || list[0].About[0].Name != "read_me.txt" || list[0].Sources != 6 {
		t.Fatalf("the same note at two: %+v", list)
	}
	// Scans of partners that are for the greater part the same belong to it.
	for _, p := range []int{0, 2} {
		k.scans(p, 3, 445, minute(20))
	}
	k.decide(minute(30))
	if list = k.state.List(); len(list) != 1 || list[0].Port != 445 || !slices.Equal(list[0].Kinds, []outbreak.Evidence{outbreak.Encryptions, outbreak.Scans}) {
		t.Errorf("with scans: %+v", list)
	}
}

// inflow plays hours of scans from elsewhere at so many partners: what is usual,
// and from an hour on what grows on top of it at some of them.
func inflow(k *desk, partners, rising int, double, until time.Duration) {
	r := rand.New(rand.NewPCG(1, 9))
	dark := make([]int, partners)
	for at := noon.Add(-2 * time.Hour); at.Before(noon.Add(until)); at = at.Add(time.Minute) {
		for p := range partners {
			n := poisson(r, 3)
			if p < rising && at.After(noon) {
				n += poisson(r, 0.5*exp2(at.Sub(noon), double))
			}
			dark[p] += n
			k.scanned(p, n, 0, 445, at.Add(time.Duration(p)*time.Millisecond))
		}
		k.decide(at.Add(time.Minute))
	}
}

func TestScansFromElsewhereRingByTheirTrend(t *testing.T) {
	for _, c := range []struct {
		name             string
		partners, rising int
		want             int
	}{
		{"background", 12, 0, 0},
		{"a rise at one partner", 12, 1, 0},
		{"a rise at two", 12, 2, 0},
		{"a rise at all", 12, 12, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := newDesk(t)
			inflow(k, c.partners, c.rising, 10*time.Minute, 2*time.Hour)
			list := k.state.List()
			if len(list) != c.want {
				t.Fatalf("%d outbreaks, want %d: %+v", len(list), c.want, list)
			}
			if c.want == 0 {
				return
			}
			o := list[0]
			if !slices.Equal(o.Kinds, []outbreak.Evidence{outbreak.Inbound}) || o.Port != 445 || o.Sources != 0 || o.Growth == nil || o.Growth.Doubling == nil {
				t.Errorf("outbreak %+v growth %+v", o, o.Growth)
			}
			t.Logf("rung %s after it began to rise: %s", o.Raised.Sub(noon), o.Rule)
			// Own hosts that scan the port are of the same outbreak, whoever has them.
			for p := 40; p < 43; p++ {
				k.scans(p, 3, 445, minute(120))
			}
			k.decide(minute(121))
			if list := k.state.List(); len(list) != 1 || !slices.Contains(list[0].Kinds, outbreak.Scans) {
				t.Errorf("with own hosts: %+v", list)
			}
		})
	}
}

func TestASurgeIsMoreThanUsual(t *testing.T) {
	for _, c := range []struct {
		name                     string
		partners, hours, surging int
		campaign                 bool
		want                     int
	}{
		{name: "as always", hours: 12, want: 0},
		{name: "far more at four of two hundred", partners: 200, hours: 4, surging: 4, want: 0},
		{name: "far more at thirty of two hundred", partners: 200, hours: 4, surging: 30, want: 1},
		{name: "just heard of", hours: 0, surging: 10, want: 0},
		{name: "far more at two", hours: 12, surging: 2, want: 0},
		{name: "far more at four", hours: 12, surging: 4, want: 1},
		{name: "far more of a campaign", hours: 12, surging: 4, campaign: true, want: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			k, partners := newDesk(t), max(c.partners, 10)
			if c.campaign {
				for i := range 10 {
					k.indicates(fmt.Sprintf("indicator--%d", i), "campaign--1")
				}
			}
			r := rand.New(rand.NewPCG(3, 4))
			for m := 0; m < 60*c.hours; m += 5 {
				for p := range partners {
					if n := poisson(r, 2); n > 0 {
						k.sees(p, n, "old0.example", "indicator--0", minute(float64(m)))
					}
				}
				k.decide(minute(float64(m + 1)))
			}
			for m := range 6 {
				for p := range c.surging {
					i := 0
					if c.campaign {
						i = p // each partner sees another of the campaign's indicators
					}
					k.sees(p, 200, fmt.Sprintf("old%d.example", i), fmt.Sprintf("indicator--%d", i), minute(float64(60*c.hours+5*m)))
				}
			}
			k.decide(minute(float64(60*c.hours + 60)))
			list := k.state.List()
			if len(list) != c.want {
				t.Fatalf("%d outbreaks, want %d: %+v", len(list), c.want, list)
			}
			if c.want == 0 {
				return
			}
			about := list[0].About[0]
			if about.Kind != outbreak.Surge || c.campaign != (about.Name == "campaign--1") || len(list[0].Partners) < c.surging {
				t.Errorf("outbreak %+v", list[0])
			}
			// A suspect that is the campaign's indicator belongs to it, whoever shares it.
			before := len(list[0].Partners)
			for p := 300; p < 302; p++ {
				k.asks(p, "old0.example", minute(float64(60*c.hours+40)))
			}
			k.decide(minute(float64(60*c.hours + 60)))
			if list := k.state.List(); len(list) != 1 || len(list[0].Partners) != before+2 {
				t.Errorf("with a suspect: %+v", list)
			}
		})
	}
}

// indicates shares an indicator and what it stands for.
func (k *desk) indicates(indicator, campaign string) {
	k.t.Helper()
	k.contributes("identity--09", access.Green, indicatorObject(indicator), indicatesObject(indicator, campaign))
}

func indicatorObject(id string) string { return fmt.Sprintf(`{"type":"indicator","id":%q}`, id) }

func indicatesObject(indicator, campaign string) string {
	return fmt.Sprintf(`{"type":"relationship","relationship_type":"indicates","source_ref":%q,"target_ref":%q}`, indicator, campaign)
}

// contributes shares objects.
func (k *desk) contributes(by string, tlp access.TLP, objects ...string) {
	k.t.Helper()
	body := fmt.Sprintf(`{"id":"contribution--1","source":"stix","objects":[%s]}`, strings.Join(objects, ","))
	k.append(ledger.Draft{Kind: contribution.KindAccepted, Actor: by, Audience: access.ToCommunity(tlp).String(), Body: []byte(body)})
}

func TestASinkholeSaysNothing(t *testing.T) {
	k := newDesk(t)
	for p := range 3 {
		k.asks(p, "switch.example", minute(float64(p)))
	}
	k.decide(minute(10))
	before := k.state.List()[0]
	for p := 10; p < 40; p++ {
		s := suspect(t, "switch.example", minute(20))
		s.Basis = sighting.Sinkhole
		k.report(p, sighting.Report{Designated: true, Sightings: []sighting.Sighting{s}})
	}
	k.decide(minute(30))
	if after := k.state.List()[0]; len(after.Partners) != len(before.Partners) || !after.LastSeen.Equal(before.LastSeen) {
		t.Errorf("visits of a sinkhole: %+v", after)
	}
}

func TestKindsAreNamedInTheRule(t *testing.T) {
	for about, want := range map[outbreak.Subject]string{
		{Kind: outbreak.Scans, Port: 445}:                     "scans of port 445",
		{Kind: outbreak.Inbound, Port: 445}:                   "rising number of scans of port 445 from elsewhere",
		{Kind: outbreak.Inbound, Port: 23, Dark: true}:        "unused addresses on port 23",
		{Kind: outbreak.Encryptions, Name: ".wncry"}:          `".wncry"`,
		{Kind: outbreak.Surge, Name: "campaign--1"}:           "a surge of campaign--1",
		{Kind: outbreak.Surge, Value: domain(t, "a.example")}: "a surge of domain-name=a.example",
	} {
		if got := about.String(); !strings.Contains(got, want) {
			t.Errorf("%q, want %q in it", got, want)
		}
	}
}
