package match

import (
	"encoding/binary"
	"math/bits"
	"unsafe"
)

// A text is hashed from its end to its beginning, in words of eight bytes,
// little-endian, and a last one of what is left over, with the length above it.
// So all names above a name share what is hashed of them: a name of 30 bytes
// takes hardly longer with the names above it than without them. A word is
// folded in by a multiplication whose factor is as secret as the seed, as wyhash
// does it (Wang Yi, "Modern non-cryptographic hash function and pseudorandom
// number generator", 2020).
type hasher struct {
	start  uint64
	factor uint64
}

const (
	golden = 0x9e3779b97f4a7c15 // 2^64 divided by the golden ratio, odd
	secret = 0xa0761d6478bd642f // wyhash's first, odd
)

func hasherOf(seed uint64) hasher {
	return hasher{start: seed*golden ^ secret, factor: bits.RotateLeft64(seed, 32) ^ secret | 1}
}

// fold multiplies to 128 bits and folds them to 64.
func fold(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return high ^ low
}

func (h *hasher) add(sum, word uint64) uint64 { return fold(sum^word, h.factor) }

// finish is the hash of a text of n bytes, of which all but rest is in sum.
func (h *hasher) finish(sum, rest uint64, n int) uint64 {
	return fold(h.add(sum, rest|uint64(n)<<56), golden)
}

func (h *hasher) hash(text string) uint64 {
	b := unsafe.Slice(unsafe.StringData(text), len(text)) //nolint:gosec // read only
	sum, at := h.start, len(b)
	for ; at >= 8; at -= 8 {
		sum = h.add(sum, binary.LittleEndian.Uint64(b[at-8:]))
	}
	return h.finish(sum, beginning(b, at), len(b))
}

// beginning are the first n bytes of a text, fewer than eight, as a word.
func beginning(b []byte, n int) (w uint64) {
	if len(b) >= 8 {
		return binary.LittleEndian.Uint64(b) & (1<<(8*n) - 1)
	}
	for i := n - 1; i >= 0; i-- {
		w = w<<8 | uint64(b[i])
	}
	return w
}

// names appends the probes of a name and of the names above it, the widest
// first; without single those of one label are left out.
func (h *hasher) names(to []probe, name string, single bool) []probe {
	b := unsafe.Slice(unsafe.StringData(name), len(name)) //nolint:gosec // read only
	sum, at := h.start, len(b)
	for {
		var w uint64
		from := at - 8
		if from >= 0 {
			w = binary.LittleEndian.Uint64(b[from:])
		} else {
			// As if zeros stood before the text.
			w = beginning(b, at) << (8 * (8 - at) & 63)
		}
		for dots := dotsIn(w); dots != 0; {
			bit := 63 - bits.LeadingZeros64(dots)
			dots &^= 1 << bit
			if !single {
				single = true
				continue
			}
			skip := from + bit/8 + 1
			n := len(b) - skip
			to = append(to, probe{hash: h.finish(sum, w>>(bit&63)>>1, n), skip: int32(skip)})
		}
		if from < 0 {
			break
		}
		sum, at = h.add(sum, w), from
	}
	return append(to, probe{hash: h.finish(sum, beginning(b, at), len(b))})
}

// dotsIn has the high bit of each byte set that is a dot.
func dotsIn(w uint64) uint64 {
	const ones, lows = 0x0101010101010101, 0x7f7f7f7f7f7f7f7f
	w ^= ones * '.'
	return ^(w&lows + lows | w | lows)
}
