package epidemic

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
		r := Stream(1, uint64(c.n))
		var sum, squares float64
		mean := float64(c.n) * c.p
		variance := mean * (1 - c.p)
		for range draws {
			k := Binomial(r, c.n, c.p)
			if k < 0 || k > c.n {
				t.Fatalf("Binomial(%d, %g) = %d", c.n, c.p, k)
			}
			d := float64(k) - mean
			sum += d
			squares += d * d
		}
		if off := sum / draws / math.Sqrt(variance/draws); math.Abs(off) > 4 {
			t.Errorf("Binomial(%d, %g): the mean is off by %.1f standard errors", c.n, c.p, off)
		}
		// The variance of the squares is about 2 v^2 + v.
		if off := (squares/draws - variance) / math.Sqrt((2*variance*variance+variance)/draws); math.Abs(off) > 4 {
			t.Errorf("Binomial(%d, %g): the variance is off by %.1f standard errors", c.n, c.p, off)
		}
	}
	r := Stream(1)
	if Binomial(r, 7, 0) != 0 || Binomial(r, 7, 1) != 7 || Binomial(r, 0, 0.5) != 0 {
		t.Error("certain outcomes")
	}
}

// The counts of either method have the law's frequencies, just below and just
// above where one takes over from the other.
func TestPoisson(t *testing.T) {
	const draws = 100_000
	r := Stream(2)
	for _, mean := range []float64{0.3, 3, 9.9, 10.1, 40, 2500} {
		counts := map[int]int{}
		for range draws {
			counts[Poisson(r, mean, math.MaxInt32)]++
		}
		spread := 6 * math.Sqrt(mean)
		if p, least := chiSquare(counts, draws, int(mean-spread), int(mean+spread)+3, func(k int) float64 {
			return math.Exp(float64(k)*math.Log(mean) - mean - lgamma(float64(k)+1))
		}), 1e-4; p < least {
			t.Errorf("mean %g: such counts have a chance of %g", mean, p)
		}
	}
	if Poisson(r, 0, 9) != 0 || Poisson(r, 5, 0) != 0 || Poisson(r, math.NaN(), 9) != 0 {
		t.Error("nothing to draw")
	}
	if got := Poisson(r, 1e12, 12); got != 12 {
		t.Errorf("limited to 12: %d", got)
	}
	if got := Poisson(r, 40, 12); got != 12 {
		t.Errorf("limited to 12: %d", got)
	}
}

func TestStreamsDiffer(t *testing.T) {
	seen := map[uint64]bool{}
	for seed := range uint64(20) {
		for a := range uint64(20) {
			seen[Stream(seed, a).Uint64()] = true
			for b := range uint64(20) {
				seen[Stream(seed, a, b).Uint64()] = true
			}
		}
	}
	if len(seen) != 20*20*21 {
		t.Errorf("%d first numbers of %d streams", len(seen), 20*20*21)
	}
}

// chiSquare is the chance of counts that fit a law from low to high no better,
// by Pearson's test over values that are expected at least ten times, the others
// lumped together.
func chiSquare(counts map[int]int, draws, low, high int, law func(int) float64) float64 {
	sum, freedom := 0.0, -1
	lumped, lumpedSeen := float64(draws), draws
	for k := max(low, 0); k <= high; k++ {
		if want := law(k) * float64(draws); want >= 10 {
			d := float64(counts[k]) - want
			sum += d * d / want
			lumped -= want
			lumpedSeen -= counts[k]
			freedom++
		}
	}
	if lumped >= 10 {
		d := float64(lumpedSeen) - lumped
		sum += d * d / lumped
		freedom++
	} else if lumpedSeen > 60 {
		return 0 // a chance below 1 in 10^20
	}
	// The cube root of chi square is nearly normal (Wilson, Hilferty 1931).
	f := float64(freedom)
	z := (math.Cbrt(sum/f) - (1 - 2/(9*f))) / math.Sqrt(2/(9*f))
	return math.Erfc(z/math.Sqrt2) / 2
}
