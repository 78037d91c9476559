package score

import (
	"math"
	"math/bits"
	"slices"
)

// fixed is a number from 0 up to 2^24 with 104 bits behind the point. Sums of
// float64s as they occur here are exact in it, so that they come out the same in
// whatever order they are made, and taking a part away leaves what there was
// without it.
type fixed struct{ hi, lo uint64 }

const (
	fraction = 104
	// shortest is the least float64 that has no bits below fixed's last one.
	shortest = 0x1p-52
)

// toFixed is the number x >= 0 below 2^24, cut behind the last bit.
func toFixed(x float64) fixed {
	b := math.Float64bits(x)
	exponent := int(b >> 52)
	if exponent == 0 {
		return fixed{} // 0, or far below the last bit
	}
	mantissa := b&(1<<52-1) | 1<<52
	switch shift := exponent - 1075 + fraction; {
	case shift >= 64:
		return fixed{hi: mantissa << (shift - 64)}
	case shift >= 0:
		return fixed{hi: mantissa >> (64 - shift), lo: mantissa << shift}
	default:
		return fixed{lo: mantissa >> -shift}
	}
}

func (f fixed) plus(g fixed) fixed {
	lo, carry := bits.Add64(f.lo, g.lo, 0)
	hi, _ := bits.Add64(f.hi, g.hi, carry)
	return fixed{hi, lo}
}

// minus is f less g, which has to be the smaller.
func (f fixed) minus(g fixed) fixed {
	lo, borrow := bits.Sub64(f.lo, g.lo, 0)
	hi, _ := bits.Sub64(f.hi, g.hi, borrow)
	return fixed{hi, lo}
}

func (f fixed) float() float64 { return float64(f.hi)*0x1p-40 + float64(f.lo)*0x1p-104 }

// likelihood is the mean over those who gave one. The smallest are added by
// themselves, in order.
func (c *Cell) likelihood() float64 {
	sum := c.likelihoods.float()
	if len(c.tiny) > 0 {
		var small float64
		for _, l := range slices.Sorted(slices.Values(c.tiny)) {
			small += l
		}
		sum += small
	}
	return sum / float64(c.given)
}
