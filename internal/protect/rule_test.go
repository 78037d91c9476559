package protect_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

const worm = "24d004a104d4d54034dbcffc2a4b19a11f39008a575aa614ea04703480b1022c"

// told is one report of one partner about one value.
type told struct {
	by   string
	what sighting.Sighting
}

func TestCorroboration(t *testing.T) {
	tests := []struct {
		name  string
		value string
		told  []told
		want  string
	}{
		{"two partners, a name", "c2.example", []told{{"a", seen(t, "c2.example", 0, 1)}, {"b", seen(t, "c2.example", 2, 3)}}, "block active"},
		{"two partners, an address", "198.51.100.7", []told{{"a", seen(t, "198.51.100.7", 0, 1)}, {"b", seen(t, "198.51.100.7", 2, 3)}}, "block active"},
		{"two partners, a file", worm, []told{{"a", seen(t, worm, 0, 1)}, {"b", seen(t, worm, 2, 3)}}, "block active"},
		{"one partner", worm, []told{{"a", seen(t, worm, 0, 1)}}, ""},
		{"one partner twice", worm, []told{{"a", seen(t, worm, 0, 1)}, {"a", seen(t, worm, 2, 3)}}, ""},
		{"the hub is no partner", worm, []told{{"hub", seen(t, worm, 0, 1)}, {"a", seen(t, worm, 2, 3)}}, ""},
		{"exactly the window apart", worm, []told{{"a", seen(t, worm, 0, 10)}, {"b", seen(t, worm, 70, 80)}}, "block active"},
		{"more than the window apart", worm, []told{{"a", seen(t, worm, 0, 10)}, {"b", seen(t, worm, 71, 80)}}, ""},
		{"apart, then together", worm, []told{{"a", seen(t, worm, 0, 10)}, {"b", seen(t, worm, 200, 210)}, {"a", seen(t, worm, 205, 206)}}, "block active"},
		{"between two stretches of another", worm, []told{{"a", seen(t, worm, 0, 1)}, {"a", seen(t, worm, 300, 301)}, {"b", seen(t, worm, 150, 151)}}, ""},
		{"an indicator's sightings", worm, []told{{"a", indicator(seen(t, worm, 0, 1))}, {"b", indicator(seen(t, worm, 2, 3))}}, ""},
		{"one suspect, one indicator", worm, []told{{"a", seen(t, worm, 0, 1)}, {"b", indicator(seen(t, worm, 2, 3))}}, ""},
		{"unresolved to both", killSwitch, []told{{"a", unresolved(seen(t, killSwitch, 0, 1))}, {"b", unresolved(seen(t, killSwitch, 2, 3))}}, "observe active"},
		{"unresolved to one", killSwitch, []told{{"a", unresolved(seen(t, killSwitch, 0, 1))}, {"b", seen(t, killSwitch, 2, 3)}}, "observe active"},
		{"unresolved to a third, as an indicator", killSwitch, []told{
			{"c", unresolved(indicator(seen(t, killSwitch, 0, 1)))}, {"a", seen(t, killSwitch, 0, 1)}, {"b", seen(t, killSwitch, 2, 3)},
		}, "observe active"},
		{"a URL is for people", "http://c2.example/a", []told{{"a", seen(t, "http://c2.example/a", 0, 1)}, {"b", seen(t, "http://c2.example/a", 2, 3)}}, ""},
		{"a network is for people", "198.51.100.0/24", []told{{"a", seen(t, "198.51.100.0/24", 0, 1)}, {"b", seen(t, "198.51.100.0/24", 2, 3)}}, ""},
		{"times the wrong way round", worm, []told{{"a", seen(t, worm, 10, 0)}, {"b", seen(t, worm, 70, 70)}}, "block active"},
	}
	for _, tt := range tests {
		// The order of arrival must not matter.
		for _, reverse := range []bool{false, true} {
			h := newHub(t, protect.Config{})
			order := slices.Clone(tt.told)
			if reverse {
				slices.Reverse(order)
			}
			for _, one := range order {
				h.report(one.by, one.what)
			}
			h.settle()
			if got := h.stands(tt.value); got != tt.want {
				t.Errorf("%s (reverse %v): %q, want %q", tt.name, reverse, got, tt.want)
			}
			h.sameRebuilt(value(t, tt.value))
		}
	}
}

// One partner's two stretches must not bridge the gap between them: no window
// of ten minutes holds a, b and c.
func TestStretchesDoNotBridge(t *testing.T) {
	h := newHub(t, protect.Config{Corroboration: 3, Window: 10 * time.Minute})
	h.report("a", seen(t, worm, 0, 0))
	h.report("a", seen(t, worm, 20, 20))
	h.report("b", seen(t, worm, 9, 9))
	h.report("c", seen(t, worm, 11, 11))
	if drafts := h.settle(); len(drafts) != 0 {
		t.Fatalf("decided: %s", drafts[0].Body)
	}
	h.report("a", seen(t, worm, 10, 10)) // this one closes it
	h.settle()
	h.want(worm, "block active")
}

