package outbreak_test

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// One report may say the same of two times more than a day apart: what rings by
// the second is another outbreak than what rang by the first, and rings once.
func TestWhatRingsAgainIsAnother(t *testing.T) {
	for _, falseAlarm := range []bool{false, true} {
		k := newDesk(t)
		k.clock = minute(31 * 60)
		k.report(0, sighting.Report{Sightings: []sighting.Sighting{suspect(t, "x.example", minute(0)), suspect(t, "x.example", minute(30*60))}})
		k.asks(1, "x.example", minute(1))
		k.decide(k.clock)
		first := k.state.List()[0].ID
		k.end(first, falseAlarm)
		for p := range 2 {
			k.asks(p, "x.example", minute(30*60+1+float64(p)))
		}
		if got := kinds(k.decide(k.clock)); !slices.Equal(got, []string{"outbreak.raised"}) {
			t.Errorf("false alarm %t: decided %q", falseAlarm, got)
		}
		if list := k.state.List(); len(list) != 2 || list[1].ID == first {
			t.Errorf("false alarm %t: %+v", falseAlarm, list)
		}
	}
}

// Two that collude, who can raise an outbreak of invented values, cannot have it
// swallow the scans of others, be it full or not; and it is not merged with them.
func TestTwoThatColludeSilenceNobody(t *testing.T) {
	for _, junk := range []int{1, 70} {
		k := newDesk(t)
		for p := range 2 {
			var list []sighting.Sighting
			for i := range junk {
				list = append(list, suspect(t, fmt.Sprintf("junk%02d.example", i), minute(float64(p))))
			}
			k.report(p, sighting.Report{Sightings: list})
		}
		k.decide(minute(5))
		for p := range 2 {
			k.scans(p, 3, 445, minute(float64(6+p)))
		}
		k.scans(2, 30, 445, minute(10))
		if got := kinds(k.decide(minute(11))); !slices.Equal(got, []string{"outbreak.raised"}) {
			t.Fatalf("%d values: the first honest partner: decided %q", junk, got)
		}
		for p := 3; p < 20; p++ {
			k.scans(p, 30, 445, minute(float64(8+p)))
			k.decide(minute(float64(9 + p)))
		}
		list := k.state.List()
		if len(list) != 2 || list[1].Port != 445 || len(list[1].Partners) != 20 || list[0].Port != 0 {
			t.Fatalf("%d values: %+v", junk, list)
		}
		k.end(list[0].ID, true) // a false alarm: nothing of the other is lost
		k.scans(30, 3, 445, minute(30))
		if o, _ := k.state.Get(list[1].ID); o.Status != outbreak.Open || len(o.Partners) != 21 {
			t.Errorf("%d values: after the false alarm %+v", junk, o)
		}
	}
}

// A full outbreak takes in no more of those that it is of; others that name the
// same value ring as many as ever.
func TestAFullOutbreakSilencesNobody(t *testing.T) {
	k := newDesk(t)
	for i := range 70 {
		for p := range 2 {
			k.asks(p, fmt.Sprintf("junk%02d.example", i), minute(float64(p)))
		}
	}
	k.decide(minute(5))
	k.asks(2, "junk69.example", minute(6))
	if got := k.decide(minute(7)); len(got) != 0 {
		t.Errorf("one other: %q", kinds(got))
	}
	k.asks(3, "junk69.example", minute(7))
	if got := kinds(k.decide(minute(8))); len(got) == 0 || got[0] != "outbreak.raised" {
		t.Errorf("two others: %q", got)
	}
}

