package patternset

import (
	"math"
	"strconv"
)

// maxNumber is the longest text that is taken for a number, in bytes: a float64
// takes up to 1,077 when it is written out.
const maxNumber = 1100

// readNumber reads a text as a number where it looks like one: 5, 5.0 and 5e0
// are the same. What looks like a number is asked for by its value, on the side
// of the patterns and on that of the events, so that no spelling is missed.
func readNumber(text string) (float64, bool) {
	if len(text) == 0 || len(text) > maxNumber {
		return 0, false
	}
	dots := 0
	for i := range len(text) {
		switch c := text[i]; {
		case c >= '0' && c <= '9':
		case c == '.':
			dots++
		case c == '-' || c == '+' || c == 'e' || c == 'E':
			if i == 0 && c|0x20 == 'e' {
				return 0, false
			}
		default:
			return 0, false
		}
	}
	if dots > 1 {
		return 0, false
	}
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		return n + 0, true // + 0 makes -0 the 0 that it equals
	}
	return 0, false
}

// mix spreads a number's bits over a key (the finalizer of MurmurHash3).
func mix(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

func (p *pathInfo) numberKey(n float64) uint64 { return mix(math.Float64bits(n) ^ p.salt) }
