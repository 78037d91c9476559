package trend

// series is counts in consecutive bins, of which the last len(ring) are kept.
type series struct {
	begun bool
	head  int64 // the number of the newest bin
	ring  []float32
	usual float32 // mean of what has left the ring, as of about the last memory bins
}

// memory is how many bins the usual goes back, beyond those in the ring.
const memory = 64

// longestGap is the number of empty bins after which the usual is nothing.
const longestGap = 16 * memory

// slot is where a bin lies in the ring.
func (s *series) slot(bin int64) int {
	n := int64(len(s.ring))
	return int(((bin % n) + n) % n)
}

// at is the count of a bin; of one that is not kept, 0.
func (s *series) at(bin int64) float64 {
	if !s.begun || bin > s.head || s.head-bin >= int64(len(s.ring)) {
		return 0
	}
	return float64(s.ring[s.slot(bin)])
}

// advance makes a bin the newest, unless a newer one is, and tells leave, if
// there is one, what left the ring in its place.
func (s *series) advance(bin int64, leave func(count float64)) {
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
		slot := s.slot(bin - gap + 1 + i)
		if leave != nil {
			leave(float64(s.ring[slot]))
		}
		s.usual += (s.ring[slot] - s.usual) / memory
		s.ring[slot] = 0
	}
	s.head = bin
}

// add counts in a bin that is not too old, which it says.
func (s *series) add(bin int64, n float64) bool {
	if s.head-bin >= int64(len(s.ring)) {
		return false
	}
	slot := s.slot(bin)
	s.ring[slot] = float32(min(float64(s.ring[slot])+n, maxCount))
	return true
}
