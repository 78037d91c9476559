package protect_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

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
