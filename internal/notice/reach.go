package notice

import (
	"cmp"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
)

// crowd is who takes part, with what the release rule said last of whom it tells
// what: within one state of the directory the rule is asked once an audience.
type crowd struct {
	dir      *access.Directory // partners, communities and clients only
	revision uint64
	known    bool
	partners []access.Partner // by id
	readers  []access.Principal
	answers  map[string][]access.PartnerID // by owner and audience
}

// maxTold is how many of the rule's answers are kept.
const maxTold = 256

func newCrowd() crowd {
	return crowd{dir: access.NewDirectory(), answers: map[string][]access.PartnerID{}}
}

// look has partners and readers be those of now.
func (c *crowd) look() {
	if revision := c.dir.Revision(); c.known && revision == c.revision {
		return
	}
	c.revision, c.known = c.dir.Revision(), true
	c.partners = c.dir.Partners()
	slices.SortFunc(c.partners, func(a, b access.Partner) int { return cmp.Compare(a.ID, b.ID) })
	c.readers = make([]access.Principal, len(c.partners))
	for i, p := range c.partners {
		c.readers[i], _ = c.dir.Reader(p.ID)
	}
	clear(c.answers)
}

// reaches are the partners that may see what an owner shares with an audience,
// without the owner, in the order of their ids. Nobody changes the answer.
func (c *crowd) reaches(owner access.PartnerID, a access.Audience) []access.PartnerID {
	c.look()
	key := string(owner) + " " + a.String()
	told, known := c.answers[key]
	if known {
		return told
	}
	for i, p := range c.partners {
		if p.ID != owner && c.readers[i].MaySee(owner, a) {
			told = append(told, p.ID)
		}
	}
	if len(c.answers) >= maxTold {
		clear(c.answers)
	}
	c.answers[key] = told
	return told
}

// sees says whether a partner takes part and may see what an owner shares so.
func (c *crowd) sees(partner, owner access.PartnerID, a access.Audience) bool {
	who, here := c.dir.Reader(partner)
	return here && who.MaySee(owner, a)
}

// those are the partners that take part, without one, in the order of their ids.
func (c *crowd) those(except access.PartnerID) []access.PartnerID {
	c.look()
	all := make([]access.PartnerID, 0, len(c.partners))
	for _, p := range c.partners {
		if p.ID != except {
			all = append(all, p.ID)
		}
	}
	return all
}

// chosen are those of the partners for which choose holds.
func (c *crowd) chosen(from []access.PartnerID, choose func(access.Partner) bool) []access.PartnerID {
	var list []access.PartnerID
	for _, id := range from {
		if p, here := c.dir.Partner(id); here && choose(p) {
			list = append(list, id)
		}
	}
	return list
}
