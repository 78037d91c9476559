package outbreak_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

func TestWhatAnOutbreakSays(t *testing.T) {
	k := newDesk(t)
	for p := range 3 {
		at := minute(float64(10 * p))
		k.report(p, sighting.Report{
			Scans:     []sighting.Scan{{Port: 445, Sources: 4 + p, FirstSeen: at.Add(-time.Minute), LastSeen: at}},
			Sightings: []sighting.Sighting{suspect(t, "switch.example", at), suspect(t, "lone.example"+fmt.Sprint(p), at)},
		})
	}
	if got := kinds(k.decide(minute(30))); !slices.Equal(got, []string{"outbreak.raised"}) {
		t.Fatalf("decided %q", got)
	}
	got := k.state.List()[0]
	want := outbreak.Outbreak{
		ID: got.ID, Port: 445, Values: []observable.Value{domain(t, "switch.example")},
		Raised: minute(10), FirstSeen: minute(-1), LastSeen: minute(20),
		Partners: got.Partners, Sectors: []string{"energy", "healthcare", "telecommunications"},
		Countries: []string{"ES", "GB", "JP"}, Sources: 15,
		Evidence: []string{"report-1", "report-2", "report-3"}, TLP: access.Green,
		Rule:     "domain-name=switch.example shared by scanning hosts, reported by 2 partners of 2 sectors and 2 countries within 10 min; an alarm needs 2 partners of at least 2 sectors or 2 countries within 60 min",
		About:    []outbreak.Subject{{Kind: outbreak.Scans, Port: 445}, {Kind: outbreak.Suspects, Value: domain(t, "switch.example")}},
		Kinds:    []outbreak.Evidence{outbreak.Scans, outbreak.Suspects},
		Severity: outbreak.Moderate, Critical: []string{"healthcare", "energy", "telecommunications"},
		Status: outbreak.Open,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outbreak (-want +got):\n%s", diff)
	}
	if len(got.Partners) != 3 || !strings.HasPrefix(got.ID, "outbreak--") || len(got.ID) != len("outbreak--")+36 {
		t.Errorf("partners %v, id %s", got.Partners, got.ID)
	}
	if one, ok := k.state.Get(got.ID); !ok || !cmp.Equal(one, got) {
		t.Errorf("Get: %v %+v", ok, one)
	}
	if _, ok := k.state.Get("outbreak--none"); ok {
		t.Error("Get finds what there is not")
	}
}

func TestPortAndNamesOfTheSamePartnersAreOne(t *testing.T) {
	k := newDesk(t)
	for p := range 3 {
		k.scans(p, 3, 445, minute(float64(p)))
	}
	k.decide(minute(5))
	for p := range 3 {
		k.asks(p, "switch.example", minute(10+float64(p)))
	}
	if got := kinds(k.decide(minute(20))); !slices.Equal(got, []string{"outbreak.grown"}) {
		t.Fatalf("a name joins: %q", got)
	}
	for p := range 3 {
		k.scans(p, 3, 23, minute(15))
		k.asks(10+p, "elsewhere.example", minute(15))
	}
	if got := kinds(k.decide(minute(20))); !slices.Equal(got, []string{"outbreak.raised", "outbreak.raised"}) {
		t.Fatalf("another port, and other partners: %q", got)
	}
	if got := k.state.List(); got[0].Port != 445 || len(got[0].Values) != 1 {
		t.Errorf("the first outbreak: %+v", got[0])
	}
}

func TestScansOfTwoPartnersJoinTheValueThatTheyName(t *testing.T) {
	k := newDesk(t)
	for p := range 2 {
		k.scans(p, 3, 445, minute(float64(p)))
	}
	if got := k.decide(minute(5)); len(got) != 0 {
		t.Fatalf("two partners that only scan: %q", kinds(got))
	}
	for p := range 2 {
		k.asks(p, "switch.example", minute(float64(5+p)))
	}
	k.decide(minute(10))
	got := k.state.List()
	if len(got) != 1 || got[0].Port != 445 || len(got[0].Values) != 1 {
		t.Errorf("want one outbreak of the port and the name: %+v", got)
	}
}

