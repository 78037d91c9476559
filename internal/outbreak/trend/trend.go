// Package trend estimates how fast counts grow, and notices when they begin to.
//
// Counts come in equal bins of telemetry time. A CUSUM chart learns what is
// usual and says when more comes than that, and since when; from there on a
// Kalman filter follows the logarithm of what is above the usual and its growth
// from bin to bin (Zou, Gao, Gong, Towsley: Monitoring and Early Warning for
// Internet Worms, CCS 2003: the filter is set off by a surge, and what alarms is
// the trend, an estimate that stabilises around a positive constant, not the
// burst). An exponential over a constant is then fitted to the same counts.
//
// The growth has settled when
//
//   - in five bins one after the other the lower bound of its estimate was above
//     zero, and the estimate stayed where it is;
//   - the counts scatter around the curve at random;
//   - the exponential is 99 times as likely as the best step, straight line or
//     parabola that begins at any bin.
//
// That takes some three or four doublings from when the surge is first seen. What
// is an exponential to begin with cannot be told from an epidemic then: a logistic
// ramp, or a rush like the bell curve of a morning, may settle while it rises,
// and no longer once it bends.
//
// A Pool does this for the sum of what several partners report, on several
// scales of time, and says whether the trend would be there without any few of
// them, and whether it is there if some few hide it. There is no clock here: every time is one that the caller gives, and the
// same calls in the same order give the same answers. No answer is ever NaN or
// infinite, whatever the input.
package trend

import (
	"math"
	"time"
)

// Interval is an estimate and the bounds between which it is with 95 in 100.
type Interval struct{ Low, Mid, High float64 }

// Growth is how fast counts grow. The zero value says that nothing is known.
type Growth struct {
	Rate Interval // exponential, per hour; below zero they shrink
	// Doubling is in seconds; zero where the lower bound of Rate is not above zero.
	Doubling Interval
	Settled  bool          // the estimate has come to rest above zero
	Since    time.Time     // the beginning of the first bin that it rests on
	At       time.Time     // the end of the last
	Bin      time.Duration // the length of each
}

// normal95 is the normal distribution's quantile at 0.975.
const normal95 = 1.959964

// growthOf gives a growth per bin in the units of Growth.
func growthOf(perBin Interval, bin time.Duration) Growth {
	g := Growth{Bin: bin}
	perHour := float64(time.Hour) / float64(bin)
	g.Rate = Interval{perBin.Low * perHour, perBin.Mid * perHour, perBin.High * perHour}
	if perBin.Low > 1e-9 {
		s := math.Ln2 * bin.Seconds()
		g.Doubling = Interval{s / perBin.High, s / perBin.Mid, s / perBin.Low}
	}
	return g
}

// bounded keeps a number within limits; what is none is the lower one.
func bounded(x, low, high float64) float64 {
	if !(x > low) {
		return low
	}
	return min(x, high)
}
