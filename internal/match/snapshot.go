package match

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"net/netip"

	"github.com/zeebo/xxh3"
)

// A snapshot is a file; all numbers are little-endian.
//
//	size  field
//	16    magic
//	..    entries: the shards one after the other, each its buckets
//	..    what is kept in memory:
//	        shards times 24 bytes: see shardHeader
//	        the directories: of each bucket 4 bytes, where it ends in its shard
//	        the filter of all hashes: blocks of 8 numbers of 8 bytes
//	        the prefixes, 17 bytes each: an address of 16 bytes, and the length,
//	        for IPv4 plus 129
//	64    trailer: see trailer
//
// The hash of a value (key.hash with the trailer's seed) says where its
// entries are: the high bits number the shard, the bits after them the bucket.
// In a shard the entries are in the order of (hash, bytes). A bucket is its
// entries, sixteen on average, and the xxh3 of them, seeded with the bucket's
// number in its shard plus the shard's number times 2^32.
const (
	magic = "tocsin index 2\r\n"

	shardBits = 6
	shards    = 1 << shardBits
	perBucket = 16

	shardSize   = 24
	trailerSize = 64
	prefixSize  = 17
	sumSize     = 8
	v4Bits      = 129 // added to the length of an IPv4 prefix

	// What keeps a file from asking for more memory than there is.
	maxShard    = 1<<32 - 1 // bytes
	maxBucket   = 1 << 30   // bytes
	maxBuckets  = 1 << 28   // of one shard
	maxBlocks   = 1 << 32
	maxPrefixes = 1 << 27
)

// errDamaged is the kind of all errors of Open about what a file holds.
var errDamaged = errors.New("damaged or not a snapshot of an indicator index; load the indicators again")

func damaged(format string, args ...any) error {
	return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), errDamaged)
}

// shardHeader is what stands in memory of one shard.
type shardHeader struct {
	entries uint64
	bytes   uint64 // of its entries, with their checksums
	buckets uint64
}

func (s *shardHeader) append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint64(b, s.entries)
	b = binary.LittleEndian.AppendUint64(b, s.bytes)
	return binary.LittleEndian.AppendUint64(b, s.buckets)
}

func readShard(b []byte) (s shardHeader, err error) {
	s.entries = binary.LittleEndian.Uint64(b)
	s.bytes = binary.LittleEndian.Uint64(b[8:])
	s.buckets = binary.LittleEndian.Uint64(b[16:])
	if s.bytes > maxShard || s.entries > s.bytes || s.buckets > maxBuckets || (s.entries == 0) != (s.buckets == 0) {
		return s, damaged("a shard of %d entries in %d buckets and %d bytes", s.entries, s.buckets, s.bytes)
	}
	return s, nil
}

// trailer stands at the end, because a snapshot is written from front to back.
type trailer struct {
	seed     uint64 // of the hashes
	entries  uint64
	kept     uint64 // offset of what is kept in memory
	prefixes uint64
	flags    uint64 // 1: an indicator that includes subdomains is of one label
	sum      uint64 // xxh3 of what is kept in memory
	blocks   uint64 // of the filter
	self     uint64 // xxh3 of magic and of what stands before in the trailer
}

func (t *trailer) bytes() []byte {
	b := make([]byte, 0, trailerSize)
	for _, n := range [...]uint64{t.seed, t.entries, t.kept, t.prefixes, t.flags, t.sum, t.blocks} {
		b = binary.LittleEndian.AppendUint64(b, n)
	}
	return binary.LittleEndian.AppendUint64(b, xxh3.Hash(append([]byte(magic), b...)))
}

func readTrailer(head, b []byte) (t trailer, err error) {
	n := func(i int) uint64 { return binary.LittleEndian.Uint64(b[8*i:]) }
	t = trailer{seed: n(0), entries: n(1), kept: n(2), prefixes: n(3), flags: n(4), sum: n(5), blocks: n(6), self: n(7)}
	switch {
	case string(head) != magic:
		return t, damaged("the file begins with %q, not %q", head, magic)
	case t.self != xxh3.Hash(append([]byte(magic), b[:trailerSize-8]...)):
		return t, damaged("the end of the file is not that of a snapshot")
	case t.flags > 1 || t.prefixes > maxPrefixes || t.blocks == 0 || t.blocks > maxBlocks:
		return t, damaged("%d prefixes, %d blocks, flags %d", t.prefixes, t.blocks, t.flags)
	}
	return t, nil
}

func appendPrefix(b []byte, p netip.Prefix) []byte {
	a := p.Addr().As16()
	length := byte(p.Bits())
	if p.Addr().Is4() {
		length += v4Bits
	}
	return append(append(b, a[:]...), length)
}

func readPrefix(b []byte) (netip.Prefix, error) {
	a, length := netip.AddrFrom16([16]byte(b)), int(b[16])
	if length >= v4Bits {
		a, length = a.Unmap(), length-v4Bits
	}
	p := netip.PrefixFrom(a, length)
	if !p.IsValid() || p != p.Masked() || b[16] >= v4Bits && !a.Is4() {
		return p, damaged("%v with length %d is no prefix", a, length)
	}
	return p, nil
}

// bucketOf is the bucket of a shard with n buckets: hashes in order are in
// buckets in order.
func bucketOf(h uint64, n uint32) uint32 {
	b, _ := bits.Mul64(h<<shardBits, uint64(n))
	return uint32(b)
}

func sumOf(shard int, bucket uint32, b []byte) uint64 {
	return xxh3.HashSeed(b, uint64(shard)<<32|uint64(bucket))
}
