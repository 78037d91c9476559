package outbreak

import (
	"math"
	"net/netip"
	"time"

	"github.com/zeebo/xxh3"
)

// test is Threshold Random Walk's arithmetic in logarithms.
type test struct {
	failure, success float64 // what a first contact adds to the log ratio
	upper, lower     float64 // where it ends: a scanner, or benign
}

func newTest(c DetectorConfig) test {
	return test{
		failure: math.Log((1 - c.Theta1) / (1 - c.Theta0)),
		success: math.Log(c.Theta1 / c.Theta0),
		upper:   math.Log(c.Beta / c.Alpha),
		lower:   math.Log((1 - c.Beta) / (1 - c.Alpha)),
	}
}

// walk is one source's test on one port.
type walk struct {
	ratio   float64   // the log likelihood ratio, 0 at the start
	began   time.Time // of the first failure since the ratio was last at or below 0
	flagged time.Time // zero: it is not
	known   bool      // it was counted among the port's sources
}

type walker struct {
	source netip.Addr
	port   uint16
}

// step adds one first contact and says whether it flags the source.
func (t test) step(w *walk, failed bool, at time.Time) bool {
	if failed {
		if w.ratio <= 0 {
			w.began = at
		}
		w.ratio += t.failure
	} else {
		w.ratio += t.success
	}
	if w.ratio <= t.lower {
		w.ratio = 0
	}
	return w.ratio >= t.upper
}

// firstContact says whether the source has not contacted the target on this
// port before, as far as is remembered. It remembers 64-bit hashes: with a
// million of them the chance that a new contact is taken for an old one is
// about 1 in 10^13, and costs one observation. The seed is random so that
// nobody outside can aim for it.
func (d *Detector) firstContact(source, target netip.Addr, port uint16) bool {
	var key [34]byte
	from, to := source.As16(), target.As16()
	copy(key[:], from[:])
	copy(key[16:], to[:])
	key[32], key[33] = byte(port>>8), byte(port)
	h := xxh3.HashSeed(key[:], d.seed)
	if _, seen := d.contacts.get(h); seen {
		return false
	}
	d.contacts.put(h, struct{}{})
	return true
}

// Contacts is how many first contacts it takes on average to flag a scanning
// host of whose contacts a share fails: Wald's formula with the steps' overshoot
// left in, since the walk moves in whole steps. It is infinite where the walk
// does not drift upwards.
func (c DetectorConfig) Contacts(failing float64) float64 {
	t := newTest(c.withDefaults())
	drift := failing*t.failure + (1-failing)*t.success
	if drift < 1e-9 {
		return math.Inf(1)
	}
	return math.Ceil(t.upper/t.failure) * t.failure / drift
}
