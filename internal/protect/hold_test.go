package protect_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/protect"
)

func subdomains(text string) listed {
	return name(text).with("labels", []string{"includes-subdomains"})
}

// lists has two partners contribute the same.
func (h *hub) lists(one listed) {
	h.t.Helper()
	h.contribute("identity--a", access.Green, one.object(nth(1)))
	h.contribute("identity--b", access.Green, one.object(nth(2)))
}

func TestWhatIsHeld(t *testing.T) {
	like := listed{"pattern": "[domain-name:value = 'c2.example' OR domain-name:value LIKE '%.c2.example']"}
	for _, tt := range []struct {
		name   string
		hold   protect.Hold
		listed listed
		value  string
		held   time.Duration
		exact  bool
	}{
		{name: "a name", listed: name("c2.example"), value: "c2.example", exact: true},
		{name: "a name with those below", listed: subdomains("c2.example"), value: "c2.example", held: 5 * time.Minute},
		{name: "a name with LIKE", listed: like, value: "c2.example", held: 5 * time.Minute},
		{name: "an address", listed: listed{"pattern": "[ipv4-addr:value = '198.51.100.7']"}, value: "198.51.100.7"},
		{name: "a network", listed: listed{"pattern": "[ipv4-addr:value ISSUBSET '198.51.100.0/28']"}, value: "198.51.100.0/28", held: 5 * time.Minute},
		{name: "a file", listed: listed{"pattern": "[file:hashes.'SHA-256' = '" + worm + "']"}, value: worm},
		{name: "as configured", hold: protect.Hold{Addresses: time.Hour}, listed: listed{"pattern": "[ipv4-addr:value = '198.51.100.7']"}, value: "198.51.100.7", held: time.Hour},
		{name: "never", hold: protect.Hold{Subdomains: -1}, listed: subdomains("c2.example"), value: "c2.example"},
	} {
		h := newHub(t, protect.Config{Hold: tt.hold})
		h.canaries("identity--canary")
		h.lists(tt.listed)
		d := only(t, h.settle())
		p, _ := h.Get(value(t, tt.value))
		if p.Exact != tt.exact {
			t.Errorf("%s: exact is %v", tt.name, p.Exact)
		}
		if tt.held == 0 {
			if p.Status != protect.Active || d.Audience != "green default" {
				t.Errorf("%s: %s for %q", tt.name, p.Status, d.Audience)
			}
			continue
		}
		if p.Status != protect.Canary || !p.Held.Equal(now.Add(tt.held)) || d.Audience != "red  identity--canary" || p.TLP != access.Green {
			t.Errorf("%s: %s until %s for %q", tt.name, p.Status, p.Held, d.Audience)
		}
		if more := h.wait(tt.held - time.Microsecond); len(more) != 0 {
			t.Errorf("%s: too early: %s", tt.name, more[0].Body)
		}
		d = only(t, h.wait(time.Microsecond))
		after, _ := h.Get(value(t, tt.value))
		if after.Status != protect.Active || after.ID != p.ID || !after.Held.IsZero() || d.Audience != "green default" {
			t.Errorf("%s: then %s for %q", tt.name, after.Status, d.Audience)
		}
		h.sameRebuilt(value(t, tt.value))
	}
}

// With one voice for the subdomains and one for the name alone, the name alone is
// what two voices say.
func TestTwoMeanMoreOrLess(t *testing.T) {
	h := newHub(t, protect.Config{})
	h.contribute("identity--a", access.Green, subdomains("c2.example").object(nth(1)))
	h.contribute("identity--b", access.Green, name("c2.example").object(nth(2)))
	h.settle()
	if p, _ := h.Get(value(t, "c2.example")); !p.Exact || p.Status != protect.Active {
		t.Errorf("%+v", p)
	}
}

func TestATroubledCanaryKeepsItFromTheOthers(t *testing.T) {
	coordinatorPromotes := func(h *hub) { h.must(h.ask(coordinator, "c2.example", protect.Block)) }
	for _, tt := range []struct {
		name string
		do   func(h *hub)
		want string
	}{
		{"no word", func(*hub) {}, "block active"},
		{"all is well", func(h *hub) { h.receipt("identity--canary", "c2.example", "") }, "block active"},
		{"a problem", func(h *hub) { h.receipt("identity--canary", "c2.example", "our mail stopped") }, "block canary"},
		{"somebody else's problem", func(h *hub) { h.receipt("identity--x", "c2.example", "our mail stopped") }, "block active"},
		{"a problem, mended", func(h *hub) {
			h.receipt("identity--canary", "c2.example", "our mail stopped")
			h.receipt("identity--canary", "c2.example", "")
		}, "block active"},
		{"a problem, and a coordinator", func(h *hub) {
			h.receipt("identity--canary", "c2.example", "our mail stopped")
			coordinatorPromotes(h)
		}, "block active"},
		{"recalled", func(h *hub) { h.recall("c2.example") }, "block revoked"},
		{"stopped", func(h *hub) {
			h.must(h.halt(coordinator, stopHub))
		}, "block canary"},
	} {
		h := newHub(t, protect.Config{})
		h.canaries("identity--canary")
		h.lists(subdomains("c2.example"))
		h.settle()
		first, _ := h.Get(value(t, "c2.example"))
		tt.do(h)
		h.wait(10 * time.Minute)
		p, _ := h.Get(value(t, "c2.example"))
		if got := h.stands("c2.example"); got != tt.want || p.ID != first.ID {
			t.Errorf("%s: %q, want %q; %s after %s", tt.name, got, tt.want, p.ID, first.ID)
		}
		h.sameRebuilt(value(t, "c2.example"))
	}
}

