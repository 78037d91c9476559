package impact

import (
	"cmp"
	"slices"

	"github.com/tocsin-project/tocsin/internal/disclosure"
)

// voice is what one organisation has said, in the one place that it has in each way
// to divide organisations: what is subtracted from what is only known if nobody is in
// two groups of one way.
type voice struct {
	organisation string
	sector       string      // of several, the one that is looked at first
	country      string      // SeveralCountries, if it reported for more than one
	criticality  Criticality // the gravest of its reports
	infected     Counts
	disrupted    Counts
	people       int64
	restored     bool
}

// voices are the organisations behind rows, in the order of their first rows.
func (s *State) voices(rows []*row) []*voice {
	of := make(map[string]*voice)
	list := []*voice{}
	for _, r := range rows {
		organisation, sector := s.organisation(r.by), cmp.Or(s.partners[r.by].Sector, "unknown")
		v := of[organisation]
		if v == nil {
			v = &voice{organisation: organisation, sector: sector, country: r.Country, criticality: r.Criticality, restored: true}
			of[organisation] = v
			list = append(list, v)
		}
		v.add(r)
		if cmp.Or(cmp.Compare(sectorRank(sector), sectorRank(v.sector)), cmp.Compare(sector, v.sector)) < 0 {
			v.sector = sector
		}
	}
	return list
}

func (v *voice) add(r *row) {
	v.infected = v.infected.plus(r.Infected)
	v.disrupted = v.disrupted.plus(r.Disrupted)
	v.people += r.People
	v.restored = v.restored && r.Restored
	if v.country != r.Country {
		v.country = SeveralCountries
	}
	if r.Criticality.rank() < v.criticality.rank() {
		v.criticality = r.Criticality
	}
}

func (c Counts) plus(d Counts) Counts {
	return Counts{c.Hosts + d.Hosts, c.Sites + d.Sites, c.Services + d.Services}
}

// counts are a voice's numbers as package disclosure adds them up; see read.
func (v *voice) counts() []int64 {
	one := func(is bool) int64 {
		if is {
			return 1
		}
		return 0
	}
	infected, disrupted := v.infected != Counts{}, v.disrupted != Counts{}
	return []int64{
		v.infected.Hosts, v.infected.Sites, v.infected.Services,
		v.disrupted.Hosts, v.disrupted.Sites, v.disrupted.Services,
		v.people, one(infected), one(disrupted && !infected), one(v.restored),
	}
}

// read is the totals of what counts were added up to.
func read(g disclosure.Group) Totals {
	n := g.Counts
	return Totals{
		Organisations: g.Organisations, Infected: Counts{n[0], n[1], n[2]}, Disrupted: Counts{n[3], n[4], n[5]}, People: n[6],
		InfectedOrganisations: int(n[7]), DisruptedOrganisations: int(n[8]), RestoredOrganisations: int(n[9]),
	}
}

func totals(voices []*voice) Totals {
	sum := disclosure.Group{Organisations: len(voices), Counts: make([]int64, len((&voice{}).counts()))}
	for _, v := range voices {
		for i, n := range v.counts() {
			sum.Counts[i] += n
		}
	}
	return read(sum)
}

// groups are the three ways to divide organisations, of which any two can be shown
// together (disclosure.Both). Combinations of all three are not ruled out.
func groups(voices []*voice, least int) (sectors, countries, criticalities []Group) {
	bySector, byCountry := disclosure.Both(cells(voices, (*voice).inSector, (*voice).inCountry), least)
	inSector, inCountry := shown(bySector, (*voice).inSector), shown(byCountry, (*voice).inCountry)
	_, byCriticality := disclosure.Both(cells(voices, inSector, (*voice).inCriticality), least)
	_, byCriticality = disclosure.Both(cells(voices, inCountry, shown(byCriticality, (*voice).inCriticality)), least)
	return ordered(bySector, sectorRank), ordered(byCountry, func(string) int { return 0 }),
		ordered(byCriticality, func(name string) int { return Criticality(name).rank() })
}

func (v *voice) inSector() string      { return v.sector }
func (v *voice) inCountry() string     { return v.country }
func (v *voice) inCriticality() string { return string(v.criticality) }

// shown is the way with the names of the groups that are shown.
func shown(groups []disclosure.Group, way func(*voice) string) func(*voice) string {
	names := make(map[string]bool, len(groups))
	for _, g := range groups {
		names[g.Name] = true
	}
	return func(v *voice) string {
		if name := way(v); names[name] {
			return name
		}
		return disclosure.Other
	}
}

func cells(voices []*voice, first, second func(*voice) string) []disclosure.Cell {
	at := make(map[[2]string]int)
	var list []disclosure.Cell
	for _, v := range voices {
		key := [2]string{first(v), second(v)}
		i, known := at[key]
		if !known {
			i = len(list)
			at[key] = i
			list = append(list, disclosure.Cell{First: key[0], Second: key[1], Counts: make([]int64, len(v.counts()))})
		}
		list[i].Organisations++
		for j, n := range v.counts() {
			list[i].Counts[j] += n
		}
	}
	return list
}

// ordered is groups in the order in which people look, Other last.
func ordered(groups []disclosure.Group, rank func(string) int) []Group {
	list := make([]Group, 0, len(groups))
	for _, g := range groups {
		list = append(list, Group{g.Name, read(g)})
	}
	slices.SortStableFunc(list, func(a, b Group) int {
		return cmp.Or(last(a.Name)-last(b.Name), rank(a.Name)-rank(b.Name), cmp.Compare(b.Organisations, a.Organisations))
	})
	return list
}

func last(name string) int {
	if name == disclosure.Other {
		return 1
	}
	return 0
}

// sectorRank: healthcare first, then emergency services, then the others.
func sectorRank(sector string) int {
	switch sector {
	case "healthcare":
		return 0
	case "emergency-services":
		return 1
	}
	return 2
}
