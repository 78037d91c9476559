package impact_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/impact"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// England's hospitals in May 2017 (NAO, Investigation: WannaCry cyber attack and the
// NHS): 34 trusts infected and 46 disrupted though not infected are 80 that are hit in
// two ways, and no number of the board is their sum but that of organisations.
func TestInfectedAndDisruptedStayApart(t *testing.T) {
	s := newStory(t)
	for n := range 80 {
		s.join(n, "healthcare", "GB", "")
		if n < 34 {
			s.report(n, impact.Report{Infected: impact.Counts{Hosts: 30, Sites: 1}, People: 100})
		} else {
			s.report(n, disrupted(1))
		}
	}
	want := impact.Totals{
		Organisations: 80, Infected: impact.Counts{Hosts: 34 * 30, Sites: 34}, Disrupted: impact.Counts{Sites: 46}, People: 3400,
		InfectedOrganisations: 34, DisruptedOrganisations: 46,
	}
	b := s.state.Board(who(200), wannacry)
	if diff := cmp.Diff(&want, b.Total); diff != "" {
		t.Error(diff)
	}
	// Who stands still and is infected is infected.
	s.report(0, impact.Report{Infected: impact.Counts{Hosts: 1}, Disrupted: impact.Counts{Services: 9}})
	if got := s.state.Board(who(200), wannacry).Total; got.DisruptedOrganisations != 46 || got.InfectedOrganisations != 34 || got.Disrupted.Services != 9 {
		t.Errorf("%+v", got)
	}
}

// Health comes first, then emergency services, then by size; a partner sees its own
// numbers, and those that it is shown, whatever is summed up.
func TestBoard(t *testing.T) {
	s := newStory(t)
	n := 0
	join := func(sector, country string, count int) {
		for range count {
			s.join(n, sector, country, "")
			s.report(n, infected(int64(n+1)))
			n++
		}
	}
	join("energy", "FR", 9)             // 0-8
	join("healthcare", "GB", 5)         // 9-13
	join("emergency-services", "GB", 6) // 14-19
	join("water", "FR", 2)              // 20-21
	join("mining", "FR", 3)             // 22-24
	b := s.state.Board(who(0), wannacry)
	var names []string
	for _, g := range b.Sectors {
		names = append(names, g.Name)
	}
	if diff := cmp.Diff([]string{"healthcare", "emergency-services", "energy", "other"}, names); diff != "" {
		t.Error(diff)
	}
	if len(b.Own) != 1 || b.Own[0].Infected.Hosts != 1 || len(b.Shown) != 0 {
		t.Errorf("own %+v, shown %+v", b.Own, b.Shown)
	}
	s.add(s.state.Share(who(9), impact.Sharing{With: []access.PartnerID{id(0), id(1)}}))
	if got := s.state.Board(who(0), wannacry).Shown; len(got) != 1 || got[0].Partner != id(9) || got[0].Infected.Hosts != 10 {
		t.Errorf("shown %+v", got)
	}
	s.add(s.state.Share(who(9), impact.Sharing{With: []access.PartnerID{id(1)}}))
	for _, reader := range []access.Principal{who(0), administrator, access.Visitor, who(99)} {
		if got := s.state.Board(reader, wannacry); len(got.Shown) != 0 {
			t.Errorf("%s is shown %+v", reader.Actor(), got.Shown)
		}
	}
	if guest := s.state.Board(access.Visitor, wannacry); !guest.MembersOnly || guest.TooFew || guest.Total != nil || len(guest.Sectors)+len(guest.Countries)+len(guest.Criticalities)+len(guest.History) != 0 {
		t.Errorf("a guest is told %+v", guest)
	}
}

// Several partners of one organisation are one, and fewer than five tell nothing.
func TestTooFew(t *testing.T) {
	s := newStory(t)
	for n := range 8 {
		s.join(n, "healthcare", "GB", []string{"trust", "trust", "trust", "trust", "", "", "", ""}[n])
	}
	for n := range 7 { // four organisations
		s.report(n, infected(10))
	}
	b := s.state.Board(who(7), wannacry)
	if !b.TooFew || b.Total != nil || len(b.Sectors)+len(b.Countries)+len(b.Criticalities)+len(b.History) != 0 {
		t.Errorf("of four organisations: %+v", b)
	}
	s.report(7, infected(10))
	b = s.state.Board(who(7), wannacry)
	if b.TooFew || b.Total.Organisations != 5 || b.Total.Infected.Hosts != 80 || b.SmallestGroup != 5 {
		t.Errorf("of five: %+v", b)
	}
}

// The newest of the same country and criticality replaces the one before; others
// stand beside it, and an organisation of two countries is in none of them.
func TestReplaced(t *testing.T) {
	s := newStory(t)
	for n := range 6 {
		s.join(n, "healthcare", "GB", "")
		s.report(n, infected(1))
	}
	s.report(0, infected(3))
	s.report(0, impact.Report{Country: "FR", Infected: impact.Counts{Hosts: 5}, Criticality: impact.LifeCritical})
	b := s.state.Board(who(0), wannacry)
	if b.Total.Infected.Hosts != 13 || b.Total.Organisations != 6 || len(b.Own) != 2 || b.Own[1].Country != "GB" || b.Own[1].Infected.Hosts != 3 {
		t.Errorf("%+v", b)
	}
	if len(b.Countries) != 1 || b.Countries[0].Name != "other" || b.Countries[0].Organisations != 6 {
		t.Errorf("by country %+v: the one of several countries must not be told from the rest", b.Countries)
	}
	for n := range 6 {
		s.report(n, impact.Report{Restored: true, RestoredAt: start})
	}
	if got := s.state.Board(who(0), wannacry).Total; got.RestoredOrganisations != 5 || got.Infected.Hosts != 5 {
		t.Errorf("%+v: the first is not restored in France", got)
	}
}

