package web

import (
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/response"
)

// searchView is what was found.
type searchView struct {
	Query   string
	Objects []catalog.Object
	Full    bool // there may be more
}

// maxFound is how much a search shows.
const maxFound = 50

func (p *pages) search(r reading) (content, error) {
	v := searchView{Query: strings.TrimSpace(r.URL.Query().Get("q"))}
	if v.Query != "" {
		var err error
		if v.Objects, err = p.Views.Catalog.Search(r.Context(), r.who, v.Query, maxFound); err != nil {
			return content{}, err
		}
	}
	v.Full = len(v.Objects) == maxFound
	return content{"search", "Search", "/search", v}, nil
}

// partnersView is who takes part.
type partnersView struct {
	Partners  []access.Partner
	More      int
	Sectors   int
	Countries int
}

// maxPartners is how many partners the page lists, by name.
const maxPartners = 500

func (p *pages) partners(reading) (content, error) {
	all := p.Views.Access.Partners()
	sectors, countries := map[string]bool{}, map[string]bool{}
	for _, one := range all {
		sectors[one.Sector], countries[one.Country] = true, true
	}
	shown := min(len(all), maxPartners)
	return content{"partners", "Partners", "/partners", partnersView{all[:shown], len(all) - shown, len(sectors), len(countries)}}, nil
}

// actionsView is the board.
type actionsView struct {
	Actions []actionView
	More    int
}

// actionView is one action with the names of those in it.
type actionView struct {
	response.Action
	By      string
	AskedOf []string // partners and sectors
	Parts   []partView
	Done    int
}

// partView is one partner's part.
type partView struct {
	response.Commitment
	Name string
}

// maxActions is how many actions the board shows, the newest.
const maxActions = 100

func (p *pages) actions(r reading) (content, error) {
	list := p.Views.Response.List(r.who, p.Clock())
	v := actionsView{More: max(0, len(list)-maxActions)}
	for _, a := range list[:min(len(list), maxActions)] {
		one := actionView{Action: a, By: p.nameOf(string(a.By))}
		for _, asked := range a.AskedOf {
			if strings.HasPrefix(asked, "identity--") {
				asked = p.nameOf(asked)
			}
			one.AskedOf = append(one.AskedOf, asked)
		}
		for _, c := range a.Commitments {
			one.Parts = append(one.Parts, partView{c, p.nameOf(string(c.Partner))})
			if c.Status == response.Done {
				one.Done++
			}
		}
		v.Actions = append(v.Actions, one)
	}
	return content{"actions", "Actions", "/actions", v}, nil
}
