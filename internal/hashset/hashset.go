// Package hashset writes large sets of fingerprints small: what an edge needs
// to learn which of ten million values a hub has, without being told the
// values.
//
// A set is a file or a message; its numbers are little-endian:
//
//	size  field
//	16    magic
//	8     n, how many fingerprints
//	..    n gaps in Golomb-Rice code (Rice and Plaunt, 1971), the first bit the
//	      lowest of a byte: gap>>k times a 1, a 0, and the k low bits of gap,
//	      the lowest first; then 0 to the end of the byte
//	8     xxh3 of all before, without a seed
//
// The fingerprints are in order and none is there twice: the first gap is the
// first fingerprint, each other is what lies between two neighbours, their
// difference less one. k follows from n (see riceBits), so that there is one
// way to write a set. Ten million fingerprints take 5.3 bytes each; what a
// fingerprint is worth when the order says nothing is 5.27.
package hashset

import (
	"errors"
	"fmt"
	"math/bits"

	"github.com/zeebo/xxh3"
)

const (
	magic      = "tocsin hashes 1\n"
	headerSize = len(magic) + 8
	sumSize    = 8
)

// Seed is that of every fingerprint, so that the sets of all makers compare:
// the bytes of "tocsin 1", the first the highest.
const Seed uint64 = 0x746f6373696e2031

// Fingerprint is xxh3 with Seed over a value's type, a zero byte, and its
// text: both as package observable has them. Values of up to half a kilobyte
// cost no allocation.
//
// The seed is public: whoever chooses two values can choose two with the same
// fingerprint. That a set has a fingerprint is a reason to ask, not an answer.
func Fingerprint(kind, text string) uint64 {
	var room [512]byte
	b := append(append(append(room[:0], kind...), 0), text...)
	return xxh3.HashSeed(b, Seed)
}

// ErrInvalid is the kind of all errors about what a set holds.
var ErrInvalid = errors.New("not a set of fingerprints, or damaged; ask for it again")

func invalid(format string, args ...any) error {
	return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), ErrInvalid)
}

// riceBits is the k that makes n random fingerprints shortest. Their gaps are
// distributed geometrically with the mean 2^64/n, for which it is the logarithm
// of the mean times ln 2, rounded down (Kiely, "Selecting the Golomb parameter
// in Rice coding", 2004).
func riceBits(n uint64) int {
	const halfLog2e = 0xb8aa3b295c17f0bb // log2(e)/2 * 2^64
	half, _ := bits.Mul64(n, halfLog2e)
	return min(63, 64-bits.Len64(half)-1)
}
