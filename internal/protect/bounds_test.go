package protect_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// Two partners that lie could name every address of a hoster, one by one.
func TestAFewOfOneNeighbourhood(t *testing.T) {
	h := newHub(t, protect.Config{MaxTogether: 3})
	both := func(text string) {
		h.report("identity--a", seen(t, text, 0, 1))
		h.report("identity--b", seen(t, text, 0, 1))
	}
	for i := range 6 {
		both(fmt.Sprintf("198.51.100.%d", i+1))
		both(fmt.Sprintf("h%d.company.example", i))
		both(fmt.Sprintf("2001:db8:7::%d", i+1))
	}
	both("203.0.113.9")
	both(worm)
	if got := len(h.settle()); got != 3+3+3+1+1 {
		t.Errorf("%d decided, want 3 of each neighbourhood and 2 others", got)
	}
	h.want("198.51.100.3", "block active")
	h.want("198.51.100.4", "")
	h.must(h.ask(coordinator, "198.51.100.5", protect.Block)) // the cap is automation's
	h.sameRebuilt()
	if got := len(h.wait(time.Hour)); got != 2+3+3 {
		t.Errorf("an hour later %d, want the rest", got)
	}
	h.sameRebuilt()
}

// Who invents names drives out its own, and nothing that is decided.
func TestInventedNamesAreForgotten(t *testing.T) {
	h := newHub(t, protect.Config{MaxValues: 50})
	h.report("identity--a", seen(t, "c2.example", 0, 1))
	h.must(h.ask(coordinator, "kept.example", protect.Block))
	h.must(h.ask(contributor, "proposed.example", protect.Block))
	for i := range 500 {
		h.report("identity--liar", seen(t, fmt.Sprintf("x%d.example", i), 0, 1))
	}
	h.report("identity--b", seen(t, "c2.example", 0, 1))
	h.settle()
	h.want("c2.example", "block active")
	h.want("kept.example", "block active")
	h.want("proposed.example", "block proposed")
	if s := h.Why(coordinator, value(t, "x0.example")); len(s.Events) != 0 {
		t.Errorf("the oldest invented name is remembered: %+v", s.Events)
	}
	if s := h.Why(coordinator, value(t, "x499.example")); len(s.Events) != 1 {
		t.Errorf("the newest is not: %+v", s.Events)
	}
	h.sameRebuilt(value(t, "x0.example"), value(t, "x499.example"), value(t, "c2.example"))
}

// A feed that two partners pass on is one: what they say is the same to the
// nanosecond, or the same list.
func TestCopiesAreNoSecondVoice(t *testing.T) {
	fine := func(s sighting.Sighting) sighting.Sighting {
		s.FirstSeen, s.LastSeen = s.FirstSeen.Add(123456789), s.LastSeen.Add(987654321)
		return s
	}
	list := func(text string) (all []sighting.Sighting) {
		for _, one := range []string{text, "l1.example", "l2.example", "l3.example", "l4.example"} {
			all = append(all, seen(t, one, 0, 1))
		}
		return all
	}
	more := func(s sighting.Sighting) sighting.Sighting { s.Count++; return s }
	const c2 = "c2.example"
	for _, tt := range []struct {
		name string
		a, b []sighting.Sighting
		want string
	}{
		{"the same minutes", []sighting.Sighting{seen(t, c2, 0, 1)}, []sighting.Sighting{seen(t, c2, 0, 1)}, "block active"},
		{"the same nanoseconds", []sighting.Sighting{fine(seen(t, c2, 0, 1))}, []sighting.Sighting{fine(seen(t, c2, 0, 1))}, ""},
		{"another count", []sighting.Sighting{fine(seen(t, c2, 0, 1))}, []sighting.Sighting{more(fine(seen(t, c2, 0, 1)))}, "block active"},
		{"the same list", list(c2), list(c2), ""},
		{"the same list and more", list(c2), append(list(c2), more(seen(t, c2, 0, 1))), "block active"},
	} {
		h := newHub(t, protect.Config{})
		h.report("identity--a", tt.a...)
		h.report("identity--b", tt.b...)
		h.settle()
		if got := h.stands(c2); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// k lies of one organisation never decide, whichever way they are told.
func TestOneOrganisationNeverDecides(t *testing.T) {
	h := newHub(t, protect.Config{})
	for i := range 6 {
		p := fmt.Sprintf("identity--%d", i)
		h.standing[p] = ofTrust
		h.change(p, ofTrust)
		h.report(p, seen(t, "c2.example", i, i+1))
		h.contribute(p, access.Green, subdomains("c2.example").object(nth(i)))
	}
	h.settle()
	h.want("c2.example", "")
	h.contribute("identity--other", access.Green, name("c2.example").object(nth(99)))
	h.settle()
	h.want("c2.example", "block active")
}
