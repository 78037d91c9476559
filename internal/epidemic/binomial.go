package epidemic

import (
	"math"
	"math/rand/v2"
)

// Binomial draws how many of n succeed with probability p each: exactly by
// inversion where the mean is small, else by the transformed rejection BTRS
// (Hörmann: The generation of binomial random variates, 1993), which is exact as
// well and costs the same for every n.
func Binomial(r *rand.Rand, n int, p float64) int {
	switch {
	case n <= 0 || p <= 0:
		return 0
	case p >= 1:
		return n
	case p > 0.5:
		return n - Binomial(r, n, 1-p)
	case float64(n)*p < 10:
		return inversion(r, n, p)
	}
	return btrs(r, n, p)
}

// inversion counts how often a geometric step fits into n.
func inversion(r *rand.Rand, n int, p float64) int {
	logq := math.Log1p(-p)
	sum, k := 0.0, 0
	for {
		// A success after each geometrically distributed run of failures.
		sum += math.Floor(math.Log1p(-r.Float64())/logq) + 1
		if sum > float64(n) {
			return k
		}
		k++
	}
}

func btrs(r *rand.Rand, n int, p float64) int {
	nf := float64(n)
	q := 1 - p
	spq := math.Sqrt(nf * p * q)
	b := 1.15 + 2.53*spq
	a := -0.0873 + 0.0248*b + 0.01*p
	c := nf*p + 0.5
	vr := 0.92 - 4.2/b
	alpha := (2.83 + 5.1/b) * spq
	lpq := math.Log(p / q)
	m := math.Floor((nf + 1) * p)
	h := lgamma(m+1) + lgamma(nf-m+1)
	for {
		u, v := r.Float64()-0.5, r.Float64()
		us := 0.5 - math.Abs(u)
		k := math.Floor((2*a/us+b)*u + c)
		if k < 0 || k > nf {
			continue
		}
		if us >= 0.07 && v <= vr {
			return int(k)
		}
		v = math.Log(v * alpha / (a/(us*us) + b))
		if v <= h-lgamma(k+1)-lgamma(nf-k+1)+(k-m)*lpq {
			return int(k)
		}
	}
}

func lgamma(x float64) float64 {
	v, _ := math.Lgamma(x)
	return v
}
