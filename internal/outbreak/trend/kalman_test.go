package trend_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/tocsin-project/tocsin/internal/outbreak/trend"
)

// Of a thousand epidemics with Poisson noise the true growth is to lie in the
// 95 % interval in 93 to 98 of 100: the dispersion is never put below 1, so that
// the interval is a little too wide rather than too narrow.
func TestKalmanCovers(t *testing.T) {
	const runs = 1000
	r := rand.New(rand.NewPCG(1, 2))
	for _, growth := range []float64{0, 0.01, 0.056, 0.15, 0.3} {
		covered, bias := 0, 0.0
		for range runs {
			k := trend.NewKalman(trend.KalmanConfig{})
			for bin := range 40 {
				k.Add(float64(poisson(r, 2*math.Exp(growth*float64(bin)))))
			}
			rate := k.Growth().Rate
			if covers(rate, 60*growth) {
				covered++
			}
			bias += rate.Mid/60 - growth
		}
		share := float64(covered) / runs
		t.Logf("growth %.3f a bin: covered in %.1f of 100, bias %+.4f a bin", growth, 100*share, bias/runs)
		if share < 0.93 || share > 0.985 {
			t.Errorf("growth %.3f a bin: the interval covers it in %.1f of 100 runs, want 93 to 98", growth, 100*share)
		}
	}
}

// settles counts the runs in which the filter settles at any time.
func settles(r *rand.Rand, runs, bins int, mean func(bin float64) float64) (settled int) {
	for range runs {
		k := trend.NewKalman(trend.KalmanConfig{})
		for bin := range bins {
			k.Add(float64(poisson(r, mean(float64(bin)))))
			if k.Growth().Settled {
				settled++
				break
			}
		}
	}
	return settled
}

func TestKalmanSettles(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	const runs = 200
	for _, c := range []struct {
		name        string
		mean        func(float64) float64
		least, most int
	}{
		{"flat", func(float64) float64 { return 20 }, 0, 2},
		{"rare", func(float64) float64 { return 0.2 }, 0, 2},
		{"a straight line", func(t float64) float64 { return 3 * t }, 0, 20},
		{"shrinking", func(t float64) float64 { return 1000 * math.Exp(-0.05*t) }, 0, 0},
		{"an epidemic", func(t float64) float64 { return 2 * math.Exp(0.1*t) }, runs, runs},
	} {
		if n := settles(r, runs, 60, c.mean); n < c.least || n > c.most {
			t.Errorf("%s: settled in %d of %d runs, want %d to %d", c.name, n, runs, c.least, c.most)
		}
	}
}

func TestKalmanDoubling(t *testing.T) {
	k := trend.NewKalman(trend.KalmanConfig{})
	for bin := range 30 {
		k.Add(math.Exp2(float64(bin) / 5)) // every five minutes
	}
	g := k.Growth()
	if !g.Settled || math.Abs(g.Doubling.Mid-300) > 3 || !covers(g.Doubling, 300) {
		t.Errorf("counts that double every 300 s: %+v", g)
	}
	if g.Doubling.Low > g.Doubling.Mid || g.Doubling.Mid > g.Doubling.High {
		t.Errorf("the bounds of the doubling time are not in order: %+v", g.Doubling)
	}
}
