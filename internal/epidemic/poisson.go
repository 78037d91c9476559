package epidemic

import (
	"math"
	"math/rand/v2"
)

// Poisson draws a count of the given mean, limited to most: by adding up waiting
// times where the mean is small, else by the transformed rejection PTRS (Hörmann:
// The transformed rejection method for generating Poisson random variables,
// 1993), which is exact as well and costs the same for every mean.
func Poisson(r *rand.Rand, mean float64, most int) int {
	switch {
	case !(mean > 0) || most <= 0:
		return 0
	case mean > 4*float64(most)+50:
		return most // the chance of fewer is below 1 in 10^12
	case mean >= 10:
		return min(ptrs(r, mean), most)
	}
	sum, k := 0.0, 0
	for k < most {
		sum += r.ExpFloat64()
		if sum > mean {
			break
		}
		k++
	}
	return k
}

func ptrs(r *rand.Rand, mean float64) int {
	b := 0.931 + 2.53*math.Sqrt(mean)
	a := -0.059 + 0.02483*b
	vr := 0.9277 - 3.6224/(b-2)
	alpha := 1.1239 + 1.1328/(b-3.4)
	log := math.Log(mean)
	for {
		u, v := r.Float64()-0.5, r.Float64()
		us := 0.5 - math.Abs(u)
		k := math.Floor((2*a/us+b)*u + mean + 0.43)
		if us >= 0.07 && v <= vr {
			return int(k)
		}
		if k < 0 || us < 0.013 && v > us {
			continue
		}
		if math.Log(v)+math.Log(alpha)-math.Log(a/(us*us)+b) <= k*log-mean-lgamma(k+1) {
			return int(k)
		}
	}
}
