package protect_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// A decision with the id of the one in force that fewer would be told of, as two
// coordinators who race may bring about, goes to all who know of that one, and so
// does its end.
func TestTheSameIdIsNotToldToFewer(t *testing.T) {
	h := newHub(t, protect.Config{})
	h.must(h.ask(coordinator, "c2.example", protect.Block))
	again, err := h.Ask(coordinator, protect.Request{Value: value(t, "c2.example"), Polarity: protect.Block, Reason: "r"}, h.now)
	h.must(err)
	again.Audience = access.ToCommunity(access.AmberStrict).String()
	h.append(again)
	want := access.ToCommunity(access.Green)
	if d := only(t, h.Decisions(h.now)); !cmp.Equal(d.Audience, want) || d.Reason != "r" {
		t.Errorf("%q is told to %+v, want %+v", d.Reason, d.Audience, want)
	}
	end, err := h.Recall(coordinator, value(t, "c2.example"), "r", h.now)
	h.must(err)
	if end.Audience != want.String() {
		t.Errorf("its end is told to %q", end.Audience)
	}
	h.wait(25 * time.Hour)
	if d := h.entries[len(h.entries)-1]; !strings.Contains(string(d.Body), `"expired"`) || d.Audience != want.String() {
		t.Errorf("%s for %q", d.Body, d.Audience)
	}
	h.sameRebuilt(value(t, "c2.example"))
}

// Nobody but the canary partners, and coordinators, learns of what is held: not
// by a list, not by what they may not ask for.
func TestOthersDoNotLearnOfACanary(t *testing.T) {
	h := newHub(t, protect.Config{})
	h.canaries("identity--canary")
	h.lists(subdomains("c2.example"))
	h.settle()
	for by, sees := range map[access.PartnerID]bool{"identity--canary": true, "identity--a": false, "identity--vendor": false} {
		_, got := h.GetFor(member(by), value(t, "c2.example"))
		if in := len(h.EffectiveFor(member(by), h.now)) == 1; got != sees || in != sees || len(h.ListFor(member(by))) == 1 != sees {
			t.Errorf("%s is shown it: %v, in force %v, want %v", by, got, in, sees)
		}
	}
	if err := h.ask(contributor, "c2.example", protect.Block); err != nil {
		t.Errorf("a contributor who does not know of it proposes it: %v", err)
	}
	if p, ok := h.GetFor(contributor, value(t, "c2.example")); !ok || p.Status != protect.Proposed {
		t.Errorf("and is shown %+v", p)
	}
	if _, ok := h.GetFor(coordinator, value(t, "c2.example")); !ok {
		t.Error("a coordinator is not shown it")
	}
	d, err := h.Recall(coordinator, value(t, "c2.example"), "r", h.now)
	h.must(err)
	if d.Audience != "red  identity--canary" {
		t.Errorf("its end is told to %q", d.Audience)
	}
}

// Who is told of the first and not of what takes its place has to learn that it
// is over.
func TestANarrowerDecisionInTheWay(t *testing.T) {
	h := newHub(t, protect.Config{})
	d, err := h.Ask(coordinator, protect.Request{Value: value(t, "c2.example"), Polarity: protect.Observe, Reason: "r", TLP: access.AmberStrict}, h.now)
	h.must(err)
	h.report("identity--a", seen(t, "c2.example", 0, 1))
	h.report("identity--b", seen(t, "c2.example", 0, 1))
	h.settle() // amber
	first, _ := h.Get(value(t, "c2.example"))
	h.append(d)
	h.want("c2.example", "observe active")
	end := only(t, h.settle())
	if end.Audience != access.ToCommunity(access.Amber).String() || !strings.Contains(string(end.Body), first.ID) {
		t.Errorf("%s for %q", end.Body, end.Audience)
	}
	h.want("c2.example", "observe active")
	if _, err := h.Ask(coordinator, protect.Request{Value: value(t, "c2.example"), Polarity: protect.Block, Reason: "r", TLP: access.AmberStrict}, h.now); err != nil {
		t.Errorf("as widely: %v", err)
	}
	h.must(h.ask(coordinator, "c2.example", protect.Block))
	if _, err := h.Ask(coordinator, protect.Request{Value: value(t, "c2.example"), Polarity: protect.Block, Reason: "r", TLP: access.Amber}, h.now); err == nil || !strings.Contains(err.Error(), "TLP:AMBER") {
		t.Errorf("more narrowly than what is in force: %v", err)
	}
}

func TestMarkedAsWidelyAsItRests(t *testing.T) {
	g, a, s := access.Green, access.Amber, access.AmberStrict
	for _, tt := range []struct {
		levels []access.TLP
		want   access.TLP
		names  int
	}{
		{[]access.TLP{g, g}, g, 2}, {[]access.TLP{access.Clear, g}, g, 2}, {[]access.TLP{g, a}, a, 2}, {[]access.TLP{g, s}, s, 2},
		{[]access.TLP{s, g, g}, g, 2}, {[]access.TLP{s, a, g}, a, 2}, {[]access.TLP{a, a, s}, a, 2}, {[]access.TLP{s, s, s}, s, 2},
		{[]access.TLP{g, access.Red}, "", 0}, {[]access.TLP{g, access.Red, s}, s, 2},
	} {
		h := newHub(t, protect.Config{})
		for i, level := range tt.levels {
			h.reportAs("identity--"+string(rune('a'+i)), "r", access.ToCommunity(level), seen(t, "c2.example", 0, 1))
		}
		h.settle()
		p, _ := h.Get(value(t, "c2.example"))
		if p.TLP != tt.want || len(p.Partners) != tt.names {
			t.Errorf("%v: %q with %v, want %q with %d", tt.levels, p.TLP, p.Partners, tt.want, tt.names)
		}
	}
}

// What the rule refuses is told to no more than what it would have decided.
func TestARefusalIsMarkedAsItRests(t *testing.T) {
	h := newHub(t, protect.Config{})
	for _, by := range []string{"identity--a", "identity--b"} {
		h.reportAs(by, "r", access.ToCommunity(access.AmberStrict), seen(t, "8.8.8.8", 0, 1))
	}
	if d := only(t, h.settle()); d.Kind != protect.KindRefused || d.Audience != access.ToCommunity(access.AmberStrict).String() {
		t.Errorf("%s for %q", d.Kind, d.Audience)
	}
}

func TestDecisionsSayWhoIsTold(t *testing.T) {
	h := newHub(t, protect.Config{})
	h.must(h.ask(coordinator, "c2.example", protect.Block))
	want := []protect.Decision{{Protection: only(t, h.Effective(h.now)), Owner: "identity--cert", Audience: access.ToCommunity(access.Green)}}
	if diff := cmp.Diff(want, h.Decisions(h.now)); diff != "" {
		t.Error(diff)
	}
	if in := slices.Collect(slices.Values(h.EffectiveFor(access.Visitor, h.now))); len(in) != 1 {
		t.Errorf("a guest is shown %v", in)
	}
}
