package match

import (
	"math/bits"
	"slices"
	"sync/atomic"
)

// arena holds entries one after the other in chunks that never move.
type arena struct {
	chunks atomic.Pointer[[][]byte] // readers load it after the slot
	// The writer's own:
	fill  int // bytes used of the last chunk
	bytes int // used in all
}

// place is where an entry lies: the chunk's number, and the offset in it in
// the low chunkBits.
type place uint64

const (
	chunkBits = 20
	maxChunk  = 1 << chunkBits
	minChunk  = 4 << 10
	// firstPlace keeps the places 0 and 1 free: as slots they mean something
	// else.
	firstPlace = 2
)

func newArena() *arena {
	a := &arena{fill: firstPlace}
	a.chunks.Store(&[][]byte{make([]byte, minChunk)})
	return a
}

// entry is the bytes from the place on.
func (a *arena) entry(p place) []byte {
	return (*a.chunks.Load())[p>>chunkBits][p&(maxChunk-1):]
}

// append stores an entry. Nobody reads it before its slot has been stored.
func (a *arena) append(e []byte) place {
	chunks := *a.chunks.Load()
	last := len(chunks) - 1
	if a.fill+len(e) > len(chunks[last]) {
		// The next chunk is as large as all before it, up to the limit; an
		// entry that is larger still gets one of its own.
		size := max(min(maxChunk, 1<<bits.Len(uint(a.bytes))), minChunk, len(e))
		grown := append(slices.Clip(chunks), make([]byte, size))
		a.chunks.Store(&grown)
		chunks, last, a.fill = grown, last+1, 0
	}
	at := a.fill
	copy(chunks[last][at:], e)
	a.fill += len(e)
	a.bytes += len(e)
	return place(last)<<chunkBits | place(at)
}
