package response_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/response"
)

// The grace is an hour: within it nothing is broken; and a partner reads of it 23
// hours before anybody else, with what it has to say beside it.
func TestThePartnerFirst(t *testing.T) {
	s := newStory(t)
	s.world(6)
	id := s.asks(0, response.Opening{AskedOf: []string{string(partnerID(2))}, Deadline: start.Add(10 * time.Hour)})
	s.commits(time.Hour, 2, id)
	broken := func(by int, role access.Role, after time.Duration) int {
		return s.account(2, by, role, after).Commitments.Broken
	}
	for _, c := range []struct {
		by    int
		role  access.Role
		after time.Duration
		want  int
	}{
		{2, access.Viewer, 11 * time.Hour, 0}, {2, access.Viewer, 11*time.Hour + 1, 0}, {2, access.Viewer, 11*time.Hour + time.Microsecond, 1},
		{3, access.Coordinator, 34 * time.Hour, 0}, {3, access.Coordinator, 34*time.Hour + time.Microsecond, 1},
	} {
		if got := broken(c.by, c.role, c.after); got != c.want {
			t.Errorf("after %s partner %d sees %d broken, want %d", c.after, c.by, got, c.want)
		}
	}
	d, err := s.state.Explain(principal(2, access.Contributor), response.Explanation{Action: id, Text: "the scanner is a medical device: the maker has to patch it"})
	if d.Audience != "red " {
		t.Errorf("the ledger tells others: %q", d.Audience)
	}
	s.add(12*time.Hour, d, err)
	if list, err := s.state.Dealings(principal(3, access.Coordinator), partnerID(2), start.Add(34*time.Hour)); err != nil || len(list) != 0 {
		t.Errorf("too early: %+v %v", list, err)
	}
	list, err := s.state.Dealings(principal(3, access.Coordinator), partnerID(2), start.Add(35*time.Hour))
	want := []response.Dealing{{
		Key: string(id) + "/1", Action: id, Title: "Patch", Asked: true, Opened: start, Answered: start.Add(time.Hour), Deadline: start.Add(10 * time.Hour), Outcome: response.Broken,
		Said: "the scanner is a medical device: the maker has to patch it", SaidAt: start.Add(12 * time.Hour),
	}}
	if diff := cmp.Diff(want, list, cmpopts.IgnoreUnexported(response.Dealing{})); diff != "" || err != nil {
		t.Errorf("a day later (-want +got):\n%s%v", diff, err)
	}
	// Who is no coordinator sees nothing, unless the partner chooses it.
	viewer := principal(4, access.Contributor)
	if _, err := s.state.Account(viewer, partnerID(2), start.Add(100*time.Hour)); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("a contributor of another: %v", err)
	}
	d, err = s.state.ShareAccount(principal(2, access.Coordinator), response.AccountSharing{With: []access.PartnerID{partnerID(4)}})
	s.add(36*time.Hour, d, err)
	if a, err := s.state.Account(viewer, partnerID(2), start.Add(100*time.Hour)); err != nil || a.Commitments.Broken != 1 || a.Own {
		t.Errorf("chosen: %+v %v", a, err)
	}
	if n := len(s.state.Accounts(viewer, start.Add(100*time.Hour))); n != 1 {
		t.Errorf("the chosen one's list has %d", n)
	}
	if n := len(s.state.Accounts(access.Principal{Role: access.Administrator, Communities: []string{"default"}}, start.Add(100*time.Hour))); n != 0 {
		t.Errorf("an administrator of no partner sees %d", n)
	}
}

// What is rolled back weeks after its deadline is the partner's alone for a day, too.
func TestALateRollbackIsThePartnersFirst(t *testing.T) {
	s := newStory(t)
	s.world(3)
	id := s.asks(0, response.Opening{AskedOf: []string{string(partnerID(2))}, Deadline: start.Add(10 * time.Hour)})
	s.commits(time.Hour, 2, id)
	s.reports(2*time.Hour, 2, id)
	s.says(500*time.Hour, 2, community, response.KindRolledBack, response.Reversal{Action: id, Reason: "r"})
	for _, c := range []struct {
		by    int
		after time.Duration
		want  response.Kept
	}{
		{2, 500 * time.Hour, response.Kept{RolledBack: 1}},
		{3, 524 * time.Hour, response.Kept{}},
		{3, 525 * time.Hour, response.Kept{RolledBack: 1}},
	} {
		if diff := cmp.Diff(c.want, s.account(2, c.by, access.Coordinator, c.after).Commitments); diff != "" {
			t.Errorf("partner %d after %s (-want +got):\n%s", c.by, c.after, diff)
		}
	}
}

