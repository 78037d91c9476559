package trend

import (
	"cmp"
	"math"
	"time"
)

// KalmanConfig tunes a Kalman; a zero field means its default.
type KalmanConfig struct {
	Bin        time.Duration // 1 min: the length of a bin
	Background float64       // 0: what is usual in a bin, of which nothing grows
	Rest       int           // 5, at most 16: bins for which the estimate must have come to rest
	// Grown is 2.5: the least lower bound of the growth since the filter began, as
	// a logarithm. Counts that grow in a straight line from nothing over a time T
	// are fitted best by a rate of 2.15/T, however long T is: of a density
	// proportional to t the mean is 2T/3, and that proportional to e^(rt) has this
	// mean at rT = 2.15. So a straight line never gets there, and a true
	// exponential does after 2.5 e-foldings and what its noise costs. A parabola
	// has 3.59 and can be taken for an exponential.
	Grown float64
}

// Kalman estimates the exponential growth of counts in equal bins. Its state is
// the logarithm of the expected count above the background, and the growth of
// that from one bin to the next; a count is Poisson around both together. The
// update is the filter's with the observation's own curvature in place of a
// linear model (the mode of the posterior, found by Newton's method), so that
// bins with nothing in them do no harm. The variance is scaled by how much more
// than Poisson the counts scatter, never by less than 1.
//
// Zou et al. (2003), section 5.2, put the growth and the level into the filter's
// state as well, over a discrete epidemic model; as long as few hosts are
// infected that is the exponential of here.
type Kalman struct {
	cfg      KalmanConfig
	n        int     // bins so far
	level, g float64 // log of the expected excess in the last bin, growth per bin
	// Covariance of the two.
	vll, vlg, vgg float64
	chi, weight   float64 // squared standardised innovations, and how many, both fading
	past          [16]Interval
}

const (
	maxCount   = 1e9 // a bin's; more is as much
	priorLevel = 16  // variance of the first level's logarithm
	priorRate  = 1   // variance of the growth per bin: doubling in a bin is 0.69
	fading     = 0.97
	// smallest is the growth per bin that still counts as one.
	smallest = 1e-6
)

// NewKalman makes a filter that has seen nothing.
func NewKalman(cfg KalmanConfig) *Kalman {
	k := newKalman(cfg)
	return &k
}

func newKalman(cfg KalmanConfig) Kalman {
	if cfg.Bin <= 0 {
		cfg.Bin = time.Minute
	}
	cfg.Background = bounded(cfg.Background, 0, maxCount)
	cfg.Rest = min(max(cmp.Or(cfg.Rest, 5), 1), len(Kalman{}.past))
	cfg.Grown = bounded(cmp.Or(cfg.Grown, 2.5), 0, 1e3)
	return Kalman{cfg: cfg}
}

// Add takes in the next bin's count. What is below zero or no number is zero.
func (k *Kalman) Add(count float64) {
	y := bounded(count, 0, maxCount)
	if k.n == 0 {
		k.level = math.Log(max(y-k.cfg.Background, 0.5))
		k.vll, k.vlg, k.vgg = priorLevel, 0, priorRate
	} else {
		k.level = bounded(k.level+k.g, minLevel, maxLevel)
		k.vll += 2*k.vlg + k.vgg
		k.vlg += k.vgg
		k.innovation(y)
	}
	k.update(y)
	k.n++
	k.past[k.n%len(k.past)] = k.perBin()
}

// The logarithm of an expected excess stays within these.
const minLevel, maxLevel = -7, 22

// innovation notes how far a count is from what was expected of it.
func (k *Kalman) innovation(y float64) {
	excess := math.Exp(k.level)
	mean := k.cfg.Background + excess
	// The prediction's own variance, the logarithm's carried over linearly.
	variance := mean + excess*excess*min(k.vll, 1)
	k.chi = fading*k.chi + (y-mean)*(y-mean)/max(variance, 0.1)
	k.weight = fading*k.weight + 1
}

// update finds the mode of the posterior: Poisson in the count, normal in the
// state. Only the level is observed, so that the search is in one dimension.
func (k *Kalman) update(y float64) {
	b, x := k.cfg.Background, k.level
	var info float64
	for range 8 {
		e := math.Exp(x)
		mean := b + e
		slope := e * (y/mean - 1)
		info = e * e / mean // expected information: never negative
		step := (slope - (x-k.level)/k.vll) / (info + 1/k.vll)
		step = bounded(step, -2, 2)
		x = bounded(x+step, minLevel, maxLevel)
		if math.Abs(step) < 1e-6 {
			break
		}
	}
	gain := 1 / (1 + info*k.vll) // the share of the prior that remains
	k.g = bounded(k.g+k.vlg/k.vll*(x-k.level), -3, 3)
	k.level = x
	k.vgg = max(k.vgg-k.vlg*k.vlg*info*gain, 1e-12)
	k.vlg *= gain
	k.vll = max(k.vll*gain, 1e-12)
}

// dispersion is how many times more than Poisson the counts scatter.
func (k *Kalman) dispersion() float64 {
	return max(k.chi/max(k.weight-1, 1), 1)
}

func (k *Kalman) perBin() Interval {
	d := normal95 * math.Sqrt(k.vgg*k.dispersion())
	return Interval{k.g - d, k.g, k.g + d}
}

// Growth is the estimate after the last bin. Its times are zero: the filter
// knows the length of its bins, not when they were.
func (k *Kalman) Growth() Growth {
	if k.n < 2 {
		return Growth{Bin: k.cfg.Bin}
	}
	g := growthOf(k.perBin(), k.cfg.Bin)
	g.Settled = k.settled()
	return g
}

func (k *Kalman) settled() bool {
	now := k.perBin()
	if k.n <= k.cfg.Rest || now.Low*float64(k.n-1) < k.cfg.Grown {
		return false
	}
	for i := range k.cfg.Rest {
		was := k.past[(k.n-i)%len(k.past)]
		if was.Low < smallest || math.Abs(now.Mid-was.Mid) > max(was.High-was.Mid, now.Mid/10) {
			return false
		}
	}
	return true
}
