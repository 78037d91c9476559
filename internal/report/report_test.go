package report_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/report"
	"github.com/tocsin-project/tocsin/internal/response"
)

// Three moments of one story are three reports, and no earlier one knows what a
// later one does: an earlier one is what a ledger that ended there gives.
func TestAnEarlierReportKnowsNothingLater(t *testing.T) {
	s, id, moments := told(t)
	before := s.build(reader(0), id, moments[0])
	middle := s.build(reader(0), id, moments[1])
	end := s.build(reader(0), id, moments[2])
	if n, m, e := before.Head.State.Sources, middle.Head.State.Sources, end.Head.State.Sources; n != 14 || m != 109 || e != 109 {
		t.Errorf("hosts: %d, then %d, then %d", n, m, e)
	}
	if len(before.Acted.Calls)+len(before.Acted.Actions) != 0 || before.Known[0].Decided != nil || len(before.Curve) != 2 {
		t.Errorf("the first report knows too much: %+v", before)
	}
	if c := middle.Acted.Calls; len(c) != 1 || c[0].Offers.Partners != 2 || c[0].FirstS == nil || *c[0].FirstS != 1200 || c[0].Silent.Partners != 2 {
		t.Errorf("calls in the middle: %+v", c)
	}
	if a := middle.Acted.Actions; len(a) != 1 || a[0].Parts[0].Status != response.Committed {
		t.Errorf("actions in the middle: %+v", a)
	}
	if a := end.Acted.Actions; a[0].Status != response.Done || !a[0].Parts[0].Done.Equal(moments[2]) {
		t.Errorf("actions in the end: %+v", a)
	}
	if k := middle.Known[0]; k.InForce == nil || k.InForce.FewerThan != 3 || k.Everyone == nil || *k.LatencyS != 150 || k.Partners != 3 {
		t.Errorf("what was known in the middle: %+v", k)
	}
	if !slices.Contains(end.Unknown, "whether 1 partner has any of the protections in force: no receipt has come") {
		t.Errorf("what is not known in the end: %q", end.Unknown)
	}
	if k := end.Known[0]; k.InForce.N != 4 {
		t.Errorf("in force in the end: %+v", k.InForce)
	}
	for _, r := range []report.Report{before, middle, end} {
		for _, e := range r.Timeline {
			if e.At.After(r.Head.AsOf) || e.Telemetry.After(r.Head.AsOf) {
				t.Errorf("as of %s the report tells of %s: %s", r.Head.AsOf, e.At, e.Text)
			}
		}
		if len(r.Summary) != 5 {
			t.Errorf("the summary has %d lines", len(r.Summary))
		}
	}
	if p := end.Latencies[slices.IndexFunc(end.Latencies, func(s report.Stage) bool { return s.Name == "decided until in force at a partner" })]; p.N != 4 || p.Median == nil || *p.Worst <= *p.Median {
		t.Errorf("in force at partners: %+v", p)
	}
}

// A ledger that ended at the moment gives the report of that moment, but for the
// markings that were asked: what comes later is not read.
func TestLaterEntriesChangeNothing(t *testing.T) {
	s, id, moments := told(t)
	early := newStory(t) // told again, and no further
	early.after(10*time.Minute).sees(0, 5, access.Green)
	early.after(2*time.Minute).sees(2, 9, access.Green)
	if other := early.incident(); other != id {
		t.Fatalf("the same story has another incident: %s, %s", other, id)
	}
	want, got := early.build(reader(0), id, moments[0]), s.build(reader(0), id, moments[0])
	want.Head.Markings, got.Head.Markings = report.Place{}, report.Place{}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what came later changed it:\n%s", diff)
	}
}

