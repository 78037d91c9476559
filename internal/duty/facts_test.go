package duty_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/duty"
	"github.com/tocsin-project/tocsin/internal/exposure"
	"github.com/tocsin-project/tocsin/internal/impact"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/response"
)

// What the board fills in is what its partner may be told: the alarm, and of what
// partners say of themselves only its own.
func TestRooms(t *testing.T) {
	rooms := duty.Rooms{
		Partners: access.NewDirectory(), Outbreaks: outbreak.NewState(outbreak.Config{}), Protections: protect.NewState(protect.Config{}),
		Impact: impact.NewState(impact.Config{}), Actions: response.NewState(response.Config{}),
		Exposure: exposure.NewState(exposure.Config{}),
	}
	seq := ledger.Seq(0)
	add := func(d ledger.Draft, err error) {
		t.Helper()
		seq++
		e := ledger.Entry{Seq: seq, Time: start, Kind: d.Kind, Actor: d.Actor, Audience: d.Audience, Body: d.Body}
		for _, room := range []interface{ Apply(ledger.Entry) error }{rooms.Partners, rooms.Outbreaks, rooms.Protections, rooms.Impact, rooms.Actions, rooms.Exposure} {
			if err := room.Apply(e); err != nil {
				t.Fatal(err)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	green := access.ToCommunity(access.Green).String()
	for n := range 2 {
		add(ledger.NewDraft(access.KindPartnerJoined, access.Hub, green, access.Partner{ID: id(n), Name: []string{"Hospital", "Bank"}[n], Sector: "healthcare", Country: "GB", Kind: "operator"}))
	}
	worm, err := observable.New(observable.Domain, "worm.example")
	if err != nil {
		t.Fatal(err)
	}
	o := outbreak.Outbreak{
		ID: wannacry, Port: 445, Values: []observable.Value{worm}, Raised: start, FirstSeen: start.Add(-time.Hour), LastSeen: start, Rule: "three partners scan",
		Countries: []string{"ES", "GB"}, Sectors: []string{"healthcare"}, Sources: 40, Status: outbreak.Open,
		Kinds: []outbreak.Evidence{outbreak.Scans, outbreak.Suspects}, About: []outbreak.Subject{{Kind: outbreak.Suspects, Value: worm}},
	}
	add(ledger.NewDraft(outbreak.KindRaised, access.Hub, green, o))
	secret := o
	secret.ID, secret.TLP = "outbreak--00000000-0000-4000-8000-000000000009", access.Red
	add(ledger.NewDraft(outbreak.KindRaised, access.Hub, "", secret))
	for n := range 2 {
		add(rooms.Impact.NewReport(who(n), impact.Report{Outbreak: wannacry, Country: []string{"GB", "FR"}[n], Criticality: impact.LifeCritical, Infected: impact.Counts{Hosts: int64(34 + n)}, Disrupted: impact.Counts{Sites: 46}, People: 19500}, start))
		rows, err := rooms.Exposure.Report(who(n), []exposure.Row{{Vulnerability: "CVE-2017-0144", Counts: exposure.Counts{Total: int64(100 + n), Patched: int64(60 + n), Exposed: 30, Unsupported: 10}}})
		for _, d := range rows {
			add(d, err)
		}
		action, d, err := rooms.Actions.Open(who(n), response.Opening{Kind: response.Patch, Title: []string{"Patch wards", "Patch tills"}[n], Outbreak: wannacry, Volunteered: true})
		add(d, err)
		add(rooms.Actions.Done(t.Context(), who(n), response.Completion{Action: action, Evidence: "scan report 17"}))
	}
	for fact, want := range map[duty.Fact][]string{
		duty.FactReporter:   {"Hospital (healthcare, GB)"},
		duty.FactIncident:   {wannacry, "three partners scan", "First seen 2026-01-30T08:00:00Z", "shared by scanning hosts"},
		duty.FactSeverity:   {"moderate", "40 hosts"},
		duty.FactMalicious:  {"Suspected: yes", "scans, suspects"},
		duty.FactBorders:    {"in ES, GB.", "Own impact reported in GB."},
		duty.FactImpact:     {"GB, life-critical: infected 34 hosts, 0 sites, 0 services; disrupted and not infected 0 hosts, 46 sites, 0 services; about 19500 people"},
		duty.FactIndicators: {"worm.example", "scans of port 445"},
		duty.FactExposure:   {"CVE-2017-0144: of 100 hosts 60 patched, 30 exposed, 10 unsupported, 0 unknown"},
		duty.FactActions:    {"Patch wards (patch): done 2026-01-30T09:00:00Z, scan report 17"},
	} {
		got := rooms.Fact(who(0), wannacry, fact, start)
		for _, part := range want {
			if !strings.Contains(got, part) {
				t.Errorf("%s: %q has no %q", fact, got, part)
			}
		}
		for _, others := range []string{"Patch tills", "FR", "35 hosts", "101 hosts"} {
			if strings.Contains(got, others) {
				t.Errorf("%s tells of another partner: %q", fact, got)
			}
		}
		if got := rooms.Fact(who(0), secret.ID, fact, start); got != "" {
			t.Errorf("%s of an alarm that is not shown: %q", fact, got)
		}
	}
	if !rooms.Known(who(0), wannacry) || rooms.Known(who(0), secret.ID) || rooms.Known(who(0), "outbreak--x") {
		t.Error("what is known is not what is shown")
	}
}
