package report_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/chronicle"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/report"
	"github.com/tocsin-project/tocsin/internal/response"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// chronicled folds the story's ledger anew, as a hub that starts does.
func (s *story) chronicled() (*chronicle.State, *response.State) {
	s.t.Helper()
	d := access.NewDirectory()
	rooms := chronicle.Rooms{Outbreaks: outbreak.NewState(outbreak.Config{}), Protections: protect.NewState(protect.Config{}), Actions: response.NewState(response.Config{})}
	rooms.Actions.Consult(d, nil)
	c := chronicle.NewState(rooms)
	for e, err := range s.ledger.Read(s.t.Context(), 0) {
		if err != nil {
			s.t.Fatal(err)
		}
		for _, one := range []interface{ Apply(ledger.Entry) error }{d, rooms.Outbreaks, rooms.Protections, rooms.Actions, c} {
			if err := one.Apply(e); err != nil {
				s.t.Fatal(err)
			}
		}
	}
	return c, rooms.Actions
}

// counted is what a page says of a moment in numbers, but for its hosts: of those a
// page of any moment tells in steps (outbreak.State.Hosts).
type counted struct {
	Partners, Sectors, Countries int
	Status                       outbreak.Status
	InForce                      int
	Held                         map[string]int
	Done, Open                   int
	Answered                     int
}

func ofReport(r report.Report) counted {
	o := r.Head.State
	n := counted{Partners: len(o.Partners), Sectors: len(o.Sectors), Countries: len(o.Countries), Status: o.Status, Held: map[string]int{}}
	for _, k := range r.Known {
		if k.Decided != nil && k.Ended == nil {
			n.InForce++
			n.Held[k.Protection] = k.InForce.N
		}
	}
	for _, a := range r.Acted.Actions {
		switch a.Status {
		case response.Done:
			n.Done++
		case response.Open:
			n.Open++
		}
	}
	for _, c := range r.Acted.Calls {
		n.Answered += c.Offers.Partners + c.Declined.Partners
	}
	return n
}

func ofChronicle(t *testing.T, c *chronicle.State, calls *response.State, who access.Principal, id string, at time.Time) counted {
	t.Helper()
	m, err := c.AsOf(who, id, at)
	if err != nil {
		t.Fatal(err)
	}
	o := m.Outbreak
	n := counted{Partners: len(o.Partners), Sectors: len(o.Sectors), Countries: len(o.Countries), Status: o.Status, Held: map[string]int{},
		InForce: m.InForce(), Done: m.Actions.Actions.Done, Open: m.Actions.Actions.Open}
	for _, one := range m.Shields {
		if one.InForce {
			n.Held[one.ID] = 0
			if one.Partners >= protect.MinCount {
				n.Held[one.ID] = one.Partners
			}
		}
	}
	for _, one := range append([]string{id}, m.Merged...) {
		for _, call := range calls.Calls(who, response.CallQuery{Outbreak: one}) {
			if !call.Opened.After(at) {
				if all, err := calls.Muster(who, call.ID, at); err == nil {
					n.Answered += all.Offers.Partners + all.Declined.Partners
				}
			}
		}
	}
	return n
}

// TestChronicleSaysWhatReportsSay: at every entry of a story with recalls, a merge and
// a false alarm, and for different readers, what a page counts is what a report counts.
func TestChronicleSaysWhatReportsSay(t *testing.T) {
	s, id, _ := told(t)
	green := access.ToCommunity(access.Green)
	recalled := mustResolve(t, s.now)
	recalled.Status, recalled.Reason = protect.Revoked, "it answered the wrong address"
	s.after(time.Minute).add(protect.KindReceipt, string(partner(1)), access.Audience{TLP: access.Red}, protect.Receipt{Protection: switchID, Outlet: "rpz", At: s.now})
	s.after(time.Minute).add(protect.KindQuarantined, access.Hub, green, protect.Quarantine{Partner: partner(3), On: true, Reason: "a mistaken sensor", Since: s.now})
	s.after(time.Minute).add(protect.KindDecided, access.Hub, green, recalled)
	s.after(time.Minute).scans(0, 139)
	s.after(time.Minute).scans(1, 139)
	s.after(time.Minute).scans(2, 139) // another port: an outbreak of its own
	list := s.outbreaks.List()
	if len(list) != 2 {
		t.Fatalf("there are %d outbreaks, want two", len(list))
	}
	other := list[slices.IndexFunc(list, func(o outbreak.Outbreak) bool { return o.ID != id })]
	const twin = response.ActionID("action--55555555-5555-4555-8555-555555555555")
	s.add(response.KindOpened, string(partner(3)), green, response.Opening{ID: twin, Kind: response.Takedown, Title: "Of the other", Outbreak: other.ID, AskedOf: []string{string(partner(2))}, Audience: green})
	gone := other
	gone.Status, gone.Into, gone.Because, gone.By = outbreak.Merged, id, "the same hosts", access.Hub
	s.after(time.Minute).add(outbreak.KindMerged, access.Hub, green, gone)
	s.after(time.Minute).sees(3, 7, access.AmberStrict)
	of, _ := s.outbreaks.Get(id)
	of.Status, of.Ended, of.Because, of.By, of.FalseAlarm = outbreak.Ended, s.now, "an exercise", string(partner(3)), true
	s.after(time.Minute).add(outbreak.KindEnded, string(partner(3)), of.Audience(), of)

	c, calls := s.chronicled()
	guest := access.Visitor
	compared, ended, merged := 0, false, false
	for e, err := range s.ledger.Read(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		for who, p := range map[string]access.Principal{"a member": reader(0), "one asked alone": reader(4), "a guest": guest} {
			for _, which := range []string{id, other.ID} {
				name := fmt.Sprintf("%s reads %s at entry %d, %s", who, which, e.Seq, e.Kind)
				want, err := report.Build(t.Context(), s.ledger, p, which, e.Time, report.Options{})
				if err != nil {
					if _, err := c.AsOf(p, which, e.Time); err == nil {
						t.Errorf("%s: the chronicle shows what the report does not", name)
					}
					continue
				}
				compared++
				got := ofChronicle(t, c, calls, p, which, e.Time)
				if diff := cmp.Diff(ofReport(want), got); diff != "" {
					t.Errorf("%s (-report +chronicle):\n%s", name, diff)
				}
				if m, err := c.AsOf(p, which, e.Time); err != nil || m.Outbreak.Sources > want.Head.State.Sources {
					t.Errorf("%s: %d hosts are told, the report has %d, %v", name, m.Outbreak.Sources, want.Head.State.Sources, err)
				}
				ended, merged = ended || got.Status == outbreak.Ended, merged || got.Status == outbreak.Merged
			}
		}
	}
	if compared < 40 || !ended || !merged {
		t.Errorf("%d moments compared; one has ended: %t; one was merged: %t", compared, ended, merged)
	}
}

// scans has a partner report hosts that scan a port.
func (s *story) scans(i int, port uint16) {
	s.reports++
	p, _ := s.directory.Partner(partner(i))
	first, last := s.now.Add(-3*time.Minute), s.now.Add(-7*time.Second)
	s.add(sighting.KindReported, string(partner(i)), access.ToCommunity(access.Green), sighting.Report{
		ID: fmt.Sprint("report-", s.reports), TLP: string(access.Green), Sector: p.Sector, Country: p.Country,
		Scans: []sighting.Scan{{Port: port, Sources: 4 + i, Fresh: 4 + i, Contacts: 90, FirstSeen: first, LastSeen: last}},
	})
}
