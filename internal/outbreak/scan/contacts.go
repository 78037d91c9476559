package scan

import "github.com/tocsin-project/tocsin/internal/hugepages"

// contacts remembers which targets a source has been in contact with: per
// contact the 32-bit fingerprint of a hash, in buckets of one cache line, the
// one used last in front. What is full grows, up to a limit; from there on a
// new contact pushes out the one of its bucket that was not used for longest.
//
// The first bits of the hash choose the bucket and bits 6 to 37 are the
// fingerprint, so that a bucket can be split by a bit that its fingerprints
// hold. With 2^k buckets 38-k bits tell contacts apart: at the default limit,
// 2^19 full buckets, 3 in 100,000 new contacts are taken for old ones, which
// costs one observation each.
type contacts struct {
	buckets []bucket
	bits    uint // log2 of how many there are
	maxBits uint
	used    int
	evicted uint64
}

const (
	inBucket        = 16
	minBucketBits   = 6
	maxBucketBits   = 26 // of 38 bits; more would leave too few to tell contacts apart
	fingerprintTop  = minBucketBits + 32
	fingerprintDrop = 64 - fingerprintTop
)

type bucket [inBucket]uint32

func newContacts(limit int) contacts {
	c := contacts{maxBits: minBucketBits}
	for c.maxBits < maxBucketBits && inBucket<<c.maxBits < limit {
		c.maxBits++
	}
	return c
}

// first notes a contact by its hash and says whether it was not known.
func (c *contacts) first(hash uint64) bool {
	if c.buckets == nil {
		c.bits = minBucketBits
		c.buckets = make([]bucket, 1<<c.bits)
	}
	mark := max(uint32(hash>>fingerprintDrop), 1) // 0 is an empty place
	b := &c.buckets[hash>>(64-c.bits)]
	if b.has(mark) {
		return false
	}
	if b[inBucket-1] != 0 {
		c.evicted++
	} else {
		c.used++
	}
	copy(b[1:], b[:inBucket-1])
	b[0] = mark
	if c.used > len(c.buckets)*inBucket/2 && c.bits < c.maxBits {
		c.grow()
	}
	return true
}

// has finds a mark, and moves it to the front if it was far from it: of near
// ones the order matters little, and a line that is not written need not be
// written back. All places are compared before the one branch, since a branch
// at each would wait for memory, and be predicted wrongly once a call.
func (b *bucket) has(mark uint32) bool {
	for i := range b {
		if b[i] == mark {
			if i >= inBucket/2 {
				copy(b[1:i+1], b[:i])
				b[0] = mark
			}
			return true
		}
	}
	return false
}

// grow splits each bucket in two, in which the order of use is kept.
func (c *contacts) grow() {
	split := make([]bucket, 2*len(c.buckets))
	hugepages.Ask(split)
	bit := uint32(1) << (fingerprintTop - c.bits - 1)
	for i := range c.buckets {
		var filled [2]int
		for _, mark := range c.buckets[i] {
			half := 0
			if mark&bit != 0 {
				half = 1
			}
			if mark != 0 {
				split[2*i+half][filled[half]] = mark
				filled[half]++
			}
		}
	}
	c.buckets, c.bits = split, c.bits+1
}
