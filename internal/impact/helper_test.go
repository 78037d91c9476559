package impact_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/impact"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

var start = time.Date(2017, 5, 12, 7, 44, 0, 0, time.UTC)

const wannacry = "outbreak--00000000-0000-4000-8000-000000000001"

// story is a ledger in memory and the state that follows it.
type story struct {
	t interface {
		Helper()
		Fatal(...any)
	}
	log   []ledger.Entry
	state *impact.State
	now   time.Time
}

func newStory(t testing.TB) *story {
	return &story{t: t, state: impact.NewState(impact.Config{}), now: start}
}

func (s *story) add(d ledger.Draft, err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	s.now = s.now.Add(time.Minute)
	e := ledger.Entry{Seq: ledger.Seq(len(s.log) + 1), Time: s.now, Kind: d.Kind, Actor: d.Actor, Audience: d.Audience, Body: d.Body}
	s.log = append(s.log, e)
	if err := s.state.Apply(e); err != nil {
		s.t.Fatal(err)
	}
}

func id(n int) access.PartnerID {
	return access.PartnerID(fmt.Sprintf("identity--00000000-0000-4000-8000-%012d", n))
}

func who(n int) access.Principal {
	return access.Principal{Partner: id(n), Role: access.Contributor, Communities: []string{access.DefaultCommunity}}
}

var administrator = access.Principal{Role: access.Administrator, Communities: []string{access.DefaultCommunity}}

func (s *story) join(n int, sector, country, organisation string) {
	s.t.Helper()
	s.add(ledger.NewDraft(access.KindPartnerJoined, access.Hub, access.ToCommunity(access.Green).String(),
		access.Partner{ID: id(n), Name: fmt.Sprint("P", n), Sector: sector, Country: country, Kind: "operator", Organisation: organisation}))
}

func (s *story) report(n int, r impact.Report) {
	s.t.Helper()
	r.Outbreak = wannacry
	if r.Criticality == "" {
		r.Criticality = impact.Essential
	}
	s.add(s.state.NewReport(who(n), r, s.now))
}

func infected(hosts int64) impact.Report {
	return impact.Report{Infected: impact.Counts{Hosts: hosts}}
}

func disrupted(sites int64) impact.Report {
	return impact.Report{Disrupted: impact.Counts{Sites: sites}}
}
