package attribution

import "math"

// Value is a rating on the five-point scale.
type Value string

// The five points, from very consistent to very inconsistent.
const (
	VeryConsistent   Value = "CC"
	Consistent       Value = "C"
	Neutral          Value = "N"
	Inconsistent     Value = "I"
	VeryInconsistent Value = "II"
)

// points is the value on the scale +2 to -2.
func (v Value) points() (points int, ok bool) {
	switch v {
	case VeryConsistent:
		return 2, true
	case Consistent:
		return 1, true
	case Neutral:
		return 0, true
	case Inconsistent:
		return -1, true
	case VeryInconsistent:
		return -2, true
	}
	return 0, false
}

func asPoints(points int) float64 { return float64(points) }

// inconsistency is -1 for I, -2 for II and 0 for all else: that a hypothesis
// fits the evidence earns it nothing, since many may fit (Heuer, Psychology of
// Intelligence Analysis, chapter 8).
func inconsistency(points int) float64 { return float64(min(points, 0)) }

// mean is the raters' mean of what their points are worth.
func (c Cell) mean(worth func(points int) float64) float64 {
	var sum float64
	for i, n := range c.values {
		sum += float64(n) * worth(i-2)
	}
	return sum / float64(c.raters)
}

// stdev is the population standard deviation of the raters' points.
func (c Cell) stdev() float64 {
	m := c.mean(asPoints)
	return math.Sqrt(c.mean(func(points int) float64 { return (float64(points) - m) * (float64(points) - m) }))
}

// Band names how far apart partners are in rating the same cell.
type Band string

// The bands of the population standard deviation on the +-2/1/0 scale.
const (
	Consensus Band = "consensus" // up to 0.25
	Mild      Band = "mild"      // up to 1.0
	Strong    Band = "strong"    // up to 1.74
	Extreme   Band = "extreme"   // above; 2 is the most there can be
)

// BandOf is the band of a standard deviation.
func BandOf(stdev float64) Band {
	switch {
	case stdev <= 0.25:
		return Consensus
	case stdev <= 1:
		return Mild
	case stdev <= 1.74:
		return Strong
	}
	return Extreme
}

// stdev is the population standard deviation: {1, -1} gives 1, {2, -2} gives 2.
func stdev(xs []float64) float64 {
	if len(xs) == 0 {
		return 0
	}
	var sum, squares float64
	for _, x := range xs {
		sum += x
	}
	mean := sum / float64(len(xs))
	for _, x := range xs {
		squares += (x - mean) * (x - mean)
	}
	return math.Sqrt(squares / float64(len(xs)))
}
