package trend_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/outbreak/trend"
)

// runLength is the mean number of samples to a signal, and its standard error.
func runLength(runs int, shift float64, pair bool) (mean, sigma float64) {
	r := rand.New(rand.NewPCG(5, 6))
	sum, squares := 0.0, 0.0
	for range runs {
		up, down := trend.NewCUSUM(trend.CUSUMConfig{Sigma: 1}), trend.NewCUSUM(trend.CUSUMConfig{Sigma: 1})
		n := 1.0
		for ; ; n++ {
			x := r.NormFloat64() + shift
			if rose, fell := up.Add(x), down.Add(-x); rose || pair && fell {
				break
			}
		}
		sum, squares = sum+n, squares+n*n
	}
	mean = sum / float64(runs)
	return mean, math.Sqrt((squares/float64(runs) - mean*mean) / float64(runs))
}

// The tables' figures: 465 samples to a false signal of a pair of charts, about
// 930 of one, 10.4 to see a shift by one sigma.
func TestCUSUMRunLengths(t *testing.T) {
	for _, c := range []struct {
		name        string
		shift, want float64
		pair        bool
	}{{"a pair in control", 0, 465, true}, {"one in control", 0, 930, false}, {"shifted by sigma", 1, 10.4, false}} {
		mean, sigma := runLength(4000, c.shift, c.pair)
		t.Logf("%s: %.1f ± %.1f samples", c.name, mean, 2*sigma)
		if math.Abs(mean-c.want) > 3.5*sigma+0.005*c.want {
			t.Errorf("%s: %.1f samples to a signal, want %.1f within %.1f", c.name, mean, c.want, 3.5*sigma)
		}
	}
}

// What is usual is learnt: Poisson counts signal rarely, and three times the
// usual at once or soon.
func TestCUSUMLearns(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for _, usual := range []float64{0.1, 4, 200} {
		signals, seen := 0, 0
		for range 100 {
			c := trend.NewCUSUM(trend.CUSUMConfig{})
			for range 200 {
				if c.Add(float64(poisson(r, usual))) {
					signals++
				}
			}
			c.Reset()
			for range 5 {
				if c.Add(float64(poisson(r, 3*usual+8))) {
					seen++
					break
				}
			}
		}
		t.Logf("usual %.1f: %d of 20,000 samples signal, %d of 100 shifts seen within 5", usual, signals, seen)
		if signals > 400 || seen < 98 {
			t.Errorf("usual %.1f: %d of 20,000 samples signal, %d of 100 shifts seen within 5 samples", usual, signals, seen)
		}
	}
}

func TestSurge(t *testing.T) {
	s := trend.NewSurge(trend.SurgeConfig{})
	at := start
	for range 36 { // six hours of five in ten minutes
		if s.Add(at, 5) {
			t.Fatalf("five as usual signal at %v", at)
		}
		at = at.Add(10 * time.Minute)
	}
	if !s.Add(at, 40) {
		t.Error("eight times the usual does not signal")
	}
	if got, want := s.Since(), at; got.After(want) || want.Sub(got) > 10*time.Minute {
		t.Errorf("the surge began at %v, want %v", got, want)
	}
	s.Advance(at.Add(200 * time.Hour))
	if s.Signals() {
		t.Error("after a week of nothing it still signals")
	}
	s.Advance(start)
	s.Add(start, 1) // late: counted where it stands
	if usual, bin := s.Usual(); usual > 0.01 || bin != 10*time.Minute {
		t.Errorf("after a week of nothing %.3f in %v are usual", usual, bin)
	}
}

// What was just heard of for the first time is no surge.
func TestSurgeWarmsUp(t *testing.T) {
	s := trend.NewSurge(trend.SurgeConfig{})
	if s.Add(start, 1000) || s.Add(start.Add(time.Hour), 1000) {
		t.Error("a subject of the first hours signals")
	}
	s = trend.NewSurge(trend.SurgeConfig{Warm: 1})
	s.Advance(start.Add(-10 * time.Minute))
	if !s.Add(start, 1000) {
		t.Error("a thousand after a bin of nothing do not signal")
	}
}