func TestTimesFromAskAndAlarm(t *testing.T) {
	s := newStory(t)
	s.world(6)
	s.outbreak(0, outbreak.KindRaised, community, outbreak.Outbreak{ID: anOutbreak})
	two := []string{string(partnerID(2))}
	for i, answered := range []time.Duration{10, 30, 20, 40} { // minutes after each was asked, an hour apart
		begun := time.Duration(i+1) * time.Hour
		id := s.asks(begun, response.Opening{AskedOf: two, Outbreak: anOutbreak})
		s.commits(begun+answered*time.Minute, 2, id)
		if i < 3 {
			s.reports(begun+(answered+60)*time.Minute, 2, id)
		}
	}
	id := s.call(6*time.Hour, coordinator, access.Audience{}, response.CallOpening{Title: "Help"})
	s.answer(6*time.Hour+time.Minute, 2, response.CallAnswer{Call: id, Offer: "o"})
	span := func(n int, median, worst time.Duration) response.Span {
		m, w := median.Seconds(), worst.Seconds()
		return response.Span{Count: n, MedianS: &m, WorstS: &w}
	}
	want := response.Account{
		Partner: partnerID(2), AsOf: start.Add(day), Own: true,
		Commitments: response.Kept{InTime: 3, Open: 1}, Asks: response.Asks{Asked: 5, Answered: 5},
		FromAsk: response.Spans{
			Answer: span(5, 20*time.Minute, 40*time.Minute), Commitment: span(4, 20*time.Minute, 40*time.Minute), Done: span(3, 80*time.Minute, 90*time.Minute),
		},
		FromAlarm: response.Spans{
			Answer: span(4, 150*time.Minute, 280*time.Minute), Commitment: span(4, 150*time.Minute, 280*time.Minute), Done: span(3, 210*time.Minute, 260*time.Minute),
		},
	}
	if diff := cmp.Diff(want, s.account(2, 2, access.Viewer, day)); diff != "" {
		t.Errorf("account (-want +got):\n%s", diff)
	}
}

func TestSmallSamplesAreCounts(t *testing.T) {
	s := newStory(t)
	s.world(3)
	for i := range 10 {
		if a := s.account(2, 2, access.Viewer, 100*day); a.Commitments.InTimePercent != nil {
			t.Fatalf("a percentage of %d", i)
		}
		at := time.Duration(i) * time.Hour
		id := s.asks(at, response.Opening{AskedOf: []string{string(partnerID(2))}, Deadline: start.Add(at + 30*time.Minute)})
		s.commits(at+time.Minute, 2, id)
		if i < 7 {
			s.reports(at+2*time.Minute, 2, id)
		}
	}
	if a := s.account(2, 2, access.Viewer, 100*day); a.Commitments.InTimePercent == nil || *a.Commitments.InTimePercent != 70 {
		t.Errorf("of ten: %+v", a.Commitments)
	}
}

