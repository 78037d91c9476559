package outbreak_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// everything is a report of every kind of evidence there is, invented.
func everything(t testing.TB, i int, at time.Time) sighting.Report {
	return sighting.Report{
		Scans: []sighting.Scan{
			{Port: 445, Sources: 1000 + i, Contacts: 9000, FirstSeen: at.Add(-time.Minute), LastSeen: at},
			{Port: 23, Direction: sighting.In, Sources: 1 << i % 20, Fresh: 1 << i % 20, Contacts: 1 << 20, Dark: 1 << i % 20, FirstSeen: at, LastSeen: at},
		},
		Sightings:   []sighting.Sighting{suspect(t, "news.example", at), {Value: domain(t, "known.example"), Basis: sighting.Indicator, Count: 1 + 1000*i, Hosts: 9, FirstSeen: at, LastSeen: at}},
		Encryptions: []sighting.Encryption{{Extension: ".doc", Note: "letter.txt", Hosts: 50 + i, Files: 9000, Folders: 900, FirstSeen: at, LastSeen: at}},
	}
}

// What is invented by one partner, by one that goes by five names, or by one
// fewer than the rule asks for, rings nothing, however much of it there is.
func TestInventedEvidenceOfTooFewRingsNothing(t *testing.T) {
	for _, c := range []struct {
		name         string
		partners     int
		organisation string
		agree        bool // on values and extensions as well
	}{
		{"one partner", 1, "", true},
		{"five partners of one organisation", 5, "trust", true},
		{"one fewer than scans need", 2, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := newDesk(t)
			for i := range 240 {
				at := minute(float64(i))
				for p := range c.partners {
					r := everything(t, i, at.Add(time.Duration(p)*time.Millisecond))
					if r.Organisation = c.organisation; !c.agree {
						r.Sightings[0].Value = domain(t, fmt.Sprintf("news%d.example", p))
						r.Encryptions[0].Extension, r.Encryptions[0].Note = fmt.Sprintf(".doc%d", p), ""
					}
					k.report(p, r)
				}
				if got := k.decide(at.Add(time.Minute)); len(got) != 0 {
					t.Fatalf("after %d min: %s", i, got[0].Body)
				}
			}
		})
	}
}

// A partner that floods the hub with subjects forgets its own, and no one
// else's: of true evidence nothing is lost.
func TestAFloodPushesOutNobodysEvidence(t *testing.T) {
	k := newDesk(t)
	k.state = outbreak.NewState(outbreak.Config{MaxAccounts: 1})
	k.asks(1, "switch.example", minute(0))
	k.scans(1, 3, 445, minute(0))
	for i := range 40 {
		r := sighting.Report{}
		for j := range 250 {
			r.Sightings = append(r.Sightings, suspect(t, fmt.Sprintf("flood%d-%d.example", i, j), minute(1)))
			r.Scans = append(r.Scans, sighting.Scan{Port: uint16(1 + i*250 + j), Direction: sighting.In, Sources: 9, Fresh: 9, FirstSeen: minute(1), LastSeen: minute(1)})
		}
		k.report(9, r)
		k.decide(minute(10))
	}
	if held, most := k.state.Held(), 2*256+2; held > most {
		t.Errorf("%d accounts are held, want at most %d", held, most)
	}
	k.asks(2, "switch.example", minute(20))
	k.decide(minute(30))
	if list := k.state.List(); len(list) != 1 || list[0].Values[0].Text != "switch.example" {
		t.Errorf("true evidence of two partners: %+v", list)
	}
}

// Clocks that are wrong, or lie, move nothing but their partner's own word.
func TestTimesThatLie(t *testing.T) {
	k := newDesk(t)
	k.clock = minute(0)
	for _, at := range []time.Time{{}, minute(-1e7), minute(1e7), noon.AddDate(5000, 0, 0), noon.AddDate(-20, 0, 0)} {
		k.scans(8, 900, 445, at)
		k.asks(9, "switch.example", at)
		k.scanned(9, 1<<20, 1<<20, 445, at)
		k.sees(9, 1<<20, "known.example", "", at)
	}
	for p := range 3 {
		k.scans(p, 3, 445, minute(float64(p-5)))
	}
	k.clock = minute(5)
	got := k.decide(minute(5))
	if list := k.state.List(); got[0].Kind != outbreak.KindRaised || len(list) != 1 || list[0].LastSeen.After(minute(2)) || list[0].FirstSeen.Before(minute(-24*60-5)) {
		t.Fatalf("%q: %+v", kinds(got), k.state.List())
	}
	// Nor can one keep an outbreak open by a time to come.
	k.scans(8, 901, 445, minute(1e6))
	if o := k.state.List()[0]; o.LastSeen.After(minute(5)) {
		t.Errorf("last seen %s", o.LastSeen)
	}
}

