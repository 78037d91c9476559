package response

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/disclosure"
)

// Tally counts partners, and organisations: several partners of one count once.
type Tally struct {
	Partners      int `json:"partners"`
	Organisations int `json:"organisations"`
}

// KindTally is the tally of a kind of partner.
type KindTally struct {
	Kind string `json:"kind"`
	Tally
}

// Muster is who had answered a call by a time, in numbers.
type Muster struct {
	Call   CallID    `json:"call"`
	Opened time.Time `json:"opened"`
	Until  time.Time `json:"until"`

	Reached    Tally `json:"reached"`
	Offers     Tally `json:"offers"`     // that offer something, called or not
	Volunteers Tally `json:"volunteers"` // of these, the ones that were not called
	Declined   Tally `json:"declined"`
	Silent     Tally `json:"silent"` // reached, and no answer from any partner of the organisation

	Kinds []KindTally `json:"kinds"` // of the offers, the most first
	// Sectors and Countries tell of no fewer organisations than the hub's smallest
	// group (disclosure.Both). Counts are the organisations that offer something and those that
	// declined.
	Sectors   []disclosure.Group `json:"sectors"`
	Countries []disclosure.Group `json:"countries"`

	// Seconds to the first answer, over all partners that answered; nil for none.
	MedianS *float64 `json:"median_s,omitempty"`
	WorstS  *float64 `json:"worst_s,omitempty"`
}

// Muster counts who had answered a call by a time, as they said then: "30
// companies by the end of the first day" is Offers.Organisations at its end.
func (s *State) Muster(p access.Principal, id CallID, until time.Time) (Muster, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	r, err := s.visibleCall(p, id)
	if err != nil {
		return Muster{}, fmt.Errorf("count answers to call %s: %w", id, err)
	}
	m := Muster{Call: id, Opened: r.opened, Until: until}
	reached, offers, volunteers, declined, silent := newHeadcount(), newHeadcount(), newHeadcount(), newHeadcount(), newHeadcount()
	kinds := make(map[string]headcount)
	var after []float64
	for _, id := range r.reached {
		reached.add(s.calls.who(id))
	}
	for _, reply := range r.replies(until) {
		who := s.calls.who(reply.Partner)
		after = append(after, reply.AfterS)
		if reply.Declined {
			declined.add(who)
			continue
		}
		offers.add(who)
		if !reply.Called {
			volunteers.add(who)
		}
		if _, known := kinds[who.Kind]; !known {
			kinds[who.Kind] = newHeadcount()
		}
		kinds[who.Kind].add(who)
	}
	declined.without(offers) // an organisation of which one partner helps does not decline
	for _, id := range r.reached {
		if _, answered := r.reply(id, until); !answered {
			silent.add(s.calls.who(id))
		}
	}
	silent.without(offers)
	silent.without(declined)
	m.Reached, m.Offers, m.Volunteers, m.Declined, m.Silent = reached.tally(), offers.tally(), volunteers.tally(), declined.tally(), silent.tally()
	for kind, who := range kinds {
		m.Kinds = append(m.Kinds, KindTally{kind, who.tally()})
	}
	slices.SortFunc(m.Kinds, func(a, b KindTally) int {
		return cmp.Or(cmp.Compare(b.Partners, a.Partners), cmp.Compare(a.Kind, b.Kind))
	})
	m.Sectors, m.Countries = s.groups(offers, declined)
	m.MedianS, m.WorstS = median(after), worst(after)
	return m, nil
}

// groups sums organisations up by sector and country. One with partners in several
// counts where its first partner is.
func (s *State) groups(offers, declined headcount) (sectors, countries []disclosure.Group) {
	all, sums := newHeadcount(), make(map[string][]int64)
	for i, one := range []headcount{offers, declined} {
		for org, first := range one.organisations {
			all.add(first)
			sums[org] = make([]int64, 2)
			sums[org][i] = 1
		}
	}
	return disclosure.Both(cells(all, sums), s.cfg.smallestGroup())
}

func (c Config) smallestGroup() int { return cmp.Or(c.SmallestGroup, disclosure.DefaultLeast) }

// who is a partner as far as it is known, also one that has left.
func (c *calls) who(id access.PartnerID) access.Partner {
	p, _ := c.partners.Partner(id)
	p.ID = id
	return p
}

// headcount counts partners and the organisations that they are of. Under each
// organisation is its partner of the lowest id.
type headcount struct {
	partners      map[access.PartnerID]string // to its organisation
	organisations map[string]access.Partner
}

func newHeadcount() headcount {
	return headcount{make(map[access.PartnerID]string), make(map[string]access.Partner)}
}

func (r headcount) add(p access.Partner) {
	org := organisation(p)
	r.partners[p.ID] = org
	if first, known := r.organisations[org]; !known || p.ID < first.ID {
		r.organisations[org] = p
	}
}

// organisation is what a partner counts as: its organisation, or itself.
func organisation(p access.Partner) string { return cmp.Or(p.Organisation, string(p.ID)) }

// without takes out the organisations that another has; partners stay.
func (r headcount) without(other headcount) {
	for org := range other.organisations {
		delete(r.organisations, org)
	}
}

func (r headcount) tally() Tally { return Tally{len(r.partners), len(r.organisations)} }

// median is the middle of the values, of an even number the lower one: a time that
// was measured.
func median(values []float64) *float64 {
	if len(values) == 0 {
		return nil
	}
	sorted := slices.Sorted(slices.Values(values))
	return &sorted[(len(sorted)-1)/2]
}

func worst(values []float64) *float64 {
	if len(values) == 0 {
		return nil
	}
	most := slices.Max(values)
	return &most
}