// Everybody sees sums, of five organisations or more, of what others may see.
func TestAccountSummary(t *testing.T) {
	s := newStory(t)
	s.joins(access.Partner{ID: partnerID(1), Sector: "government", Country: "NL", Kind: "cert"})
	for i := 2; i <= 13; i++ {
		p := access.Partner{ID: partnerID(i), Sector: "healthcare", Country: "GB", Kind: "operator"}
		switch {
		case i >= 12:
			p.Organisation = "one-trust"
		case i >= 8: // four: too few alone
			p.Sector = "technology"
		}
		s.joins(p)
	}
	everybody := principal(13, access.Viewer)
	var all []string
	for i := 2; i <= 13; i++ {
		all = append(all, string(partnerID(i)))
	}
	id := s.asks(0, response.Opening{AskedOf: all, Deadline: start.Add(10 * time.Hour)})
	for i := 2; i <= 12; i++ {
		s.commits(time.Hour, i, id)
		if i%2 == 0 {
			s.reports(2*time.Hour, i, id)
		}
	}
	if sum, err := s.state.AccountSummary(everybody, start.Add(34*time.Hour)); err != nil || !sum.TooFew || len(sum.Sectors) != 0 {
		t.Errorf("before the delay: %+v", sum)
	}
	sum, err := s.state.AccountSummary(everybody, start.Add(35*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	// 7 organisations of health and 4 of technology: the four alone are too few, and
	// so are they with nobody; the seven join them.
	if len(sum.Sectors) != 1 || sum.Sectors[0].Name != "other" || sum.Sectors[0].Organisations != 11 {
		t.Fatalf("sectors: %+v", sum.Sectors)
	}
	want := []int64{6, 0, 5, 0, 0, 12, 11, 1}
	if diff := cmp.Diff(want, sum.Sectors[0].Counts); diff != "" || sum.TooFew || sum.Least != 5 {
		t.Errorf("%v (-want +got):\n%s", sum.Columns, diff)
	}
	if diff := cmp.Diff([]string{"GB"}, []string{sum.Countries[0].Name}); diff != "" {
		t.Errorf("countries (-want +got):\n%s", diff)
	}
	for _, outside := range []access.Principal{{Partner: partnerID(50)}, access.Visitor} {
		if sum, err := s.state.AccountSummary(outside, start.Add(100*time.Hour)); !errors.Is(err, access.ErrForbidden) || len(sum.Sectors) != 0 {
			t.Errorf("who is no member is told %+v, %v", sum, err)
		}
	}
}

// Sectors less countries is nobody: healthcare has the six of GB, and one more.
func TestAccountSummaryIsNotSubtracted(t *testing.T) {
	s := newStory(t)
	var all []string
	for i := 1; i <= 18; i++ {
		p := access.Partner{ID: partnerID(i), Sector: "energy", Country: "DE", Kind: "operator"}
		if i <= 7 {
			p.Sector = "healthcare"
		}
		if i <= 6 {
			p.Country = "GB"
		}
		s.joins(p)
		all = append(all, string(p.ID))
	}
	s.asks(0, response.Opening{AskedOf: all, Deadline: start.Add(10 * time.Hour)})
	sum, err := s.state.AccountSummary(principal(3, access.Viewer), start.Add(35*time.Hour))
	if err != nil || len(sum.Sectors) != 2 || len(sum.Countries) != 1 || sum.Countries[0].Organisations != 18 {
		t.Errorf("sectors %+v, countries %+v: %v", sum.Sectors, sum.Countries, err)
	}
}

func TestAccountabilityRefusals(t *testing.T) {
	s := newStory(t)
	s.world(4)
	id := s.asks(0, response.Opening{AskedOf: []string{string(partnerID(2))}})
	explain := func(by access.Principal, x response.Explanation) error { _, err := s.state.Explain(by, x); return err }
	share := func(by access.Principal, to ...access.PartnerID) error {
		_, err := s.state.ShareAccount(by, response.AccountSharing{With: to})
		return err
	}
	two := principal(2, access.Contributor)
	for name, c := range map[string]struct {
		err  error
		kind error
		says string
	}{
		"a viewer explains":      {explain(principal(2, access.Viewer), response.Explanation{Action: id, Text: "t"}), access.ErrForbidden, "contributor"},
		"another's":              {explain(principal(3, access.Contributor), response.Explanation{Action: id, Text: "t"}), access.ErrNotFound, string(id)},
		"neither":                {explain(two, response.Explanation{Text: "t"}), access.ErrInvalid, "one of them"},
		"both":                   {explain(two, response.Explanation{Action: id, Call: "call--1", Text: "t"}), access.ErrInvalid, "one of them"},
		"without words":          {explain(two, response.Explanation{Action: id, Text: " "}), access.ErrInvalid, "text"},
		"a novel":                {explain(two, response.Explanation{Action: id, Text: strings.Repeat("x", 5000)}), access.ErrInvalid, "5000"},
		"a contributor shares":   {share(two, partnerID(3)), access.ErrForbidden, "coordinator"},
		"with nobody there":      {share(principal(2, access.Coordinator), partnerID(77)), access.ErrInvalid, "with/0"},
		"the hub has no account": {explain(access.Principal{Role: access.Administrator}, response.Explanation{Action: id, Text: "t"}), access.ErrForbidden, "partner"},
	} {
		if !errors.Is(c.err, c.kind) || !strings.Contains(fmt.Sprint(c.err), c.says) {
			t.Errorf("%s: %v; want a %v that says %q", name, c.err, c.kind, c.says)
		}
	}
}

// Nobody wipes out that it broke its own word: neither by calling the action off,
// nor by another deadline, nor through another partner of its organisation. Others may.
func TestOwnBrokenPromisesStay(t *testing.T) {
	deadline := start.Add(10 * time.Hour)
	cancel := func(s *story, after time.Duration, by int, id response.ActionID) {
		s.says(after, by, community, response.KindCancelled, response.Reversal{Action: id, Reason: "r"})
	}
	moves := func(s *story, after time.Duration, by int, id response.ActionID) {
		s.says(after, by, community, response.KindDeadlineMoved, response.Move{Action: id, Deadline: start.Add(500 * time.Hour), Reason: "r"})
	}
	for name, c := range map[string]struct {
		play func(*story, response.ActionID)
		want response.Kept
	}{
		"called off by itself":                 {func(s *story, id response.ActionID) { cancel(s, 12*time.Hour, 1, id) }, response.Kept{Broken: 1}},
		"by its organisation":                  {func(s *story, id response.ActionID) { cancel(s, 12*time.Hour, 3, id) }, response.Kept{Broken: 1}},
		"by another":                           {func(s *story, id response.ActionID) { cancel(s, 12*time.Hour, 2, id) }, response.Kept{Excused: 1}},
		"within the grace":                     {func(s *story, id response.ActionID) { cancel(s, 11*time.Hour, 1, id) }, response.Kept{Excused: 1}},
		"moved by itself":                      {func(s *story, id response.ActionID) { moves(s, 12*time.Hour, 1, id) }, response.Kept{Broken: 1}},
		"moved by another":                     {func(s *story, id response.ActionID) { moves(s, 12*time.Hour, 2, id) }, response.Kept{Open: 1}},
		"moved in time":                        {func(s *story, id response.ActionID) { moves(s, 9*time.Hour, 1, id) }, response.Kept{Open: 1}},
		"moved by itself, then called off":     {func(s *story, id response.ActionID) { moves(s, 12*time.Hour, 1, id); cancel(s, 13*time.Hour, 3, id) }, response.Kept{Broken: 1}},
		"moved by itself, called off by other": {func(s *story, id response.ActionID) { moves(s, 12*time.Hour, 1, id); cancel(s, 13*time.Hour, 2, id) }, response.Kept{Excused: 1}},
		"moved by itself, then done":           {func(s *story, id response.ActionID) { moves(s, 12*time.Hour, 1, id); s.reports(13*time.Hour, 1, id) }, response.Kept{Late: 1, Volunteers: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStory(t)
			for i := 1; i <= 3; i++ {
				p := access.Partner{ID: partnerID(i), Sector: "healthcare", Country: "GB", Kind: "operator"}
				if i != 2 {
					p.Organisation = "one-trust"
				}
				s.joins(p)
			}
			id := s.asks(0, response.Opening{AskedOf: []string{string(partnerID(2))}, Deadline: deadline})
			s.commits(time.Hour, 1, id)
			c.play(s, id)
			if diff := cmp.Diff(c.want, s.account(1, 1, access.Viewer, 14*time.Hour).Commitments); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Nobody is timed from an alarm that it was not told of.
func TestAnAlarmCountsForWhomItReached(t *testing.T) {
	for tlp, want := range map[access.TLP]int{access.Amber: 1, access.Red: 0} {
		s := newStory(t)
		s.world(3)
		s.outbreak(0, outbreak.KindRaised, access.ToCommunity(tlp), outbreak.Outbreak{ID: anOutbreak})
		id := s.asks(time.Hour, response.Opening{AskedOf: []string{string(partnerID(2))}, Outbreak: anOutbreak})
		s.commits(2*time.Hour, 2, id)
		if a := s.account(2, 2, access.Viewer, day); a.FromAlarm.Answer.Count != want || a.FromAsk.Answer.Count != 1 {
			t.Errorf("an outbreak at %s: %+v, %+v", tlp, a.FromAlarm, a.FromAsk)
		}
	}
}
