package outbreak_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
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

// ringing is the drafts that raise or end an outbreak, without those by which
// what there is grows: what can only join is put aside, and asked again when
// something that bears on it changes, or when a hub is rebuilt.
func ringing(drafts []ledger.Draft) (rings []ledger.Draft) {
	for _, d := range drafts {
		if d.Kind == outbreak.KindRaised || d.Kind == outbreak.KindEnded {
			rings = append(rings, d)
		}
	}
	return rings
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
	again := k.state.Pending(now)
	if rings := ringing(again); len(rings) != 0 {
		k.t.Fatalf("still rings after its own entries: %s %s", rings[0].Kind, rings[0].Body)
	}
	if len(again) != 0 { // what was put aside may join what has changed
		return append(drafts, k.decide(now)...)
	}
	return drafts
}

func kinds(drafts []ledger.Draft) (list []string) {
	for _, d := range drafts {
		list = append(list, string(d.Kind))
	}
	return list
}

func TestTheRule(t *testing.T) {
	for _, c := range []struct {
		name string
		play func(k *desk)
		want int
	}{
		{"three partners scanned", func(k *desk) {
			for p := range 3 {
				k.scans(p, 3, 445, minute(float64(10*p)))
			}
		}, 1},
		{"three partners, one name", func(k *desk) {
			for p := range 3 {
				k.asks(p, "switch.example", minute(float64(10*p)))
			}
		}, 1},
		{"two partners that only scan", func(k *desk) {
			for p := range 2 {
				k.scans(p, 500, 445, minute(0))
			}
		}, 0},
		{"two partners, one name", func(k *desk) {
			for p := range 2 {
				k.asks(p, "switch.example", minute(float64(10*p)))
			}
		}, 1},
		{"two partners, two names", func(k *desk) {
			for p := range 2 {
				k.asks(p, fmt.Sprintf("n%d.example", p), minute(0))
			}
		}, 0},
		{"one partner, many reports", func(k *desk) {
			for i := range 100 {
				k.scans(1, 500+i, 445, minute(float64(i)))
				k.asks(1, "switch.example", minute(float64(i)))
			}
		}, 0},
		{"one partner of many sectors and countries", func(k *desk) {
			for i := range 12 {
				k.report(1, sighting.Report{Sector: sectors[i%3], Country: countries[i%4], Sightings: []sighting.Sighting{suspect(k.t, "switch.example", minute(0))}})
			}
		}, 0},
		{"one sector of one country", func(k *desk) {
			for p := range 9 {
				k.report(p, sighting.Report{Sector: "energy", Country: "NZ", Sightings: []sighting.Sighting{suspect(k.t, "switch.example", minute(0))}})
			}
		}, 0},
		{"no sector, no country", func(k *desk) {
			for p := range 9 {
				k.report(p, sighting.Report{Sector: "energy", Sightings: []sighting.Sighting{suspect(k.t, "switch.example", minute(0))}})
			}
		}, 0},
		{"one sector of two countries", func(k *desk) {
			for p := range 3 {
				k.report(p, sighting.Report{Sector: "energy", Country: countries[p%2], Sightings: []sighting.Sighting{suspect(k.t, "switch.example", minute(0))}})
			}
		}, 1},
		{"just within an hour, reported late and in disorder", func(k *desk) {
			k.scans(2, 3, 445, minute(60))
			k.scans(3, 3, 445, minute(700))
			k.scans(1, 3, 445, minute(30))
			k.scans(0, 3, 445, minute(0))
		}, 1},
		{"more than an hour", func(k *desk) {
			for p := range 3 {
				k.scans(p, 3, 445, minute(float64(31*p)))
			}
		}, 0},
		{"three ports, three names", func(k *desk) {
			for p := range 3 {
				k.scans(p, 9, uint16(440+p), minute(0))
				k.asks(p, fmt.Sprintf("n%d.example", p), minute(0))
			}
		}, 0},
		{"a lone vulnerability scanner at each", func(k *desk) {
			for p := range 20 {
				k.scans(p, 1+p%2, 445, minute(0))
			}
		}, 0},
		{"an indicator that everybody sees", func(k *desk) {
			for p := range 20 {
				s := suspect(k.t, "old.example", minute(0))
				s.Basis = sighting.Indicator
				k.report(p, sighting.Report{Sightings: []sighting.Sighting{s}})
			}
		}, 0},
		{"times that cannot be meant", func(k *desk) {
			for p := range 20 {
				k.scans(p, 9, 445, time.Time{}.Add(time.Hour))
			}
		}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := newDesk(t)
			c.play(k)
			k.decide(minute(1000))
			if got := k.state.List(); len(got) != c.want {
				t.Errorf("%d outbreaks, want %d: %+v", len(got), c.want, got)
			}
		})
	}
}

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

