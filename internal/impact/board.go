package impact

import (
	"cmp"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// Totals is what organisations have reported together. Infected and disrupted are
// never added to each other.
type Totals struct {
	Organisations int    `json:"organisations"`
	Infected      Counts `json:"infected"`
	Disrupted     Counts `json:"disrupted"` // and not infected
	People        int64  `json:"people"`    // an estimate
	// Organisations by what happened to them: InfectedOrganisations have something
	// infected, DisruptedOrganisations stand still and have nothing infected.
	InfectedOrganisations  int `json:"infected_organisations"`
	DisruptedOrganisations int `json:"disrupted_organisations"`
	RestoredOrganisations  int `json:"restored_organisations"` // in all that they have reported
}

// Group is the totals of a sector, a country or a criticality.
type Group struct {
	Name string `json:"name"` // disclosure.Other, or SeveralCountries, where it is none
	Totals
}

// SeveralCountries is the name under which organisations are that have reported for
// more than one.
const SeveralCountries = "several"

// Point is the totals at some time.
type Point struct {
	At time.Time `json:"at"`
	Totals
}

// Entry is one partner's report as it stands.
type Entry struct {
	Partner access.PartnerID `json:"partner"`
	At      time.Time        `json:"at"` // by the ledger's clock
	Report
}

// Board is the impact of one outbreak for one reader.
type Board struct {
	Outbreak string `json:"outbreak"`
	// SmallestGroup is how many organisations a group has at least. Where fewer have
	// reported, TooFew is set and nothing of the sums is told.
	SmallestGroup int  `json:"smallest_group"`
	TooFew        bool `json:"too_few"`
	// MembersOnly says that the reader is no member of the community, such as a guest,
	// and that no sums are told for that.
	MembersOnly bool    `json:"members_only,omitzero"`
	Total       *Totals `json:"total,omitempty"`
	// Sectors begin with healthcare and emergency-services, the others by size;
	// Criticalities with the gravest. What is summed up as disclosure.Other is last.
	Sectors       []Group `json:"sectors"`
	Countries     []Group `json:"countries"`
	Criticalities []Group `json:"criticalities"`
	// History has a point for each time that so many organisations as a group needs
	// had said something new.
	History []Point `json:"history"`
	Own     []Entry `json:"own"`   // the reader's partner's, whatever is summed up
	Shown   []Entry `json:"shown"` // of partners that chose to show theirs to it
}

// members are who is told sums.
var members = access.ToCommunity(access.Amber)

// Board is what was reported for an outbreak, and for those that were merged into it,
// as the principal may be told it. The history is the outbreak's own.
func (s *State) Board(p access.Principal, outbreak string, merged ...string) Board {
	s.mu.RLock()
	defer s.mu.RUnlock()
	b := Board{Outbreak: outbreak, SmallestGroup: s.least, History: []Point{}, Own: []Entry{}, Shown: []Entry{}}
	rows := s.rows(outbreak, merged)
	for _, r := range rows {
		switch {
		case p.Partner != "" && r.by == p.Partner:
			b.Own = append(b.Own, r.entry())
		case p.MaySee(r.by, access.Audience{TLP: access.Red, Recipients: s.shared[r.by]}):
			b.Shown = append(b.Shown, r.entry())
		}
	}
	b.Sectors, b.Countries, b.Criticalities = []Group{}, []Group{}, []Group{}
	if b.MembersOnly = !p.MaySee("", members); b.MembersOnly {
		return b
	}
	voices := s.voices(rows)
	b.Sectors, b.Countries, b.Criticalities = groups(voices, s.least)
	if b.TooFew = len(voices) < s.least; !b.TooFew {
		t := totals(voices)
		b.Total = &t
	}
	if in := s.incidents[outbreak]; in != nil {
		b.History = append(b.History, in.history...)
	}
	return b
}

// Own is what the principal's partner has reported for an outbreak, and for those
// that were merged into it.
func (s *State) Own(p access.Principal, outbreak string, merged ...string) []Entry {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := []Entry{}
	for _, r := range s.rows(outbreak, merged) {
		if p.Partner != "" && r.by == p.Partner {
			list = append(list, r.entry())
		}
	}
	return list
}

// rows are the latest reports of an outbreak with those merged into it, by partner,
// country and criticality.
func (s *State) rows(outbreak string, merged []string) []*row {
	latest := make(map[rowKey]*row)
	for _, id := range append([]string{outbreak}, merged...) {
		in := s.incidents[id]
		if in == nil {
			continue
		}
		for _, r := range in.rows {
			if known := latest[r.key()]; known == nil || r.at.After(known.at) {
				latest[r.key()] = r
			}
		}
	}
	return sorted(latest)
}

// sorted are rows by partner, country and criticality.
func sorted(latest map[rowKey]*row) []*row {
	rows := make([]*row, 0, len(latest))
	for _, r := range latest {
		rows = append(rows, r)
	}
	slices.SortFunc(rows, func(a, b *row) int {
		return cmp.Or(cmp.Compare(a.by, b.by), cmp.Compare(a.Country, b.Country), cmp.Compare(a.Criticality.rank(), b.Criticality.rank()))
	})
	return rows
}

func (r *row) entry() Entry { return Entry{Partner: r.by, At: r.at, Report: r.Report} }

func (c Criticality) rank() int { return slices.Index(Criticalities(), c) }
