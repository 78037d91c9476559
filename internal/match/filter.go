package match

import "math/bits"

// filter says of a hash that it is certainly not in the set, or that it may be:
// a Bloom filter of blocks (Putze, Sanders and Singler, "Cache-, hash- and
// space-efficient Bloom filters", 2007), a block for a processor's cache line
// and one bit in each of its words. With 20 bits a hash, one of 5,000 others
// passes. A binary fuse filter would be half as large for that; but it reads
// three places, and what a lookup in ten million waits for is memory.
type filter [][blockWords]uint64

const (
	blockWords = 8
	blockSize  = 8 * blockWords // bytes
	perHash    = 20             // bits
)

// blocksFor is the length of a filter for n hashes.
func blocksFor(n uint64) uint64 { return n*perHash/(8*blockSize) + 1 }

// positions mixes the bits that do not choose the block, six for each word.
func positions(h uint64) uint64 {
	p := (h ^ h>>32) * 0x9e3779b97f4a7c15
	return p ^ p>>29
}

func (f filter) add(h uint64) {
	i, _ := bits.Mul64(h, uint64(len(f)))
	block, p := &f[i], positions(h)
	for w := range block {
		block[w] |= 1 << (p >> (6 * w) & 63)
	}
}

// may is 1 if the hash may be in the set, else 0.
func (f filter) may(h uint64) uint8 { return f.first(h) & f.second(h) }

// first and second are may by each half of the block. They take no branch, so
// that the processor looks up many at once.
func (f filter) first(h uint64) uint8 {
	i, _ := bits.Mul64(h, uint64(len(f)))
	b, p := &f[i], positions(h)
	return uint8(b[0]>>(p&63)&(b[1]>>(p>>6&63))&(b[2]>>(p>>12&63))&(b[3]>>(p>>18&63))) & 1
}

func (f filter) second(h uint64) uint8 {
	i, _ := bits.Mul64(h, uint64(len(f)))
	b, p := &f[i], positions(h)
	return uint8(b[4]>>(p>>24&63)&(b[5]>>(p>>30&63))&(b[6]>>(p>>36&63))&(b[7]>>(p>>42&63))) & 1
}

// sift marks the probes that may be in the set. One of seventy others passes the
// first half, so that the second is seldom asked.
func (f filter) sift(probes []probe) (all uint8) {
	for i := range probes {
		in := f.first(probes[i].hash)
		probes[i].in = in
		all |= in
	}
	if all == 0 {
		return 0
	}
	all = 0
	for i := range probes {
		if probes[i].in != 0 {
			probes[i].in = f.second(probes[i].hash) * inBase
			all |= probes[i].in
		}
	}
	return all
}
