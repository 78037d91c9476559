package impact_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/impact"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Whatever partners say, in whatever order: a board built from the ledger is the live
// one, infected and disrupted are each what the latest reports add up to, no group is
// of fewer than five organisations, and nobody is shown what it was not chosen for.
func TestRebuiltEqualsLive(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := &story{t: rt, state: impact.NewState(impact.Config{}), now: start}
		sectors, countries := []string{"healthcare", "energy", "water"}, []string{"GB", "FR"}
		type key struct {
			n    int
			c    string
			crit impact.Criticality
		}
		latest := map[key]impact.Report{}
		of := map[int]string{}
		shown := map[int][]access.PartnerID{}
		for n := range 14 {
			of[n] = rapid.SampledFrom([]string{"", "", "group"}).Draw(rt, "organisation")
			s.join(n, rapid.SampledFrom(sectors).Draw(rt, "sector"), rapid.SampledFrom(countries).Draw(rt, "country"), of[n])
		}
		for range rapid.IntRange(0, 40).Draw(rt, "steps") {
			n := rapid.IntRange(0, 13).Draw(rt, "by")
			switch rapid.IntRange(0, 7).Draw(rt, "do") {
			case 0:
				with := []access.PartnerID{id(rapid.IntRange(0, 13).Draw(rt, "with"))}
				s.add(s.state.Share(who(n), impact.Sharing{With: with}))
				shown[n] = with
			case 1:
				s.ransom(n, impact.Ransom{Address: rapid.SampledFrom(wallets).Draw(rt, "wallet"), What: impact.Paid, Amount: fmt.Sprint(rapid.IntRange(0, 9).Draw(rt, "paid")), Currency: "BTC"}, green())
			default:
				r := impact.Report{
					Country: rapid.SampledFrom(countries).Draw(rt, "of"), Criticality: rapid.SampledFrom(impact.Criticalities()).Draw(rt, "criticality"),
					Infected: impact.Counts{Hosts: rapid.Int64Range(0, 9).Draw(rt, "hosts")}, Disrupted: impact.Counts{Sites: rapid.Int64Range(0, 9).Draw(rt, "sites")},
				}
				s.report(n, r)
				latest[key{n, r.Country, r.Criticality}] = r
			}
		}
		rebuilt := impact.NewState(impact.Config{})
		for _, e := range s.log {
			if err := rebuilt.Apply(e); err != nil {
				rt.Fatal(err)
			}
		}
		var hosts, sites int64
		organisations := map[string]bool{}
		for k, r := range latest {
			hosts, sites = hosts+r.Infected.Hosts, sites+r.Disrupted.Sites
			organisations[of[k.n]+map[bool]string{true: fmt.Sprint(k.n)}[of[k.n] == ""]] = true
		}
		for n := range 15 {
			b := s.state.Board(who(n), wannacry)
			if diff := cmp.Diff(b, rebuilt.Board(who(n), wannacry)); diff != "" {
				rt.Fatalf("rebuilt differs (-live +rebuilt):\n%s", diff)
			}
			if b.TooFew != (len(organisations) < 5) || b.Total != nil && (b.Total.Infected.Hosts != hosts || b.Total.Disrupted.Sites != sites || b.Total.Organisations != len(organisations)) {
				rt.Fatalf("%d organisations, %d hosts, %d sites: %+v", len(organisations), hosts, sites, b.Total)
			}
			for _, way := range [][]impact.Group{b.Sectors, b.Countries, b.Criticalities} {
				sum := 0
				for _, g := range way {
					if sum += g.Organisations; g.Organisations < 5 {
						rt.Fatalf("a group of %d: %+v", g.Organisations, g)
					}
				}
				if want := map[bool]int{false: len(organisations)}[b.TooFew]; sum != want {
					rt.Fatalf("groups of %d organisations, want %d: %+v", sum, want, way)
				}
			}
			for _, e := range b.Shown {
				by := -1
				for m := range 14 {
					if id(m) == e.Partner {
						by = m
					}
				}
				if by < 0 || len(shown[by]) == 0 || shown[by][0] != id(n) {
					rt.Fatalf("%d is shown what %s did not choose to", n, e.Partner)
				}
			}
		}
		if diff := cmp.Diff(s.state.Wallets(who(1)), rebuilt.Wallets(who(1))); diff != "" {
			rt.Fatal(diff)
		}
	})
}

// 1,000 partners have reported for 100 outbreaks, each for up to three countries.
// The limit is 50 ms of server time for a board.
func BenchmarkBoard(b *testing.B) {
	s := impact.NewState(impact.Config{})
	seq := ledger.Seq(0)
	add := func(d ledger.Draft, err error) {
		seq++
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Apply(ledger.Entry{Seq: seq, Time: start, Kind: d.Kind, Actor: d.Actor, Audience: d.Audience, Body: d.Body}); err != nil {
			b.Fatal(err)
		}
	}
	countries := []string{"GB", "FR", "ES", "DE", "NL", "JP", "US", "BR", "AU", "KR", "IN", "ZA"}
	for n := range 1000 {
		add(ledger.NewDraft(access.KindPartnerJoined, access.Hub, green().String(),
			access.Partner{ID: id(n), Sector: access.Sectors[n%len(access.Sectors)], Country: countries[n%len(countries)]}))
	}
	outbreak := func(o int) string { return fmt.Sprintf("outbreak--00000000-0000-4000-8000-%012d", o) }
	for o := range 100 {
		for n := range 1000 {
			for c := range 1 + n%10/7*2 { // three in ten for three countries
				add(s.NewReport(who(n), impact.Report{
					Outbreak: outbreak(o), Country: countries[(n+c)%len(countries)], Criticality: impact.Criticalities()[n%4],
					Infected: impact.Counts{Hosts: int64(n)}, Disrupted: impact.Counts{Sites: int64(o)},
				}, start))
			}
		}
	}
	at := 0
	for b.Loop() {
		at++
		if got := s.Board(who(at%1000), outbreak(at%100)); got.Total.Organisations != 1000 || len(got.Own) == 0 {
			b.Fatalf("%+v", got.Total)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N)/50, "of-limit")
}
