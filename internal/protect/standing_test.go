package protect_test

import (
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

var (
	ofTrust    = access.Standing{Organisation: "trust"}
	designated = access.Standing{Designated: true}
)

func visit(s sighting.Sighting) sighting.Sighting { s.Basis = sighting.Sinkhole; return s }

func TestVoicesAreCountedNotPartners(t *testing.T) {
	type told struct {
		by   string
		what sighting.Sighting
	}
	both := []told{{"a", seen(t, worm, 0, 1)}, {"b", seen(t, worm, 2, 3)}}
	for _, tt := range []struct {
		name   string
		stands map[string]access.Standing
		told   []told
		want   string
	}{
		{"two of one organisation", map[string]access.Standing{"a": ofTrust, "b": ofTrust}, both, ""},
		{"two organisations", map[string]access.Standing{"a": ofTrust, "b": {Organisation: "group"}}, both, "block active"},
		{"one with, one without", map[string]access.Standing{"a": ofTrust}, both, "block active"},
		{"an organisation called like a partner", map[string]access.Standing{"a": {Organisation: "b"}}, both, "block active"},
		{"two of one, and a third", map[string]access.Standing{"a": ofTrust, "b": ofTrust}, append(both, told{"c", seen(t, worm, 4, 5)}), "block active"},
		{"designated", map[string]access.Standing{"a": designated}, both[:1], "block active"},
		{"designated, of an organisation", map[string]access.Standing{"a": {Organisation: "trust", Designated: true}, "b": ofTrust}, both[:1], "block active"},
		{"another one is designated", map[string]access.Standing{"b": designated}, both[:1], ""},
		{"designated, as an indicator", map[string]access.Standing{"a": designated}, []told{{"a", indicator(seen(t, worm, 0, 1))}}, ""},
		{"designated, at the sinkhole", map[string]access.Standing{"a": designated}, []told{{"a", visit(seen(t, worm, 0, 1))}}, ""},
		{"two visits to the sinkhole", nil, []told{{"a", visit(seen(t, worm, 0, 1))}, {"b", visit(seen(t, worm, 2, 3))}}, ""},
		{"one suspect, one visit", nil, []told{{"a", seen(t, worm, 0, 1)}, {"b", visit(seen(t, worm, 2, 3))}}, ""},
	} {
		h := newHub(t, protect.Config{})
		for p, s := range tt.stands {
			h.standing[p] = s
		}
		for _, one := range tt.told {
			h.report(one.by, one.what)
		}
		h.settle()
		if got := h.stands(worm); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		h.sameRebuilt(value(t, worm))
	}
}

func TestDecisionSaysHowItWasCounted(t *testing.T) {
	h := newHub(t, protect.Config{})
	h.standing["a"], h.standing["b"], h.standing["d"] = ofTrust, ofTrust, designated
	for _, by := range []string{"a", "b", "c"} {
		h.report(by, seen(t, worm, 0, 1))
	}
	h.report("d", seen(t, "c2.example", 0, 1))
	h.settle()
	for text, want := range map[string][2]string{
		worm:         {"2 independent partners report it as suspect within 1h0m0s of each other", "suspect in the reports of 3 partners, those of one organisation counted once: 2"},
		"c2.example": {"a designated partner reports it as suspect", "suspect in the report of 1 partner"},
	} {
		if p, _ := h.Get(value(t, text)); p.Rule != want[0] || p.Reason != want[1] {
			t.Errorf("%s: %q because %q", text, p.Rule, p.Reason)
		}
	}
}

// Whoever is designated can be mistaken, or in an attacker's hands: a hospital's
// address, a resolver and the kill switch are as safe from it as from any two.
func TestGuardsWinOverDesignated(t *testing.T) {
	h := newHub(t, protect.Config{Guards: append(protect.DefaultGuards(), protect.Own{Addresses: addrs("198.51.100.99")})})
	h.standing["a"] = designated
	h.must(h.ask(coordinator, killSwitch, protect.MustResolve))
	for text, guard := range map[string]string{"8.8.8.8": "resolver", "198.51.100.99": "hub", "www.google.com": "core", "10.1.2.3": "private-address"} {
		h.report("a", seen(t, text, 0, 1))
		d := only(t, h.settle())
		if d.Kind != protect.KindRefused || !strings.Contains(string(d.Body), `"`+guard+`"`) {
			t.Errorf("%s: %s %s", text, d.Kind, d.Body)
		}
	}
	h.report("a", seen(t, killSwitch, 0, 1))
	h.settle()
	h.want(killSwitch, "must-resolve active")
	for _, p := range h.Effective(h.now) {
		if p.Polarity == protect.Block {
			t.Errorf("in force: %+v", p)
		}
	}
	h.report("a", unresolved(seen(t, "unresolved.example", 0, 1)))
	h.settle()
	h.want("unresolved.example", "observe active")
}

// A visit to the sinkhole with the words "it does not resolve" must not take a
// corroborated block down to watching.
func TestVisitsSayNothingOfAName(t *testing.T) {
	h := newHub(t, protect.Config{})
	h.report("c", unresolved(visit(seen(t, "c2.example", 0, 1))))
	h.report("a", seen(t, "c2.example", 0, 1))
	h.report("b", seen(t, "c2.example", 2, 3))
	h.settle()
	h.want("c2.example", "block active")
	if events := h.Why(coordinator, value(t, "c2.example")).Events; len(events) != 4 {
		t.Errorf("the story has %d events: that it was visited is part of it", len(events))
	}
}

// What waits for room under the cap is weighed again when an administrator
// takes a designation back, or says that two partners are one.
func TestAMistakeStopsAtOnce(t *testing.T) {
	h := newHub(t, protect.Config{MaxPerHour: 1})
	h.standing["d"] = designated
	for _, name := range []string{"one.example", "two.example", "three.example"} {
		h.report("d", seen(t, name, 0, 1))
	}
	h.report("e", seen(t, "two.example", 300, 301)) // a second partner, but hours apart
	h.report("a", seen(t, "four.example", 0, 1))
	h.report("b", seen(t, "four.example", 0, 1))
	h.report("c", seen(t, "five.example", 0, 1))
	h.report("b", seen(t, "five.example", 0, 1))
	h.settle()
	h.want("one.example", "block active")
	if held := h.Held(h.now); held != 4 {
		t.Fatalf("%d wait, want 4", held)
	}
	h.change("d", access.Standing{})
	h.change("a", ofTrust)
	h.change("b", ofTrust)
	if held := h.Held(h.now); held != 1 {
		t.Errorf("%d wait, want 1", held)
	}
	for range 3 {
		h.now = h.now.Add(3601e9)
		h.settle()
	}
	for name, want := range map[string]string{"two.example": "", "three.example": "", "four.example": "", "five.example": "block active"} {
		h.want(name, want)
	}
	// A report that was on its way with the old standing does not bring it back.
	h.standing["d"] = designated
	h.report("d", seen(t, "two.example", 1, 2))
	h.settle()
	h.want("two.example", "")
	h.sameRebuilt(value(t, "two.example"))
}

// A partner that changes its organisation is not two voices, and its old word
// does not become a designated one.
func TestWhoChangesIsStillOne(t *testing.T) {
	h := newHub(t, protect.Config{})
	h.report("a", seen(t, worm, 0, 1))
	h.change("a", ofTrust)
	h.report("a", seen(t, worm, 2, 3))
	h.settle()
	h.want(worm, "")
	h.report("a", seen(t, "c2.example", 0, 1))
	h.change("a", designated)
	h.report("b", seen(t, "c2.example", 300, 301)) // hours apart: the rule looks again, and finds one voice
	h.settle()
	h.want("c2.example", "")
	h.report("a", seen(t, "c2.example", 2, 3))
	h.settle()
	h.want("c2.example", "block active")
}

// After a recall an organisation does not bring the block back through its next
// partner, nor a partner by leaving its organisation.
func TestRecallHoldsAgainstTheSameOrganisation(t *testing.T) {
	h := newHub(t, protect.Config{})
	h.standing["a"], h.standing["a2"] = ofTrust, ofTrust
	h.report("a", seen(t, worm, 0, 1))
	h.report("b", seen(t, worm, 0, 1))
	h.settle()
	h.recall(worm)
	h.report("a2", seen(t, worm, 5, 6))
	h.change("a", access.Standing{})
	h.report("a", seen(t, worm, 5, 6))
	h.report("c", seen(t, worm, 5, 6))
	h.settle()
	h.want(worm, "block revoked")
	h.report("d", seen(t, worm, 5, 6))
	h.settle()
	h.want(worm, "block active")
}