func TestAnOutbreakGrowsOncePerDoubling(t *testing.T) {
	k := newDesk(t)
	entries := 0
	for p := range 400 {
		k.scans(p, 3, 445, minute(float64(p)/10))
		entries += len(k.decide(minute(60)))
	}
	// 3, 6, 12 ... 384 partners
	if entries != 8 {
		t.Errorf("400 partners made %d entries, want 8", entries)
	}
	got := k.state.List()
	if len(got) != 1 || len(got[0].Partners) != 400 || got[0].Sources != 1200 || len(got[0].Evidence) != 256 {
		t.Errorf("%d outbreaks, partners %d, sources %d, evidence %d", len(got), len(got[0].Partners), got[0].Sources, len(got[0].Evidence))
	}
	// What is a known indicator by then still tells how far the outbreak reached.
	s := suspect(t, "switch.example", minute(50))
	for p := range 3 {
		k.report(p, sighting.Report{Sightings: []sighting.Sighting{s}})
	}
	k.decide(minute(60))
	s.Basis = sighting.Indicator
	k.report(1000, sighting.Report{Sightings: []sighting.Sighting{s}})
	if got := k.state.List(); len(got) != 1 || len(got[0].Partners) != 401 {
		t.Errorf("a sighting of its indicator: %d partners", len(got[0].Partners))
	}
}

func TestASuspectWithoutHostsRingsOnce(t *testing.T) {
	k := newDesk(t)
	for p := range 3 {
		s := suspect(t, "switch.example", minute(0))
		s.Hosts = 0
		k.report(p, sighting.Report{Sightings: []sighting.Sighting{s}})
	}
	if got := kinds(k.decide(minute(5))); !slices.Equal(got, []string{"outbreak.raised"}) {
		t.Errorf("%q", got)
	}
}

func TestAReportSentTwiceCountsOnce(t *testing.T) {
	k := newDesk(t)
	r := sighting.Report{ID: "mine", Sightings: []sighting.Sighting{suspect(t, "switch.example", minute(0))}}
	for range 5 {
		k.report(1, r)
	}
	before := k.state.List()
	// The id of one partner's report does not use up another's.
	k.report(2, r)
	k.report(3, r)
	if got := k.decide(minute(5)); len(before) != 0 || len(got) != 1 {
		t.Errorf("%d drafts", len(got))
	}
}

func TestAfterADayOfQuietItIsAnotherOutbreak(t *testing.T) {
	k := newDesk(t)
	for day := range 3 {
		for p := range 3 {
			k.scans(p, 3, 445, minute(float64(day*26*60+p)))
		}
		if got := kinds(k.decide(minute(1e5))); !slices.Equal(got, []string{"outbreak.raised"}) {
			t.Fatalf("day %d: %q", day, got)
		}
	}
	list := k.state.List()
	if len(list) != 3 || list[0].ID == list[1].ID || !list[0].LastSeen.Equal(minute(2)) {
		t.Errorf("%d outbreaks: %+v", len(list), list)
	}
}

func TestEvidenceFromTheFutureWaits(t *testing.T) {
	k := newDesk(t)
	for p := range 3 {
		k.scans(p, 3, 445, minute(100))
	}
	if got := k.decide(minute(90)); len(got) != 0 {
		t.Errorf("decided on what has not happened yet: %q", kinds(got))
	}
	if got := k.decide(minute(100)); len(got) != 1 {
		t.Errorf("%d drafts once it has", len(got))
	}
	// A clock that runs ahead of the ledger's cannot keep an outbreak open for good.
	k.scans(1, 3, 445, noon.AddDate(80, 0, 0))
	if last := k.state.List()[0].LastSeen; last.After(noon.AddDate(9, 0, 1)) {
		t.Errorf("last seen %s", last)
	}
}