// One partner's huge counts make neither severity nor growth.
func TestHugeCountsAreNotBelieved(t *testing.T) {
	play := func(lie bool) outbreak.Outbreak {
		k := newDesk(t)
		for m := range 150 {
			for p := range 5 {
				k.report(p, sighting.Report{Sector: "retail", Country: countries[p%4], Scans: []sighting.Scan{{Port: 445, Sources: 3, FirstSeen: minute(0), LastSeen: minute(float64(m))}}})
			}
			if lie {
				k.report(5, sighting.Report{Sector: "retail", Country: "GB", Scans: []sighting.Scan{{Port: 445, Sources: int(9 * exp2(time.Duration(m)*time.Minute, 10*time.Minute)), FirstSeen: minute(0), LastSeen: minute(float64(m))}}})
			}
			k.decide(minute(float64(m + 1)))
		}
		return k.state.List()[0]
	}
	honest, lied := play(false), play(true)
	if lied.Severity != honest.Severity {
		t.Errorf("severity %s, without the lie %s", lied.Severity, honest.Severity)
	}
	if lied.Growth == nil || lied.Growth.Rate.Low <= 0 {
		t.Fatalf("the lie makes no growth at all, so that nothing is tested: %+v", lied.Growth)
	}
	if lied.Growth.Settled || lied.Growth.Doubling != nil {
		t.Errorf("one partner's growth counts as certain: %+v", *lied.Growth)
	}
	if lied.Sources > 1<<24+15 {
		t.Errorf("%d hosts", lied.Sources)
	}
}

// An attacker that links other partners' indicators to a campaign of its own
// makes nothing ring by it.
func TestInventedRelationshipsRingNothing(t *testing.T) {
	k := newDesk(t)
	for i := range 50 {
		k.indicates(fmt.Sprintf("indicator--%d", i), "campaign--invented")
	}
	for m := range 200 {
		for p := range 10 {
			k.sees(p, 3, fmt.Sprintf("known%d.example", (p+m)%50), fmt.Sprintf("indicator--%d", (p+m)%50), minute(float64(5*m)))
		}
	}
	if got := k.decide(minute(5000)); len(got) != 0 {
		t.Errorf("%s", got[0].Body)
	}
}

// The draft of an outbreak at its largest is one that the ledger takes: of as
// many subjects as there can be, and, each partner taking the same room, of
// 10,000 partners.
func TestTheLargestEntryFits(t *testing.T) {
	k := newDesk(t)
	const partners, most, each = 2000, 10_000, len(`"identity--00000000-0000-4000-8000-000000000000",`)
	for p := range partners {
		body := fmt.Appendf(nil, `{"id":"00000000-0000-4000-8000-%012d","sector":"sector-%d","country":"%s","scans":[{"port":445,"sources":3,"contacts":9,"first_seen":"2017-05-12T11:%02d:%02d.%06dZ","last_seen":"2017-05-12T12:00:00Z"}]}`, p, p%60, countries[p%4], p%60, p/60%60, p)
		k.append(ledger.Draft{Kind: sighting.KindReported, Actor: fmt.Sprintf("identity--%08d-0000-4000-8000-000000000000", p), Body: body})
	}
	for i := range 63 {
		for p := range 3 {
			body := fmt.Appendf(nil, `{"id":"values-%d-%d","sector":"s%d","country":"GB","sightings":[{"type":"url","value":"http://n%d.example/%0480d","basis":"suspect","count":%d,"hosts":3,"first_seen":"2017-05-12T12:00:00Z","last_seen":"2017-05-12T12:00:00Z"}]}`, i, p, p, i, i, p+1)
			k.append(ledger.Draft{Kind: sighting.KindReported, Actor: fmt.Sprintf("identity--%08d-0000-4000-8000-000000000000", p), Body: body})
		}
	}
	for _, d := range k.decide(minute(30)) {
		n := len(d.Body) + (most-partners)*each
		if t.Logf("%s of %d bytes", d.Kind, n); n > ledger.MaxBody {
			t.Errorf("%s of %d bytes, at most %d", d.Kind, n, ledger.MaxBody)
		}
	}
	if o := k.state.List()[0]; len(o.Partners) != partners || len(o.About) != 64 {
		t.Errorf("%d partners, about %d", len(o.Partners), len(o.About))
	}
}