// As of now the report has the numbers that the hub's live states have.
func TestAsOfNowIsWhatTheHubShows(t *testing.T) {
	s, id, _ := told(t)
	r := s.build(reader(3), id, s.now)
	live, _ := s.outbreaks.Get(id)
	if r.Head.State.Sources != live.Sources || !slices.Equal(r.Head.State.Partners, live.Partners) || !r.Head.State.LastSeen.Equal(live.LastSeen) || !r.Head.State.FirstSeen.Equal(live.FirstSeen) {
		t.Errorf("the state is\n%+v\nlive\n%+v", r.Head.State, live)
	}
	if n := s.protects.InForce(switchID); r.Known[0].InForce.N != n {
		t.Errorf("in force at %d, live %d", r.Known[0].InForce.N, n)
	}
	var want []response.ActionID
	for _, a := range slices.Backward(s.response.List(reader(3), s.now)) {
		want = append(want, a.ID)
	}
	var got []response.ActionID
	for _, a := range r.Acted.Actions {
		got = append(got, a.ID)
	}
	if len(want) != 2 || !slices.Equal(got, want) {
		t.Errorf("actions %v, on the board %v", got, want)
	}
}

// The same ledger, moment and reader give the same bytes.
func TestTheSameBytes(t *testing.T) {
	s, id, moments := told(t)
	var pages, texts [][]byte
	for range 3 {
		r := s.build(reader(0), id, moments[2])
		page, err := r.HTML()
		if err != nil {
			t.Fatal(err)
		}
		text, err := r.JSON()
		if err != nil {
			t.Fatal(err)
		}
		pages, texts = append(pages, page), append(texts, text)
	}
	for i := range 2 {
		if !bytes.Equal(pages[0], pages[i+1]) || !bytes.Equal(texts[0], texts[i+1]) {
			t.Fatal("the same report has other bytes")
		}
	}
}

// A RED action is in the report of those who are told of it, and leaves no trace in
// that of others; the marking of the whole is that of the narrowest.
func TestWhoIsNotToldFindsNoTrace(t *testing.T) {
	s, id, moments := told(t)
	for _, c := range []struct {
		who  access.Principal
		told bool
		tlp  access.TLP
	}{
		{reader(3), true, access.Red}, {reader(4), true, access.Red}, {reader(0), false, access.Green},
		{access.Principal{Role: access.Administrator, Communities: []string{access.DefaultCommunity}}, false, access.Green},
	} {
		r := s.build(c.who, id, moments[2])
		text, err := r.JSON()
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte("secret")) != c.told || bytes.Contains(text, []byte("action--4444")) != c.told || r.Head.TLP != c.tlp {
			t.Errorf("told to %s: %v, TLP:%s\n%s", c.who.Actor(), !c.told, r.Head.TLP, text)
		}
		if numbered := r.Head.RestsOn.Seq != 0; numbered != (c.who.Role == access.Administrator) || bytes.Contains(text, []byte(`"seq"`)) != numbered {
			t.Errorf("places in the ledger are told to %s: %v", c.who.Actor(), numbered)
		}
	}
}

// What was marked more narrowly since is not shown as of before either.
func TestTheMarkingsOfNowCount(t *testing.T) {
	s, id, moments := told(t)
	guest := access.Visitor
	s.build(guest, id, moments[0])
	s.after(time.Minute).sees(4, 30, access.Amber)
	for _, at := range moments {
		if _, err := report.Build(t.Context(), s.ledger, guest, id, at, report.Options{}); !errors.Is(err, access.ErrNotFound) {
			t.Errorf("a guest is shown what is AMBER by now, as of %s: %v", at, err)
		}
	}
	s.build(reader(0), id, moments[0])
}

func TestWhatThereIsNot(t *testing.T) {
	s, id, moments := told(t)
	for what, c := range map[string]struct {
		id string
		at time.Time
	}{
		"before the alarm":   {id, morning.Add(11 * time.Minute)},
		"before everything":  {id, morning.Add(-time.Hour)},
		"another incident":   {"outbreak--00000000-0000-4000-8000-000000000000", moments[2]},
		"not even an id":     {"", moments[2]},
		"an id with a slash": {"../outbreak", moments[2]},
	} {
		_, err := report.Build(t.Context(), s.ledger, reader(0), c.id, c.at, report.Options{})
		if !errors.Is(err, access.ErrNotFound) || !strings.Contains(err.Error(), "as of") {
			t.Errorf("%s: %v", what, err)
		}
	}
}
