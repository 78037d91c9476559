package report_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/report"
	"github.com/tocsin-project/tocsin/internal/response"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// morning is when the story begins.
var morning = time.Date(2017, 5, 12, 7, 24, 0, 0, time.UTC)

// killSwitch is public: see the scenario wannacry-12-may.
const killSwitch = "iuqerfsodp9ifjaposdfjhgosurijfaewrwergwea.com"

// story is a small hub: a ledger, the states that decide, and a clock by hand.
type story struct {
	t         testing.TB
	ledger    *sqlite.Ledger
	now       time.Time
	outbreaks *outbreak.State
	protects  *protect.State
	response  *response.State
	directory *access.Directory
	reports   int
}

func newStory(t testing.TB) *story {
	t.Helper()
	s := &story{
		t: t, now: morning, outbreaks: outbreak.NewState(outbreak.Config{}), protects: protect.NewState(protect.Config{}),
		response: response.NewState(response.Config{}), directory: access.NewDirectory(),
	}
	l, err := sqlite.Open(filepath.Join(t.TempDir(), "ledger"), sqlite.Options{Clock: func() time.Time { return s.now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	s.ledger = l
	for i, p := range []struct{ sector, country, kind string }{
		{"healthcare", "GB", "operator"}, {"healthcare", "IE", "operator"}, {"telecommunications", "ES", "provider"}, {"government", "FR", "cert"}, {"technology", "DE", "security"},
	} {
		s.add(access.KindPartnerJoined, access.Hub, access.ToCommunity(access.Green), access.Partner{
			ID: partner(i), Name: fmt.Sprintf("Partner %d", i+1), Sector: p.sector, Country: p.country, Kind: p.kind,
		})
	}
	return s
}

func partner(i int) access.PartnerID {
	return access.PartnerID(fmt.Sprintf("identity--%08d-0000-4000-8000-000000000000", i))
}

// reader is somebody of a partner.
func reader(i int) access.Principal {
	return access.Principal{Partner: partner(i), Role: access.Coordinator, Communities: []string{access.DefaultCommunity}}
}

func (s *story) after(d time.Duration) *story {
	s.now = s.now.Add(d)
	return s
}

func (s *story) add(kind ledger.Kind, actor string, to access.Audience, body any) {
	s.t.Helper()
	d, err := ledger.NewDraft(kind, actor, to.String(), body)
	if err != nil {
		s.t.Fatal(err)
	}
	s.append(d)
}

// append adds an entry and whatever is decided upon it.
func (s *story) append(drafts ...ledger.Draft) {
	s.t.Helper()
	for len(drafts) > 0 {
		entries, err := s.ledger.Append(s.t.Context(), ledger.Any, drafts...)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, e := range entries {
			for _, one := range []interface{ Apply(ledger.Entry) error }{s.directory, s.outbreaks, s.protects, s.response} {
				if err := one.Apply(e); err != nil {
					s.t.Fatal(err)
				}
			}
		}
		drafts = s.outbreaks.Pending(s.now)
	}
}

// sees has a partner report hosts that scan and share the kill switch.
func (s *story) sees(i, hosts int, tlp access.TLP) {
	s.reports++
	p, _ := s.directory.Partner(partner(i))
	first, last := s.now.Add(-3*time.Minute-time.Duration(i)*time.Second), s.now.Add(-time.Duration(7+i)*time.Second)
	s.add(sighting.KindReported, string(partner(i)), access.ToCommunity(tlp), sighting.Report{
		ID: fmt.Sprint("report-", s.reports), TLP: string(tlp), Sector: p.Sector, Country: p.Country,
		Sightings: []sighting.Sighting{{Value: domain(s.t, killSwitch), Basis: sighting.Suspect, Count: hosts, Hosts: hosts, FirstSeen: first, LastSeen: last, Unresolved: true}},
		Scans:     []sighting.Scan{{Port: 445, Sources: hosts, Fresh: hosts, Contacts: 90 * hosts, FirstSeen: first, LastSeen: last}},
	})
}

func domain(t testing.TB, text string) observable.Value {
	t.Helper()
	v, err := observable.New(observable.Domain, text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// incident is the id of the story's outbreak.
func (s *story) incident() string {
	s.t.Helper()
	list := s.outbreaks.List()
	if len(list) != 1 {
		s.t.Fatalf("there are %d outbreaks", len(list))
	}
	return list[0].ID
}

func (s *story) build(who access.Principal, id string, asOf time.Time) report.Report {
	s.t.Helper()
	r, err := report.Build(s.t.Context(), s.ledger, who, id, asOf, report.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// told is the story: the moments are after the alarm, after the answers, and when
// all is done.
func told(t testing.TB) (s *story, id string, moments []time.Time) {
	s = newStory(t)
	s.after(10*time.Minute).sees(0, 5, access.Green)
	s.after(2*time.Minute).sees(2, 9, access.Green)
	id = s.incident()
	moments = append(moments, s.now)

	s.after(30*time.Second).add(protect.KindDecided, access.Hub, access.ToCommunity(access.Green), mustResolve(t, s.now))
	green := access.ToCommunity(access.Green)
	const call = response.CallID("call--22222222-2222-4222-8222-222222222222")
	s.after(time.Minute).add(response.KindCallOpened, string(partner(3)), green, response.CallOpening{ID: call, Outbreak: id, Title: "Who can reverse it?"})
	for _, i := range []int{4, 2} {
		s.after(20*time.Minute).add(response.KindCallAnswered, string(partner(i)), green, response.CallAnswer{Call: call, Offer: "analysts"})
	}
	const takedown = response.ActionID("action--33333333-3333-4333-8333-333333333333")
	s.add(response.KindOpened, string(partner(3)), green, response.Opening{ID: takedown, Kind: response.Takedown, Title: "Take <script>alert(1)</script> down", Outbreak: id, AskedOf: []string{string(partner(2))}, Deadline: s.now.Add(2 * time.Hour), Audience: green})
	const secret = response.ActionID("action--44444444-4444-4444-8444-444444444444")
	red := access.Audience{TLP: access.Red, Community: access.DefaultCommunity, Recipients: []access.PartnerID{partner(4)}}
	s.add(response.KindOpened, string(partner(3)), red, response.Opening{ID: secret, Kind: response.AccountShutdown, Title: "The secret one", Outbreak: id, AskedOf: []string{string(partner(4))}, Audience: red})
	s.add(response.KindCommitted, string(partner(2)), green, response.Promise{Action: takedown})
	s.after(time.Minute).sees(1, 40, access.Green)
	s.after(time.Minute).sees(0, 60, access.Green)
	moments = append(moments, s.now)

	for i := range 4 {
		s.after(10*time.Second).add(protect.KindReceipt, string(partner(i)), access.Audience{TLP: access.Red}, protect.Receipt{Protection: switchID, Outlet: "rpz", InForce: true, At: s.now})
	}
	s.after(time.Hour).add(response.KindDone, string(partner(2)), green, response.Completion{Action: takedown, Evidence: "https://registrar.example/ticket/1"})
	moments = append(moments, s.now)
	return s, id, moments
}

const switchID = "protection--11111111-1111-4111-8111-111111111111"

func mustResolve(t testing.TB, now time.Time) protect.Protection {
	return protect.Protection{
		ID: switchID, Value: domain(t, killSwitch), Polarity: protect.MustResolve, Status: protect.Active,
		Rule: "a person decided", Reason: "it stops the worm", By: string(partner(3)), Guards: []string{}, Decided: now, Expires: now.Add(24 * time.Hour),
	}
}
