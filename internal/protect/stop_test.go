package protect_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/protect"
)

func (h *hub) halt(by access.Principal, stop protect.Stop) error {
	h.t.Helper()
	if stop.Reason == "" {
		stop.Reason = "something is wrong"
	}
	d, err := h.Halt(by, stop, h.now)
	if err == nil {
		h.append(d)
	}
	return err
}

var (
	stopHub = protect.Stop{Scope: protect.ScopeHub, On: true}
	goHub   = protect.Stop{Scope: protect.ScopeHub}
)

func (h *hub) suspicion(text string) {
	h.t.Helper()
	h.report("identity--a", seen(h.t, text, 0, 1))
	h.report("identity--b", seen(h.t, text, 2, 3))
}

func TestTheHubsStopHaltsTheRuleAlone(t *testing.T) {
	h := newHub(t, protect.Config{})
	h.suspicion("before.example")
	h.settle()
	h.must(h.ask(coordinator, "recalled.example", protect.Block))
	h.must(h.halt(coordinator, stopHub))
	h.suspicion("waits.example")
	h.must(h.ask(coordinator, "decided.example", protect.Block))
	d, err := h.Recall(coordinator, value(t, "recalled.example"), "r", h.now)
	h.must(err)
	h.append(d)
	if all := h.settle(); len(all) != 0 {
		t.Fatalf("automation is stopped and asks for %s", all[0].Body)
	}
	for text, want := range map[string]string{
		"before.example": "block active", "waits.example": "", "decided.example": "block active", "recalled.example": "block revoked",
	} {
		if got := h.stands(text); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	if h.Held(h.now) != 1 {
		t.Errorf("%d values wait", h.Held(h.now))
	}
	h.must(h.halt(coordinator, goHub))
	h.settle()
	if got := h.stands("waits.example"); got != "block active" {
		t.Errorf("when automation runs again it is %q", got)
	}
	h.must(h.halt(coordinator, stopHub))
	h.now = h.now.Add(48 * time.Hour)
	h.settle()
	if got := h.stands("before.example"); got != "block expired" {
		t.Errorf("while automation is stopped nothing expires: %q", got)
	}
	h.sameRebuilt(value(t, "before.example"), value(t, "waits.example"))
}

// What waited for longer than the window is old when automation runs again: it
// takes somebody who speaks of it.
func TestWhatWaitedTooLongWaitsForSomebody(t *testing.T) {
	h := newHub(t, protect.Config{})
	h.must(h.halt(coordinator, stopHub))
	h.suspicion("old.example")
	h.now = h.now.Add(50 * time.Minute)
	h.suspicion("young.example")
	h.now = h.now.Add(20 * time.Minute)
	h.must(h.halt(coordinator, goHub))
	h.settle()
	if old, young := h.stands("old.example"), h.stands("young.example"); old != "" || young != "block active" {
		t.Errorf("old %q, young %q", old, young)
	}
	h.report("identity--c", seen(t, "old.example", 4, 5))
	h.settle()
	if old := h.stands("old.example"); old != "block active" {
		t.Errorf("when it is spoken of again it is %q", old)
	}
	h.sameRebuilt(value(t, "old.example"))
}

// An outlet that never sent a receipt is not known, but for those that the hub feeds.
func TestUnheard(t *testing.T) {
	h := newHub(t, protect.Config{})
	h.must(h.ask(coordinator, "evil.example", protect.Block))
	id := only(t, h.List()).ID
	for _, outlet := range []string{"nft", "files"} {
		h.acknowledge(partner("identity--a"), protect.Receipt{Protection: id, Outlet: outlet, InForce: true, At: h.now})
	}
	for _, c := range []struct {
		partner access.PartnerID
		outlet  string
		heard   []string
		unheard bool
	}{
		{"identity--a", "nft", nil, false}, {"identity--a", "ntf", []string{"files", "nft"}, true},
		{"identity--b", "nft", nil, true}, {"identity--b", protect.OutletDNS, nil, false}, {"identity--b", protect.OutletLists, nil, false},
	} {
		if heard, unheard := h.Unheard(c.partner, c.outlet); unheard != c.unheard || !slices.Equal(heard, c.heard) {
			t.Errorf("%s, %s: %v, unheard: %v", c.partner, c.outlet, heard, unheard)
		}
	}
}

func TestWhoStopsWhat(t *testing.T) {
	vendor, viewer, other := contributor, contributor, contributor
	viewer.Role, other.Partner = access.Viewer, "identity--other"
	own := protect.Stop{Scope: protect.ScopePartner, Partner: vendor.Partner, On: true}
	outlet := protect.Stop{Scope: protect.ScopeOutlet, Partner: vendor.Partner, Outlet: "nft", On: true}
	nobodys := outlet
	nobodys.Partner = ""
	for _, tt := range []struct {
		name string
		by   access.Principal
		stop protect.Stop
		want error
	}{
		{"a coordinator the hub's", coordinator, stopHub, nil},
		{"an administrator the hub's", administrator, stopHub, nil},
		{"a contributor the hub's", vendor, stopHub, protect.ErrForbidden},
		{"a contributor its own", vendor, own, nil},
		{"a contributor its outlet's", vendor, outlet, nil},
		{"a viewer its own", viewer, own, protect.ErrForbidden},
		{"a contributor another's", other, own, protect.ErrForbidden},
		{"a coordinator another's", coordinator, outlet, nil},
		{"what does not stop runs", coordinator, goHub, protect.ErrConflict},
		{"no scope", coordinator, protect.Stop{On: true}, protect.ErrInvalid},
		{"the hub's with a partner", coordinator, protect.Stop{Scope: protect.ScopeHub, Partner: "identity--a", On: true}, protect.ErrInvalid},
		{"an outlet of nobody", coordinator, nobodys, protect.ErrInvalid},
	} {
		h := newHub(t, protect.Config{})
		if err := h.halt(tt.by, tt.stop); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
		if tt.want != nil {
			continue
		}
		if err := h.halt(tt.by, tt.stop); !errors.Is(err, protect.ErrConflict) || !strings.Contains(err.Error(), "already") {
			t.Errorf("%s, twice: %v", tt.name, err)
		}
		e := h.entries[0]
		a, err := access.ParseAudience(e.Audience)
		h.must(err)
		everyone := access.Principal{Partner: "identity--any", Role: access.Viewer, Communities: []string{"default"}}
		if told := everyone.MaySee(access.PartnerID(e.Actor), a); told != (tt.stop.Scope == protect.ScopeHub) {
			t.Errorf("%s: the community is told: %t", tt.name, told)
		}
		if tt.stop.Scope != protect.ScopeHub && !viewer.MaySee(access.PartnerID(e.Actor), a) {
			t.Errorf("%s: the partner itself is not told", tt.name)
		}
		if got := len(h.StopsFor(other)); (got == 1) != (tt.stop.Scope == protect.ScopeHub) {
			t.Errorf("%s: another partner is shown %d stops", tt.name, got)
		}
		if len(h.StopsFor(viewer)) != 1 || len(h.StopsFor(coordinator)) != 1 {
			t.Errorf("%s: its own partner or a coordinator is not shown it", tt.name)
		}
	}
}

// A stop halts what automation decided since it was rung, or gave since to who is
// no canary partner, in its scope, until it is ended; a second ring moves nothing.
func TestStopsAgainstTheOracle(t *testing.T) {
	partners, outletNames := []access.PartnerID{"identity--a", "identity--b"}, []string{"nft", "rpz"}
	halted := map[bool]int{}
	checkUntil(t, func() bool { return min(halted[true], halted[false]) >= 50 }, func(t *rapid.T) {
		type ring struct {
			protect.Stop
			at time.Time
		}
		var rings []ring
		h := newHub(t, protect.Config{})
		h.canaries(string(partners[0]))
		for range rapid.IntRange(0, 12).Draw(t, "rings") {
			h.now = h.now.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "minutes")) * time.Minute)
			stop := protect.Stop{Scope: rapid.SampledFrom([]protect.Scope{protect.ScopeHub, protect.ScopePartner, protect.ScopeOutlet}).Draw(t, "scope"), On: rapid.Bool().Draw(t, "on")}
			if stop.Scope != protect.ScopeHub {
				stop.Partner = rapid.SampledFrom(partners).Draw(t, "partner")
			}
			if stop.Scope == protect.ScopeOutlet {
				stop.Outlet = rapid.SampledFrom(outletNames).Draw(t, "outlet")
			}
			if h.halt(coordinator, stop) == nil {
				rings = append(rings, ring{stop, h.now})
			}
		}
		for range 20 {
			p := protect.Protection{
				By:     rapid.SampledFrom([]string{"hub", "hub", "identity--cert"}).Draw(t, "by"),
				Status: rapid.SampledFrom([]protect.Status{protect.Active, protect.Canary, protect.Revoked, protect.Proposed}).Draw(t, "status"),
			}
			p.Decided = now.Add(time.Duration(rapid.IntRange(-1, 24).Draw(t, "decided")) * time.Minute)
			if rapid.Bool().Draw(t, "promoted") {
				p.Promoted = p.Decided.Add(time.Duration(rapid.IntRange(0, 24).Draw(t, "held")) * time.Minute)
			}
			partner, outlet := rapid.SampledFrom(partners).Draw(t, "at"), rapid.SampledFrom(outletNames).Draw(t, "of")
			want := false
			for _, scope := range []protect.Stop{{Scope: protect.ScopeHub}, {Scope: protect.ScopePartner, Partner: partner}, {Scope: protect.ScopeOutlet, Partner: partner, Outlet: outlet}} {
				last := ring{}
				for _, r := range rings {
					if r.Scope == scope.Scope && r.Partner == scope.Partner && r.Outlet == scope.Outlet {
						last = r
					}
				}
				since := p.Decided
				if !p.Promoted.IsZero() && (scope.Partner == "" || scope.Partner == partners[1]) {
					since = p.Promoted
				}
				want = want || last.On && !since.Before(last.at)
			}
			want = want && p.By == "hub" && (p.Status == protect.Active || p.Status == protect.Canary)
			halted[want]++
			stops := h.Stops()
			if got := stops.Halts(p, partner, outlet); got != want || stops.For(partner, outlet).Halts(p, partner, outlet) != want {
				t.Fatalf("%s, %s halts %+v: %v, want %v after %+v", partner, outlet, p, got, want, rings)
			}
		}
		if !slices.Equal(h.Stops().List(), h.rebuilt().Stops().List()) {
			t.Fatal("the rebuilt stops differ")
		}
	})
}
