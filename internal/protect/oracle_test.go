package protect_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// corroborates is the rule as one would say it: some window holds a sighting
// of at least k voices, or a designated partner has one at all.
func corroborates(k int, window time.Duration, stands map[string]access.Standing, sightings map[string][]sighting.Sighting) bool {
	voices := map[string][]sighting.Sighting{}
	for partner, list := range sightings {
		if stands[partner].Designated {
			return true
		}
		voice := "partner " + partner
		if in := stands[partner].Organisation; in != "" {
			voice = "organisation " + in
		}
		voices[voice] = append(voices[voice], list...)
	}
	for _, list := range voices {
		for _, s := range list {
			from, count := s.FirstSeen.Add(-window), 0 // the earliest window that still meets s
			for _, others := range voices {
				for _, o := range others {
					if !o.FirstSeen.After(from.Add(window)) && !o.LastSeen.Before(from) {
						count++
						break
					}
				}
			}
			if count >= k {
				return true
			}
		}
	}
	return false
}

func TestCorroborationAgainstTheOracle(t *testing.T) {
	partners := []string{"a", "b", "c", "d", "e"}
	decided := map[bool]int{}
	checkUntil(t, func() bool { return min(decided[true], decided[false]) >= 10 }, func(t *rapid.T) {
		cfg := protect.Config{Corroboration: rapid.IntRange(1, 4).Draw(t, "k"), Window: time.Duration(rapid.IntRange(5, 15).Draw(t, "window")) * time.Minute}
		h := newHub(t, cfg)
		for _, p := range partners {
			h.standing[p] = access.Standing{Organisation: rapid.SampledFrom([]string{"", "", "trust", "group"}).Draw(t, "organisation"), Designated: rapid.IntRange(0, 19).Draw(t, "designated") == 0}
		}
		told := map[string][]sighting.Sighting{}
		for range rapid.IntRange(1, 14).Draw(t, "reports") {
			from := rapid.IntRange(0, 60).Draw(t, "from")
			s := seen(t, worm, from, from+rapid.IntRange(0, 3).Draw(t, "long"))
			partner := rapid.SampledFrom(partners).Draw(t, "partner")
			told[partner] = append(told[partner], s)
			h.report(partner, s)
		}
		want := corroborates(cfg.Corroboration, cfg.Window, h.standing, told)
		decided[want]++
		if got := len(h.Pending(h.now)) == 1; got != want {
			t.Fatalf("corroborated %v, want %v: %v of %v", got, want, told, h.standing)
		}
	})
}

// Reading while folding must be safe; the race detector is the judge.
func TestReadersDoNotDisturb(t *testing.T) {
	h := newHub(t, protect.Config{})
	var readers sync.WaitGroup
	done := make(chan struct{})
	state := h.State
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					_ = picture(state, now, nil)
					_ = state.Why(coordinator, value(t, worm))
				}
			}
		})
	}
	for i := range 100 {
		h.report(fmt.Sprintf("identity--%d", i%3), seen(t, worm, i, i+1), unresolved(seen(t, killSwitch, i, i+1)))
		h.append(h.Pending(h.now)...)
	}
	h.must(h.ask(coordinator, killSwitch, protect.MustResolve))
	close(done)
	readers.Wait()
	h.sameRebuilt(value(t, worm))
}
