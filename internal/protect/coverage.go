package protect

import "github.com/tocsin-project/tocsin/internal/access"

// InForce counts the partners that have the protection in force at one outlet
// at least. A count is for everybody; who they are is not (see Receipts).
func (s *State) InForce(protection string) int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	partners := map[access.PartnerID]struct{}{}
	for key, r := range s.receipts[protection] {
		if r.InForce {
			partners[key.partner] = struct{}{}
		}
	}
	return len(partners)
}
