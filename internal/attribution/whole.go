package attribution

import (
	"fmt"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
)

// Part is what of a published case is public.
type Part struct {
	Records []Kept
	// Spoken is the record up to which a coordinator made it public: the last
	// publication or reply.
	Spoken int
	Voters []access.PartnerID // those of the policy, and others that voted in it
}

// PublicPart is what of a published case its dossier holds, whoever asks: its
// records up to the last publication or reply, which are acts of coordinators,
// and behind that votes on published statements, marks and openings of items
// that are public, up to the first record that is none of these. What is filed
// behind that, for an update perhaps, is not public, and no act of another
// partner's analyst makes it so. The error is access.ErrNotFound where nothing
// is published.
func (s *State) PublicPart(id CaseID) (Part, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	f, ok := s.cases[id]
	if !ok || f.current < 0 {
		return Part{}, fmt.Errorf("public part of %.100q: %w: there is no such case, or nothing of it is published", id, access.ErrNotFound)
	}
	spoken, last := f.public()
	return Part{slices.Clone(f.kept[:last]), spoken, f.voters(last)}, nil
}

// PublicVoters are the partners that vote in the public part of any case, sorted.
func (s *State) PublicVoters() []access.PartnerID {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var all []access.PartnerID
	for _, f := range s.cases {
		if f.current >= 0 {
			_, last := f.public()
			all = append(all, f.voters(last)...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// public is where the public part ends, and up to where a coordinator made it.
func (f *file) public() (spoken, last int) {
	for i, k := range slices.Backward(f.kept) {
		if k.Record.Kind == KindPublished || k.Record.Kind == KindReply {
			spoken = i + 1
			break
		}
	}
	follows := make(map[int]bool) // records that are public if the one before is
	for _, one := range f.Statements {
		if one.Published > 0 {
			for _, v := range one.Votes {
				follows[v.Record] = true
			}
		}
	}
	for _, m := range f.Marks {
		follows[m.Record] = f.Evidence[f.row[m.Evidence]].Record <= spoken
	}
	for _, u := range f.Openings {
		follows[u.Record] = f.Evidence[f.row[u.Evidence]].Record <= spoken
	}
	for last = spoken; follows[last+1]; last++ {
	}
	return spoken, last
}

// voters are the partners of the policy, and others that have voted up to a record.
func (f *file) voters(last int) []access.PartnerID {
	partners := slices.Clone(f.Policy.Partners())
	for _, one := range f.Statements {
		for _, v := range one.Votes {
			if v.Record <= last && !slices.Contains(partners, v.By) {
				partners = append(partners, v.By)
			}
		}
	}
	return partners
}
