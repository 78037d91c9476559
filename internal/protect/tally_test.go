package protect_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/protect"
)

func TestTally(t *testing.T) {
	h := newHub(t, protect.Config{})
	for _, name := range []string{"c1.example", "c2.example", "c3.example"} {
		h.must(h.ask(coordinator, name, protect.Block))
	}
	h.must(h.ask(coordinator, "c4.example", protect.Observe))
	want := func(when string, wanted protect.Tally) {
		t.Helper()
		if diff := cmp.Diff(wanted, h.Tally(h.now)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	say := func(by, name string, inForce bool) {
		t.Helper()
		p, _ := h.Get(value(t, name))
		h.acknowledge(partner(by), protect.Receipt{Protection: p.ID, Outlet: "nft", InForce: inForce, At: h.now})
	}
	inForce := map[protect.Polarity]int{protect.Block: 3, protect.Observe: 1}
	want("just decided", protect.Tally{InForce: inForce})
	h.now = h.now.Add(time.Minute)
	want("a minute later", protect.Tally{InForce: inForce, Unconfirmed: 4})
	say("identity--a", "c1.example", true)
	say("identity--b", "c1.example", false)
	say("identity--b", "c2.example", true)
	want("with receipts", protect.Tally{InForce: inForce, Unconfirmed: 2, Lagging: 1})
	h.recall("c2.example")
	want("recalled, and still in force somewhere", protect.Tally{InForce: map[protect.Polarity]int{protect.Block: 2, protect.Observe: 1}, Unconfirmed: 2, Lagging: 2})
	say("identity--b", "c2.example", false)
	want("gone", protect.Tally{InForce: map[protect.Polarity]int{protect.Block: 2, protect.Observe: 1}, Unconfirmed: 2, Lagging: 1})
	h.must(h.quarantine(coordinator, "identity--a", h.now, true))
	want("whose word does not count", protect.Tally{InForce: map[protect.Polarity]int{protect.Block: 2, protect.Observe: 1}, Unconfirmed: 3, Lagging: 1})
}
