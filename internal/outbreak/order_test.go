package outbreak_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

func TestCompareIsTheOrderToLookIn(t *testing.T) {
	at := func(m float64, status outbreak.Status, s outbreak.Severity, sectors ...string) outbreak.Outbreak {
		return outbreak.Outbreak{ID: fmt.Sprint(m), Raised: minute(m), Status: status, Severity: s, Critical: sectors}
	}
	want := []outbreak.Outbreak{
		at(1, outbreak.Open, outbreak.Critical),
		at(2, outbreak.Open, outbreak.Severe, "healthcare"),
		at(4, outbreak.Open, outbreak.Severe, "water"),
		at(3, outbreak.Open, outbreak.Severe, "water"),
		at(9, outbreak.Open, outbreak.Severe),
		at(8, outbreak.Open, outbreak.Low, "healthcare"),
		at(10, outbreak.Ended, outbreak.Critical, "healthcare"),
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, outbreak.Compare)
	for i := range want {
		if got[i].ID != want[i].ID {
			t.Errorf("place %d: %+v, want %+v", i, got[i], want[i])
		}
	}
}

func TestGrowthAndReach(t *testing.T) {
	k := newDesk(t)
	// Eight partners, each with hosts that double every half hour.
	hosts := 2.0
	for m := range 240 {
		hosts *= 1.0233738919967
		for p := range 8 {
			k.report(p, sighting.Report{Scans: []sighting.Scan{{Port: 445, Sources: int(hosts) + p%3, FirstSeen: minute(0), LastSeen: minute(float64(m) + float64(p)/10)}}})
		}
		k.decide(minute(float64(m) + 1))
	}
	o := k.state.List()[0]
	if o.Growth == nil || !o.Growth.Settled || o.Growth.Doubling == nil || o.Reach == nil {
		t.Fatalf("growth %+v, reach %+v", o.Growth, o.Reach)
	}
	if d := o.Growth.Doubling; d.Low > 1800 || d.High < 1800 || d.Mid < 1500 || d.Mid > 2100 {
		t.Errorf("doubling %+v s, want 1800", *d)
	}
	// In an hour there will be four times as many.
	if h, want := o.Reach.Hosts, 4*float64(o.Sources); h.Mid < want/1.5 || h.Mid > 1.5*want {
		t.Errorf("reach %+v, want about %v", h, want)
	}
	t.Logf("growth %+v doubling %+v reach %+v sources %d severity %s", *o.Growth, *o.Growth.Doubling, *o.Reach, o.Sources, o.Severity)
}
