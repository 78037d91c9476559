package attribution

import (
	"fmt"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
)

// PublicPart is what of a published case its dossier holds, whoever asks: its
// records up to the last act that speaks to outsiders. That is a publication, a
// vote on or a reply to a published statement, the opening of a seal, a mark.
// What is filed behind it, for an update perhaps, is not public yet. The error is
// access.ErrNotFound where nothing is published.
func (s *State) PublicPart(id CaseID) ([]Kept, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	f, ok := s.cases[id]
	if !ok || f.current < 0 {
		return nil, fmt.Errorf("public part of %.100q: %w: there is no such case, or nothing of it is published", id, access.ErrNotFound)
	}
	last := 0
	for _, one := range f.Statements {
		if one.Published == 0 {
			continue
		}
		last = max(last, one.Published)
		for _, v := range one.Votes {
			last = max(last, v.Record)
		}
		for _, r := range f.RepliesTo(one) {
			last = max(last, r.Record)
		}
	}
	for _, m := range f.Marks {
		last = max(last, m.Record)
	}
	for _, u := range f.Openings {
		last = max(last, u.Record)
	}
	return slices.Clone(f.kept[:last]), nil
}

// PublishedCases lists the cases of which something is published, as they were
// opened, with the partners that their policies name.
func (s *State) PublishedCases() map[CaseID][]access.PartnerID {
	s.mu.RLock()
	defer s.mu.RUnlock()
	cases := make(map[CaseID][]access.PartnerID)
	for _, id := range s.order {
		if f := s.cases[id]; f.current >= 0 {
			cases[id] = f.voters()
		}
	}
	return cases
}

// voters are the partners of the policy, and others that have voted.
func (f *file) voters() []access.PartnerID {
	partners := slices.Clone(f.Policy.Partners())
	for _, one := range f.Statements {
		for _, v := range one.Votes {
			if !slices.Contains(partners, v.By) {
				partners = append(partners, v.By)
			}
		}
	}
	return partners
}
