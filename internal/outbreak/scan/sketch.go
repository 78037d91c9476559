package scan

import (
	"math"
	"math/bits"
)

// Registers of a sketch. The standard error is 1.04/sqrt(1024) = 3.25 %.
const (
	sketchBits  = 10
	registers   = 1 << sketchBits
	maxRegister = 64 - sketchBits + 1
)

// sketch counts distinct hashes in 1 KiB: HyperLogLog (Flajolet, Fusy, Gandouet,
// Meunier, AofA 2007) with the estimator of Ertl (New cardinality estimation
// algorithms for HyperLogLog sketches, arXiv 1702.01284, algorithm 6), which
// needs no correction for small counts. How often each value stands in a register
// is kept along, for the estimate needs nothing else.
type sketch struct {
	register [registers]uint8
	with     [maxRegister + 1]uint16
}

func (s *sketch) clear() {
	*s = sketch{}
	s.with[0] = registers
}

// add says whether the sketch has changed: then the estimate has, too.
func (s *sketch) add(hash uint64) bool {
	r := &s.register[hash>>(64-sketchBits)]
	rank := uint8(min(bits.LeadingZeros64(hash<<sketchBits)+1, maxRegister))
	if rank <= *r {
		return false
	}
	s.with[*r]--
	s.with[rank]++
	*r = rank
	return true
}

// estimate is the number of distinct hashes.
func (s *sketch) estimate() float64 {
	const m = registers
	z := m * tau(1-float64(s.with[maxRegister])/m)
	for k := maxRegister - 1; k >= 1; k-- {
		z = (z + float64(s.with[k])) / 2
	}
	z += m * sigma(float64(s.with[0])/m)
	return m * m / (2 * math.Ln2 * z)
}

// sigma is x plus the sum over k >= 1 of x^(2^k) 2^(k-1): Ertl, formula 13.
func sigma(x float64) float64 {
	if x == 1 {
		return math.Inf(1)
	}
	for y, z := 1.0, x; ; y += y {
		x *= x
		before := z
		if z += x * y; z == before {
			return z
		}
	}
}

// tau is a third of 1 - x - the sum over k >= 1 of (1-x^(2^-k))^2 2^-k: Ertl,
// formula 15.
func tau(x float64) float64 {
	if x == 0 || x == 1 {
		return 0
	}
	for y, z := 1.0, 1-x; ; {
		x = math.Sqrt(x)
		before := z
		y /= 2
		if z -= (1 - x) * (1 - x) * y; z == before {
			return z / 3
		}
	}
}
