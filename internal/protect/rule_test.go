package protect_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/observable"
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

func TestRecallHoldsAgainstTheSamePartners(t *testing.T) {
	h := newHub(t, protect.Config{})
	h.report("identity--a", seen(t, worm, 0, 1))
	h.report("identity--b", seen(t, worm, 0, 1))
	h.settle()
	first := only(t, h.Effective(h.now))
	h.recall(worm)
	h.want(worm, "block revoked")
	if in := h.Effective(h.now); len(in) != 0 {
		t.Fatalf("in force after the recall: %+v", in)
	}
	h.report("identity--a", seen(t, worm, 5, 6))
	h.report("identity--b", seen(t, worm, 5, 6))
	h.report("identity--c", seen(t, worm, 5, 6))
	h.settle()
	h.want(worm, "block revoked")
	h.report("identity--d", seen(t, worm, 5, 6))
	h.settle()
	h.want(worm, "block active")
	if again := only(t, h.Effective(h.now)); again.ID == first.ID {
		t.Error("the new protection has the id of the recalled one: its receipts would be mixed up")
	}
	h.recall(worm)
	h.must(h.ask(coordinator, worm, protect.Block))
	h.want(worm, "block active")
	h.sameRebuilt(value(t, worm))
}

func TestExpiryIsADecision(t *testing.T) {
	h := newHub(t, protect.Config{Lifetime: time.Hour})
	h.report("identity--a", seen(t, worm, 0, 1))
	h.report("identity--b", seen(t, worm, 0, 1))
	h.settle()
	ends := only(t, h.Effective(h.now)).Expires
	h.now = ends.Add(-time.Microsecond)
	if drafts := h.settle(); len(drafts) != 0 || len(h.Effective(h.now)) != 1 {
		t.Fatalf("before the time is up: %d drafts, %d in force", len(drafts), len(h.Effective(h.now)))
	}
	h.now = ends
	if in := h.Effective(h.now); len(in) != 0 {
		t.Errorf("in force after its time: %+v", in)
	}
	only(t, h.settle())
	h.want(worm, "block expired")
	h.report("identity--a", seen(t, worm, 60, 61)) // alone, the other's word was before
	h.settle()
	h.want(worm, "block expired")
	h.report("identity--b", seen(t, worm, 60, 61))
	h.settle()
	h.want(worm, "block active")
	h.sameRebuilt(value(t, worm))
}

func TestAllThatHasRunOutEndsAtOnce(t *testing.T) {
	h := newHub(t, protect.Config{Lifetime: time.Hour})
	for i := range 40 {
		h.now = now.Add(time.Duration(i*7%40) * time.Minute)
		h.must(h.ask(coordinator, fmt.Sprintf("c%d.example", i), protect.Block))
	}
	h.now = now.Add(time.Hour + 19*time.Minute)
	if got := len(h.Pending(h.now)); got != 20 {
		t.Errorf("%d end, want 20", got)
	}
	h.settle()
	if got := len(h.Effective(h.now)); got != 20 {
		t.Errorf("%d stay, want 20", got)
	}
	h.sameRebuilt()
}

func TestCapHoldsBack(t *testing.T) {
	h := newHub(t, protect.Config{MaxPerHour: 3})
	for i := range 5 {
		s := seen(t, fmt.Sprintf("c%d.example", i), 0, 1)
		h.report("identity--a", s)
		h.report("identity--b", s)
	}
	if got := len(h.settle()); got != 3 || h.Held(h.now) != 2 {
		t.Fatalf("%d added, %d held back; want 3 and 2", got, h.Held(h.now))
	}
	h.sameRebuilt()
	h.must(h.ask(coordinator, "other.example", protect.Block)) // the cap is automation's
	h.want("c2.example", "block active")
	h.want("c3.example", "")
	h.must(h.ask(coordinator, "c4.example", protect.Observe)) // a person was faster
	h.now = now.Add(time.Hour)
	if got := len(h.settle()); got != 1 || h.Held(h.now) != 0 {
		t.Errorf("an hour later %d added, %d held back; want 1 and 0", got, h.Held(h.now))
	}
	h.want("c3.example", "block active")
	h.want("c4.example", "observe active")
}

// A report that a name does not resolve may reach the ledger between the rule's
// look and its decision; and once a name is blocked, not resolving is our own doing.
func TestUnresolvedAroundTheDecision(t *testing.T) {
	h := newHub(t, protect.Config{})
	h.report("identity--a", seen(t, "c2.example", 0, 1))
	h.report("identity--b", seen(t, "c2.example", 0, 1))
	late := h.Pending(h.now)
	h.report("identity--c", unresolved(seen(t, "c2.example", 0, 1)))
	h.append(late...)
	h.want("c2.example", "block active")
	h.settle()
	h.want("c2.example", "observe active")
	h.sameRebuilt(value(t, "c2.example"))

	h = newHub(t, protect.Config{})
	h.report("identity--a", seen(t, "c2.example", 0, 1))
	h.report("identity--b", seen(t, "c2.example", 0, 1))
	h.settle()
	h.report("identity--a", unresolved(seen(t, "c2.example", 2, 3)))
	h.settle()
	h.want("c2.example", "block active")
	h.now = now.Add(25 * time.Hour)
	h.settle()
	h.want("c2.example", "block expired")
	h.report("identity--a", seen(t, "c2.example", 1500, 1501))
	h.report("identity--b", seen(t, "c2.example", 1500, 1501))
	h.settle()
	h.want("c2.example", "block active")
}

