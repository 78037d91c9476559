package outbreak_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/outbreak"
)

var coordinator = access.Principal{Partner: "identity--01", Role: access.Coordinator, Token: "token--1"}

// end has a coordinator end an outbreak.
func (k *desk) end(id string, falseAlarm bool) {
	k.t.Helper()
	d, err := k.state.End(coordinator, id, "looked into", falseAlarm, noon)
	if err != nil {
		k.t.Fatal(err)
	}
	k.append(d)
}

// ring has a partner's coordinator ring, as the directory has the partner.
func (k *desk) ring(from access.Partner, port uint16, names ...string) {
	k.t.Helper()
	w := outbreak.Warning{Port: port, Reason: "a colleague called"}
	for _, name := range names {
		w.Values = append(w.Values, domain(k.t, name))
	}
	who := access.Principal{Partner: from.ID, Role: access.Coordinator, Person: "person--1"}
	d, err := k.state.Ring(who, from, w, k.clock)
	if err != nil {
		k.t.Fatal(err)
	}
	k.append(d)
}

func TestWordsOfPeople(t *testing.T) {
	one := access.Partner{ID: "identity--01", Sector: "energy", Country: "ES"}
	for _, c := range []struct {
		name string
		play func(k *desk)
		want int
	}{
		{"a coordinator", func(k *desk) { k.ring(one, 445, "switch.example") }, 0},
		{"a designated partner's", func(k *desk) {
			p := one
			p.Designated = true
			k.ring(p, 445, "switch.example")
		}, 1},
		{"the hub's administrator", func(k *desk) { k.ring(access.Partner{}, 445, "switch.example", "other.example") }, 1},
		{"a coordinator, and another partner's telemetry", func(k *desk) {
			k.asks(2, "switch.example", minute(0))
			k.ring(one, 0, "switch.example")
		}, 1},
		{"a coordinator, and the own partner's telemetry", func(k *desk) {
			k.asks(1, "switch.example", minute(0))
			k.ring(one, 0, "switch.example")
		}, 0},
		{"a coordinator, and telemetry of the same organisation", func(k *desk) {
			k.asks(2, "switch.example", minute(0))
			p := one
			p.Organisation = "trust"
			k.ring(p, 0, "switch.example")
			p.ID = "identity--03"
			k.ring(p, 0, "else.example")
		}, 1},
		{"a coordinator and two partners that scan", func(k *desk) {
			k.scans(2, 3, 445, minute(0))
			k.scans(3, 3, 445, minute(1))
			k.ring(one, 445)
		}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := newDesk(t)
			k.clock = minute(10)
			c.play(k)
			k.decide(k.clock)
			got := k.state.List()
			if len(got) != c.want {
				t.Fatalf("%d outbreaks, want %d: %+v", len(got), c.want, got)
			}
			if c.want > 0 && !slices.Contains(got[0].Kinds, outbreak.Word) {
				t.Errorf("kinds %v", got[0].Kinds)
			}
		})
	}
}

func TestAWarningNamesItsEvidence(t *testing.T) {
	k := newDesk(t)
	k.ring(access.Partner{ID: "identity--07", Sector: "government", Country: "NZ", Designated: true}, 445, "b.example", "a.example", "b.example")
	k.decide(k.clock)
	o := k.state.List()[0]
	want := outbreak.Outbreak{Port: 445, Values: []observable.Value{domain(t, "a.example"), domain(t, "b.example")},
		Partners: []access.PartnerID{"identity--07"}, Sectors: []string{"government"}, Countries: []string{"NZ"},
		Kinds: []outbreak.Evidence{outbreak.Scans, outbreak.Suspects, outbreak.Word}}
	got := outbreak.Outbreak{Port: o.Port, Values: o.Values, Partners: o.Partners, Sectors: o.Sectors, Countries: o.Countries, Kinds: o.Kinds}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outbreak (-want +got):\n%s", diff)
	}
	if len(o.Evidence) != 1 || o.Evidence[0][:9] != "warning--" {
		t.Errorf("evidence %q", o.Evidence)
	}
}

