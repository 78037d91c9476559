package pattern

// assignment gives slots their observations: a flow from demands to
// observations, each of which serves as often as it was seen.
type assignment struct {
	demands []demand
	given   []int64 // by demand and observation
	used    []int64 // by observation
	asked   []bool  // by demand: on the way that is being looked for
}

// demand is a slot to be filled from the observations of a span.
type demand struct {
	slot *slot
	in   span
}

// assign says whether all demands can be met.
func (s *search) assign() bool {
	n := len(s.seen)
	s.given = cleared(s.given, len(s.demands)*n)
	s.used = cleared(s.used, n)
	for d := range s.demands {
		for left := s.demands[d].slot.times; left > 0; {
			s.asked = cleared(s.asked, len(s.demands))
			got := s.give(d, left)
			if got == 0 {
				return false
			}
			left -= got
		}
	}
	return true
}

func cleared[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	s = s[:n]
	clear(s)
	return s
}

// give finds a demand some observations, up to as many as it wants: free ones,
// or those of another demand that finds others. It says how many.
func (s *search) give(d int, want int64) int64 {
	n := len(s.seen)
	s.asked[d] = true
	s.work -= n
	if s.work < 0 {
		return 0
	}
	dem := s.demands[d]
	for i := range s.seen {
		if free := int64(s.seen[i].number) - s.used[i]; free > 0 && dem.slot.fills(&s.seen[i], dem.in) {
			got := min(want, free)
			s.given[d*n+i] += got
			s.used[i] += got
			return got
		}
	}
	for i := range s.seen {
		if s.used[i] == 0 || !dem.slot.fills(&s.seen[i], dem.in) {
			continue
		}
		for other := range s.demands {
			if has := s.given[other*n+i]; has > 0 && !s.asked[other] {
				if got := s.give(other, min(want, has)); got > 0 {
					s.given[other*n+i] -= got
					s.given[d*n+i] += got
					return got
				}
			}
		}
	}
	return 0
}