// Guards change while the ledger stays: what one of today's refuses goes.
func TestNewGuardTakesBack(t *testing.T) {
	h := newHub(t, protect.Config{Guards: []protect.Guard{}})
	h.must(h.ask(coordinator, "8.8.8.8", protect.Block))
	h.must(h.ask(coordinator, "c2.example", protect.Block))
	h.cfg.Guards = nil // the default ones
	h.State = h.rebuilt()
	if p := only(t, h.Effective(h.now)); p.Text != "c2.example" {
		t.Errorf("in force: %+v", p)
	}
	only(t, h.settle())
	h.want("8.8.8.8", "block revoked")
	h.want("c2.example", "block active")
}

func TestApplyTwiceAndUnreadable(t *testing.T) {
	h := newHub(t, protect.Config{})
	h.report("identity--a", seen(t, worm, 0, 1))
	if err := h.Apply(h.entries[0]); err != nil {
		t.Fatal(err)
	}
	h.sameRebuilt(value(t, worm))
	bad := h.entries[0]
	bad.Seq, bad.Body = 2, []byte(`{"sightings":3}`)
	if err := h.Apply(bad); err == nil || !strings.Contains(err.Error(), "sighting.reported") {
		t.Errorf("error %v", err)
	}
	h.report("identity--b", seen(t, worm, 0, 1)) // goes on
	h.settle()
	h.want(worm, "block active")
}

func TestGuards(t *testing.T) {
	guards := append(protect.DefaultGuards(), protect.Own{Names: []string{"hub.tocsin.example"}, Addresses: addrs("192.0.2.1")})
	tests := []struct{ value, guard string }{
		{"c2.example", ""}, {"192.0.2.7", ""}, {"198.51.100.7", ""}, {"203.0.113.7", ""}, {"2001:db8::7", ""}, {worm, ""},
		{"203.0.113.0/24", ""}, {"203.0.113.0/25", ""}, {"203.0.112.0/23", "prefix-width"}, {"0.0.0.0/0", "prefix-width"},
		{"2001:db8:1::/48", ""}, {"2001:db8::/47", "prefix-width"},
		{"10.0.0.1", "private-address"}, {"10.1.2.0/24", "private-address"}, {"127.0.0.1", "private-address"}, {"::1", "private-address"},
		{"192.168.1.1", "private-address"}, {"100.64.0.1", "private-address"}, {"169.254.1.1", "private-address"}, {"224.0.0.251", "private-address"},
		{"fe80::1", "private-address"}, {"fd00::1", "private-address"}, {"255.255.255.255", "private-address"}, {"::ffff:10.0.0.1", "private-address"},
		{"http://10.0.0.1/x", "private-address"}, {"http://[::1]:8080/x", "private-address"},
		{"host.local", "special-name"}, {"1.168.192.in-addr.arpa", "special-name"}, {"a.localhost", "special-name"}, {"notlocal.example", ""},
		{"8.8.8.8", "resolver"}, {"8.8.8.0/24", "resolver"}, {"8.8.8.9", ""}, {"1.1.1.1", "resolver"}, {"9.9.9.9", "resolver"},
		{"2620:fe::fe", "resolver"}, {"198.41.0.4", "resolver"}, {"https://8.8.8.8/", "resolver"}, {"https://8.8.8.8/dns-query", ""},
		{"co.uk", "public-suffix"}, {"nhs.uk", "public-suffix"}, {"evil.co.uk", ""}, {"github.io", "public-suffix"}, {"evil.github.io", ""},
		{"s3.amazonaws.com", "public-suffix"}, {"http://github.io/", "public-suffix"},
		{"google.com", "core"}, {"www.google.com", "core"}, {"download.windowsupdate.com", "core"}, {"notgoogle.com", ""}, {"google.com.evil.example", ""},
		{"login.windows.net", "core"}, {"blob.core.windows.net", "public-suffix"}, {"bucket.s3.amazonaws.com", ""}, {"amazonaws.com", "core"},
		{"one.one", "core"}, {"https://github.com/", "core"}, {"https://github.com/evil/evil", ""}, {"http://www.google.com/?q=1", ""},
		{"hub.tocsin.example", "hub"}, {"tocsin.example", "hub"}, {"other.tocsin.example", ""}, {"https://hub.tocsin.example/any", "hub"},
		{"192.0.2.1", "hub"}, {"192.0.2.0/24", "hub"},
	}
	for _, tt := range tests {
		v := value(t, tt.value)
		got, why := "", ""
		for _, g := range guards {
			if reason, bad := g.Check(v); bad {
				got, why = g.Name(), reason
				break
			}
		}
		if got != tt.guard || (got != "" && why == "") {
			t.Errorf("%s: guard %q (%s), want %q", tt.value, got, why, tt.guard)
		}
	}
	// An address that is called a domain is still that address.
	v, err := observable.New(observable.Domain, "8.8.8.8")
	if err != nil {
		t.Fatal(err)
	}
	if _, bad := (protect.Resolvers{}).Check(v); !bad {
		t.Error("8.8.8.8 passes as a domain")
	}
}
