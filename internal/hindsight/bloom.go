package hindsight

import (
	"math/bits"
	"sync/atomic"
)

// bloom says of fingerprints that they were not added, or may have been. It
// spares most questions a walk through the generation.
type bloom struct {
	bits []uint64
}

func newBloom(size int) bloom { return bloom{make([]uint64, 1<<(bits.Len(uint(size/8))-1))} }

func (b bloom) reset() { clear(b.bits) }

const bloomProbes = 3

func (b bloom) set(h uint64) {
	for range bloomProbes {
		atomic.OrUint64(&b.bits[h>>6&uint64(len(b.bits)-1)], 1<<(h&63))
		h = h*0x9e3779b97f4a7c15 + 0x632be59bd9b4e019
		h ^= h >> 32
	}
}

func (b bloom) has(h uint64) bool {
	for range bloomProbes {
		if atomic.LoadUint64(&b.bits[h>>6&uint64(len(b.bits)-1)])>>(h&63)&1 == 0 {
			return false
		}
		h = h*0x9e3779b97f4a7c15 + 0x632be59bd9b4e019
		h ^= h >> 32
	}
	return true
}

// add adds a value and, for a domain or a URL, the host and the names above it.
func (b bloom) add(h uint64, code byte, text string) {
	b.set(h)
	switch code {
	case codeDomain:
		for above := parent(text); above != ""; above = parent(above) {
			b.set(fingerprint(codeDomain, above))
		}
	case codeURL:
		_, _, host, _, ok := splitURL(text)
		for ; ok && host != ""; host = parent(host) {
			b.set(fingerprint(codeDomain, host))
		}
	}
}
