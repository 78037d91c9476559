package outbreak_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// wantSightings is how many findings a second the hub's detector has to keep up
// with.
const wantSightings = 50_000

// traffic is entries of 1,000 partners, each of 1 to 100 findings, as during an
// outbreak that has reached all of them: of ten findings six are sightings of
// known indicators, most of them of few, two are suspects of the partner alone
// or of the outbreak, one is scans from elsewhere, one is scans of the outbreak.
func traffic(b *testing.B, partners, entries int) (list []ledger.Entry, findings []int) {
	r := rand.New(rand.NewPCG(5, 7))
	at := noon
	for i := range entries {
		at = at.Add(time.Duration(r.IntN(2000)) * time.Millisecond / 5)
		p := r.IntN(partners)
		rep := sighting.Report{ID: fmt.Sprint("r-", i), Sector: sectors[p%3], Country: countries[p%4]}
		n := 1 + r.IntN(100)
		for j := range n {
			first := at.Add(-time.Duration(r.IntN(60e9)))
			switch {
			case j%10 < 6:
				rep.Sightings = append(rep.Sightings, sighting.Sighting{Value: domain(b, fmt.Sprintf("known%d.example", int(2000*r.Float64()*r.Float64()))), Basis: sighting.Indicator, Count: 1 + r.IntN(5), Hosts: 1, FirstSeen: first, LastSeen: at})
			case j%10 == 6:
				rep.Sightings = append(rep.Sightings, sighting.Sighting{Value: domain(b, fmt.Sprintf("own%d-%d.example", p, r.IntN(20))), Basis: sighting.Suspect, Count: 3, Hosts: 3, FirstSeen: first, LastSeen: at})
			case j%10 == 7:
				rep.Sightings = append(rep.Sightings, sighting.Sighting{Value: domain(b, "switch.example"), Basis: sighting.Suspect, Count: 3, Hosts: 3 + i/partners, FirstSeen: first, LastSeen: at})
			case j%10 == 8:
				rep.Scans = append(rep.Scans, sighting.Scan{Port: uint16(1 + r.IntN(300)), Direction: sighting.In, Sources: 9, Fresh: r.IntN(4), Contacts: 90, Dark: i, FirstSeen: first, LastSeen: at})
			default:
				rep.Scans = append(rep.Scans, sighting.Scan{Port: 445, Sources: 3 + i/partners, Contacts: 90, FirstSeen: first, LastSeen: at})
			}
		}
		body, err := json.Marshal(rep)
		if err != nil {
			b.Fatal(err)
		}
		list = append(list, ledger.Entry{Seq: ledger.Seq(i + 1), Time: at, Kind: sighting.KindReported, Actor: fmt.Sprintf("identity--%08d-0000-4000-8000-000000000000", p), Body: body})
		findings = append(findings, n)
	}
	return list, findings
}

// BenchmarkState folds reports as the hub does, asks for decisions after each
// and folds those. An operation is one report.
func BenchmarkState(b *testing.B) {
	list, findings := traffic(b, 1000, 20_000)
	s := outbreak.NewState(outbreak.Config{})
	next, seq, total, rounds := 0, ledger.Seq(0), 0, 0
	var shift time.Duration
	step := func() {
		e := list[next]
		total += findings[next]
		seq++
		e.Seq, e.Time = seq, e.Time.Add(shift)
		if rounds > 0 {
			e.Body = append([]byte(fmt.Sprintf(`{"id":"again-%d",`, seq)), e.Body[len(`{"id":"`)+idLength(e.Body)+2:]...)
		}
		if next++; next == len(list) {
			next, shift, rounds = 0, shift+list[len(list)-1].Time.Sub(noon), rounds+1
		}
		fold(b, s, &seq, e)
	}
	for range 10_000 { // until the outbreak is everywhere
		step()
	}
	if open := s.List(); len(open) == 0 || len(open[0].Partners) < 990 {
		b.Fatalf("no great outbreak: %d", len(open))
	}
	total = 0
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		step()
	}
	rate := float64(total) / b.Elapsed().Seconds()
	b.ReportMetric(rate, "sightings/s")
	b.ReportMetric(rate/wantSightings, "of-50000/s")
}

func idLength(body []byte) (n int) {
	for body[len(`{"id":"`)+n] != '"' {
		n++
	}
	return n
}

// fold applies an entry and what is decided upon it.
func fold(tb testing.TB, s *outbreak.State, seq *ledger.Seq, e ledger.Entry) {
	if err := s.Apply(e); err != nil {
		tb.Fatal(err)
	}
	for _, d := range s.Pending(e.Time) {
		*seq++
		if err := s.Apply(ledger.Entry{Seq: *seq, Time: e.Time, Kind: d.Kind, Actor: d.Actor, Body: d.Body}); err != nil {
			tb.Fatal(err)
		}
	}
}
