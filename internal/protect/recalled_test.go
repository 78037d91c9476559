package protect_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/protect"
)

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
