package web

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/response"
)

// searchView is what was found.
type searchView struct {
	Query   string
	Objects []catalog.Object
}

// maxFound is how much a search shows.
const maxFound = 50

func (p *pages) search(r reading) (content, error) {
	v := searchView{Query: r.URL.Query().Get("q")}
	if v.Query != "" {
		var err error
		if v.Objects, err = p.Views.Catalog.Search(r.Context(), r.who, v.Query, maxFound); err != nil {
			return content{}, err
		}
	}
	return content{"search", "Search", "/search", v}, nil
}

// objectView is one object and what it is related to.
type objectView struct {
	catalog.Object
	Description string
	Aliases     []string
	ExternalIDs []string
	Groups      []relationGroup
	Picture     template.HTML
	Contributor string
}

// relationGroup is the relations of one kind and direction.
type relationGroup struct {
	Heading string
	Others  []catalog.Relation
}

func (p *pages) object(r reading) (content, error) {
	o, err := p.Views.Catalog.Object(r.Context(), r.who, r.PathValue("id"))
	if err != nil {
		return content{}, err
	}
	related, err := p.Views.Catalog.Related(r.Context(), r.who, o.ID)
	if err != nil {
		return content{}, err
	}
	v, err := describe(o)
	if err != nil {
		return content{}, err
	}
	v.Groups = group(related)
	v.Picture = relationPicture(o, related)
	if owner, _ := p.Views.Access.Partner(o.Owner); owner.Name != "" {
		v.Contributor = owner.Name
	}
	return content{"object", cmp.Or(o.Name, o.ID), "/search", v}, nil
}

// headings say a relationship from the object's side.
var headings = map[string][2]string{ // outgoing, incoming
	"uses":            {"Uses", "Used by"},
	"attributed-to":   {"Attributed to", "Attributed to it"},
	"mitigates":       {"Mitigates", "Mitigated by"},
	"targets":         {"Targets", "Targeted by"},
	"exploits":        {"Exploits", "Exploited by"},
	"indicates":       {"Indicates", "Indicated by"},
	"detects":         {"Detects", "Detected by"},
	"subtechnique-of": {"Technique above", "Techniques below"},
	"revoked-by":      {"Replaced by", "Replaces"},
}

func group(related []catalog.Relation) []relationGroup {
	var groups []relationGroup
	for _, r := range related {
		names, known := headings[r.Type]
		heading := names[1]
		switch {
		case r.Outgoing && known:
			heading = names[0]
		case !known && r.Outgoing:
			heading = r.Type
		case !known:
			heading = r.Type + " (from)"
		}
		i := slices.IndexFunc(groups, func(g relationGroup) bool { return g.Heading == heading })
		if i < 0 {
			groups = append(groups, relationGroup{Heading: heading})
			i = len(groups) - 1
		}
		groups[i].Others = append(groups[i].Others, r)
	}
	return groups
}

// protectionsView is all protections, in force and past.
type protectionsView struct{ Protections []covered }

func (p *pages) protections(reading) (content, error) {
	return content{"protections", "Protections", "/protections", protectionsView{p.covered()}}, nil
}

// whyView is the story of one value.
type whyView struct {
	protect.Story
	Names map[access.PartnerID]string
}

func (p *pages) why(r reading) (content, error) {
	v, err := observable.Infer(r.URL.Query().Get("value"))
	if err != nil {
		return content{}, fmt.Errorf("%w: %w", access.ErrInvalid, err)
	}
	view := whyView{p.Views.Protect.Why(r.who, v), map[access.PartnerID]string{}}
	for _, one := range p.Views.Access.Partners() {
		view.Names[one.ID] = one.Name
	}
	return content{"why", v.Text, "/protections", view}, nil
}

// partnersView is who takes part.
type partnersView struct{ Partners []access.Partner }

func (p *pages) partners(reading) (content, error) {
	return content{"partners", "Partners", "/partners", partnersView{p.Views.Access.Partners()}}, nil
}

// actionsView is the board.
type actionsView struct {
	Actions []response.Action
	Names   map[access.PartnerID]string
}

func (p *pages) actions(r reading) (content, error) {
	v := actionsView{p.Views.Response.List(r.who, p.Clock()), map[access.PartnerID]string{}}
	for _, one := range p.Views.Access.Partners() {
		v.Names[one.ID] = one.Name
	}
	return content{"actions", "Actions", "/actions", v}, nil
}

// casesView is the cases that the reader may see.
type casesView struct{ Cases []attribution.Case }

func (p *pages) cases(r reading) (content, error) {
	return content{"cases", "Cases", "/cases", casesView{p.Views.Cases.List(r.who)}}, nil
}

// caseView is one case with its scores.
type caseView struct {
	attribution.Case
	Scores attribution.Scores
}

func (p *pages) oneCase(r reading) (content, error) {
	c, err := p.Views.Cases.Get(r.who, attribution.CaseID(r.PathValue("id")))
	if err != nil {
		return content{}, err
	}
	return content{"case", c.Question, "/cases", caseView{c, c.Matrix().Score()}}, nil
}
