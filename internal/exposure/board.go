package exposure

import (
	"fmt"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/compose"
	"github.com/tocsin-project/tocsin/internal/disclosure"
)

// Several is the group of the organisations whose partners report from more than
// one sector, or from more than one country: one organisation is in one group.
const Several = "several"

// Summary is a vulnerability over all partners that report it.
type Summary struct {
	Vulnerability string `json:"vulnerability"`
	Known         *Known `json:"known_exploited,omitempty" doc:"what the catalog of known exploited vulnerabilities says"`
	// FewerThan is there instead of the sums if too few organisations report, or
	// none: which of the two it is nobody is told.
	FewerThan     int     `json:"fewer_than,omitzero" doc:"fewer organisations than this have reported: no sums are shown"`
	Organisations int     `json:"organisations,omitzero" doc:"that report"`
	Counts        *Counts `json:"counts,omitempty" doc:"over all that report"`
	Own           *Counts `json:"own,omitempty" doc:"what you report"`
}

// Part is what the organisations of one sector, or of one country, report together.
type Part struct {
	Name          string `json:"name" doc:"a sector, a country, other (small groups together) or several (organisations in more than one)"`
	Organisations int    `json:"organisations"`
	Counts
}

// Board is all that somebody is told of a vulnerability over all partners. Both
// ways to divide are such that no sum, nor any difference of sums, is about fewer
// organisations than are shown in one group (disclosure.Both).
type Board struct {
	Summary
	NotReporting int    `json:"not_reporting,omitzero" doc:"organisations that take part and say nothing of it: nobody knows who of them is covered"`
	BySector     []Part `json:"by_sector"`
	ByCountry    []Part `json:"by_country"`
}

// audience is who is told the sums: the members of the community.
var audience = access.ToCommunity(access.Amber)

func mayAsk(who access.Principal) error {
	if !who.MaySee("", audience) {
		return fmt.Errorf("%w: how exposed the community is its members are told, and no guests", access.ErrForbidden)
	}
	return nil
}

// named is a vulnerability's number as it is written.
func named(text string) (string, error) {
	name, ok := compose.CVE(text)
	if !ok || len(name) > maxVuln {
		return "", fmt.Errorf("%w: vulnerability: %.40q is no CVE number such as CVE-2017-0144", access.ErrInvalid, text)
	}
	return name, nil
}

// Board is a vulnerability's, also of one that nobody reports.
func (s *State) Board(who access.Principal, name string) (Board, error) {
	name, err := named(name)
	if err == nil {
		err = mayAsk(who)
	}
	if err != nil {
		return Board{}, fmt.Errorf("board: %w", err)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	b := Board{Summary: Summary{Vulnerability: name, FewerThan: s.least}, BySector: []Part{}, ByCountry: []Part{}}
	number, there := s.numbers[name]
	if !there {
		return b, nil
	}
	b.Summary = s.summary(number, s.holders[who.Partner])
	if b.FewerThan > 0 {
		return b, nil
	}
	sectors, countries := disclosure.Both(s.cells(number), s.least)
	b.BySector, b.ByCountry = parts(sectors), parts(countries)
	b.NotReporting = s.voices() - b.Organisations
	return b, nil
}

// summary is a vulnerability's for one partner, or for nobody in particular: nil.
func (s *State) summary(number uint32, own *holder) Summary {
	v := &s.vulns[number]
	sum := Summary{Vulnerability: v.name}
	if known, listed := s.known[v.name]; listed {
		sum.Known = &known
	}
	if v.organisations < s.least {
		sum.FewerThan = s.least
	} else {
		all := v.sum
		sum.Organisations, sum.Counts = v.organisations, &all
	}
	if own != nil {
		if _, reports := own.first[number]; reports {
			counts := own.sum(number)
			sum.Own = &counts
		}
	}
	return sum
}

// voices is how many organisations take part.
func (s *State) voices() int {
	n := len(s.of)
	for _, h := range s.holders {
		if h.organisation == "" {
			n++
		}
	}
	return n
}

// cells divides the organisations that report a vulnerability by sector and country.
func (s *State) cells(number uint32) []disclosure.Cell {
	list := make([]statement, 0, len(s.vulns[number].holders))
	for _, h := range s.vulns[number].holders {
		list = append(list, h.says(number))
	}
	cells, _, _ := divided(list)
	return cells
}

// divided are organisations by sector and country, with the sum over all and how
// many they are.
func divided(list []statement) (cells []disclosure.Cell, sum Counts, organisations int) {
	var voices []statement
	at := map[voice]int{}
	for _, h := range list {
		sum.add(h.counts, 1)
		i, more := at[h.voice]
		if !more {
			at[h.voice] = len(voices)
			voices = append(voices, h)
			continue
		}
		one := &voices[i]
		if one.sector != h.sector {
			one.sector = Several
		}
		if one.country != h.country {
			one.country = Several
		}
		one.counts.add(h.counts, 1)
	}
	type place struct{ sector, country string }
	in := map[place]int{}
	for _, one := range voices {
		where := place{one.sector, one.country}
		i, more := in[where]
		if !more {
			i = len(cells)
			in[where] = i
			cells = append(cells, disclosure.Cell{First: one.sector, Second: one.country, Counts: Counts{}.list()})
		}
		cells[i].Organisations++
		for n, count := range one.counts.list() {
			cells[i].Counts[n] += count
		}
	}
	return cells, sum, len(voices)
}

func parts(groups []disclosure.Group) []Part {
	list := make([]Part, len(groups))
	for i, g := range groups {
		list[i] = Part{g.Name, g.Organisations, counted(g.Counts)}
	}
	return list
}
