package report_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/report"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// wantReport is within which the report of a 30-day incident of a million entries
// has to be made.
const wantReport = 5 * time.Second

// crowd is how many partners there are, and most how many entries.
const crowd = 1000

// month fills the story with the entries of 30 days: of a hundred 65 are reports of
// the incident's scans and indicators, 14 of other things, 20 receipts, and one is
// a contribution. The values are those of 200 protections of the incident and 2,000
// of others.
func month(b *testing.B, s *story, most int) {
	r := rand.New(rand.NewPCG(3, 5))
	for i := 5; i < crowd; i++ {
		d, err := ledger.NewDraft(access.KindPartnerJoined, access.Hub, access.ToCommunity(access.Green).String(), access.Partner{ID: partner(i), Name: fmt.Sprint("Partner ", i+1), Sector: "energy", Country: "NL", Kind: "operator"})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := s.ledger.Append(b.Context(), ledger.Any, d); err != nil {
			b.Fatal(err)
		}
	}
	id := s.incident()
	var drafts []ledger.Draft
	add := func(kind ledger.Kind, actor string, to access.Audience, body any) {
		d, err := ledger.NewDraft(kind, actor, to.String(), body)
		if err != nil {
			b.Fatal(err)
		}
		drafts = append(drafts, d)
	}
	green, own := access.ToCommunity(access.Green), access.Audience{TLP: access.Red}
	protections := make([]protect.Protection, 2200)
	for i := range protections {
		p := protect.Protection{
			ID: "protection--" + uuid.NewSHA1(uuid.NameSpaceDNS, []byte(fmt.Sprint(i))).String(), Value: domain(b, fmt.Sprintf("c%d.worm.example", i)), Polarity: protect.Block, Status: protect.Active,
			Rule: "the rule", Reason: "seen", By: access.Hub, Guards: []string{}, Decided: s.now, Expires: s.now.Add(40 * 24 * time.Hour),
		}
		if i < 200 {
			p.Reason = "of " + id
		}
		protections[i] = p
		add(protect.KindDecided, access.Hub, green, p)
	}
	step := 30 * 24 * time.Hour / time.Duration(most)
	for n := range most {
		from, first := r.IntN(crowd), s.now.Add(-time.Duration(r.IntN(60e9))-time.Minute)
		to := first.Add(time.Duration(r.IntN(60e9)))
		some := func(value observable.Value, basis sighting.Basis) sighting.Sighting {
			return sighting.Sighting{Value: value, Basis: basis, Count: 1 + r.IntN(9), Hosts: 1 + r.IntN(9), FirstSeen: first, LastSeen: to}
		}
		rep := sighting.Report{ID: uuid.NewSHA1(uuid.NameSpaceDNS, []byte(fmt.Sprint("r", n))).String(), Sector: "energy", Country: "NL"}
		switch k := r.IntN(100); {
		case k < 65:
			rep.Scans = []sighting.Scan{{Port: 445, Sources: 3 + r.IntN(90), Fresh: r.IntN(9), Contacts: 9000, FirstSeen: first, LastSeen: to}}
			rep.Sightings = []sighting.Sighting{some(protections[r.IntN(200)].Value, sighting.Indicator)}
			add(sighting.KindReported, string(partner(from)), green, rep)
		case k < 79:
			rep.Sightings = []sighting.Sighting{some(domain(b, fmt.Sprintf("other%d.example", r.IntN(5000))), sighting.Indicator), some(domain(b, fmt.Sprintf("more%d.example", r.IntN(5000))), sighting.Indicator)}
			add(sighting.KindReported, string(partner(from)), green, rep)
		case k < 99:
			words := protect.Words{InForce: true, At: s.now}
			for range 1 + r.IntN(8) {
				words.Protections = append(words.Protections, protections[r.IntN(len(protections))].ID)
			}
			add(protect.KindReceipt, string(partner(from)), own, protect.Receipts{Outlet: "rpz", Words: []protect.Words{words}})
		default:
			add(contribution.KindAccepted, string(partner(from)), green, contributed(b, fmt.Sprintf("c%d.worm.example", r.IntN(4000)), n))
		}
		s.now = s.now.Add(step)
		if len(drafts) >= 5000 || n == most-1 {
			if _, err := s.ledger.Append(b.Context(), ledger.Any, drafts...); err != nil {
				b.Fatal(err)
			}
			drafts = drafts[:0]
		}
	}
}

// contributed is a contribution of one indicator.
func contributed(b *testing.B, domain string, n int) contribution.Part {
	object, err := json.Marshal(map[string]any{
		"type": "indicator", "spec_version": "2.1", "id": "indicator--" + uuid.NewSHA1(uuid.NameSpaceDNS, []byte(fmt.Sprint("i", n))).String(), "created": morning, "modified": morning,
		"pattern": "[domain-name:value = '" + domain + "']", "pattern_type": "stix", "valid_from": morning, "name": "A domain that it's known by",
	})
	if err != nil {
		b.Fatal(err)
	}
	return contribution.Part{ID: fmt.Sprint("contribution--", n), Source: "stix", Objects: []jsontext.Value{object}}
}

// processor is how much time this process has had of the processors.
func processor(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// reading is the processor time that it takes to read and verify the entries of the
// kinds that are many, and do nothing with them: no report takes less.
func reading(b *testing.B, s *story) time.Duration {
	before := processor(b)
	for _, err := range s.ledger.Read(b.Context(), 0, sighting.KindReported, protect.KindReceipt, contribution.KindAccepted) {
		if err != nil {
			b.Fatal(err)
		}
	}
	return processor(b) - before
}

// BenchmarkReport makes the report of a 30-day incident of TOCSIN_BENCH_ENTRIES
// entries, a million unless it says so, from a ledger on disk. An operation is a
// report with its page.
func BenchmarkReport(b *testing.B) {
	most := 1_000_000
	if text := os.Getenv("TOCSIN_BENCH_ENTRIES"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			b.Fatal(err)
		}
		most = n
	}
	s, id, _ := told(b)
	month(b, s, most)
	var r report.Report
	before := processor(b)
	for b.Loop() {
		r = s.build(reader(3), id, s.now)
		if _, err := r.HTML(); err != nil {
			b.Fatal(err)
		}
	}
	if len(r.Head.State.Partners) < min(crowd, most)/2 || len(r.Known) < 200 {
		b.Fatalf("the report is of %d partners and %d indicators", len(r.Head.State.Partners), len(r.Known))
	}
	took, used := b.Elapsed()/time.Duration(b.N), (processor(b)-before)/time.Duration(b.N)
	floor := reading(b, s)
	b.ReportMetric(took.Seconds(), "s/report")
	b.ReportMetric(used.Seconds(), "cpu-s/report") // of all processors: what others leave of them does not count
	b.ReportMetric(floor.Seconds(), "read-cpu-s")
	b.ReportMetric(used.Seconds()/floor.Seconds(), "of-read")
	b.ReportMetric(took.Seconds()/wantReport.Seconds(), "of-limit")
	b.ReportMetric(float64(most)/took.Seconds(), "entries/s")
}
