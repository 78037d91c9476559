package scan

import (
	"math"
	"math/bits"
)

// test is the arithmetic of the sequential tests in logarithms.
type test struct {
	history          History
	failure, success float32 // what a first contact adds to the log ratio
	upper, lower     float32 // where the walk ends: a scanner, or benign
	// stricter is where the reverse test ends of a source found benign, by the
	// number of binary digits of its first contacts in this window.
	stricter [17]float32
}

// slack is taken off the thresholds, so that steps which meet one exactly, but
// for rounding, do.
const slack = 1e-5

func newTest(c Config) test {
	t := test{
		history: c.History,
		failure: float32(math.Log((1 - c.Theta1) / (1 - c.Theta0))),
		success: float32(math.Log(c.Theta1 / c.Theta0)),
		upper:   float32(math.Log(c.Beta/c.Alpha)) - slack,
		lower:   float32(math.Log((1-c.Beta)/(1-c.Alpha))) + slack,
	}
	for digits := range t.stricter {
		contacts := max(few, math.Exp2(float64(digits)))
		t.stricter[digits] = float32(math.Log(c.Beta*contacts/c.Alpha)) - slack
	}
	return t
}

// few is how many first contacts in a window share Alpha at least.
const few = 8

// step adds a first contact at a time in microseconds and says whether it makes
// the source a scanner.
func (t *test) step(w *walk, failed bool, at int64) bool {
	if failed {
		if w.ratio <= 0 {
			w.began = at
		}
		w.ratio += t.failure
	} else {
		w.ratio += t.success
	}
	switch {
	case t.history == Reverse:
		w.ratio = max(w.ratio, 0)
	case w.state&benign != 0:
		w.ratio = max(w.ratio, 0)
		return w.ratio >= t.stricter[bits.Len16(w.count)]
	case w.ratio <= t.lower:
		w.ratio = 0
		if t.history == Stricter {
			w.state |= benign
		}
	}
	return w.ratio >= t.upper
}
