package once

import (
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// How many keys are remembered, in all and of one partner: some 30 MB. Beyond it
// the oldest are forgotten before their time.
const (
	maxTaken   = 200_000
	maxTakenOf = 20_000
)

// Taken is a request that was taken.
type Taken struct {
	Seq     ledger.Seq // of the entry that remembers it
	At      time.Time
	Request ledger.Hash

	actor string
}

// State is the fold of all keys. Its methods may be called from many goroutines
// at once. Make one with NewState.
type State struct {
	mu    sync.RWMutex
	taken map[ledger.Hash]Taken
	all   queue
	of    map[string]*queue // by partner

	most, mostOf int
}

// NewState is the state of an empty ledger.
func NewState() *State {
	return &State{taken: map[ledger.Hash]Taken{}, of: map[string]*queue{}, most: maxTaken, mostOf: maxTakenOf}
}

// Apply folds one entry; entries of other kinds it ignores. Of a key that comes
// again while it is remembered the first stands.
func (s *State) Apply(e ledger.Entry) error {
	if e.Kind != KindKeyed {
		return nil
	}
	return ledger.Fold(e, func(e ledger.Entry, k Keyed) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.forget(e.Time)
		if _, known := s.taken[k.Key]; known {
			return
		}
		s.taken[k.Key] = Taken{Seq: e.Seq, At: e.Time, Request: k.Request, actor: e.Actor}
		of := s.of[e.Actor]
		if of == nil {
			of = &queue{}
			s.of[e.Actor] = of
		}
		for _, q := range []struct {
			*queue
			most int
		}{{of, s.mostOf}, {&s.all, s.most}} {
			if q.push(place{k.Key, e.Seq}); q.size() > q.most {
				s.drop(q.pop())
			}
		}
	})
}

// forget drops what is older than Kept. The caller holds the lock.
func (s *State) forget(now time.Time) {
	for s.all.size() > 0 {
		first := s.all.first()
		if t, known := s.taken[first.key]; known && t.Seq == first.seq && now.Sub(t.At) < Kept {
			return
		}
		s.drop(s.all.pop())
	}
}

// drop forgets a key, unless another entry has it by now.
func (s *State) drop(p place) {
	t, known := s.taken[p.key]
	if !known || t.Seq != p.seq {
		return
	}
	delete(s.taken, p.key)
	of := s.of[t.actor]
	if of == nil {
		return
	}
	for of.size() > 0 { // the first of all is the first of its partner's
		first := of.first()
		if t, known := s.taken[first.key]; known && t.Seq == first.seq {
			break
		}
		of.pop()
	}
	if of.size() == 0 {
		delete(s.of, t.actor)
	}
}

// Find is the request that was taken with a key, if it is remembered at now.
func (s *State) Find(key ledger.Hash, now time.Time) (Taken, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t, known := s.taken[key]
	return t, known && now.Sub(t.At) < Kept
}

// place is a key at the entry that it came with.
type place struct {
	key ledger.Hash
	seq ledger.Seq
}

// queue gives back what came first.
type queue struct {
	places []place
	head   int
}

func (q *queue) push(p place) { q.places = append(q.places, p) }

func (q *queue) size() int { return len(q.places) - q.head }

func (q *queue) first() place { return q.places[q.head] }

func (q *queue) pop() place {
	p := q.places[q.head]
	if q.head++; q.head > len(q.places)/2 {
		q.places, q.head = append([]place(nil), q.places[q.head:]...), 0
	}
	return p
}
