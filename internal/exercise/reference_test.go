package exercise_test

import (
	"math"
	"os"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/exercise"
)

// published is the reference run's table, in per cent and in Reference's order,
// with half a unit of the last digit that it gives.
var published = []struct{ percent, digit float64 }{
	{20.5, 0.05}, {0.85, 0.005}, {0.18, 0.005}, {0.10, 0.005}, {0.48, 0.005}, {0.07, 0.005}, {0.03, 0.005},
	{100, 0.5}, {50, 0.5}, {16.8, 0.05}, {0.92, 0.005}, {49, 0.5}, {3.3, 0.05}, {0.03, 0.005},
	{100, 0.5}, {85, 0.5}, {78, 0.5}, {70, 0.5}, {50, 0.5}, {25, 0.5}, {0.03, 0.005},
}

// Each cell is a mean of ten seeds, theirs and ours. The two differ by chance with
// the root of the sum of both squared errors, theirs being taken from our own
// ten seeds' scatter; three and a half such leave one false alarm in a hundred
// over the 21 cells, and rounding may take half a digit more.
func TestTheReferenceTableIsReproduced(t *testing.T) {
	cells, err := exercise.Reference(t.Context(), 300_000, seeds(10))
	if err != nil {
		t.Fatal(err)
	}
	if len(cells) != len(published) {
		t.Fatalf("%d cells, want %d", len(cells), len(published))
	}
	for i, c := range cells {
		want := published[i]
		off := math.Abs(100*c.Infected - want.percent)
		chance := 100 * c.Spread * math.Sqrt(1.0/10+1.0/10)
		if off > 3.5*chance+want.digit {
			t.Errorf("%s, %g covered after %s: %.3f %%, the reference has %g (chance explains %.3f)",
				c.Doubling, c.Coverage, c.Delay, 100*c.Infected, want.percent, chance)
		}
	}
}

// With many hosts the closed form holds to what chance at the start leaves: ten
// hosts grow to their share of the whole as a gamma variate of mean and shape ten.
func TestTheReferenceAgreesWithTheClosedForm(t *testing.T) {
	hosts := 50_000
	if os.Getenv("TOCSIN_OUTBREAK_DOC") != "" {
		hosts = 10_000_000
	}
	cells, err := exercise.Reference(t.Context(), hosts, seeds(20))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cells {
		// A mean of a curved function is not the function of the mean: hence the
		// fifth part of the scatter beside its standard error.
		if off := math.Abs(c.Infected - c.Theory); off > 4*c.Error+0.2*c.Spread+0.002*c.Theory {
			t.Errorf("%s, %g covered after %s: %.5f, in closed form %.5f (error %.5f)", c.Doubling, c.Coverage, c.Delay, c.Infected, c.Theory, c.Error)
		}
	}
}

func TestReferenceNeedsHostsAndSeeds(t *testing.T) {
	for _, c := range []struct{ hosts, seeds int }{{99, 1}, {300_000, 0}} {
		if _, err := exercise.Reference(t.Context(), c.hosts, seeds(c.seeds)); err == nil {
			t.Errorf("%d hosts and %d seeds are accepted", c.hosts, c.seeds)
		}
	}
	cells, err := exercise.Reference(t.Context(), 1000, seeds(1))
	if err != nil || cells[1].Delay != time.Hour || cells[6].Coverage != 1 {
		t.Errorf("%v, %+v", err, cells)
	}
}