// What a canary partner has in force when it stops its automation stays when it is
// put in force for all; who was not given it before is not given it during a stop.
func TestAStopKeepsWhatACanaryHas(t *testing.T) {
	h := newHub(t, protect.Config{})
	h.canaries("identity--canary")
	h.lists(subdomains("c2.example"))
	h.settle()
	held, _ := h.Get(value(t, "c2.example"))
	h.now = h.now.Add(time.Minute)
	for _, p := range []access.PartnerID{"identity--canary", "identity--a"} {
		for _, stop := range []protect.Stop{{Scope: protect.ScopePartner, Partner: p, On: true}, {Scope: protect.ScopeOutlet, Partner: p, Outlet: "nft", On: true}} {
			h.must(h.halt(coordinator, stop))
		}
	}
	h.wait(10 * time.Minute)
	p, _ := h.Get(value(t, "c2.example"))
	if p.Status != protect.Active || !p.Decided.Equal(held.Decided) || !p.Promoted.Equal(h.now) || !p.Expires.Equal(held.Expires) {
		t.Fatalf("promoted: %+v", p)
	}
	if p.ConfidenceAt(h.now) >= held.Confidence || p.ConfidenceAt(h.now) != held.ConfidenceAt(h.now) {
		t.Errorf("its confidence counts from the promotion: %d, then %d", held.ConfidenceAt(h.now), p.ConfidenceAt(h.now))
	}
	for partner, want := range map[access.PartnerID]bool{"identity--canary": false, "identity--a": true, "identity--b": false} {
		if got := h.Stops().Halts(p, partner, "nft"); got != want {
			t.Errorf("at %s it is halted: %v, want %v", partner, got, want)
		}
	}
	h.must(h.halt(coordinator, protect.Stop{Scope: protect.ScopePartner, Partner: "identity--a"}))
	if !h.Stops().Halts(p, "identity--a", "nft") || h.Stops().Halts(p, "identity--a", "rpz") {
		t.Error("the stop of one outlet is another's")
	}
	h.lists(subdomains("later.example"))
	h.settle()
	if later, _ := h.Get(value(t, "later.example")); !h.Stops().Halts(later, "identity--canary", "nft") {
		t.Error("what is decided during its stop is put in force at a canary")
	}
	h.sameRebuilt(value(t, "c2.example"))
}

// A promotion or a renewal that a recall overtakes on its way to the ledger comes
// to nothing, and whoever took it for what is in force is told.
func TestWhatARecallOvertakesDoesNotComeBack(t *testing.T) {
	h := newHub(t, protect.Config{})
	h.canaries("identity--canary")
	h.lists(subdomains("c2.example"))
	h.settle()
	h.now = h.now.Add(6 * time.Minute)
	late := h.Pending(h.now)
	h.recall("c2.example")
	h.append(late...)
	h.want("c2.example", "block revoked")
	d := only(t, h.settle())
	if d.Audience != "green default" || !strings.Contains(string(d.Body), `"revoked"`) {
		t.Errorf("%s for %q", d.Body, d.Audience)
	}
	if again := h.settle(); len(again) != 0 {
		t.Errorf("told twice: %s", again[0].Body)
	}
	h.sameRebuilt(value(t, "c2.example"))
}

func TestItIsRenewedWhileItIsSeen(t *testing.T) {
	h := newHub(t, protect.Config{})
	h.lists(name("c2.example"))
	h.settle()
	first, _ := h.Get(value(t, "c2.example"))
	life := first.Expires.Sub(first.Decided)
	h.contribute("identity--a", access.Green, name("c2.example").object(nth(1)))
	h.settle()
	if more := h.wait(life * 4 / 5); len(more) != 0 {
		t.Fatalf("one voice renews it: %s", more[0].Body)
	}
	h.contribute("identity--a", access.Amber, name("c2.example").object(nth(3)))
	h.contribute("identity--b", access.Amber, name("c2.example").object(nth(4)))
	d := only(t, h.settle())
	p, _ := h.Get(value(t, "c2.example"))
	if p.ID != first.ID || !p.Renewed.Equal(h.now) || !p.Decided.Equal(first.Decided) || !p.Expires.Equal(h.now.Add(life)) {
		t.Errorf("renewed: %+v", p)
	}
	if d.Audience != "green default" || len(p.Partners) != 0 || p.TLP != access.Green {
		t.Errorf("for %q, of %v: what it rests on now is amber", d.Audience, p.Partners)
	}
	if p.ConfidenceAt(h.now) != p.Confidence || p.ConfidenceAt(p.Expires) != 20 {
		t.Errorf("confidence %d, then %d", p.ConfidenceAt(h.now), p.ConfidenceAt(p.Expires))
	}
	h.sameRebuilt(value(t, "c2.example"))
	h.wait(life)
	h.want("c2.example", "block expired")
	h.sameRebuilt(value(t, "c2.example"))
}
