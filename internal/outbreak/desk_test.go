package outbreak_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// desk is a hub reduced to a ledger in memory and one view.
type desk struct {
	t       testing.TB
	state   *outbreak.State
	entries []ledger.Entry
	reports int
	clock   time.Time // of the ledger
	echoing bool      // partners may say exactly the same
}

func newDesk(t testing.TB) *desk {
	return &desk{t: t, state: outbreak.NewState(outbreak.Config{}), clock: noon.AddDate(9, 0, 0)}
}

func (k *desk) append(d ledger.Draft) {
	k.t.Helper()
	var prev ledger.Head
	if n := len(k.entries); n > 0 {
		prev = ledger.Head{Seq: k.entries[n-1].Seq, Hash: k.entries[n-1].Hash}
	}
	e, _, err := ledger.Seal(d, prev, k.clock)
	if err != nil {
		k.t.Fatal(err)
	}
	k.entries = append(k.entries, e)
	if err := k.state.Apply(e); err != nil {
		k.t.Fatal(err)
	}
}

// places of partners by their number: sectors and countries repeat.
var (
	sectors   = []string{"healthcare", "telecommunications", "energy"}
	countries = []string{"GB", "ES", "JP", "NZ"}
)

func (k *desk) report(partner int, r sighting.Report) {
	k.t.Helper()
	if r.Sector == "" {
		r.Sector, r.Country = sectors[partner%3], countries[partner%4]
	}
	if r.ID == "" {
		k.reports++
		r.ID = fmt.Sprintf("report-%d", k.reports)
	}
	if !k.echoing {
		r = ownWords(partner, r)
	}
	body, err := json.Marshal(r)
	if err != nil {
		k.t.Fatal(err)
	}
	k.append(ledger.Draft{Kind: sighting.KindReported, Actor: fmt.Sprintf("identity--%02d", partner), Body: body})
}

// ownWords has what a partner found begin at an instant of its own, as it does in
// the world: who says exactly what another says is an echo.
func ownWords(partner int, r sighting.Report) sighting.Report {
	early := -time.Duration(partner) * time.Millisecond
	r.Sightings, r.Scans, r.Encryptions = slices.Clone(r.Sightings), slices.Clone(r.Scans), slices.Clone(r.Encryptions)
	for i := range r.Sightings {
		r.Sightings[i].FirstSeen = r.Sightings[i].FirstSeen.Add(early)
	}
	for i := range r.Scans {
		r.Scans[i].FirstSeen = r.Scans[i].FirstSeen.Add(early)
	}
	for i := range r.Encryptions {
		r.Encryptions[i].FirstSeen = r.Encryptions[i].FirstSeen.Add(early)
	}
	return r
}

// scans reports scanning hosts, asks reports a suspect name.
func (k *desk) scans(partner, hosts int, port uint16, at time.Time) {
	k.t.Helper()
	k.report(partner, sighting.Report{Scans: []sighting.Scan{{Port: port, Sources: hosts, Contacts: 9 * hosts, FirstSeen: at.Add(-time.Minute), LastSeen: at}}})
}

// reportScan reports scans of port 445 that began at a time and go on.
func (k *desk) reportScan(partner, hosts int, began, at time.Time) {
	k.t.Helper()
	k.report(partner, sighting.Report{Scans: []sighting.Scan{{Port: 445, Sources: hosts, Contacts: 9 * hosts, FirstSeen: began, LastSeen: at}}})
}

func (k *desk) asks(partner int, name string, at time.Time) {
	k.t.Helper()
	k.report(partner, sighting.Report{Sightings: []sighting.Sighting{suspect(k.t, name, at)}})
}

func suspect(t testing.TB, name string, at time.Time) sighting.Sighting {
	return sighting.Sighting{Value: domain(t, name), Basis: sighting.Suspect, Count: 3, Hosts: 3, FirstSeen: at.Add(-time.Minute), LastSeen: at}
}

// decide appends what is pending, and holds it to its promise.
func (k *desk) decide(now time.Time) []ledger.Draft {
	k.t.Helper()
	drafts := k.state.Pending(now)
	if diff := cmp.Diff(drafts, k.state.Pending(now)); diff != "" {
		k.t.Fatalf("asked twice, pending differs:\n%s", diff)
	}
	for _, d := range drafts {
		if err := d.Validate(); err != nil {
			k.t.Fatal(err)
		}
		if d.Actor != "hub" || d.Audience != "green default" {
			k.t.Fatalf("actor %q, audience %q", d.Actor, d.Audience)
		}
		k.append(d)
	}
	if again := k.state.Pending(now); len(again) != 0 {
		k.t.Fatalf("still pending after its own entries: %s %s", again[0].Kind, again[0].Body)
	}
	return drafts
}

func kinds(drafts []ledger.Draft) (list []string) {
	for _, d := range drafts {
		list = append(list, string(d.Kind))
	}
	return list
}