func TestUnreadableEntries(t *testing.T) {
	s := outbreak.NewState(outbreak.Config{})
	for _, e := range []ledger.Entry{
		{Seq: 7, Kind: sighting.KindReported, Body: []byte("{")},
		{Seq: 7, Kind: outbreak.KindRaised, Body: []byte(`{"id":3}`)},
		{Seq: 7, Kind: outbreak.KindGrown, Body: []byte(`{}`)},
	} {
		if err := s.Apply(e); err == nil || !strings.HasPrefix(err.Error(), "fold ") {
			t.Errorf("%s %s: error %v", e.Kind, e.Body, err)
		}
	}
	if err := s.Apply(ledger.Entry{Kind: "something.else", Body: []byte("{")}); err != nil {
		t.Errorf("another package's entry: %v", err)
	}
}

// Whatever partners report, in whatever order: the view rebuilt from the ledger
// is the live one, asking changes nothing, and each alarm rests on enough.
func TestRebuiltIsLive(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		k := newDesk(t)
		for range rapid.IntRange(1, 60).Draw(r, "steps") {
			at := minute(float64(rapid.IntRange(0, 4000).Draw(r, "minute")))
			p := rapid.IntRange(0, 8).Draw(r, "partner")
			switch rapid.IntRange(0, 9).Draw(r, "what") {
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
		if diff := cmp.Diff(ringing(k.state.Pending(now)), ringing(rebuilt.Pending(now))); diff != "" {
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

func TestReadersAndWritersTogether(t *testing.T) {
	k := newDesk(t)
	var readers sync.WaitGroup
	done := make(chan struct{})
	for range 2 {
		readers.Go(func() {
			for {
				for _, o := range k.state.List() {
					k.state.Get(o.ID)
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for p := range 50 {
		k.scans(p, 3, 445, minute(float64(p)))
		k.decide(minute(60))
	}
	close(done)
	readers.Wait()
}

func FuzzApply(f *testing.F) {
	folded := []ledger.Kind{sighting.KindReported, outbreak.KindRaised, outbreak.KindGrown, outbreak.KindMerged, outbreak.KindEnded, outbreak.KindWord, contribution.KindAccepted}
	f.Add(`{"id":"r","sector":"energy","country":"NZ","scans":[{"port":445,"sources":3,"contacts":9,"first_seen":"0000-01-01T00:00:00Z","last_seen":"9999-12-31T23:59:59Z"}]}`, uint8(0))
	f.Add(`{"id":"r","designated":true,"encryptions":[{"extension":".x","note":"y","hosts":-3}],"scans":[{"port":1,"direction":"in","fresh":9,"dark":-9,"last_seen":"2017-05-12T12:00:00Z"}],"sightings":[{"type":"domain-name","value":"a.example","basis":"indicator","count":-1,"of":"indicator--1","last_seen":"2017-05-12T12:00:00Z"}]}`, uint8(0))
	f.Add(`{"id":"outbreak--x","port":445,"partners":["b","a"],"first_seen":"0000-01-01T00:00:00Z"}`, uint8(1))
	f.Add(`{"id":"outbreak--x","into":"outbreak--x","status":"merged","about":[{"kind":"scans","port":2},{"kind":"scans","port":1}]}`, uint8(3))
	f.Add(`{"id":"outbreak--x","status":"ended","false_alarm":true,"about":[{"kind":"scans","port":2}]}`, uint8(4))
	f.Add(`{"id":"warning--x","port":445,"designated":true,"at":"2017-05-12T12:00:00Z","values":[{"type":"domain-name","value":"a.example"}]}`, uint8(5))
	f.Add(`{"id":"c","objects":[{"type":"relationship","relationship_type":"indicates","source_ref":"indicator--1","target_ref":"campaign--1"}]}`, uint8(6))
	f.Fuzz(func(t *testing.T, body string, kind uint8) {
		s := outbreak.NewState(outbreak.Config{})
		for p := range 3 {
			// An outbreak that there is, and then whatever comes.
			for seq, e := range []ledger.Entry{
				{Kind: outbreak.KindRaised, Body: []byte(`{"id":"outbreak--x","about":[{"kind":"scans","port":445}]}`)},
				{Kind: folded[int(kind)%len(folded)], Actor: fmt.Sprint(p), Audience: "green default", Body: []byte(body)},
			} {
				e.Seq, e.Time = ledger.Seq(2*p+seq+1), noon
				if err := s.Apply(e); err != nil {
					return
				}
			}
		}
		for _, now := range []time.Time{noon, noon.AddDate(0, 0, 9)} {
			for _, d := range s.Pending(now) {
				if err := s.Apply(ledger.Entry{Seq: 9, Time: now, Kind: d.Kind, Body: d.Body}); err != nil {
					t.Fatalf("its own draft: %v", err)
				}
			}
		}
		s.List()
	})
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
