package outbreak_test

import (
	"math"
	"math/rand/v2"
	"time"
)

// poisson draws a count with a mean (Knuth's product of uniforms for small
// means, the normal approximation for large ones).
func poisson(r *rand.Rand, mean float64) int {
	if mean > 50 {
		return max(0, int(math.Round(mean+math.Sqrt(mean)*r.NormFloat64())))
	}
	n, p, limit := 0, r.Float64(), math.Exp(-mean)
	for ; p > limit; n++ {
		p *= r.Float64()
	}
	return n
}

// exp2 is how many times something that doubles is more after a time.
func exp2(after, double time.Duration) float64 { return math.Exp2(float64(after) / float64(double)) }