func TestWhoMayRingAndEnd(t *testing.T) {
	k := newDesk(t)
	for p := range 3 {
		k.scans(p, 3, 445, minute(float64(p)))
	}
	k.decide(minute(10))
	id := k.state.List()[0].ID
	analyst := coordinator
	analyst.Role = access.Analyst
	own := access.Partner{ID: "identity--01"}
	fine := outbreak.Warning{Port: 445, Reason: "heard of it"}
	many := outbreak.Warning{Reason: "heard of it", Values: make([]observable.Value, outbreak.MaxWarningValues+1)}
	spelled := outbreak.Warning{Reason: "heard of it", Values: []observable.Value{{Type: observable.Domain, Text: "UPPER.example"}}}
	for _, c := range []struct {
		name string
		call func() error
		want error
	}{
		{"ring as analyst", func() error { _, err := k.state.Ring(analyst, own, fine, noon); return err }, access.ErrForbidden},
		{"ring for another", func() error {
			_, err := k.state.Ring(coordinator, access.Partner{ID: "identity--02"}, fine, noon)
			return err
		}, access.ErrForbidden},
		{"ring as if of the hub", func() error { _, err := k.state.Ring(coordinator, access.Partner{}, fine, noon); return err }, access.ErrForbidden},
		{"no reason", func() error { _, err := k.state.Ring(coordinator, own, outbreak.Warning{Port: 1}, noon); return err }, access.ErrInvalid},
		{"about nothing", func() error {
			_, err := k.state.Ring(coordinator, own, outbreak.Warning{Reason: "x"}, noon)
			return err
		}, access.ErrInvalid},
		{"too many values", func() error { _, err := k.state.Ring(coordinator, own, many, noon); return err }, access.ErrInvalid},
		{"not in normal form", func() error { _, err := k.state.Ring(coordinator, own, spelled, noon); return err }, access.ErrInvalid},
		{"end as analyst", func() error { _, err := k.state.End(analyst, id, "x", false, noon); return err }, access.ErrForbidden},
		{"end without a reason", func() error { _, err := k.state.End(coordinator, id, "", false, noon); return err }, access.ErrInvalid},
		{"end what there is not", func() error { _, err := k.state.End(coordinator, "outbreak--0", "x", false, noon); return err }, access.ErrNotFound},
		{"end twice", func() error {
			k.end(id, false)
			_, err := k.state.End(coordinator, id, "x", false, noon)
			return err
		}, access.ErrConflict},
	} {
		if err := c.call(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	if o, _ := k.state.Get(id); o.By != "identity--01" || o.Because != "looked into" || !o.Ended.Equal(noon) {
		t.Errorf("ended: %+v", o)
	}
}

// A false alarm's evidence does not ring again, nor does what only goes on; new
// evidence of partners enough does.
func TestAFalseAlarmNeedsNewEvidence(t *testing.T) {
	k := newDesk(t)
	for p := range 4 {
		k.scans(p, 3, 445, minute(float64(p)))
	}
	k.decide(minute(10))
	k.end(k.state.List()[0].ID, true)
	if o := k.state.List()[0]; !o.FalseAlarm || o.Status != outbreak.Ended {
		t.Fatalf("ended: %+v", o)
	}
	began := minute(0)
	goesOn := func(p, hosts int, m float64) {
		k.t.Helper()
		k.reportScan(p, hosts, began, minute(m))
	}
	for p := range 4 {
		goesOn(p, 4, 20)
	}
	if got := k.decide(minute(30)); len(got) != 0 {
		t.Fatalf("the same scans that go on: %q", kinds(got))
	}
	k.scans(0, 3, 445, minute(40))
	k.scans(1, 3, 445, minute(40))
	if got := k.decide(minute(45)); len(got) != 0 {
		t.Fatalf("new scans at two partners: %q", kinds(got))
	}
	goesOn(2, 8, 50) // twice as many hosts
	if got := k.decide(minute(55)); !slices.Equal(kinds(got), []string{"outbreak.raised"}) {
		t.Errorf("new evidence of three: %q", kinds(got))
	}
}
