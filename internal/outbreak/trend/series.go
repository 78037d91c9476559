package trend

import "slices"

// series is counts in consecutive bins, of which the last len(ring) are kept.
// Counts are whole numbers and added as such: what one partner is taken out of a
// sum by is to the last unit what it put in, however much that is.
type series[T uint32 | uint64] struct {
	begun bool
	from  int64 // the first bin: of what was before nothing is known
	head  int64 // the number of the newest bin
	ring  []T
	// Mean and variance of what has left the ring since from, as of about the last
	// memory bins.
	usual, scatter float64
}

// memory is how many bins the usual goes back, beyond those in the ring.
const memory = 64

// longestGap is the number of empty bins after which the usual is nothing.
const longestGap = 16 * memory

// slot is where a bin lies in the ring.
func (s *series[T]) slot(bin int64) int {
	n := int64(len(s.ring))
	return int(((bin % n) + n) % n)
}

// at is the count of a bin; of one that is not kept, 0.
func (s *series[T]) at(bin int64) float64 {
	if !s.begun || bin > s.head || s.head-bin >= int64(len(s.ring)) {
		return 0
	}
	return float64(s.ring[s.slot(bin)])
}

// counts are those of the bins from first to last, in the room that it is given.
func (s *series[T]) counts(room []float64, first, last int64) []float64 {
	room = slices.Grow(room[:0], int(max(last-first+1, 0)))[:max(last-first+1, 0)]
	clear(room)
	kept := max(first, s.head-int64(len(s.ring))+1)
	if !s.begun || kept > min(last, s.head) {
		return room
	}
	slot := s.slot(kept)
	for i := kept - first; i <= min(last, s.head)-first; i++ {
		room[i] = float64(s.ring[slot])
		if slot++; slot == len(s.ring) {
			slot = 0
		}
	}
	return room
}

// advance makes a bin the newest, unless a newer one is, and tells leave, if
// there is one, what left the ring in its place.
func (s *series[T]) advance(bin int64, leave func(count float64)) {
	if !s.begun {
		s.begun, s.head = true, bin
		return
	}
	if bin <= s.head {
		return
	}
	gap := bin - s.head
	if gap < 0 || gap > longestGap {
		gap = longestGap // beyond, all is empty and the usual is nothing
	}
	for i := range gap {
		now := bin - gap + 1 + i
		slot := s.slot(now)
		if leave != nil {
			leave(float64(s.ring[slot]))
		}
		s.usual, s.scatter = s.learnt(s.usual, s.scatter, now-int64(len(s.ring)), float64(s.ring[slot]))
		s.ring[slot] = 0
	}
	s.head = bin
}

// learnt is the mean and the variance once the count of a bin is part of them: at
// first as of all bins, then as of the last memory ones, like the chart's.
func (s *series[T]) learnt(usual, scatter float64, bin int64, count float64) (float64, float64) {
	if bin < s.from {
		return usual, scatter
	}
	share := 1 / float64(min(bin-s.from+1, memory))
	d := count - usual
	return usual + share*d, (1 - share) * (scatter + share*d*d)
}

// usualAt is what was usual before the bins that end with head, and how it
// varied: a series whose own head is older has had empty bins since.
func (s *series[T]) usualAt(head int64) (usual, scatter float64) {
	if !s.begun || head-s.head > longestGap {
		return 0, 0
	}
	usual, scatter = s.usual, s.scatter
	n := int64(len(s.ring))
	for bin := s.head - n + 1; bin <= head-n; bin++ {
		usual, scatter = s.learnt(usual, scatter, bin, s.at(bin))
	}
	return usual, scatter
}

// add counts in a bin that is not too old, at most maxCount in it, and says how
// much came in.
func (s *series[T]) add(bin int64, n T) T {
	if s.head-bin >= int64(len(s.ring)) {
		return 0
	}
	slot := s.slot(bin)
	n = min(n, maxCount-min(s.ring[slot], maxCount))
	s.ring[slot] += n
	return n
}
