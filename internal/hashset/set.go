package hashset

import (
	"errors"
	"io"
	"math/bits"
	"slices"
	"strconv"
)

// PrefixLength is the fingerprint by which a set says that it has prefixes of a
// length: who looks for an address then knows which prefixes around it to look
// for. kind is the type of the prefix as package observable has it.
func PrefixLength(kind string, length int) uint64 {
	return Fingerprint("prefix-length", kind+"/"+strconv.Itoa(length))
}

// Set answers whether a value is worth asking for: of each fingerprint it holds
// the first bits in a directory and the next 32 as they are, 4.5 to 5 bytes
// in all. Of values that it does not have, it takes one in 500 million
// for one that it has. It is never changed, and any number of goroutines may
// ask.
type Set struct {
	n     int
	shift int      // a fingerprint's bucket is what is left of it after this shift
	ends  []uint32 // of each bucket the number of fingerprints up to its end
	parts [][]uint32
}

const (
	partBits = 16 // 2^16 fingerprints a part
	partSize = 1 << partBits
	// perBucket is how many fingerprints a bucket is to have: 4 to 8.
	perBucket = 8
)

// MostInSet is how many fingerprints a Set can hold: 5 GB of memory.
const MostInSet = 1 << 30

// Load reads a whole set, of at most so many fingerprints. Memory grows with
// what has been read, but for the directory, which takes half a byte for each
// fingerprint that the set says it has. The error is one of ErrInvalid, or the
// reader's; there is then no set.
func Load(r io.Reader, most uint64) (*Set, error) {
	in, err := NewReader(r, min(most, MostInSet))
	if err != nil {
		return nil, err
	}
	bucketBits := max(1, bits.Len64(in.Len()/perBucket))
	s := &Set{shift: 64 - bucketBits, ends: make([]uint32, 1<<bucketBits)}
	bucket := uint64(0)
	for {
		fingerprint, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		for ; bucket < fingerprint>>s.shift; bucket++ {
			s.ends[bucket] = uint32(s.n)
		}
		s.add(s.rest(fingerprint))
	}
	for ; bucket < uint64(len(s.ends)); bucket++ {
		s.ends[bucket] = uint32(s.n)
	}
	return s, nil
}

// rest is the 32 bits after those that say the bucket.
func (s *Set) rest(fingerprint uint64) uint32 {
	return uint32(fingerprint << (64 - s.shift) >> 32)
}

func (s *Set) add(rest uint32) {
	if s.n%partSize == 0 {
		s.parts = append(s.parts, make([]uint32, 0, partSize))
	}
	last := &s.parts[len(s.parts)-1]
	*last = append(*last, rest)
	s.n++
}

// Len is how many fingerprints there are.
func (s *Set) Len() int { return s.n }

// Bytes is how much memory the set takes.
func (s *Set) Bytes() int { return 4 * (len(s.ends) + partSize*len(s.parts)) }

// May says whether the set may have a fingerprint; false is certain.
func (s *Set) May(fingerprint uint64) bool {
	bucket := fingerprint >> s.shift
	end := s.ends[bucket]
	begin := uint32(0)
	if bucket > 0 {
		begin = s.ends[bucket-1]
	}
	if begin == end {
		return false
	}
	rest := s.rest(fingerprint)
	// A bucket may begin in one part and end in another.
	for ; begin>>partBits != (end-1)>>partBits; begin = (begin>>partBits + 1) << partBits {
		if _, found := slices.BinarySearch(s.parts[begin>>partBits][begin%partSize:], rest); found {
			return true
		}
	}
	part := s.parts[begin>>partBits]
	_, found := slices.BinarySearch(part[begin%partSize:(end-1)%partSize+1], rest)
	return found
}
