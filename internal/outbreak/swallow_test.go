package outbreak_test

import (
	"slices"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/outbreak"
)

// With an outbreak at a few of the hub's partners what these report goes
// together; one at most of them does not swallow what is of another.
func TestAnOutbreakAtMostPartnersSwallowsNoOther(t *testing.T) {
	for _, c := range []struct{ members, scanning, want int }{
		{40, 10, 1},
		{40, 30, 2},
		{8, 8, 1}, // of few partners too little is known
	} {
		k := newDesk(t)
		for range c.members {
			k.append(ledger.Draft{Kind: access.KindPartnerJoined, Actor: access.Hub, Body: []byte("{}")})
		}
		for p := range c.scanning {
			k.scans(p, 5, 445, minute(float64(p)/4))
			k.decide(minute(10))
		}
		k.asks(1, "another.example", minute(8))
		k.asks(2, "another.example", minute(9))
		k.decide(minute(10))
		if got := len(k.state.List()); got != c.want {
			t.Errorf("%d of %d partners scan, and two name a value: %d outbreaks, want %d", c.scanning, c.members, got, c.want)
		}
	}
}

// Two outbreaks of the same partners are two where these are most of the hub's,
// and become one as soon as it has others as well.
func TestOutbreaksOfTheSamePartnersAreOneOnceThereAreOthers(t *testing.T) {
	k := newDesk(t)
	join := func(n int) {
		for range n {
			k.append(ledger.Draft{Kind: access.KindPartnerJoined, Actor: access.Hub, Body: []byte("{}")})
		}
	}
	join(16)
	for p := range 9 {
		k.scans(p, 5, 445, minute(float64(p)/4))
		k.decide(minute(10))
	}
	for p := range 9 {
		k.asks(p, "switch.example", minute(5+float64(p)/4))
		k.decide(minute(10))
	}
	if got := k.state.List(); len(got) != 2 || got[0].Status != outbreak.Open || got[1].Status != outbreak.Open {
		t.Fatalf("9 of 16 partners: want two outbreaks: %+v", got)
	}
	join(4)
	if got := kinds(k.decide(minute(11))); !slices.Equal(got, []string{"outbreak.grown", "outbreak.merged"}) {
		t.Errorf("9 of 20 partners: %q", got)
	}
}
