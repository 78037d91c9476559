package response_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/disclosure"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/response"
)

// joins lets a partner in.
func (s *story) joins(p access.Partner) {
	s.t.Helper()
	p.Name = "Partner " + string(p.ID)
	d, err := ledger.NewDraft(access.KindPartnerJoined, access.Hub, access.ToCommunity(access.Green).String(), p)
	s.add(0, d, err)
}

// world lets partners 1 to n in: of the sectors, countries and kinds in turn.
// Partner 1 is a CERT.
func (s *story) world(n int) {
	s.t.Helper()
	sectors, countries, kinds := []string{"healthcare", "technology", "telecommunications"}, []string{"GB", "JP"}, []string{"security", "vendor", "provider", "operator"}
	s.joins(access.Partner{ID: partnerID(1), Sector: "government", Country: "NL", Kind: "cert"})
	for i := 2; i <= n; i++ {
		s.joins(access.Partner{ID: partnerID(i), Sector: sectors[i%3], Country: countries[i%2], Kind: kinds[i%4]})
	}
}

func (s *story) call(after time.Duration, by access.Principal, to access.Audience, o response.CallOpening) response.CallID {
	s.t.Helper()
	id, d, err := s.state.OpenCall(by, to, o, start.Add(after))
	s.add(after, d, err)
	return id
}

func (s *story) answer(after time.Duration, n int, a response.CallAnswer) {
	s.t.Helper()
	d, err := s.state.AnswerCall(principal(n, access.Contributor), a)
	s.add(after, d, err)
}

func (s *story) declare(n int, skills ...string) {
	s.t.Helper()
	d, err := s.state.DeclareSkills(principal(n, access.Contributor), response.Skills{Skills: skills})
	s.add(0, d, err)
}

// reached is the partners that a call waits for, by number.
func (s *story) waiting(id response.CallID) []int {
	s.t.Helper()
	c, err := s.state.Call(coordinator, id)
	if err != nil {
		s.t.Fatal(err)
	}
	var ns []int
	for _, p := range c.Waiting {
		var n int
		if _, err := fmt.Sscanf(string(p[len(p)-12:]), "%d", &n); err != nil {
			s.t.Fatal(err)
		}
		ns = append(ns, n)
	}
	return ns
}

func TestWhomACallReaches(t *testing.T) {
	s := newStory(t)
	// 2: JP technology... see world: sectors[i%3], countries[i%2], kinds[i%4].
	s.world(7)
	s.declare(2, "takedown")
	s.declare(5, "malware-analysis", "takedown")
	all := access.ToCommunity(access.Green)
	for name, c := range map[string]struct {
		o    response.CallOpening
		to   access.Audience
		want []int
	}{
		"everybody":                  {response.CallOpening{}, all, []int{2, 3, 4, 5, 6, 7}},
		"a sector":                   {response.CallOpening{Sectors: []string{"technology"}}, all, []int{4, 7}},
		"any of two sectors":         {response.CallOpening{Sectors: []string{"technology", "healthcare"}}, all, []int{3, 4, 6, 7}},
		"a sector and a country":     {response.CallOpening{Sectors: []string{"technology", "healthcare"}, Countries: []string{"JP"}}, all, []int{3, 7}},
		"a kind":                     {response.CallOpening{Kinds: []string{"operator"}}, all, []int{3, 7}},
		"any of two skills":          {response.CallOpening{Skills: []string{"takedown", "legal"}}, all, []int{2, 5}},
		"a skill that nobody has":    {response.CallOpening{Skills: []string{"legal"}}, all, nil},
		"named ones alone":           {response.CallOpening{Partners: []access.PartnerID{partnerID(6)}}, all, []int{6}},
		"named beside a sector":      {response.CallOpening{Sectors: []string{"technology"}, Partners: []access.PartnerID{partnerID(6)}}, all, []int{4, 6, 7}},
		"only whom the audience has": {response.CallOpening{}, access.Audience{TLP: access.Red, Community: "default", Recipients: []access.PartnerID{partnerID(3)}}, []int{3}},
		"another community's":        {response.CallOpening{}, access.Audience{TLP: access.Green, Community: "ward"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			c.o.Title = name
			if diff := cmp.Diff(c.want, s.waiting(s.call(0, coordinator, c.to, c.o))); diff != "" {
				t.Errorf("reached (-want +got):\n%s", diff)
			}
		})
	}
}

