package trend

import (
	"cmp"
	"math"
)

// CUSUMConfig tunes a CUSUM; a zero field means its default.
type CUSUMConfig struct {
	K float64 // 0.5: standard deviations of a shift that are allowed
	H float64 // 5: standard deviations of the sum at which it signals
	// Mean and Sigma are what is usual. Where Sigma is 0 both are learnt from the
	// counts: Sigma is then never less than the square root of the mean, as in a
	// Poisson count, nor than 1.
	Mean, Sigma float64
	Memory      int // 64: samples that what is learnt goes back
	Warm        int // 8: the first samples, from which it is learnt only
}

// CUSUM is the one-sided cumulative sum chart S = max(0, S + x - mean - K sigma),
// which signals above H sigma (Page, Continuous inspection schemes, Biometrika
// 41, 1954; from memory). With a known mean and sigma of normal samples and the
// defaults a shift by one sigma is seen after 10.4 samples on average, and a false
// signal comes every 930: the 465 of the tables are those of a pair of charts, of
// which the other watches for a fall.
type CUSUM struct {
	cfg      CUSUMConfig
	n        int     // samples so far
	mean     float64 // learnt or given
	variance float64 // learnt
	sum      float64 // S in standard deviations
	since    int     // samples since the sum was last 0
	before   float64 // the mean then
}

// NewCUSUM makes a chart that has seen nothing.
func NewCUSUM(cfg CUSUMConfig) *CUSUM {
	c := newCUSUM(cfg)
	return &c
}

func newCUSUM(cfg CUSUMConfig) CUSUM {
	cfg.K, cfg.H = bounded(cmp.Or(cfg.K, 0.5), 0, 1e6), bounded(cmp.Or(cfg.H, 5), 0, 1e6)
	cfg.Mean, cfg.Sigma = bounded(cfg.Mean, -maxCount, maxCount), bounded(cfg.Sigma, 0, maxCount)
	cfg.Memory = max(cmp.Or(cfg.Memory, 64), 2)
	cfg.Warm = max(cmp.Or(cfg.Warm, 8), 1)
	return CUSUM{cfg: cfg, mean: cfg.Mean}
}

// Add takes in the next sample and says whether the chart signals.
func (c *CUSUM) Add(x float64) bool {
	x = bounded(x, -maxCount, maxCount)
	c.sum = min(c.sum+(x-c.mean)/c.sigma()-c.cfg.K, 4*c.cfg.H+1)
	c.n++
	if c.since++; c.sum <= 0 || c.cfg.Sigma == 0 && c.n <= c.cfg.Warm {
		c.sum, c.since = 0, 0
	}
	if c.since <= 1 {
		c.before = c.mean
	}
	if c.cfg.Sigma == 0 {
		c.learn(x)
	}
	return c.Signals()
}

// learn follows the mean and the variance: at first as of all samples, then as
// of the last Memory ones. While the chart signals it learns the mean half as
// fast and the scatter not at all: a surge is not the usual, a lasting step is
// in the end.
func (c *CUSUM) learn(x float64) {
	d := x - c.mean
	if c.Signals() {
		c.mean += d / float64(2*c.cfg.Memory)
		return
	}
	share := 1 / float64(min(c.n, c.cfg.Memory))
	c.mean += share * d
	c.variance = (1 - share) * (c.variance + share*d*d)
}

func (c *CUSUM) sigma() float64 {
	if c.cfg.Sigma > 0 {
		return c.cfg.Sigma
	}
	return math.Sqrt(max(c.variance, c.mean, 1))
}

// Signals says that the sum is above H.
func (c *CUSUM) Signals() bool { return c.sum > c.cfg.H }

// Level is the sum in standard deviations.
func (c *CUSUM) Level() float64 { return c.sum }

// Since is how many samples ago, the last one included, the present excess
// began: the usual estimate of when the mean shifted. 0: there is none.
func (c *CUSUM) Since() int { return c.since }

// Mean is what is usual.
func (c *CUSUM) Mean() float64 { return c.mean }

// Reset forgets the sum, not what is usual.
func (c *CUSUM) Reset() { c.sum, c.since = 0, 0 }