// A merged outbreak's reports count for the one that goes on, once.
func TestMerged(t *testing.T) {
	const younger = "outbreak--00000000-0000-4000-8000-000000000002"
	s := newStory(t)
	for n := range 6 {
		s.join(n, "healthcare", "GB", "")
		r := infected(10)
		r.Outbreak, r.Criticality = younger, impact.Essential
		s.add(s.state.NewReport(who(n), r, s.now))
	}
	s.report(0, infected(1))
	if got := s.state.Board(who(0), wannacry, younger); got.Total.Infected.Hosts != 51 || len(got.Own) != 1 || got.Own[0].Infected.Hosts != 1 {
		t.Errorf("%+v", got)
	}
}

// Two points of the history differ by what at least five organisations have said.
func TestHistory(t *testing.T) {
	s := newStory(t)
	for n := range 12 {
		s.join(n, "healthcare", "GB", "")
	}
	for n := range 12 {
		s.report(n, infected(1))
		s.report(n, infected(2)) // says more often, not of more
	}
	h := s.state.Board(who(0), wannacry).History
	if len(h) != 2 || h[0].Organisations != 5 || h[0].Infected.Hosts != 9 || h[1].Organisations != 9 || !h[0].At.Before(h[1].At) {
		t.Errorf("%+v", h)
	}
}

func TestBadReports(t *testing.T) {
	s := newStory(t)
	s.join(1, "healthcare", "GB", "")
	good := impact.Report{Outbreak: wannacry, Criticality: impact.Essential}
	for name, test := range map[string]struct {
		change func(*impact.Report)
		by     access.Principal
		kind   error
		says   string
	}{
		"no outbreak":       {func(r *impact.Report) { r.Outbreak = "" }, who(1), access.ErrInvalid, "outbreak"},
		"no criticality":    {func(r *impact.Report) { r.Criticality = "" }, who(1), access.ErrInvalid, "life-critical, essential"},
		"a country":         {func(r *impact.Report) { r.Country = "UK" }, who(1), access.ErrInvalid, `"UK"`},
		"below zero":        {func(r *impact.Report) { r.Disrupted.Sites = -1 }, who(1), access.ErrInvalid, "disrupted/sites"},
		"too many":          {func(r *impact.Report) { r.People = 1e10 }, who(1), access.ErrInvalid, "people"},
		"restored tomorrow": {func(r *impact.Report) { r.Restored, r.RestoredAt = true, start.Add(48*time.Hour) }, who(1), access.ErrInvalid, "future"},
		"restored and not":  {func(r *impact.Report) { r.RestoredAt = start }, who(1), access.ErrInvalid, "restored is not true"},
		"a long note":       {func(r *impact.Report) { r.Note = strings.Repeat("x", 5000) }, who(1), access.ErrInvalid, "note"},
		"a viewer":          {func(*impact.Report) {}, access.Principal{Partner: id(1), Role: access.Viewer}, access.ErrForbidden, "contributor"},
		"no partner":        {func(*impact.Report) {}, administrator, access.ErrForbidden, "partner"},
	} {
		r := good
		test.change(&r)
		if _, err := s.state.NewReport(test.by, r, start); !errors.Is(err, test.kind) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v", name, err)
		}
		// On the ledger all the same, it changes nothing.
		if errors.Is(test.kind, access.ErrInvalid) {
			s.add(ledger.NewDraft(impact.KindReported, string(id(1)), "red ", r))
		}
	}
	if own := s.state.Own(who(1), wannacry); len(own) != 0 {
		t.Errorf("what may not be said counts: %+v", own)
	}
	if _, err := s.state.Share(who(1), impact.Sharing{With: make([]access.PartnerID, 1001)}); !errors.Is(err, access.ErrInvalid) {
		t.Errorf("shown to 1001: %v", err)
	}
	if err := s.state.Apply(ledger.Entry{Kind: impact.KindReported, Body: []byte(`{"outbreak":1}`)}); err == nil {
		t.Error("a body that cannot be read is no error")
	}
}

// What a partner says of itself goes to nobody else on any stream.
func TestAudience(t *testing.T) {
	s := newStory(t)
	s.join(1, "healthcare", "GB", "")
	s.report(1, infected(1))
	s.add(s.state.Share(who(1), impact.Sharing{With: []access.PartnerID{id(2)}}))
	for _, e := range s.log[1:] {
		a, err := access.ParseAudience(e.Audience)
		if err != nil || who(2).MaySee(access.PartnerID(e.Actor), a) || administrator.MaySee(access.PartnerID(e.Actor), a) || !who(1).MaySee(access.PartnerID(e.Actor), a) {
			t.Errorf("%s: audience %q, %v", e.Kind, e.Audience, err)
		}
	}
}
