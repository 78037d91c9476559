package outbreak

import (
	"maps"

	"github.com/tocsin-project/tocsin/internal/access"
)

// public is what people are told of the hosts of an outbreak. The sum of all partners'
// at two moments gives away by its difference what the one has said that spoke in
// between; so what is told stays until as many organisations as a sum needs have
// reported more hosts than they had.
type public struct {
	hosts  int
	rose   map[string]struct{}         // voices that have reported more since
	voices map[access.PartnerID]string // for whom each partner was counted
}

func newPublic() public {
	return public{rose: make(map[string]struct{}), voices: make(map[access.PartnerID]string)}
}

func (p public) clone() public {
	return public{p.hosts, maps.Clone(p.rose), maps.Clone(p.voices)}
}

// add notes that a partner has reported more hosts than before.
func (p public) add(partner access.PartnerID, voice string) {
	p.rose[voice], p.voices[partner] = struct{}{}, voice
}

// tell has the sum be told, if enough organisations are behind what is new of it.
func (r *record) tell(least int) {
	if len(r.public.rose) >= least {
		r.public.hosts = r.sum
		clear(r.public.rose)
	}
}

// Hosts is how many hosts an outbreak has as far as people may be told: the sum when
// Config.SmallestGroup organisations had last reported more than when it was told
// before. No two such numbers differ by what fewer have said. 0: so many have not
// reported any yet.
func (s *State) Hosts(id string) int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if rec := s.outbreaks[id]; rec != nil {
		return rec.public.hosts
	}
	return 0
}
