package exercise

import (
	"math"
	"testing"
)

// Mean and variance of each method against n p and n p q; four standard errors
// leave one false alarm in some ten thousand, and the seed is fixed.
func TestBinomial(t *testing.T) {
	const draws = 40_000
	for _, c := range []struct {
		n int
		p float64
	}{{1, 0.3}, {10, 0.5}, {1000, 0.002}, {1000, 0.0099}, {1000, 0.0101}, {200, 0.3}, {200, 0.8}, {5_000_000, 1e-5}, {5_000_000, 0.4}} {
		r := stream(1, uint64(c.n))
		var sum, squares float64
		mean := float64(c.n) * c.p
		variance := mean * (1 - c.p)
		for range draws {
			k := binomial(r, c.n, c.p)
			if k < 0 || k > c.n {
				t.Fatalf("binomial(%d, %g) = %d", c.n, c.p, k)
			}
			d := float64(k) - mean
			sum += d
			squares += d * d
		}
		if off := sum / draws / math.Sqrt(variance/draws); math.Abs(off) > 4 {
			t.Errorf("binomial(%d, %g): the mean is off by %.1f standard errors", c.n, c.p, off)
		}
		// The variance of the squares is about 2 v^2 + v.
		if off := (squares/draws - variance) / math.Sqrt((2*variance*variance+variance)/draws); math.Abs(off) > 4 {
			t.Errorf("binomial(%d, %g): the variance is off by %.1f standard errors", c.n, c.p, off)
		}
	}
	r := stream(1)
	if binomial(r, 7, 0) != 0 || binomial(r, 7, 1) != 7 || binomial(r, 0, 0.5) != 0 {
		t.Error("certain outcomes")
	}
}

func TestPoisson(t *testing.T) {
	r := stream(2)
	for _, mean := range []float64{0, 0.3, 3, 40} {
		sum := 0
		const draws = 20_000
		for range draws {
			sum += poisson(r, mean, 1000)
		}
		if got := float64(sum) / draws; math.Abs(got-mean) > 4*math.Sqrt(mean/draws) {
			t.Errorf("mean %g: %g", mean, got)
		}
	}
	if got := poisson(r, 1e12, 12); got != 12 {
		t.Errorf("limited to 12: %d", got)
	}
}

func TestStreamsDiffer(t *testing.T) {
	seen := map[uint64]bool{}
	for seed := range uint64(20) {
		for a := range uint64(20) {
			seen[stream(seed, a).Uint64()] = true
			for b := range uint64(20) {
				seen[stream(seed, a, b).Uint64()] = true
			}
		}
	}
	if len(seen) != 20*20*21 {
		t.Errorf("%d first numbers of %d streams", len(seen), 20*20*21)
	}
}

func TestRank(t *testing.T) {
	for _, c := range []struct {
		q       float64
		n, want int
	}{{0.05, 1, 0}, {0.95, 1, 0}, {0.05, 20, 0}, {0.05, 21, 1}, {0.5, 20, 9}, {0.5, 5, 2}, {0.95, 20, 18}, {0.95, 100, 94}} {
		if got := rank(c.q, c.n); got != c.want {
			t.Errorf("rank(%g, %d) = %d, want %d", c.q, c.n, got, c.want)
		}
	}
}
