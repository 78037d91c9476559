package voters

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/signature"
)

// Limits of one partner: how many keys it may vote with at a time, and how many
// it may ever have had.
const (
	maxCurrent = 20
	maxEver    = 1000
)

// State is the fold of all key acts. Its methods may be called from many
// goroutines at once. Make one with NewState.
type State struct {
	mu   sync.RWMutex
	keys map[string]*Held             // every key that there ever was
	of   map[access.PartnerID][]*Held // in the order in which they came
	acts []Kept                       // in the order of the ledger
	live map[access.PartnerID]int     // how many keys it may vote with now
}

// Held is a key of a partner.
type Held struct {
	Partner     access.PartnerID `json:"partner"`
	Key         string           `json:"key"`
	Fingerprint string           `json:"fingerprint"`
	Previous    string           `json:"previous,omitzero"` // the key whose place it took
	Since       time.Time        `json:"since"`
	Until       time.Time        `json:"until,omitzero"` // when it was revoked or rotated away; zero: it may vote
}

// Kept is an act with its place on the ledger.
type Kept struct {
	Act
	Seq ledger.Seq
}

// NewState is the state of an empty ledger.
func NewState() *State {
	return &State{keys: make(map[string]*Held), of: make(map[access.PartnerID][]*Held), live: make(map[access.PartnerID]int)}
}

// Apply folds one entry; entries of other kinds it ignores. An error means that
// the entry is not what its kind promises. An act that others have overtaken, or
// that its actor may not do, is void and changes nothing: of two on one key the
// first stands.
func (s *State) Apply(e ledger.Entry) error {
	if e.Kind != KindActed {
		return nil
	}
	a := Act{At: Time(e.Time.UTC()), By: e.Actor}
	if err := json.Unmarshal(e.Body, &a.Claim, json.RejectUnknownMembers(true)); err != nil {
		return fmt.Errorf("apply entry %d (%s): %w", e.Seq, e.Kind, err)
	}
	if err := a.Claim.validate(); err != nil {
		return fmt.Errorf("apply entry %d (%s): %w", e.Seq, e.Kind, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.accepts(a) != nil {
		return nil
	}
	s.acts = append(s.acts, Kept{a, e.Seq})
	switch a.Verb {
	case Register:
		s.add(a)
	case Rotate:
		s.end(a.Previous, time.Time(a.At))
		s.add(a)
	case Revoke:
		s.end(a.Key, time.Time(a.At))
	}
	return nil
}

// accepts says why an act may not be, as things stand. The caller holds the lock.
func (s *State) accepts(a Act) error {
	if err := a.validate(); err != nil {
		return err
	}
	if err := a.Verify(); err != nil {
		return err
	}
	ending := a.Key
	switch a.Verb {
	case Register:
		if a.By != access.Hub && len(s.of[a.Partner]) > 0 {
			return fmt.Errorf("%w: the partner has had a key: rotate that, or have the hub's administrator register another", access.ErrForbidden)
		}
		return s.fresh(a, 1)
	case Rotate:
		if err := s.fresh(a, 0); err != nil {
			return err
		}
		ending = a.Previous
	}
	switch held := s.keys[ending]; {
	case held == nil || held.Partner != a.Partner:
		return fmt.Errorf("%w: %s is no key of %s", access.ErrNotFound, ending, a.Partner)
	case !held.Until.IsZero():
		return fmt.Errorf("%w: %s ended on %s", access.ErrConflict, ending, held.Until.Format(time.RFC3339))
	}
	return nil
}

// fresh says why a partner cannot have one key more, and so many that it may
// vote with. One that two partners have would give one hand two votes.
func (s *State) fresh(a Act, more int) error {
	switch {
	case s.keys[a.Key] != nil:
		return fmt.Errorf("%w: %s is known already, and a key that has ended stays so: make another", access.ErrConflict, a.Key)
	case len(s.of[a.Partner]) >= maxEver:
		return fmt.Errorf("%w: the partner has had %d keys, which is the most", access.ErrConflict, maxEver)
	case s.live[a.Partner]+more > maxCurrent:
		return fmt.Errorf("%w: the partner has %d keys, which is the most: revoke one first", access.ErrConflict, maxCurrent)
	}
	return nil
}

func (s *State) add(a Act) {
	public, _ := signature.ParsePublic(a.Key) // has been validated
	held := &Held{Partner: a.Partner, Key: a.Key, Fingerprint: public.Fingerprint(), Previous: a.Previous, Since: time.Time(a.At)}
	s.keys[a.Key] = held
	s.of[a.Partner] = append(s.of[a.Partner], held)
	s.live[a.Partner]++
}

func (s *State) end(key string, at time.Time) {
	held := s.keys[key]
	held.Until = at
	s.live[held.Partner]--
}

// May says whether the partner may vote with the key now.
func (s *State) May(partner access.PartnerID, key string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	held := s.keys[key]
	return held != nil && held.Partner == partner && held.Until.IsZero()
}

// Keys are the keys that a partner has and had, in the order in which they came.
func (s *State) Keys(partner access.PartnerID) []Held {
	s.mu.RLock()
	defer s.mu.RUnlock()
	keys := make([]Held, len(s.of[partner]))
	for i, held := range s.of[partner] {
		keys[i] = *held
	}
	return keys
}

// List is every key that there is and was, in the order in which they came.
func (s *State) List() []Held {
	s.mu.RLock()
	defer s.mu.RUnlock()
	keys := make([]Held, 0, len(s.keys))
	for _, a := range s.acts {
		if a.Verb != Revoke {
			keys = append(keys, *s.keys[a.Key])
		}
	}
	return keys
}

// Acts are those about keys of the partners, in the order of the ledger.
func (s *State) Acts(partners ...access.PartnerID) []Kept {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var acts []Kept
	for _, a := range s.acts {
		if slices.Contains(partners, a.Partner) {
			acts = append(acts, a)
		}
	}
	return acts
}

// Leaf is what goes to the public log for the ledger's entry at seq; ok is false
// if that is no key act, or a void one.
func (s *State) Leaf(seq ledger.Seq) (leaf []byte, ok bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	i, ok := slices.BinarySearchFunc(s.acts, seq, func(a Kept, seq ledger.Seq) int { return cmp.Compare(a.Seq, seq) })
	if !ok {
		return nil, false
	}
	return s.acts[i].Leaf(), true
}