// What can only join, and has nothing to join, is weighed once, and again when
// there is an outbreak that it may be of.
func TestWhatCanOnlyJoinIsWeighedOnce(t *testing.T) {
	k := newDesk(t)
	k.clock = minute(60)
	for p := range 2 {
		for from := 1; from < 6000; from += 1000 {
			var list []sighting.Scan
			for port := from; port < from+1000; port++ {
				list = append(list, sighting.Scan{Port: uint16(port), Sources: 3, Contacts: 30, FirstSeen: minute(0), LastSeen: minute(1)})
			}
			k.report(p, sighting.Report{Scans: list})
		}
	}
	k.decide(k.clock)
	if n := testing.AllocsPerRun(3, func() { k.state.Pending(k.clock) }); n > 100 {
		t.Errorf("asked again: %.0f allocations, as if 6,000 ports were weighed", n)
	}
	for p := range 2 {
		k.asks(p, "switch.example", minute(float64(2+p)))
	}
	k.decide(k.clock)
	if list := k.state.List(); len(list) != 1 || list[0].Port == 0 {
		t.Errorf("the outbreak of their partners took none of the ports: %+v", list)
	}
}

// One partner alone keeps no outbreak open, and its count stops no growth.
func TestOnePartnerKeepsNothingOpen(t *testing.T) {
	k := newDesk(t)
	k.clock = minute(5)
	for p := range 3 {
		k.scans(p, 3, 445, minute(float64(p)))
	}
	k.decide(k.clock)
	k.scans(0, 1<<30, 445, minute(4))
	k.decide(k.clock)
	for p := 1; p < 3; p++ {
		k.scans(p, 300, 445, minute(5))
	}
	if got := kinds(k.decide(k.clock)); !slices.Equal(got, []string{"outbreak.grown"}) {
		t.Errorf("the others' hosts are a hundred times as many: %q", got)
	}
	var ended time.Time
	for half := 1; half < 8 && ended.IsZero(); half++ {
		k.clock = minute(float64(12 * 60 * half))
		k.scans(0, 1, 445, k.clock)
		if got := k.decide(k.clock); slices.Contains(kinds(got), "outbreak.ended") {
			ended = told(t, got)[0].Ended
		}
	}
	if !ended.Equal(minute(24*60 + 5)) {
		t.Errorf("ended at %s, a day after the second voice's last word is %s", ended, minute(24*60+5))
	}
}

// Whoever sees what two outbreaks are known by makes them no one.
func TestKnownIndicatorsMergeNothing(t *testing.T) {
	for _, organisation := range []string{"", "trust"} {
		k := newDesk(t)
		for p := range 3 {
			k.asks(p, "a.example", minute(float64(p)))
			k.asks(10+p, "b.example", minute(float64(p)))
		}
		k.decide(minute(5))
		for p := 50; p < 54; p++ {
			for _, name := range []string{"a.example", "b.example"} {
				s := suspect(t, name, minute(6))
				if organisation == "" {
					s.Basis = sighting.Indicator
				}
				k.report(p, sighting.Report{Sector: "water", Country: "FR", Organisation: organisation, Sightings: []sighting.Sighting{s}})
			}
		}
		if got := kinds(k.decide(minute(7))); slices.Contains(got, "outbreak.merged") {
			t.Errorf("organisation %q: %q", organisation, got)
		}
	}
}

// What one partner alone says at length takes little memory.
func TestLonePointsAreFew(t *testing.T) {
	k := newDesk(t)
	k.clock = minute(60 * 24)
	k.scans(1, 3, 445, minute(1))
	const values = 2000
	heap := func() float64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc)
	}
	before := heap()
	for s := range 48 {
		var list []sighting.Sighting
		for i := range values {
			list = append(list, suspect(t, fmt.Sprintf("v%06d.example", i), minute(float64(5*s))))
		}
		k.report(0, sighting.Report{Sightings: list})
		k.entries = k.entries[len(k.entries)-1:]
	}
	if each := (heap() - before) / values; each > 3000 {
		t.Errorf("%.0f bytes a value", each)
	}
	// Another's word of an hour that was thinned out still meets one of them.
	k.asks(2, "v000007.example", minute(70))
	if got := kinds(k.decide(k.clock)); !slices.Equal(got, []string{"outbreak.raised"}) {
		t.Errorf("decided %q", got)
	}
}
