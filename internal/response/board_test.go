package response_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/response"
)

// Who has not answered is named, also of those who were asked as one of many.
func TestWaitingOfGroups(t *testing.T) {
	s := consulted(t, 9)
	id := s.open(0, coordinator, response.Opening{Kind: response.Patch, Title: "Patch", AskedOf: append([]string{"kind:provider", "country:NL"}, asked(2, 4)...)})
	s.commit(time.Minute, 4, response.Promise{Action: id})
	// By id 2; as providers 2 and 6; of NL the CERT, which is 1.
	want := []access.PartnerID{partnerID(2), partnerID(1), partnerID(6)}
	a := s.get(time.Minute, id)
	if diff := cmp.Diff(want, a.Waiting); diff != "" || a.Silent != 3 {
		t.Errorf("waiting (-want +got), silent %d:\n%s", a.Silent, diff)
	}
	if page, _ := s.state.Page(principal(5, access.Viewer), response.Query{Brief: true}, start); len(page) != 1 || page[0].Silent != 3 || !page[0].Brief || page[0].Waiting == nil || len(page[0].History) != 0 {
		t.Errorf("brief: %+v", page)
	}
	for n, waits := range map[int]bool{1: true, 2: true, 3: false, 4: false, 6: true} {
		p := principal(n, access.Viewer)
		if got := len(s.state.Standing(p, p.Partner, "", start).Waiting) == 1; got != waits {
			t.Errorf("partner %d is waited for: %v", n, got)
		}
	}
	s.commit(2*time.Minute, 2, response.Promise{Action: id})
	s.done(3*time.Minute, 2, id, "e")
	s.done(3*time.Minute, 4, id, "e")
	if a := s.get(3*time.Minute, id); a.Status != response.Done || a.Silent != 2 {
		t.Errorf("done by all that were asked by id: %s, %d silent", a.Status, a.Silent)
	}
}

// An action tells only whom its audience names, in the ledger and on the board, and
// waits for nobody else.
func TestAudience(t *testing.T) {
	s := consulted(t, 9)
	red := access.Audience{TLP: access.Red, Recipients: []access.PartnerID{partnerID(2)}}
	_, _, err := s.state.Open(coordinator, response.Opening{Kind: response.Patch, Title: "t", AskedOf: asked(2, 3), Audience: red})
	refused(t, "who is asked is not told", err, access.ErrInvalid, "asked_of/1")
	_, _, err = s.state.Open(coordinator, response.Opening{Kind: response.Patch, Title: "t", AskedOf: asked(2), Owner: partnerID(3), Audience: red})
	refused(t, "who shall lead is not told", err, access.ErrInvalid, "owner")
	_, _, err = s.state.Open(coordinator, response.Opening{Kind: response.Patch, Title: "t", AskedOf: asked(77)})
	refused(t, "nobody has the id", err, access.ErrInvalid, string(partnerID(77)))
	_, _, err = s.state.Open(coordinator, response.Opening{Kind: response.Patch, Title: "t", AskedOf: asked(2), Audience: access.Audience{TLP: "amber", Community: "none"}})
	refused(t, "another's community", err, access.ErrInvalid, "none")
	_, _, err = s.state.Open(access.Principal{Role: access.Administrator}, response.Opening{Kind: response.Patch, Title: "t", AskedOf: asked(2), Audience: red})
	refused(t, "the hub at RED", err, access.ErrInvalid, "hub")

	id := s.open(0, coordinator, response.Opening{Kind: response.Patch, Title: "t", AskedOf: append(asked(2), "kind:provider"), Audience: red, Deadline: start.Add(time.Hour)})
	s.commit(time.Minute, 2, response.Promise{Action: id})
	s.pending(2 * time.Hour)
	for _, e := range s.log[len(s.log)-4:] { // opened, committed, overdue twice
		to, err := access.ParseAudience(e.Audience)
		if err != nil || to.TLP != access.Red || !slices.Contains(to.Recipients, partnerID(1)) || !slices.Contains(to.Recipients, partnerID(2)) || len(to.Recipients) != 2 {
			t.Errorf("%s is for %q", e.Kind, e.Audience)
		}
	}
	if _, err := s.state.Get(principal(6, access.Administrator), id, start); err == nil {
		t.Error("another sees it")
	}
	if a, err := s.state.Get(coordinator, id, start); err != nil || a.Silent != 0 || a.Audience.TLP != access.Red {
		t.Errorf("its opener: %+v %v", a, err)
	}
	amber := s.open(0, coordinator, response.Opening{Kind: response.Patch, Title: "t", AskedOf: asked(2), Audience: access.Audience{TLP: access.Amber}})
	s.commit(time.Minute, 2, response.Promise{Action: amber})
	if got := s.log[len(s.log)-1].Audience; got != "amber+strict default" {
		t.Errorf("what a partner says about an action of another at AMBER is for %q: its clients may not see the action", got)
	}
}

// Who was named but cannot see the action was never told, and is not waited for.
func TestNobodyWaitsForWhoIsNotTold(t *testing.T) {
	s := consulted(t, 9)
	red := access.Audience{TLP: access.Red, Recipients: []access.PartnerID{partnerID(2), partnerID(99)}}
	id := response.ActionID("action--00000000-0000-4000-8000-000000000001")
	s.says(0, 1, red, response.KindOpened, response.Opening{ID: id, Kind: response.Patch, Title: "t", AskedOf: asked(2, 3)})
	a, err := s.state.Get(coordinator, id, start)
	if diff := cmp.Diff([]access.PartnerID{partnerID(2)}, a.Waiting); err != nil || diff != "" || a.Silent != 1 {
		t.Errorf("waiting (-want +got), silent %d, %v:\n%s", a.Silent, err, diff)
	}
}

