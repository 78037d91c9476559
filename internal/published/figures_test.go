package published

import (
	"math"
	"testing"

	"github.com/tocsin-project/tocsin/internal/exercise"
	"github.com/tocsin-project/tocsin/internal/outbreak/scan"
)

// near fails unless a sample is within four standard errors of a value, and the
// rounding of that value.
func near(t *testing.T, what string, s sample, want, rounding float64) {
	t.Helper()
	if math.Abs(s.mean-want) > 4*s.err+rounding {
		t.Errorf("%s: %v, want %g", what, s, want)
	}
}

// Published are 465 of a pair of charts (exactly 469) and 10.4 (10.38); one chart
// alone goes twice as long without a false signal.
func TestCUSUMIsThePublished(t *testing.T) {
	pair := cusumRuns(1000, 0, true)
	near(t, "a pair's false signals", pair, 465, 5)
	near(t, "a shift by one sigma", cusumRuns(10_000, 1, false), 10.4, 0.05)
	one := cusumRuns(1000, 0, false)
	if ratio := one.mean / pair.mean; ratio < 1.7 || ratio > 2.3 {
		t.Errorf("one chart goes %.2f times as long as a pair, want about twice", ratio)
	}
}

func TestWalkIsTheExactOne(t *testing.T) {
	if n := straight(); n != 4 {
		t.Errorf("%d failures in a row flag a source, want 4", n)
	}
	flag, clear := scan.WithOvershoot(scan.Config{})
	for fails, want := range map[float64]float64{scannerFails: flag, benignFails: clear} {
		m := scan.Measure(scan.Config{}, fails, 50_000, walkSeed)
		near(t, "first contacts", sample{m.Contacts, m.Error}, want, 0)
	}
	// (4 P - 4 (1 - P)) / 0.6 with P = 256 / 257.
	if want := 4 * (2*256./257 - 1) / 0.6; math.Abs(flag-want) > 1e-9 {
		t.Errorf("exactly %g first contacts to flag a scanner, by hand %g", flag, want)
	}
}

func TestMixMeetsThePaper(t *testing.T) {
	m := compareMixes(scan.PaperMix(), 1)
	s := m.ours.Without(scan.Peer)
	if s.Efficiency() < 0.96 || s.Effectiveness() < 0.96 {
		t.Errorf("efficiency %.3f, effectiveness %.3f; want 0.96 each", s.Efficiency(), s.Effectiveness())
	}
}

// Every cell of the earlier run is within three standard errors of ours.
func TestReferenceIsReproduced(t *testing.T) {
	const seeds = 10
	cells, err := exercise.Reference(t.Context(), referenceHosts, seedsTo(seeds))
	if err != nil {
		t.Fatal(err)
	}
	if len(cells) != len(references) {
		t.Fatalf("%d cells, the earlier run has %d", len(cells), len(references))
	}
	for i, c := range cells {
		if !references[i].within(c, seeds) {
			t.Errorf("%v: %s, the earlier run %g", setting(c), percentage(c), references[i].Percent)
		}
	}
}

// A figure that is off by a tenth is not within sampling error.
func TestReferenceCanFail(t *testing.T) {
	c := exercise.Cell{Infected: 0.205, Spread: 0.01}
	if !references[0].within(c, 10) {
		t.Error("the same figure is not within sampling error")
	}
	if c.Infected = 0.225; references[0].within(c, 10) {
		t.Error("22.5 per cent are within the sampling error of 20.5")
	}
}

// Moore et al.: 20 minutes and about two hours.
func TestQuarantine(t *testing.T) {
	if got := 60 * blacklisting(3); got != 20 {
		t.Errorf("cutting off at K = 3: %g minutes, want 20", got)
	}
	// By hand: at the hour t the chance of fewer than m is 1 - (1 - e^(-Kt))^m.
	got := filtering(3, 3600, 0.95)
	if sure := 1 - math.Pow(1-math.Exp(-3*got), 3600); math.Abs(sure-0.95) > 1e-9 {
		t.Errorf("after %g h the bound holds with %g, want 0.95", got, sure)
	}
}
