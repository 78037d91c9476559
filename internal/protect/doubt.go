package protect

import (
	"errors"
	"fmt"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// Doubt is a must-resolve in force that a partner under quarantine asked for or
// confirmed. No rule ends it: a coordinator of another partner recalls it, or
// asks for it in its own name.
type Doubt struct {
	Protection
	Why string `json:"why"`
}

// Doubts are for coordinators of partners whose word counts; for others none.
func (s *State) Doubts(by access.Principal) []Doubt {
	doubts := []Doubt{}
	if !by.AtLeast(access.Coordinator) || errors.Is(s.Trusted(by), ErrForbidden) {
		return doubts
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	var slots []*slot
	for name := range s.kill.names {
		if r := s.values[observable.Value{Type: observable.Domain, Text: name}]; r != nil && r.current.holds() && s.doubted(r.current) != "" {
			slots = append(slots, r.current)
		}
	}
	bySeq(slots)
	for _, held := range slots {
		doubts = append(doubts, Doubt{held.Protection, s.doubted(held)})
	}
	return doubts
}

func (s *State) doubted(held *slot) string {
	asked, by := s.acts.quarantines[access.PartnerID(held.By)]
	_, confirmed := s.acts.quarantines[access.PartnerID(held.Confirmed)]
	switch {
	case by && held.By != "" && !held.Decided.Before(asked.Since):
		return fmt.Sprintf("%s, which asked for it, is under quarantine since before", held.By)
	case confirmed && held.Confirmed != "":
		return fmt.Sprintf("%s, which confirmed it, is under quarantine", held.Confirmed)
	}
	return ""
}
