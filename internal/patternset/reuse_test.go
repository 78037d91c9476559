package patternset_test

import (
	"fmt"
	"testing"

	"github.com/tocsin-project/tocsin/internal/patternset"
)

// TestRemovedTermsLeadNowhere: what a removed pattern waited for leads to no
// other pattern, whichever places these have taken since. It would hit nothing,
// but each event that shows it would cost an evaluation for good.
func TestRemovedTermsLeadNowhere(t *testing.T) {
	const patterns, rounds = 300, 24
	s := patternset.New(patternset.Options{})
	name := func(round, i int) string { return fmt.Sprintf("round%d-%d.example", round, i) }
	for round := range rounds {
		for i := range patterns {
			// Some stay, some are replaced and some come back later.
			switch (i + round) % 5 {
			case 0:
				s.Remove(fmt.Sprint(i))
			case 1, 2, 3:
				mustAdd(t, s, fmt.Sprint(i), fmt.Sprintf("[domain-name:value = '%s' OR url:value LIKE '%%%s/'] REPEATS 2 TIMES", name(round, i), name(round, i)))
			}
		}
		before := s.Stats().Asked
		for old := range max(0, round-4) { // by then each has been replaced or removed
			for i := range patterns {
				hitsOf(s, event(round, domain(name(old, i))), uint64(round))
			}
		}
		if asked := s.Stats().Asked - before; asked != 0 {
			t.Fatalf("after round %d patterns were asked %d times about what only removed ones waited for", round, asked)
		}
	}
}