func TestPagesAndFilters(t *testing.T) {
	s := consulted(t, 9)
	asks := func(kind response.Kind, outbreak string, of ...string) response.ActionID {
		return s.open(0, coordinator, response.Opening{Kind: kind, Title: "t", Outbreak: outbreak, AskedOf: of, Deadline: start.Add(time.Hour)})
	}
	one := asks(response.Patch, "outbreak--1", asked(2)...)
	two := asks(response.Takedown, "outbreak--1", "healthcare")
	three := asks(response.Patch, "outbreak--2", "kind:provider")
	four := s.open(0, principal(5, access.Contributor), response.Opening{Kind: response.Notify, Title: "t", Volunteered: true})
	s.commit(time.Minute, 2, response.Promise{Action: one})
	s.done(time.Minute, 2, one, "e")
	s.commit(time.Minute, 7, response.Promise{Action: three}) // of technology
	late := start.Add(2 * time.Hour)
	for name, c := range map[string]struct {
		q    response.Query
		want []response.ActionID
	}{
		"all":         {response.Query{}, []response.ActionID{four, three, two, one}},
		"kind":        {response.Query{Kind: response.Patch}, []response.ActionID{three, one}},
		"outbreak":    {response.Query{Outbreak: "outbreak--1"}, []response.ActionID{two, one}},
		"done":        {response.Query{Status: response.Done}, []response.ActionID{one}},
		"open":        {response.Query{Status: response.Open}, []response.ActionID{two}},
		"overdue":     {response.Query{Overdue: true}, []response.ActionID{three, two}},
		"volunteered": {response.Query{Volunteered: true}, []response.ActionID{four}},
		"unapproved":  {response.Query{Verdict: response.AwaitsApproval}, []response.ActionID{two}},
		"partner 6":   {response.Query{Partner: partnerID(6)}, []response.ActionID{three, two}}, // a provider, of healthcare
		"partner 5":   {response.Query{Partner: partnerID(5)}, []response.ActionID{four}},
		"healthcare":  {response.Query{Sector: "healthcare"}, []response.ActionID{two}},
		"technology":  {response.Query{Sector: "technology"}, []response.ActionID{three}},
		"two at once": {response.Query{Kind: response.Patch, Overdue: true}, []response.ActionID{three}},
	} {
		page, next := s.state.Page(coordinator, c.q, late)
		var got []response.ActionID
		for _, a := range page {
			got = append(got, a.ID)
		}
		if diff := cmp.Diff(c.want, got); diff != "" || next != 0 {
			t.Errorf("%s (-want +got), next %d:\n%s", name, next, diff)
		}
		if sum := s.state.Summary(coordinator, c.q, late); sum.Actions.Open+sum.Actions.Committed+sum.Actions.Done != len(c.want) {
			t.Errorf("%s: %+v", name, sum)
		}
	}
	want := response.Summary{
		Actions: response.ActionCounts{Open: 1, Committed: 2, Done: 1}, Overdue: 2, Unapproved: 1, Volunteered: 1,
		Commitments: response.PartCounts{Committed: 1, Late: 1, Done: 1},
	}
	if diff := cmp.Diff(want, s.state.Summary(coordinator, response.Query{}, late)); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}

	var walked []response.ActionID
	for q := (response.Query{Limit: 1}); ; {
		page, next := s.state.Page(coordinator, q, late)
		walked = append(walked, page[0].ID)
		if q.After = next; next == 0 {
			break
		}
	}
	if diff := cmp.Diff([]response.ActionID{four, three, two, one}, walked); diff != "" {
		t.Errorf("page by page (-want +got):\n%s", diff)
	}
}

// A page is bounded by what it holds, too; one action is always on it.
func TestPagesAreBoundedByWeight(t *testing.T) {
	s := newStory(t)
	for i := range 12 {
		id := s.open(time.Duration(i)*time.Hour, coordinator, response.Opening{Kind: response.Patch, Title: "t", AskedOf: []string{"energy"}})
		for n := range 600 {
			d, err := ledger.NewDraft(response.KindCommitted, string(partnerID(10+n)), access.ToCommunity(access.Green).String(), response.Promise{Action: id})
			s.add(time.Duration(i)*time.Hour, d, err)
		}
	}
	page, next := s.state.Page(coordinator, response.Query{}, start)
	if len(page) != 8 || next == 0 {
		t.Fatalf("%d actions on a page of 1,201 parts and events each", len(page))
	}
	rest, next := s.state.Page(coordinator, response.Query{After: next}, start)
	if len(rest) != 4 || next != 0 || len(rest[3].Commitments) != 600 {
		t.Errorf("the rest: %d, next %d", len(rest), next)
	}
	if brief, next := s.state.Page(coordinator, response.Query{Brief: true}, start); len(brief) != 12 || next != 0 || brief[0].Parts.Committed != 600 {
		t.Errorf("brief: %d", len(brief))
	}
}

// What is called off at once can be opened without end: a day has a bound.
func TestOpeningsOfADayAreBounded(t *testing.T) {
	s, now := newStory(t), start
	s.state = response.NewState(response.Config{Clock: func() time.Time { return now }})
	o := response.Opening{Kind: response.Patch, Title: "t", AskedOf: []string{"energy"}}
	for range 1000 {
		id := s.open(0, coordinator, o)
		s.says(0, 1, community, response.KindCancelled, response.Reversal{Action: id, Reason: "r"})
	}
	_, _, err := s.state.Open(coordinator, o)
	refused(t, "one more", err, access.ErrConflict, "today")
	if _, _, err := s.state.Open(principal(2, access.Coordinator), o); err != nil {
		t.Errorf("another partner: %v", err)
	}
	now = now.Add(24 * time.Hour)
	s.open(24*time.Hour, coordinator, o)
}
