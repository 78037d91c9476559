package protect_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// names are close to each other on purpose: a name, what is above and below
// it, its URL, the sinkhole.
var names = []string{
	"evil.example", "kill.evil.example", "below.kill.evil.example", "http://kill.evil.example/", "203.0.113.80", "198.51.100.7", worm,
}

var anyStanding = rapid.SampledFrom([]access.Standing{{}, {Organisation: "trust"}, {Organisation: "group"}, {Designated: true}, {Organisation: "trust", Designated: true}})

// held checks what has to be true of every state, whatever led to it.
func (h *hub) held() {
	h.t.Helper()
	must, blocked := map[string]bool{}, map[string]bool{}
	seen := map[string]bool{}
	for _, p := range h.Effective(h.now) {
		if seen[p.Text] {
			h.t.Fatalf("%s is in force twice", p.Text)
		}
		seen[p.Text] = true
		if p.Status != protect.Active && p.Status != protect.Canary || !p.Holds(h.now) {
			h.t.Fatalf("in force is %+v", p)
		}
		switch p.Polarity {
		case protect.MustResolve:
			must[p.Text] = true
			if p.By == "hub" {
				h.t.Fatalf("automation made %s must-resolve", p.Text)
			}
		case protect.Block:
			blocked[p.Text] = true
		}
	}
	if blocked[sinkhole.String()] {
		h.t.Fatalf("the sinkhole is blocked")
	}
	for name := range must {
		if blocked[name] || blocked["http://"+name+"/"] {
			h.t.Fatalf("%s has to resolve and is blocked", name)
		}
	}
}

// Whatever partners, coordinators, the rule and even a forged or misordered
// decision do in whatever order: nothing is at once must-resolve and blocked,
// a must-resolve goes only by a must-resolve decision, and the state that is
// rebuilt from the ledger is the one that was there.
func TestAnyOrderOfEntries(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := newHub(t, protect.Config{
			Corroboration: rapid.IntRange(1, 3).Draw(t, "corroboration"), MaxPerHour: rapid.IntRange(1, 4).Draw(t, "cap"),
			Lifetime: 90 * time.Minute,
		})
		anyName := rapid.SampledFrom(names)
		anyPartner := rapid.SampledFrom([]access.PartnerID{"identity--a", "identity--b", "identity--c", "identity--d"})
		anyPolarity := rapid.SampledFrom([]protect.Polarity{protect.Block, protect.Observe, protect.MustResolve})
		var stale []ledger.Draft // worked out earlier, appended later: as a slow decider or a second hub would
		steps := map[string]func(*rapid.T){
			"report": func(t *rapid.T) {
				from := rapid.IntRange(0, 300).Draw(t, "from")
				s := seen(t, anyName.Draw(t, "name"), from, from+rapid.IntRange(0, 60).Draw(t, "long"))
				s.Unresolved = rapid.Bool().Draw(t, "unresolved")
				h.report(string(anyPartner.Draw(t, "partner")), s)
			},
			"change": func(t *rapid.T) {
				h.change(string(anyPartner.Draw(t, "partner")), anyStanding.Draw(t, "standing"))
			},
			"visit": func(t *rapid.T) {
				s := seen(t, anyName.Draw(t, "name"), 0, 1)
				s.Basis = sighting.Sinkhole
				before := h.Pending(h.now)
				h.report(string(anyPartner.Draw(t, "partner")), s)
				if diff := cmp.Diff(before, h.Pending(h.now)); diff != "" {
					t.Fatalf("a visit to the sinkhole moved the rule: %s", diff)
				}
			},
			"ask": func(t *rapid.T) {
				by := rapid.SampledFrom([]access.Principal{contributor, coordinator, administrator}).Draw(t, "by")
				_ = h.ask(by, anyName.Draw(t, "name"), anyPolarity.Draw(t, "polarity"))
			},
			"recall": func(t *rapid.T) {
				if d, err := h.Recall(coordinator, value(t, anyName.Draw(t, "name")), "r", h.now); err == nil {
					h.append(d)
				}
			},
			"rule":     func(*rapid.T) { h.append(h.Pending(h.now)...) },
			"look":     func(*rapid.T) { stale = h.Pending(h.now) },
			"act late": func(*rapid.T) { h.append(stale...) },
			"time": func(t *rapid.T) {
				h.now = h.now.Add(time.Duration(rapid.IntRange(1, 60).Draw(t, "minutes")) * time.Minute)
			},
			"unasked": func(t *rapid.T) { h.append(anyDecision(t, h, anyName, anyPolarity)) },
			"receipt": func(t *rapid.T) {
				list := h.List()
				if len(list) == 0 {
					return
				}
				p := rapid.SampledFrom(list).Draw(t, "protection")
				if h.usedTwice(p) {
					return
				}
				d, err := h.Acknowledge(anyPartner.Draw(t, "partner"), protect.Receipt{Protection: p.ID, Outlet: "rpz", InForce: rapid.Bool().Draw(t, "in force"), At: h.now}, h.now)
				h.must(err)
				h.append(d)
			},
			"": func(*rapid.T) { h.held() },
		}
		t.Repeat(steps)
		for range 3 {
			h.settle()
			h.held()
			h.now = h.now.Add(31 * time.Minute)
		}
		values := make([]observable.Value, 0, len(names))
		for _, name := range names {
			values = append(values, value(t, name))
		}
		h.sameRebuilt(values...)
	})
}

