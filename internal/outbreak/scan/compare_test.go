package scan_test

import (
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/outbreak/scan"
)

// Against Zeek's default rule on a mix in the manner of Jung et al., who report
// an efficiency of 0.963 and an effectiveness of 0.960 (LBL). Left out are the
// peers, of whose contacts between 20 and 80 % succeed: neither hypothesis is
// true of them, most are flagged, and what they cost is logged.
func TestOnAMixOfThePapersKind(t *testing.T) {
	for seed := range uint64(1) {
		c := scan.Compare(seed, scan.Config{}, scan.PaperMix())
		ours, zeek := c.Ours.Without(scan.Peer), c.Zeek.Without(scan.Peer)
		t.Logf("seed %d: efficiency %.3f, with peers %.3f, effectiveness %.3f, flagged %v; Zeek's rule %.3f, %.3f, %.3f, %v; %.1f times the contacts, %.1f s later",
			seed, ours.Efficiency(), c.Ours.Efficiency(), ours.Effectiveness(), c.Ours.Flagged,
			zeek.Efficiency(), c.Zeek.Efficiency(), zeek.Effectiveness(), c.Zeek.Flagged, c.Times, c.Later)
		if ours.Efficiency() < 0.96 || ours.Effectiveness() < 0.96 {
			t.Errorf("seed %d: efficiency %.3f, effectiveness %.3f, want 0.96 each", seed, ours.Efficiency(), ours.Effectiveness())
		}
		if ours.FalseAlarms() >= zeek.FalseAlarms() || zeek.Effectiveness() > ours.Effectiveness() || c.Times < 3 || c.Later <= 0 {
			t.Errorf("seed %d: not better than Zeek's rule", seed)
		}
	}
}

func TestScores(t *testing.T) {
	s := scan.Score{Sources: [4]int{100, 10, 0, 20}, Flagged: [4]int{1, 5, 0, 15}}
	if s.Efficiency() != 15./21 || s.Effectiveness() != 15./20 || s.FalseAlarms() != 6 {
		t.Errorf("%g %g %d", s.Efficiency(), s.Effectiveness(), s.FalseAlarms())
	}
	if s = s.Without(scan.Peer); s.Efficiency() != 15./16 || s.FalseAlarms() != 1 || s.Sources[scan.Peer] != 0 {
		t.Errorf("without peers %g %d", s.Efficiency(), s.FalseAlarms())
	}
	if s = (scan.Score{}); s.Efficiency() != 0 || s.Effectiveness() != 0 {
		t.Errorf("of nothing: %g %g", s.Efficiency(), s.Effectiveness())
	}
}

func TestZeeksRule(t *testing.T) {
	play := func(n int, gap time.Duration, targets int) int {
		z := scan.NewDistinct()
		for i := range n {
			if z.Contact(inside(1), outside(i%targets), 445, true, noon.Add(time.Duration(i)*gap)) {
				return i + 1
			}
		}
		return 0
	}
	for _, c := range []struct {
		name            string
		gap             time.Duration
		targets, wanted int
	}{
		{"fast", time.Second, 1000, 25},
		{"as slow as it may be", 12499 * time.Millisecond, 1000, 25},
		{"too slow", 12500 * time.Millisecond, 1000, 0},
		{"24 hosts over and over", time.Millisecond, 24, 0},
	} {
		if got := play(500, c.gap, c.targets); got != c.wanted {
			t.Errorf("%s: flagged at contact %d, want %d", c.name, got, c.wanted)
		}
	}
	z := scan.NewDistinct()
	for i := range 100 {
		if z.Contact(inside(1), outside(i), 445, false, noon) {
			t.Fatal("contacts that succeed are flagged")
		}
	}
}
