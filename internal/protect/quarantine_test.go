package protect_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

func (h *hub) quarantine(by access.Principal, partner access.PartnerID, since time.Time, on bool) error {
	h.t.Helper()
	d, err := h.Quarantine(by, protect.Quarantine{Partner: partner, Since: since, On: on, Reason: "its tokens were stolen"}, h.now)
	if err == nil {
		h.append(d)
	}
	return err
}

func TestWhoQuarantinesWhom(t *testing.T) {
	h := newHub(t, protect.Config{})
	analyst := coordinator
	analyst.Role = access.Analyst
	for _, tt := range []struct {
		name    string
		by      access.Principal
		partner access.PartnerID
		since   time.Time
		on      bool
		want    error
	}{
		{"an analyst", analyst, "identity--a", now, true, protect.ErrForbidden},
		{"itself", coordinator, coordinator.Partner, now, true, protect.ErrForbidden},
		{"nobody", coordinator, "", now, true, protect.ErrInvalid},
		{"the hub", coordinator, "hub", now, true, protect.ErrInvalid},
		{"no time", coordinator, "identity--a", time.Time{}, true, protect.ErrInvalid},
		{"ahead", coordinator, "identity--a", now.Add(time.Second), true, protect.ErrInvalid},
		{"lift nothing", coordinator, "identity--a", now, false, protect.ErrConflict},
		{"a coordinator", coordinator, "identity--a", now, true, nil},
		{"again", coordinator, "identity--a", now, true, protect.ErrConflict},
		{"further back", administrator, "identity--a", now.Add(-time.Hour), true, nil},
		{"lift", administrator, "identity--a", time.Time{}, false, nil},
	} {
		if err := h.quarantine(tt.by, tt.partner, tt.since, tt.on); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	member := access.Principal{Partner: "identity--a", Role: access.Administrator, Communities: []string{"default"}}
	h.must(h.quarantine(coordinator, "identity--a", now, true))
	for _, e := range h.entries {
		a, err := access.ParseAudience(e.Audience)
		h.must(err)
		if member.MaySee(access.PartnerID(e.Actor), a) {
			t.Errorf("the partner is told: %s", e.Body)
		}
	}
	if len(h.Quarantines(member)) != 0 || len(h.Quarantines(coordinator)) != 1 || len(h.Quarantines(contributor)) != 0 {
		t.Error("who is shown the quarantine")
	}
}

// A partner whose word does not count neither decides, nor recalls, nor stops
// the hub, nor judges others; it may stop its own automation.
func TestUnderQuarantineNothingIsDecided(t *testing.T) {
	h := newHub(t, protect.Config{})
	h.must(h.ask(coordinator, "c2.example", protect.Block))
	h.must(h.quarantine(administrator, coordinator.Partner, h.now.Add(-time.Hour), true))
	if h.settle(); h.stands("c2.example") != "block revoked" {
		t.Errorf("what it decided is %q", h.stands("c2.example"))
	}
	_, recall := h.Recall(coordinator, value(t, "c2.example"), "r", h.now)
	for name, err := range map[string]error{
		"ask": h.ask(coordinator, "c3.example", protect.Block), "recall": recall,
		"stop the hub": h.halt(coordinator, stopHub), "quarantine": h.quarantine(coordinator, "identity--a", h.now, true),
	} {
		if !errors.Is(err, protect.ErrForbidden) || strings.Contains(err.Error(), "stolen") {
			t.Errorf("%s: %v", name, err)
		}
	}
	h.must(h.halt(coordinator, protect.Stop{Scope: protect.ScopePartner, Partner: coordinator.Partner, On: true}))
}

// A must-resolve stays, and coordinators are told to look at it. What the partner
// recalled is not brought back, and listed.
func TestQuarantineKeepsKillSwitches(t *testing.T) {
	h := newHub(t, protect.Config{})
	h.suspicion("c2.example")
	h.settle()
	h.must(h.ask(coordinator, killSwitch, protect.MustResolve))
	d, err := h.Recall(coordinator, value(t, "c2.example"), "r", h.now)
	h.must(err)
	h.append(d)
	h.must(h.quarantine(administrator, coordinator.Partner, h.now.Add(-time.Hour), true))
	h.settle()
	if got := h.stands(killSwitch); got != "must-resolve active" {
		t.Errorf("the kill switch is %q", got)
	}
	doubt := only(t, h.Doubts(administrator))
	if doubt.Text != killSwitch || !strings.Contains(doubt.Why, string(coordinator.Partner)) || len(h.Doubts(coordinator)) != 0 {
		t.Errorf("doubts: %+v", doubt)
	}
	if q := only(t, h.Quarantines(administrator)); !slices.Equal(q.Lifted, []string{"c2.example"}) || q.Recalled != 0 {
		t.Errorf("quarantine: %+v", q)
	}
	h.must(h.ask(administrator, killSwitch, protect.MustResolve))
	if got := h.Doubts(administrator); len(got) != 0 {
		t.Errorf("asked for anew it is still in doubt: %+v", got)
	}
	h.sameRebuilt(value(t, killSwitch), value(t, "c2.example"))
}

// What a partner said is told apart by the ledger's clock; what its telemetry says
// may be of another year, or of a clock that runs ahead.
func TestQuarantineGoesByTheLedgersClock(t *testing.T) {
	for name, ahead := range map[string]time.Duration{"a replay": -7 * 365 * 24 * time.Hour, "now": 0, "a clock ahead": 2 * time.Hour} {
		h := newHub(t, protect.Config{})
		said := func(by, text string, from, to time.Duration) {
			s := seen(t, text, 0, 1)
			s.FirstSeen, s.LastSeen = h.now.Add(ahead+from), h.now.Add(ahead+to)
			h.report(by, s)
		}
		said("identity--bad", "before.example", -time.Hour, 3*time.Hour)
		said("identity--b", "before.example", 150*time.Minute, 160*time.Minute)
		said("identity--b", "since.example", 0, time.Minute)
		h.now = h.now.Add(time.Minute)
		said("identity--bad", "since.example", -time.Minute, 0)
		h.settle()
		h.must(h.quarantine(administrator, "identity--bad", h.now, true))
		h.settle()
		if before, since := h.stands("before.example"), h.stands("since.example"); before != "block active" || since != "block revoked" {
			t.Errorf("%s: said before %q, since %q", name, before, since)
		}
	}
}

// However often a partner spoke of a value, nothing that it said since counts, and
// what it said an hour before does: of a replay, a minute of the telemetry every
// minute of the ledger.
func TestQuarantineOfWhoSpokeOften(t *testing.T) {
	const reports = 240
	for _, since := range []int{1, 17, 60, 61, 120, 180, 239} {
		for _, tt := range []struct {
			minute int // what was said from then on has to be left for a second voice to meet it
			want   string
		}{{since, ""}, {since - 60, "block active"}} {
			if tt.minute < 0 {
				continue
			}
			h := newHub(t, protect.Config{Window: time.Hour})
			for i := range reports {
				s := seen(t, "c2.example", i, i+1)
				s.Count = i + 1
				h.report("identity--bad", s)
				h.now = h.now.Add(time.Minute)
			}
			h.must(h.quarantine(administrator, "identity--bad", now.Add(time.Duration(since)*time.Minute), true))
			h.report("identity--b", seen(t, "c2.example", tt.minute+61, tt.minute+61))
			h.settle()
			if got := h.stands("c2.example"); got != tt.want {
				t.Errorf("since minute %d, what was said from minute %d on: %q, want %q", since, tt.minute, got, tt.want)
			}
		}
	}
}

// What is in force after a quarantine is what would be without what the partner
// said since: exactly that, against the rule as one would say it.
func TestQuarantineAgainstTheOracle(t *testing.T) {
	partners := []string{"identity--a", "identity--b", "identity--c", "identity--d"}
	texts := []string{"n0.example", "n1.example", "n2.example"}
	moved := map[bool]int{}
	checkUntil(t, func() bool { return moved[true] >= 20 }, func(t *rapid.T) {
		h := newHub(t, protect.Config{})
		for _, p := range partners {
			h.standing[p] = access.Standing{Organisation: rapid.SampledFrom([]string{"", "", "trust"}).Draw(t, "organisation"), Designated: rapid.IntRange(0, 5).Draw(t, "designated") == 0}
		}
		since := now.Add(time.Duration(rapid.IntRange(0, 6).Draw(t, "since")) * time.Minute)
		bad := access.PartnerID(rapid.SampledFrom(partners).Draw(t, "bad"))
		told, decided := map[string]map[string][]sighting.Sighting{}, map[string]string{}
		for i := range rapid.IntRange(3, 14).Draw(t, "steps") {
			h.now = h.now.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "minutes")) * time.Minute)
			partner, text := rapid.SampledFrom(partners).Draw(t, "partner"), rapid.SampledFrom(texts).Draw(t, "text")
			bads := partner == string(bad) && !h.now.Before(since)
			if rapid.IntRange(0, 4).Draw(t, "what") == 0 {
				by := access.Principal{Partner: access.PartnerID(partner), Role: access.Coordinator, Communities: []string{"default"}}
				if err := h.ask(by, text, protect.Block); err != nil {
					t.Fatal(err)
				}
				decided[text] = partner
				if bads {
					decided[text] = ""
				}
				continue
			}
			// Minutes that no other report has: nobody takes it for a copy.
			s := seen(t, text, 10*i, 10*i+1)
			h.report(partner, s)
			if !bads {
				if told[text] == nil {
					told[text] = map[string][]sighting.Sighting{}
				}
				told[text][partner] = append(told[text][partner], s)
			}
			h.settle()
		}
		if h.now.Before(since) {
			h.now = since
		}
		before := map[string]bool{}
		for _, p := range h.Effective(h.now) {
			before[p.Text] = true
		}
		h.must(h.quarantine(administrator, bad, since, true))
		h.settle()
		after := map[string]bool{}
		for _, p := range h.Effective(h.now) {
			after[p.Text] = true
		}
		for _, text := range texts {
			want := corroborates(2, time.Hour, h.standing, told[text])
			if by, asked := decided[text]; asked {
				want = want || by != ""
			}
			want = want && before[text]
			moved[before[text] && !want]++
			if after[text] != want {
				t.Fatalf("%s is in force: %v, want %v; before %v, decided by %q, told %v", text, after[text], want, before[text], decided[text], told[text])
			}
		}
		values := slices.Collect(maps.Keys(told))
		for _, text := range values {
			h.sameRebuilt(value(t, text))
		}
		// The future counts again, what was said meanwhile does not.
		h.report(string(bad), seen(t, "later.example", 0, 1))
		h.must(h.quarantine(administrator, bad, time.Time{}, false))
		h.report("identity--e", seen(t, "later.example", 2, 3))
		h.settle()
		if got := h.stands("later.example"); got != "" {
			t.Fatalf("what was said under quarantine counts: %q", got)
		}
		h.report(string(bad), seen(t, "later.example", 4, 5))
		h.settle()
		if got := h.stands("later.example"); got != "block active" {
			t.Fatalf("after the quarantine its word does not count: %q", got)
		}
	})
}

func BenchmarkQuarantine(b *testing.B) {
	// 100,000 values of which two partners spoke; one of them falls.
	for b.Loop() {
		b.StopTimer()
		h := newHub(b, protect.Config{MaxPerHour: 1 << 30})
		for i := range 1000 {
			sightings := make([]sighting.Sighting, 0, 100)
			for j := range 100 {
				sightings = append(sightings, seen(b, fmt.Sprintf("n%d-%d.example", i, j), i%60, i%60+1))
			}
			h.report("identity--a", sightings...)
		}
		d, err := h.Quarantine(administrator, protect.Quarantine{Partner: "identity--a", Since: now.Add(-time.Hour), On: true, Reason: "r"}, h.now)
		h.must(err)
		b.StartTimer()
		h.append(d)
	}
}
