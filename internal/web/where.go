package web

import (
	"cmp"
	"html/template"
	"net/url"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/picture/worldmap"
)

// whereView is in which countries partners report what rings, and where partners are.
type whereView struct {
	Map       template.HTML
	Countries []country // where it is reported first, then where most partners are
	Rest      []country
	Reporting int // countries in which somebody reports
	All       int // countries of partners
	Chosen    *chosenCountry
}

// country is the partners of one.
type country struct {
	Code, Name string
	Reports    int // partners that report an outbreak which is open
	Partners   int
}

// chosenCountry is the country that the reader asked for.
type chosenCountry struct {
	country
	List []placed
	More int
}

// placed is a partner in the country.
type placed struct {
	Name, Sector string
	Reports      bool
}

// Bounds of the list beside the map, and of a country's partners.
const (
	maxCountries = 12
	maxPlaced    = 60
)

// where draws the open outbreaks by country. reporting are the partners that report
// one of which the reader is told; who they are it is told, too.
func (p *pages) where(r reading, reporting map[access.PartnerID]bool, partners []access.Partner) whereView {
	asked := strings.ToUpper(r.URL.Query().Get("country"))
	by := map[string]*country{}
	var in []placed
	for _, one := range partners {
		c := by[one.Country]
		if c == nil {
			c = &country{Code: one.Country, Name: cmp.Or(worldmap.Name(one.Country), one.Country)}
			by[one.Country] = c
		}
		c.Partners++
		if reporting[one.ID] {
			c.Reports++
		}
		if one.Country == asked {
			in = append(in, placed{one.Name, one.Sector, reporting[one.ID]})
		}
	}
	v := whereView{All: len(by)}
	all := make([]country, 0, len(by))
	for _, c := range by {
		all = append(all, *c)
		if c.Reports > 0 {
			v.Reporting++
		}
	}
	slices.SortFunc(all, func(a, b country) int {
		return cmp.Or(-cmp.Compare(a.Reports, b.Reports), -cmp.Compare(a.Partners, b.Partners), cmp.Compare(a.Name, b.Name))
	})
	v.Countries, v.Rest = all[:min(len(all), maxCountries)], all[min(len(all), maxCountries):]
	if c := by[asked]; c != nil {
		slices.SortStableFunc(in, func(a, b placed) int { return cmp.Or(first(a.Reports, b.Reports), strings.Compare(a.Name, b.Name)) })
		v.Chosen = &chosenCountry{country: *c}
		v.Chosen.List, v.Chosen.More = firstOf(in, maxPlaced)
	}
	v.draw(all, asked)
	return v
}

func (v *whereView) draw(all []country, asked string) {
	if v.Reporting == 0 && v.All < 2 {
		return // a map of one place says nothing
	}
	m := worldmap.Map{Label: english.say("now.where.label", v), Countries: make(map[string]worldmap.Country, len(all))}
	for _, c := range all {
		one := worldmap.Country{State: "partners", Link: c.Link(), Title: english.say("now.where.country", c)}
		if c.Reports > 0 {
			one.State, one.Hatch = "reports", true
		}
		if c.Code == asked {
			one.State += " chosen"
		}
		m.Countries[c.Code] = one
	}
	v.Map = worldmap.SVG(m)
}

// Link leads to the country's partners.
func (c country) Link() string { return "/?country=" + url.QueryEscape(c.Code) + "#where" }
