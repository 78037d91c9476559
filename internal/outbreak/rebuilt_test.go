package outbreak_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// Whatever partners report, in whatever order: the view rebuilt from the ledger
// is the live one, asking changes nothing, and each alarm rests on enough.
func TestRebuiltIsLive(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		k := newDesk(t)
		for range rapid.IntRange(1, 60).Draw(r, "steps") {
			at := minute(float64(rapid.IntRange(0, 4000).Draw(r, "minute")))
			p := rapid.IntRange(0, 8).Draw(r, "partner")
			switch rapid.IntRange(0, 11).Draw(r, "what") {
			case 0:
				k.scans(p, rapid.IntRange(0, 40).Draw(r, "hosts"), uint16(rapid.IntRange(0, 2).Draw(r, "port")), at)
			case 1:
				k.asks(p, rapid.SampledFrom([]string{"a.example", "b.example"}).Draw(r, "name"), at)
			case 2:
				s := suspect(t, "a.example", at)
				s.Basis = sighting.Indicator
				k.report(p, sighting.Report{ID: fmt.Sprint("same-", p), Sightings: []sighting.Sighting{s}})
			case 4:
				k.encrypts(p, 1, ".locked", "", at)
			case 5:
				k.scanned(p, rapid.IntRange(0, 9).Draw(r, "fresh"), rapid.IntRange(0, 99).Draw(r, "dark"), 1, at)
			case 6:
				k.ring(access.Partner{ID: access.PartnerID(fmt.Sprintf("identity--%02d", p)), Sector: sectors[p%3], Country: countries[p%4]}, uint16(rapid.IntRange(1, 2).Draw(r, "port")), "b.example")
			case 7:
				k.report(p, sighting.Report{Organisation: "trust", Sector: sectors[p%3], Country: countries[p%4], Sightings: []sighting.Sighting{suspect(t, "b.example", at)}})
			case 8:
				for _, o := range k.state.List() {
					if o.Status == outbreak.Open && rapid.Bool().Draw(r, "end") {
						k.end(o.ID, rapid.Bool().Draw(r, "false"))
					}
				}
			case 9:
				k.clock = k.clock.Add(time.Duration(rapid.IntRange(0, 30).Draw(r, "hours")) * time.Hour)
				k.decide(k.clock)
			case 10:
				for range rapid.IntRange(1, 12).Draw(r, "members") {
					k.append(ledger.Draft{Kind: access.KindPartnerJoined, Actor: access.Hub, Body: []byte("{}")})
				}
			case 11:
				k.indicates(mark, war)
				k.sees(p, 1, rapid.SampledFrom([]string{"a.example", "b.example"}).Draw(r, "name"), mark, at)
			default:
				k.decide(minute(float64(rapid.IntRange(0, 5000).Draw(r, "now"))))
			}
		}
		rebuilt := outbreak.NewState(outbreak.Config{})
		for _, e := range k.entries {
			if err := rebuilt.Apply(e); err != nil {
				r.Fatal(err)
			}
		}
		if diff := cmp.Diff(k.state.List(), rebuilt.List()); diff != "" {
			r.Fatalf("rebuilt differs:\n%s", diff)
		}
		now := k.clock
		if diff := cmp.Diff(k.state.Pending(now), rebuilt.Pending(now)); diff != "" {
			r.Fatalf("rebuilt decides otherwise:\n%s", diff)
		}
		k.decide(now)
		for _, o := range k.state.List() {
			if len(o.Partners) < 2 || len(o.Sectors) < 2 && len(o.Countries) < 2 || len(o.About) == 0 || len(o.Kinds) == 0 || o.Severity == "" || o.Status == "" || o.LastSeen.Before(o.FirstSeen) ||
				slices.Equal(o.Kinds, []outbreak.Evidence{outbreak.Scans}) && len(o.Partners) < 3 {
				r.Fatalf("rests on too little: %+v", o)
			}
		}
	})
}
