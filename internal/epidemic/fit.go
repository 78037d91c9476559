package epidemic

import (
	"errors"
	"fmt"
	"math"
)

// Sample is how many hosts had been seen to be infected by an hour.
type Sample struct {
	Hours float64
	Count float64 // cumulative
}

// Fitted is a logistic curve fitted to samples.
type Fitted struct {
	Curve      Logistic
	Low, High  float64 // of Curve.K: the interval that holds it with 95 % confidence; High is +Inf if the counts do not bound it
	Dispersion float64 // how much more the counts scatter than chance alone would let them
}

// Fit fits a logistic curve, with its growth rate, its time and its scale, to
// cumulative counts, of which the first also stands for all that came before.
//
// Successive cumulative counts share their past and so their errors; their
// differences do not. It is the differences that are fitted, each weighted by a
// variance in proportion to its mean (quasi-likelihood: Wedderburn, Biometrika
// 61, 1974); the scale then follows from the total, and two parameters are left to
// search.
//
// The interval is the profile likelihood's: all K whose deviance, with the other
// parameters at their best, exceeds the least by not more than the dispersion
// times the 95 % quantile of F with 1 and n-3 degrees of freedom. A parametric
// bootstrap would ask how large the dispersion is, which six counts say only with
// 3 degrees of freedom; F allows for that, and bends with the curve where a
// standard error would not.
func Fit(samples []Sample) (Fitted, error) { return fit(samples, sharp) }

// FitSeen is Fit where a host is seen only some time after it was infected: each
// at a rate of seen an hour, as by a network of a addresses of which a worm that
// tries s addresses an hour hits one at a rate of s a / 2^32. The observed curve O
// then follows the infected by dO/dt = seen (I - O).
func FitSeen(samples []Sample, seen float64) (Fitted, error) {
	if !(seen > 0) {
		return Fitted{}, fmt.Errorf("fit a logistic curve: hosts are seen at a rate of %g an hour, it must be positive", seen)
	}
	return fit(samples, delayed(seen))
}

// Held is Fit with a growth rate, an hour, that is given: how well a published
// one describes the counts. Its Low and High are that rate.
func Held(samples []Sample, rate float64) (Fitted, error) {
	if err := check(samples); err != nil {
		return Fitted{}, fmt.Errorf("fit a logistic curve of %g an hour: %w", rate, err)
	}
	if !(rate > 0) || math.IsInf(rate, 1) {
		return Fitted{}, fmt.Errorf("fit a logistic curve of %g an hour: the growth rate must be positive and finite", rate)
	}
	deviance, t := profile(samples, sharp, rate)
	return Fitted{
		Curve: Logistic{K: rate, T: t, N: scale(samples, sharp, rate, t)},
		Low:   rate, High: rate, Dispersion: deviance / float64(len(samples)-2),
	}, nil
}

// shape is the share of the hosts that have been counted by an hour.
type shape func(k, t, hours float64) float64

// sharp counts each host when it is infected.
func sharp(k, t, hours float64) float64 { return sigmoid(k * (hours - t)) }

// delayed counts each at a rate of seen an hour from then on.
func delayed(seen float64) shape {
	return func(k, t, hours float64) float64 {
		// The delay of a host whose chance of a longer one is w is -ln(w)/seen.
		const nodes = 32
		sum := 0.0
		for j := range nodes {
			w := (float64(j) + 0.5) / nodes
			sum += sigmoid(k * (hours + math.Log(w)/seen - t))
		}
		return sum / nodes
	}
}

func fit(samples []Sample, s shape) (Fitted, error) {
	if err := check(samples); err != nil {
		return Fitted{}, fmt.Errorf("fit a logistic curve: %w", err)
	}
	n := len(samples)
	span := samples[n-1].Hours - samples[0].Hours
	// The growth rate is looked for by its logarithm, from so slow that the
	// samples are one moment of it to so fast that they are none.
	slowest, fastest := math.Log(1e-3/span), math.Log(1e3/span)
	deviance := func(logK float64) float64 {
		d, _ := profile(samples, s, math.Exp(logK))
		return d
	}
	logK := least(slowest, fastest, deviance)
	k := math.Exp(logK)
	best, t := profile(samples, s, k)
	fitted := Fitted{
		Curve:      Logistic{K: k, T: t, N: scale(samples, s, k, t)},
		Dispersion: best / float64(n-3),
		High:       math.Inf(1),
	}
	q := student(n - 3)
	bound := best + fitted.Dispersion*q*q
	if deviance(slowest) > bound {
		fitted.Low = math.Exp(crossing(logK, slowest, bound, deviance))
	}
	if deviance(fastest) > bound {
		fitted.High = math.Exp(crossing(logK, fastest, bound, deviance))
	}
	return fitted, nil
}

func check(samples []Sample) error {
	if len(samples) < 4 {
		return fmt.Errorf("%d counts for three parameters and their scatter: at least 4 are needed", len(samples))
	}
	for i, s := range samples {
		if math.IsNaN(s.Hours) || math.IsInf(s.Hours, 0) || !(s.Count >= 0) || math.IsInf(s.Count, 0) {
			return fmt.Errorf("count %d is %g at hour %g: counts must not be negative, and both finite", i, s.Count, s.Hours)
		}
		if i > 0 && (s.Hours <= samples[i-1].Hours || s.Count < samples[i-1].Count) {
			return fmt.Errorf("count %d is %g at hour %g, after %g at hour %g: times must rise, and cumulative counts not fall", i, s.Count, s.Hours, samples[i-1].Count, samples[i-1].Hours)
		}
	}
	if samples[0].Count == samples[len(samples)-1].Count {
		return errors.New("all counts are the same")
	}
	return nil
}

// profile is the least deviance with a growth rate, and the time that it has it at.
func profile(samples []Sample, s shape, k float64) (deviance, t float64) {
	first, last := samples[0].Hours, samples[len(samples)-1].Hours
	margin := 10/k + last - first
	t = least(first-margin, last+margin, func(t float64) float64 { return deviate(samples, s, k, t) })
	return deviate(samples, s, k, t), t
}

// scale is how many hosts there are in the end, by the total.
func scale(samples []Sample, s shape, k, t float64) float64 {
	last := samples[len(samples)-1]
	return last.Count / max(s(k, t, last.Hours), 1e-300)
}

// deviate is the deviance of the differences from their means, the scale at its
// best: twice the sum of x log(x / mean).
func deviate(samples []Sample, s shape, k, t float64) float64 {
	hosts := scale(samples, s, k, t)
	sum, seen, count := 0.0, 0.0, 0.0
	for _, p := range samples {
		now := s(k, t, p.Hours)
		if x := p.Count - count; x > 0 {
			sum += 2 * x * math.Log(x/max(hosts*(now-seen), 1e-300))
		}
		seen, count = now, p.Count
	}
	return sum
}