// Thirty partners answer over two days, some for one organisation, some without
// being called, some in vain.
func TestThirtyByTheEndOfTheFirstDay(t *testing.T) {
	s := newStory(t)
	s.joins(access.Partner{ID: partnerID(1), Sector: "government", Country: "NL", Kind: "cert"})
	for i := 2; i <= 41; i++ {
		p := access.Partner{ID: partnerID(i), Sector: "technology", Country: "US", Kind: "security"}
		switch {
		case i <= 4:
			p.Organisation = "one-house"
		case i <= 14:
			p.Kind, p.Sector, p.Country = "provider", "telecommunications", "GB"
		case i > 36:
			p.Sector, p.Country = "healthcare", "FR" // 37 to 41: not called
		}
		s.joins(p)
	}
	id := s.call(time.Hour, coordinator, access.Audience{}, response.CallOpening{
		Title: "Analysis of the worm", Sectors: []string{"technology", "telecommunications"}, Deadline: start.Add(25 * time.Hour),
	})
	day := start.Add(25 * time.Hour)
	for i := 2; i <= 31; i++ { // thirty, of 28 organisations, one each half hour
		s.answer(time.Hour+time.Duration(i-1)*30*time.Minute, i, response.CallAnswer{Call: id, Offer: "two analysts", Skills: []string{"malware-analysis"}})
	}
	s.answer(20*time.Hour, 37, response.CallAnswer{Call: id, Offer: "a sample of our own"})
	s.answer(21*time.Hour, 32, response.CallAnswer{Call: id, Declined: true})
	s.answer(22*time.Hour, 33, response.CallAnswer{Call: id, Declined: true})
	s.answer(23*time.Hour, 2, response.CallAnswer{Call: id, Offer: "four analysts"}) // another wording: the first one's time counts
	s.answer(30*time.Hour, 33, response.CallAnswer{Call: id, Offer: "one analyst"})  // after the first day
	s.answer(31*time.Hour, 34, response.CallAnswer{Call: id, Offer: "late"})

	m, err := s.state.Muster(principal(41, access.Viewer), id, day)
	if err != nil {
		t.Fatal(err)
	}
	middle, last := 17*1800.0, 21*3600.0
	want := response.Muster{
		Call: id, Opened: start.Add(time.Hour), Until: day,
		Reached: response.Tally{Partners: 35, Organisations: 33}, Offers: response.Tally{Partners: 31, Organisations: 29},
		Volunteers: response.Tally{Partners: 1, Organisations: 1}, Declined: response.Tally{Partners: 2, Organisations: 2},
		Silent: response.Tally{Partners: 3, Organisations: 3},
		Kinds: []response.KindTally{
			{Kind: "security", Tally: response.Tally{Partners: 21, Organisations: 19}},
			{Kind: "provider", Tally: response.Tally{Partners: 10, Organisations: 10}},
		},
		// The one hospital is not told apart: with nobody else below five, the smallest joins it.
		Sectors:   []disclosure.Group{{Name: "technology", Organisations: 20, Counts: []int64{18, 2}}, {Name: "other", Organisations: 11, Counts: []int64{11, 0}}},
		Countries: []disclosure.Group{{Name: "US", Organisations: 20, Counts: []int64{18, 2}}, {Name: "other", Organisations: 11, Counts: []int64{11, 0}}},
		MedianS:   &middle, WorstS: &last,
	}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Errorf("by the end of the first day (-want +got):\n%s", diff)
	}
	if m, err := s.state.Muster(coordinator, id, start.Add(40*time.Hour)); err != nil || m.Offers.Partners != 33 || m.Declined.Partners != 1 {
		t.Errorf("afterwards: %+v %v", m, err)
	}
	if m, err := s.state.Muster(coordinator, id, start.Add(time.Hour)); err != nil || m.Offers.Partners != 0 || m.Silent.Organisations != 33 || m.MedianS != nil || len(m.Sectors) != 0 {
		t.Errorf("at once: %+v %v", m, err)
	}
	c, err := s.state.Call(principal(2, access.Viewer), id)
	if err != nil || c.Reached != 35 || c.Offers != 33 || c.Volunteers != 1 || c.Declined != 1 || !c.CalledYou || c.Waiting != nil {
		t.Errorf("the call: %+v %v", c, err)
	}
	if diff := cmp.Diff(&response.Reply{
		Partner: partnerID(2), At: start.Add(90 * time.Minute), AfterS: 1800, Called: true, Offer: "four analysts", Changed: start.Add(23 * time.Hour),
		Earlier: []response.Version{{At: start.Add(90 * time.Minute), Offer: "two analysts", Skills: []string{"malware-analysis"}}},
	}, c.Your); diff != "" {
		t.Errorf("a changed answer (-want +got):\n%s", diff)
	}
	replies, err := s.state.Replies(coordinator, id, start.Add(40*time.Hour))
	if err != nil || len(replies) != 34 || !replies[33].Late || replies[33].Partner != partnerID(34) || replies[30].Called {
		t.Errorf("replies: %+v %v", replies, err)
	}
	if waiting := s.waiting(id); !cmp.Equal(waiting, []int{35, 36}) {
		t.Errorf("waiting for %v", waiting)
	}
}

// An organisation helps if one of its partners does, and has answered if one has.
func TestOrganisationsAnswerOnce(t *testing.T) {
	s := newStory(t)
	for i := 1; i <= 4; i++ {
		s.joins(access.Partner{ID: partnerID(i), Sector: "technology", Country: "US", Kind: "vendor", Organisation: map[bool]string{true: "one-house"}[i > 1]})
	}
	id := s.call(0, coordinator, access.Audience{}, response.CallOpening{Title: "Help"})
	for step, want := range []response.Muster{
		{Offers: response.Tally{}, Declined: response.Tally{Partners: 1, Organisations: 1}, Silent: response.Tally{Partners: 2}},
		{Offers: response.Tally{Partners: 1, Organisations: 1}, Declined: response.Tally{Partners: 1}, Silent: response.Tally{Partners: 1}},
	} {
		s.answer(time.Minute, step+2, response.CallAnswer{Call: id, Declined: step == 0, Offer: "o"})
		m, err := s.state.Muster(coordinator, id, start.Add(time.Hour))
		if err != nil || m.Offers != want.Offers || m.Declined != want.Declined || m.Silent != want.Silent || m.Reached != (response.Tally{Partners: 3, Organisations: 1}) {
			t.Errorf("after %d answers: %+v %v", step+1, m, err)
		}
	}
}