func TestDecisionSaysWhatItRestsOn(t *testing.T) {
	h := newHub(t, protect.Config{Corroboration: 3})
	h.report("identity--a", seen(t, "c2.example", 0, 1))
	h.reportAs("identity--b", "secret", access.Audience{TLP: access.Red}, seen(t, "c2.example", 0, 1))
	h.reportAs("identity--d", "strict", access.ToCommunity(access.AmberStrict), seen(t, "c2.example", 0, 1))
	if drafts := h.Pending(h.now); len(drafts) != 0 {
		t.Fatalf("RED counts: %s", drafts[0].Body)
	}
	h.report("identity--c", seen(t, "c2.example", 0, 1))
	h.report("identity--e", seen(t, "c2.example", 0, 1))
	d := only(t, h.settle())
	if d.Actor != "hub" || d.Audience != access.ToCommunity(access.Amber).String() {
		t.Errorf("decided by %q for %q", d.Actor, d.Audience)
	}
	p := only(t, h.Effective(h.now))
	want := protect.Protection{
		ID: p.ID, Value: value(t, "c2.example"), Exact: true, Polarity: protect.Block, Status: protect.Active, By: "hub",
		TLP: access.Amber, Confidence: 94,
		Rule: "3 independent partners report it as suspect within 1h0m0s of each other", Reason: "suspect in the reports of 3 partners",
		Reports: 3, Partners: []access.PartnerID{"identity--a", "identity--c", "identity--e"}, Evidence: []string{"report-1", "report-2", "report-3"},
		Guards: p.Guards, Decided: now, Expires: p.Expires,
	}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Error(diff)
	}
	if guards := append([]string{"must-resolve"}, protect.Guards(protect.DefaultGuards()).Names()...); !slices.Equal(p.Guards[:len(guards)], guards) {
		t.Errorf("asked were %v", p.Guards)
	}
	for _, hidden := range []string{"identity--b", "secret", "identity--d", "strict"} {
		if strings.Contains(string(d.Body), hidden) {
			t.Errorf("the decision names what is marked more narrowly: %s", d.Body)
		}
	}
}

// Report ids are the partners' choice: one that sends its own again is still
// one, and two that choose the same one are two.
func TestACopiedReportCountsOnce(t *testing.T) {
	h := newHub(t, protect.Config{})
	s := seen(t, worm, 0, 1)
	h.reportAs("identity--a", "one", access.ToCommunity(access.Amber), s)
	h.reportAs("identity--a", "one", access.ToCommunity(access.Amber), s)
	h.settle()
	h.want(worm, "")
	if e := only(t, h.Why(coordinator, value(t, worm)).Events); e.Sightings.Reports != 1 || e.Sightings.Count != 3 {
		t.Errorf("counted %+v", e.Sightings)
	}
	h.reportAs("identity--b", "one", access.ToCommunity(access.Amber), s)
	h.settle()
	h.want(worm, "block active")
}

// A hospital's own address, a public resolver, a popular name: whatever two
// partners say, the rule refuses, once, and says so to everyone.
func TestTheRuleAsksTheGuards(t *testing.T) {
	for text, guard := range map[string]string{
		"10.20.30.40": "private-address", "8.8.8.8": "resolver", "www.google.com": "core", "co.uk": "public-suffix",
		"printer.local": "special-name", "203.0.113.80": "must-resolve", "2001:4860:4860::8888": "resolver",
	} {
		h := newHub(t, protect.Config{})
		h.report("identity--a", seen(t, text, 0, 1))
		h.report("identity--b", seen(t, text, 0, 1))
		d := only(t, h.settle())
		if d.Kind != protect.KindRefused || d.Actor != "hub" {
			t.Errorf("%s: %s by %s: %s", text, d.Kind, d.Actor, d.Body)
		}
		if r := only(t, h.Refusals(contributor)); r.Guard != guard || r.Reason == "" || r.Remedy == "" {
			t.Errorf("%s: refused by %+v, want guard %s", text, r, guard)
		}
		h.report("identity--a", seen(t, text, 5, 6))
		if again := h.settle(); len(again) != 0 {
			t.Errorf("%s: the same partner made the rule ask again: %s", text, again[0].Body)
		}
		if in := h.Effective(h.now); len(in) != 0 {
			t.Errorf("%s: in force: %+v", text, in)
		}
		h.sameRebuilt(value(t, text))
	}
}
