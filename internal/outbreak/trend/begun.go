package trend

import "math"

// begun is the least deviance of the counts from what is no epidemic but merely
// began: a constant, to which from some bin on a step, a straight line or a
// parabola is added. Each has as many unknowns as an exponential over a constant:
// the background, the size, and where it began. Lines and parabolas begin at
// every other bin: one more or less hardly changes them.
func begun(counts []float64) float64 {
	least := stepped(counts)
	for from := 0; from < len(counts); from += 2 {
		least = min(least, bent(counts, from, false), bent(counts, from, true))
	}
	return least
}

// stepped is the least deviance from a step: before and after it the best mean
// is the counts' own.
func stepped(counts []float64) float64 {
	all, own := 0.0, 0.0
	for _, y := range counts {
		all += y
		own += plogp(y, 1)
	}
	least, before := math.Inf(1), 0.0
	for i, y := range counts {
		least = min(least, own-plogp(before, float64(i))-plogp(all-before, float64(len(counts)-i)))
		before += y
	}
	return 2 * least
}

// plogp is y log(y/n), the log likelihood of a sum of n counts with their mean
// but for what does not depend on it; of nothing, 0.
func plogp(y, n float64) float64 {
	if y <= 0 || n <= 0 {
		return 0
	}
	return y * math.Log(y/n)
}

// bent fits the background and the size of a line or a parabola by weighted
// least squares, the weights being one over what is expected, at first over the
// counts themselves.
func bent(counts []float64, from int, square bool) float64 {
	b, c := 0.0, 0.0
	for round := range 3 {
		// A little is known of both, so that the equations have an answer.
		s11, s1x, sxx, s1y, sxy := 1e-6, 0.0, 1e-9, 0.0, 0.0
		for i, y := range counts {
			x := bend(i, from, square)
			w := 1 / (y + 1)
			if round > 0 {
				w = 1 / max(b+c*x, 0.05)
			}
			s11 += w
			s1x += w * x
			sxx += w * x * x
			s1y += w * y
			sxy += w * x * y
		}
		det := max(s11*sxx-s1x*s1x, 1e-12)
		b, c = max((sxx*s1y-s1x*sxy)/det, 0), max((s11*sxy-s1x*s1y)/det, 0)
	}
	sum := 0.0
	for i, y := range counts {
		sum += deviance(y, max(b+c*bend(i, from, square), 1e-3))
	}
	return sum
}

func bend(i, from int, square bool) float64 {
	x := float64(max(i-from+1, 0))
	if square {
		return x * x
	}
	return x
}
