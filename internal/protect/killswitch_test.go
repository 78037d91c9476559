package protect_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// The day's central decision: the observed name becomes must-resolve, and from
// then on nobody's block of it, or of what it needs, comes through.
func TestKillSwitch(t *testing.T) {
	h := newHub(t, protect.Config{})
	h.report("identity--a", unresolved(seen(t, killSwitch, 0, 1)))
	h.report("identity--b", unresolved(seen(t, killSwitch, 0, 1)))
	h.settle()
	h.want(killSwitch, "observe active")
	if err := h.ask(contributor, killSwitch, protect.MustResolve); err != nil {
		t.Fatal(err)
	}
	h.want(killSwitch, "observe active") // a proposal decides nothing
	h.must(h.ask(coordinator, killSwitch, protect.MustResolve))
	p := only(t, h.Effective(h.now))
	if p.Polarity != protect.MustResolve || p.Answer != sinkhole.String() || p.By != "identity--cert" {
		t.Fatalf("in force: %+v", p)
	}
	for _, by := range []access.Principal{contributor, coordinator, administrator} {
		for _, bad := range []string{killSwitch, "http://" + killSwitch + "/", "http://" + killSwitch + "/path", "203.0.113.80", "203.0.113.0/24"} {
			before := len(h.entries)
			err := h.ask(by, bad, protect.Block)
			var refused *protect.Refused
			if !errors.As(err, &refused) || refused.Guard != "must-resolve" || refused.Remedy == "" || !strings.Contains(err.Error(), "must-resolve") {
				t.Fatalf("%s asks to block %s: %v", by.Role, bad, err)
			}
			if e := h.entries[len(h.entries)-1]; len(h.entries) != before+1 || e.Kind != protect.KindRefused {
				t.Errorf("%s asks to block %s: the refusal is not on the ledger", by.Role, bad)
			}
		}
		var refused *protect.Refused
		if err := h.ask(by, killSwitch, protect.Observe); !errors.As(err, &refused) {
			t.Errorf("%s asks to observe the kill switch: %v", by.Role, err)
		}
	}
	// New evidence, now that it resolves, changes nothing.
	for _, partner := range []string{"identity--x", "identity--y", "identity--z"} {
		h.report(partner, seen(t, killSwitch, 600, 601))
	}
	if drafts := h.settle(); len(drafts) != 0 {
		t.Fatalf("the rule asks for %s", drafts[0].Body)
	}
	h.want(killSwitch, "must-resolve active")

	if _, err := h.Recall(contributor, value(t, killSwitch), "I want to", h.now); !errors.Is(err, protect.ErrForbidden) {
		t.Errorf("a contributor recalls it: %v", err)
	}
	h.recall(killSwitch)
	h.settle()
	h.want(killSwitch, "must-resolve revoked")
	if in := h.Effective(h.now); len(in) != 0 {
		t.Errorf("in force after the recall: %+v", in)
	}
	h.sameRebuilt(value(t, killSwitch))
}

func TestMustResolveBelowAName(t *testing.T) {
	h := newHub(t, protect.Config{})
	h.must(h.ask(coordinator, "evil.example", protect.Block)) // there first: outlets except the name from it
	h.must(h.ask(coordinator, "http://kill.evil.example/x", protect.Block))
	h.must(h.ask(coordinator, "kill.evil.example", protect.Block))
	h.must(h.ask(coordinator, "kill.evil.example", protect.MustResolve))
	var in []string
	for _, p := range h.Effective(h.now) {
		in = append(in, string(p.Polarity)+" "+p.Text)
	}
	if got := strings.Join(in, ", "); got != "block evil.example, must-resolve kill.evil.example" {
		t.Errorf("in force: %s", got)
	}
	only(t, h.settle())
	h.want("http://kill.evil.example/x", "block revoked")
	h.want("evil.example", "block active")
	h.recall("evil.example")
	var refused *protect.Refused
	if err := h.ask(coordinator, "evil.example", protect.Block); !errors.As(err, &refused) || !strings.Contains(refused.Reason, "a name below it") {
		t.Errorf("asked anew: %v", err)
	}
	h.must(h.ask(coordinator, "other.evil.example", protect.Block))
	h.must(h.ask(coordinator, "below.kill.evil.example", protect.Block))
	h.must(h.ask(coordinator, "http://evil.example/x", protect.Block)) // hits only itself
	h.sameRebuilt()
}

// Two coordinators act in the same moment: the guard let the block pass, and
// the must-resolve came onto the ledger first.
func TestABlockThatRacesWithAMustResolveLoses(t *testing.T) {
	h := newHub(t, protect.Config{})
	block, err := h.Ask(coordinator, protect.Request{Value: value(t, killSwitch), Polarity: protect.Block, Reason: "quick"}, h.now)
	h.must(err)
	h.must(h.ask(administrator, killSwitch, protect.MustResolve))
	h.append(block)
	h.want(killSwitch, "must-resolve active")
	if p := only(t, h.Effective(h.now)); p.Polarity != protect.MustResolve {
		t.Errorf("in force: %+v", p)
	}
	events := h.Why(coordinator, value(t, killSwitch)).Events
	if last := events[len(events)-1]; !strings.Contains(last.Text, "without effect") {
		t.Errorf("the story says %q", last.Text)
	}
}

// Answering for everyone's update host would be as bad as blocking it.
func TestMustResolveIsGuarded(t *testing.T) {
	h := newHub(t, protect.Config{})
	for _, name := range []string{"download.windowsupdate.com", "co.uk", "printer.local"} {
		var refused *protect.Refused
		if err := h.ask(coordinator, name, protect.MustResolve); !errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, v := range []observable.Value{value(t, "198.51.100.7"), value(t, worm), {Type: observable.Domain, Text: "198.51.100.7"}} {
		if _, err := h.Ask(coordinator, protect.Request{Value: v, Polarity: protect.MustResolve, Reason: "why not"}, h.now); !errors.Is(err, protect.ErrInvalid) {
			t.Errorf("%s: %v", v, err)
		}
	}
	bare := protect.NewState(protect.Config{})
	if _, err := bare.Ask(coordinator, protect.Request{Value: value(t, killSwitch), Polarity: protect.MustResolve, Reason: "now"}, now); !errors.Is(err, protect.ErrInvalid) || !strings.Contains(err.Error(), "--sinkhole") {
		t.Errorf("without a sinkhole: %v", err)
	}
}

// A must-resolve is marked at least as widely as a block above it: else who is
// told of the block alone would apply it without the exception.
func TestAMustResolveIsMarkedAsWidelyAsTheBlockAbove(t *testing.T) {
	h := newHub(t, protect.Config{})
	h.must(h.ask(coordinator, "evil.example", protect.Block))
	name := value(t, "kill.evil.example")
	_, err := h.Ask(coordinator, protect.Request{Value: name, Polarity: protect.MustResolve, Reason: "it stops the worm", TLP: access.AmberStrict}, h.now)
	if !errors.Is(err, protect.ErrConflict) || !strings.Contains(err.Error(), "evil.example") {
		t.Errorf("marked more narrowly: %v", err)
	}
	h.must(h.ask(coordinator, "kill.evil.example", protect.MustResolve))
}
