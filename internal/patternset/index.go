package patternset

import (
	"math/bits"
	"sync/atomic"
)

// index finds the patterns that wait for a term, by the term's 64-bit key. It
// holds no term: of a key it keeps 32 bits and the shard, so about one absent
// term in a million finds a pattern that did not ask for it among a million
// terms. That costs an evaluation and no truth.
//
// One writer at a time; readers never wait. It is cut into shards that grow and
// are swept one by one, so that no change copies more than a small part of it.
type index struct {
	shards [shardCount]atomic.Pointer[shard]
	posts  int // the writer's own: postings in all shards
}

const (
	shardBits  = 6
	shardCount = 1 << shardBits
	minSlots   = 16
)

// shard is a part of the index: a filter that says no for most absent keys in
// one cache line, a hash table with linear probing, and the chains of patterns.
type shard struct {
	filter []atomic.Uint64 // a word a block, three bits a key; a power of two of them
	slots  []atomic.Uint64 // fingerprint<<32 | the chain's first posting; 0 is empty
	posts  []atomic.Uint64 // pattern<<32 | next posting; the first is not used
	// The writer's own:
	keys, used int
}

func newIndex() *index {
	x := &index{}
	for i := range x.shards {
		x.shards[i].Store(newShard(minSlots, minSlots))
	}
	return x
}

func newShard(slots, posts int) *shard {
	return &shard{
		filter: make([]atomic.Uint64, max(1, slots/8)),
		slots:  make([]atomic.Uint64, slots),
		posts:  make([]atomic.Uint64, posts),
		used:   1,
	}
}

func (x *index) shard(key uint64) *shard { return x.shards[key>>(64-shardBits)].Load() }

// may is false for most keys that the index does not hold.
func (x *index) may(key uint64) bool {
	s := x.shard(key)
	word, want := block(uint32(key))
	return s.filter[word&uint64(len(s.filter)-1)].Load()&want == want
}

// block is the filter's word for a fingerprint, to be cut to its size, and the
// bits in it.
func block(fingerprint uint32) (word, want uint64) {
	m := uint64(fingerprint) * 0x9e3779b97f4a7c15
	return m >> 40, 1<<(m>>16&63) | 1<<(m>>22&63) | 1<<(m>>28&63)
}

// appendPatterns appends the patterns that wait for the key.
func (x *index) appendPatterns(patterns []uint32, key uint64) []uint32 {
	s := x.shard(key)
	mask := uint64(len(s.slots) - 1)
	for i := key & mask; ; i = (i + 1) & mask {
		slot := s.slots[i].Load()
		if slot == 0 {
			return patterns
		}
		if uint32(slot>>32) != uint32(key) {
			continue
		}
		for at := uint32(slot); at != 0; {
			post := s.posts[at].Load()
			patterns = append(patterns, uint32(post>>32))
			at = uint32(post)
		}
		return patterns
	}
}

// waiting counts the patterns of a key, up to most.
func (x *index) waiting(key uint64, most int) int {
	if !x.may(key) {
		return 0
	}
	s := x.shard(key)
	mask := uint64(len(s.slots) - 1)
	for i := key & mask; ; i = (i + 1) & mask {
		slot := s.slots[i].Load()
		if slot == 0 {
			return 0
		}
		if uint32(slot>>32) != uint32(key) {
			continue
		}
		n := 0
		for at := uint32(slot); at != 0 && n < most; n++ {
			at = uint32(s.posts[at].Load())
		}
		return n
	}
}

// add lets the pattern wait for the key. A pattern must not wait for one twice.
func (x *index) add(key uint64, pattern uint32) {
	s := x.shard(key)
	if s.used == len(s.posts) || (s.keys+1)*8 > len(s.slots)*5 {
		s = s.rebuilt(1, func(uint32) bool { return true })
		s.add(uint32(key), pattern)
		x.shards[key>>(64-shardBits)].Store(s)
	} else {
		s.add(uint32(key), pattern)
	}
	x.posts++
}

func (s *shard) add(fingerprint, pattern uint32) {
	mask := uint64(len(s.slots) - 1)
	i := uint64(fingerprint) & mask
	slot := s.slots[i].Load()
	for slot != 0 && uint32(slot>>32) != fingerprint {
		i = (i + 1) & mask
		slot = s.slots[i].Load()
	}
	if slot == 0 {
		s.keys++
		word, want := block(fingerprint)
		s.filter[word&uint64(len(s.filter)-1)].Or(want)
	}
	// The posting is whole before the slot leads to it.
	s.posts[s.used].Store(uint64(pattern)<<32 | slot&(1<<32-1))
	s.slots[i].Store(uint64(fingerprint)<<32 | uint64(s.used))
	s.used++
}

// rebuilt is a shard of the patterns to keep, with room for more.
func (s *shard) rebuilt(more int, keep func(pattern uint32) bool) *shard {
	keys, posts := more, 1+more
	last := int64(-1)
	s.each(func(fingerprint, pattern uint32) {
		if !keep(pattern) {
			return
		}
		posts++
		if int64(fingerprint) != last {
			keys, last = keys+1, int64(fingerprint)
		}
	})
	// A quarter to a half of the slots are taken when it is new.
	fresh := newShard(max(minSlots, 1<<bits.Len(uint(keys*2))), max(minSlots, posts+posts/2))
	s.each(func(fingerprint, pattern uint32) {
		if keep(pattern) {
			fresh.add(fingerprint, pattern)
		}
	})
	return fresh
}

// each calls do for every posting, chain by chain.
func (s *shard) each(do func(fingerprint, pattern uint32)) {
	for i := range s.slots {
		slot := s.slots[i].Load()
		for at := uint32(slot); at != 0; {
			post := s.posts[at].Load()
			do(uint32(slot>>32), uint32(post>>32))
			at = uint32(post)
		}
	}
}

// sweep rebuilds one shard with the patterns to keep.
func (x *index) sweep(which int, keep func(pattern uint32) bool) {
	s := x.shards[which].Load()
	fresh := s.rebuilt(0, keep)
	x.posts -= s.used - fresh.used
	x.shards[which].Store(fresh)
}

// bytes is what the index takes.
func (x *index) bytes() (n int) {
	for i := range x.shards {
		s := x.shards[i].Load()
		n += 8 * (len(s.filter) + len(s.slots) + len(s.posts))
	}
	return n
}
