package epidemic

import (
	"fmt"
	"math"
	"testing"
	"time"
)

// Hits from outside in one step: binomial where nothing protects, Poisson where
// everything does.
func TestHitsOfOneStep(t *testing.T) {
	const draws = 40_000
	// Removal would move the force; the inside rate is that of nobody.
	p := Params{Step: 10 * time.Minute, Between: 3}
	sites := []Site{{40, 40}, {60, 60}, {30, 30}}
	fresh, stopped, byAsking := map[int]int{}, map[int]int{}, map[int]int{}
	var force float64
	for seed := range uint64(draws) {
		w := New(seed, p, sites)
		w.Infect(0, 40)
		w.Step()
		w.Cover(2, 1, false)
		force = w.force()
		w.Step()
		fresh[w.At(1).Fresh]++
		stopped[w.Stopped()]++
		byAsking[w.At(2).Stopped]++
	}
	// Of 130 hosts 40 spread, and 60 can be hit: they multiply at that rate.
	z := 0.5 * 60 / 130
	if want := 0.5 * 40 / 130 * (math.Exp(z) - 1) / z; math.Abs(force/want-1) > 1e-12 {
		t.Errorf("the force is %g, want %g", force, want)
	}
	hit := -math.Expm1(-force)
	if p := chiSquare(fresh, draws, 0, 60, func(k int) float64 {
		return math.Exp(lgamma(61) - lgamma(float64(k)+1) - lgamma(61-float64(k)) + float64(k)*math.Log(hit) - float64(60-k)*force)
	}); p < 1e-4 {
		t.Errorf("such infections have a chance of %g", p)
	}
	if p := chiSquare(stopped, draws, 0, 60, func(k int) float64 {
		return math.Exp(float64(k)*math.Log(30*force) - 30*force - lgamma(float64(k)+1))
	}); p < 1e-4 {
		t.Errorf("such stopped hits have a chance of %g", p)
	}
	if fmt.Sprint(stopped) != fmt.Sprint(byAsking) {
		t.Error("only one site is protected, but the stopped hits are not all there")
	}
}

// Where stopped hits were, of few hits and of many, is by the sites' weights.
func TestPlacesOfStoppedHits(t *testing.T) {
	for _, rate := range []float64{2, 2000} { // by sorted places, by binomials
		sites := []Site{{1000, 1000}, {100, 100}, {50, 50}, {0, 0}, {250, 250}}
		w := New(7, Params{Step: time.Minute, Between: rate}, sites)
		w.Infect(0, 1000)
		w.Step()
		for _, i := range []int{1, 2, 4} {
			w.Cover(i, 1, false)
		}
		sum := make([]float64, len(sites))
		total := 0.0
		for range 3000 {
			w.Step()
			here := 0
			for _, i := range w.Touched() {
				here += w.At(i).Stopped
				sum[i] += float64(w.At(i).Stopped)
			}
			total += float64(here)
		}
		if int(total) != w.Stopped() || sum[0] != 0 || sum[3] != 0 {
			t.Fatalf("%g of %d stopped hits have a place: %v", total, w.Stopped(), sum)
		}
		for i, part := range map[int]float64{1: 0.25, 2: 0.125, 4: 0.625} {
			if off := (sum[i] - part*total) / math.Sqrt(part*(1-part)*total); math.Abs(off) > 4 {
				t.Errorf("rate %g: site %d has %g of %g stopped hits, %.1f standard errors from its part", rate, i, sum[i], total, off)
			}
		}
	}
}
