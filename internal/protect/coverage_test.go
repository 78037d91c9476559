package protect_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/protect"
)

func TestCoverageNamesWhoLagsAndWhy(t *testing.T) {
	h := newHub(t, protect.Config{})
	h.must(h.ask(coordinator, "c1.example", protect.Block))
	h.must(h.ask(coordinator, "c2.example", protect.Block))
	one, _ := h.Get(value(t, "c1.example"))
	two, _ := h.Get(value(t, "c2.example"))
	say := func(by, outlet, id string, inForce bool, problem string) {
		h.acknowledge(partner(by), protect.Receipt{Protection: id, Outlet: outlet, InForce: inForce, At: h.now, Problem: problem})
	}
	say("identity--a", "nft", one.ID, true, "")
	say("identity--a", "rpz", one.ID, true, "")
	say("identity--b", "nft", one.ID, true, "")
	say("identity--c", "nft", one.ID, false, "the disk is full")
	say("identity--d", "nft", two.ID, true, "") // and says nothing of the other
	h.must(h.halt(coordinator, protect.Stop{Scope: protect.ScopePartner, Partner: "identity--d", On: true, Reason: "a drill"}))
	cover := func(by access.Principal) protect.Coverage {
		return only(t, h.Cover(by, []string{one.ID}, h.now, reaches))
	}
	lag := func(c protect.Coverage) (list []string) {
		for _, s := range c.Stragglers {
			list = append(list, fmt.Sprintf("%s %s: %s", s.Partner, s.Outlet, s.Why))
		}
		return list
	}
	c := cover(coordinator)
	if c.Partners.N != 2 || c.InForce.N != 3 || c.Gone.N != 0 || c.Lagging.N != 2 || !c.Since.Equal(h.now) {
		t.Errorf("a coordinator is told %+v", c)
	}
	if diff := cmp.Diff([]string{"identity--c nft: the disk is full", "identity--d nft: it has said nothing about it yet"}, lag(c)); diff != "" {
		t.Error(diff)
	}
	d, err := h.Recall(coordinator, value(t, "c1.example"), "r", h.now)
	h.must(err)
	h.append(d)
	say("identity--a", "nft", one.ID, false, "")
	say("identity--b", "nft", one.ID, true, "the socket is gone")
	c = cover(coordinator)
	if c.InForce.N != 2 || c.Gone.N != 2 || c.Lagging.N != 2 {
		t.Errorf("after the recall %+v", c)
	}
	if diff := cmp.Diff([]string{"identity--a rpz: it has not said that it is gone", "identity--b nft: the socket is gone"}, lag(c)); diff != "" {
		t.Error(diff)
	}
	h.must(h.quarantine(coordinator, "identity--b", h.now, true))
	if c = cover(coordinator); c.Lagging.N != 1 || h.InForce(one.ID) != 1 {
		t.Errorf("the word of a partner under quarantine counts: %+v", c)
	}
}

// Others than coordinators see their own outlets, and counts behind which there
// are three partners at least: whoever asks, and whatever the receipts are.
func TestWhoSeesReceipts(t *testing.T) {
	seenFew, seenMany := 0, 0
	checkUntil(t, func() bool { return min(seenFew, seenMany) >= 10 }, func(t *rapid.T) {
		h := newHub(t, protect.Config{})
		h.must(h.ask(coordinator, "c2.example", protect.Block))
		p, _ := h.Get(value(t, "c2.example"))
		names := []string{"identity--a", "identity--b", "identity--c", "identity--d", "identity--e"}
		in := map[string]bool{}
		for range rapid.IntRange(0, 10).Draw(t, "receipts") {
			name, on := rapid.SampledFrom(names).Draw(t, "partner"), rapid.Bool().Draw(t, "in force")
			h.acknowledge(partner(name), protect.Receipt{Protection: p.ID, Outlet: "nft", InForce: on, At: h.now})
			in[name] = on
		}
		n := 0
		for _, on := range in {
			if on {
				n++
			}
		}
		who := rapid.SampledFrom(append(names, "identity--z")).Draw(t, "who")
		c := h.Cover(partner(who), []string{p.ID}, h.now, reaches)[0]
		for _, r := range c.Receipts {
			if string(r.Partner) != who {
				t.Fatalf("%s is shown the receipt of %s", who, r.Partner)
			}
		}
		for _, s := range c.Stragglers {
			if string(s.Partner) != who {
				t.Fatalf("%s is shown that %s lags", who, s.Partner)
			}
		}
		want := protect.Count{FewerThan: protect.MinCount}
		if n >= protect.MinCount {
			want = protect.Count{N: n}
			seenMany++
		} else {
			seenFew++
		}
		if c.Partners != want || c.InForce != want || h.InForceFor(partner(who), p.ID) != want {
			t.Fatalf("%d partners have it, and %s is told %+v", n, who, c)
		}
		if got := h.InForceFor(coordinator, p.ID); got != (protect.Count{N: n}) {
			t.Fatalf("%d partners have it, and a coordinator is told %+v", n, got)
		}
	})
}
