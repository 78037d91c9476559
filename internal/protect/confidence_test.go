package protect_test

import (
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// Each row is worked by hand: 1 - (1-a)(1-b)...
func TestHowSureTheRuleIs(t *testing.T) {
	seenBy := func(h *hub, partners ...string) {
		for _, p := range partners {
			s := seen(t, "c2.example", 0, 1)
			s.FirstSeen, s.LastSeen = now, now
			h.report(p, s)
		}
	}
	list := func(h *hub, n int, partner string, confidence int) {
		one := name("c2.example")
		if confidence > 0 {
			one["confidence"] = confidence
		}
		h.contribute(partner, access.Green, one.object(nth(n)))
	}
	for _, tt := range []struct {
		name string
		k    int
		tell func(h *hub)
		want int
	}{
		{"two saw it: 1 - 0.4 * 0.4", 2, func(h *hub) { seenBy(h, "a", "b") }, 84},
		{"three saw it: 1 - 0.4^3 = 0.936", 3, func(h *hub) { seenBy(h, "a", "b", "c") }, 94},
		{"eight saw it: never sure", 8, func(h *hub) { seenBy(h, "a", "b", "c", "d", "e", "f", "g", "h") }, 99},
		{"two list it, and do not say how sure: 1 - 0.5 * 0.5", 2, func(h *hub) { list(h, 1, "a", 0); list(h, 2, "b", 0) }, 75},
		{"one is 70 sure: 1 - 0.5 * 0.3", 2, func(h *hub) { list(h, 1, "a", 0); list(h, 2, "b", 70) }, 85},
		{"100 counts as 80: 1 - 0.2 * 0.2", 2, func(h *hub) { list(h, 1, "a", 100); list(h, 2, "b", 100) }, 96},
		{"one saw it, one lists it: 1 - 0.4 * 0.5", 2, func(h *hub) { seenBy(h, "a"); list(h, 2, "b", 0) }, 80},
		{"one organisation is as sure as its surest: 1 - 0.5 * 0.4", 2, func(h *hub) {
			h.standing["a"], h.standing["b"] = ofTrust, ofTrust
			h.change("a", ofTrust)
			h.change("b", ofTrust)
			list(h, 1, "a", 0)
			list(h, 2, "b", 60)
			seenBy(h, "c")
		}, 84},
		{"one that is designated", 2, func(h *hub) { h.standing["a"] = designated; seenBy(h, "a") }, 90},
	} {
		h := newHub(t, protect.Config{Corroboration: tt.k})
		tt.tell(h)
		h.settle()
		if p, _ := h.Get(value(t, "c2.example")); p.Confidence != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, p.Confidence, tt.want)
		}
	}
}

// C * (1 - (t/lifetime)^(1/delta)), which reaches 20 after
// lifetime * (1 - 20/C)^delta: with a lifetime of 24 h and C 84 that is 13.9 h for
// an address (delta 2), 18.3 h for a name (1), 20.9 h for a file (0.5).
func TestConfidenceDecays(t *testing.T) {
	for _, tt := range []struct {
		value string
		life  time.Duration
		half  int // after half of that life
	}{
		{"198.51.100.7", 13*time.Hour + 55*time.Minute, 39},
		{"c2.example", 18*time.Hour + 17*time.Minute, 52},
		{worm, 20*time.Hour + 56*time.Minute, 68},
	} {
		h := newHub(t, protect.Config{})
		h.report("a", seen(t, tt.value, 0, 1))
		h.report("b", seen(t, tt.value, 0, 1))
		h.settle()
		p, _ := h.Get(value(t, tt.value))
		life := p.Expires.Sub(p.Decided)
		if got := life.Truncate(time.Minute); got != tt.life {
			t.Errorf("%s lives for %s, want %s", tt.value, got, tt.life)
		}
		if got := p.ConfidenceAt(p.Decided.Add(life / 2)); got != tt.half {
			t.Errorf("%s: %d after half its life, want %d", tt.value, got, tt.half)
		}
		if p.ConfidenceAt(p.Decided) != 84 || p.ConfidenceAt(p.Expires) != 20 || p.ConfidenceAt(p.Expires.Add(1000*time.Hour)) != 0 {
			t.Errorf("%s: %d to %d", tt.value, p.ConfidenceAt(p.Decided), p.ConfidenceAt(p.Expires))
		}
	}
	asked := protect.Protection{Value: observable.Value{Type: observable.Domain, Text: "c2.example"}, Polarity: protect.Block, Decided: now, Expires: now.Add(24 * time.Hour)}
	if got := asked.ConfidenceAt(now.Add(12 * time.Hour)); got != 60 {
		t.Errorf("what a person decided is %d sure after half its life, want 60", got)
	}
	asked.Polarity = protect.MustResolve
	if got := asked.ConfidenceAt(now.Add(23 * time.Hour)); got != 100 {
		t.Errorf("a must-resolve is %d sure", got)
	}
}