// usedTwice says whether a forged decision of another value has the same id, which
// otherwise follows from its value: then which of them a receipt is about is open.
func (h *hub) usedTwice(p protect.Protection) bool {
	h.t.Helper()
	return slices.ContainsFunc(h.entries, func(e ledger.Entry) bool {
		var other protect.Protection
		if e.Kind == protect.KindDecided {
			h.must(json.Unmarshal(e.Body, &other))
		}
		return other.ID == p.ID && other.Value != p.Value
	})
}

// anyDecision is a decision that no guard was asked about.
func anyDecision(t *rapid.T, h *hub, anyName *rapid.Generator[string], anyPolarity *rapid.Generator[protect.Polarity]) ledger.Draft {
	p := protect.Protection{
		ID: fmt.Sprintf("protection--%d", rapid.IntRange(0, 3).Draw(t, "id")), Value: value(t, anyName.Draw(t, "name")),
		Polarity: anyPolarity.Draw(t, "polarity"), By: "identity--cert", Reason: "forged",
		Status:  rapid.SampledFrom([]protect.Status{protect.Proposed, protect.Canary, protect.Active, protect.Revoked, protect.Expired}).Draw(t, "status"),
		Decided: h.now, Expires: h.now.Add(time.Duration(rapid.IntRange(0, 120).Draw(t, "lifetime")) * time.Minute),
	}
	if p.Polarity == protect.MustResolve {
		p.Answer = sinkhole.String()
	}
	body, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return ledger.Draft{Kind: protect.KindDecided, Actor: "identity--cert", Audience: access.ToCommunity(access.Green).String(), Body: body}
}

// An edge keeps one protection a value by Yields alone, and has to come to the
// same as the hub.
func TestYieldsAgreesWithTheState(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := newHub(t, protect.Config{Guards: []protect.Guard{}})
		follower := protect.Protection{}
		name := rapid.Just("c2.example")
		for range rapid.IntRange(1, 20).Draw(t, "decisions") {
			d := anyDecision(t, h, name, rapid.SampledFrom([]protect.Polarity{protect.Block, protect.Observe, protect.MustResolve}))
			h.append(d)
			var p protect.Protection
			if err := json.Unmarshal(d.Body, &p); err != nil {
				t.Fatal(err)
			}
			if follower.Yields(p) {
				follower = p
			}
			in := h.Effective(h.now)
			if follower.Holds(h.now) != (len(in) == 1) || len(in) == 1 && (in[0].ID != follower.ID || in[0].Polarity != follower.Polarity) {
				t.Fatalf("the hub has %+v in force, the follower %+v", in, follower)
			}
		}
	})
}
