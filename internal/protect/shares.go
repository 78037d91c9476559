package protect

import (
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
)

// shares bounds what partners make the hub remember, fairly: where there is no
// room, what goes first is the oldest of the partner that holds the most. Who
// floods the hub with invented names thus drives out its own.
type shares[K any] struct {
	total int
	of    map[access.PartnerID]*share[K]
}

type share[K any] struct {
	queue []K // the oldest first; those that have gone otherwise are in it still
	gone  int
}

func (s *share[K]) held() int { return len(s.queue) - s.gone }

func (s *shares[K]) add(p access.PartnerID, k K) {
	if s.of == nil {
		s.of = map[access.PartnerID]*share[K]{}
	}
	if s.of[p] == nil {
		s.of[p] = &share[K]{}
	}
	s.of[p].queue = append(s.of[p].queue, k)
	s.total++
}

// leave notes that one of a partner's has gone otherwise. alive tells which of
// them are there.
func (s *shares[K]) leave(p access.PartnerID, alive func(K) bool) {
	of := s.of[p]
	of.gone++
	s.total--
	switch {
	case of.held() == 0:
		delete(s.of, p)
	case of.gone > 64 && of.gone > len(of.queue)/2:
		of.queue, of.gone = slices.DeleteFunc(of.queue, func(k K) bool { return !alive(k) }), 0
	}
}

// evict takes out the oldest of whoever holds the most.
func (s *shares[K]) evict(alive func(K) bool) (k K, ok bool) {
	var most access.PartnerID
	var of *share[K]
	for p, one := range s.of {
		if of == nil || one.held() > of.held() || one.held() == of.held() && p < most {
			most, of = p, one
		}
	}
	for of != nil && len(of.queue) > 0 {
		k, of.queue = of.queue[0], of.queue[1:]
		if !alive(k) {
			of.gone--
			continue
		}
		s.total--
		if of.held() == 0 {
			delete(s.of, most)
		}
		return k, true
	}
	return k, false
}
