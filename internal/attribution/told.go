package attribution

import "github.com/tocsin-project/tocsin/internal/access"

// Called is a partner's name as the opening has it, or as it first called
// itself, or its id: unlike Name it stays what it was when records are added.
func (c Case) Called(p access.PartnerID) string {
	if name := c.Members[p]; name != "" {
		return name
	}
	if name := c.Names.of(c).first[p]; name != "" {
		return name
	}
	return string(p)
}

// Title is a hypothesis' title; what the case does not have is called by its id.
func (c Case) Title(id HypothesisID) string {
	for _, h := range c.Hypotheses {
		if h.ID == id {
			return h.Title
		}
	}
	return string(id)
}

// Silent lists the partners of the policy that have not voted on a statement,
// in the policy's order.
func (c Case) Silent(s Statement) []access.PartnerID {
	voted := make(map[access.PartnerID]bool, len(s.Votes))
	for _, v := range s.Votes {
		voted[v.By] = true
	}
	var silent []access.PartnerID
	for _, p := range c.Policy.Partners() {
		if !voted[p] {
			silent = append(silent, p)
		}
	}
	return silent
}

// Standing lists the votes that count: each voter's last, in order.
func (s Statement) Standing() []Voted {
	var last []Voted
	for _, v := range s.Votes {
		if v.Last {
			last = append(last, v)
		}
	}
	return last
}
