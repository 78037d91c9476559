package web

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
)

// partnerRoom is who takes part, in which communities.
var partnerRoom = room{map[string]sheet{
	"partners": {partnersView{}, false}, "partner": {partnerView{}, true}, "partner-new": {newPartnerView{}, true},
	"communities": {communitiesView{}, true}, "community": {communityView{}, true},
}, func(p *pages, mux *router) {
	mux.HandleFunc("GET /partners", p.reader(p.partners))
	p.both(mux, "/partners/new", p.newPartner, p.joinPartner)
	mux.HandleFunc("GET /partners/{id}", p.reader(func(r reading) (content, error) { return p.partner(r, invitedView{}) }))
	mux.HandleFunc("POST /partners/{id}", p.changePartner)
	p.both(mux, "/communities", p.communities, p.found)
	p.both(mux, "/communities/{id}", p.community, p.changeCommunity)
}}

// partnersView is who takes part, as far as it was asked for.
type partnersView struct {
	Done        string
	Asked       partnerFilter
	Partners    []access.Partner
	All         int // how many take part
	Found       int // of them, that were asked for
	Next        string
	Sectors     []string // of those that take part, to choose from
	Countries   []string
	Kinds       []string
	Communities []access.Community // that the reader may know of
	May         bool               // the reader may let one in
}

var partnersDone = map[string]string{"dismissed": english.say("partner.done.dismissed", nil)}

// partnerFilter is what was asked for; the zero value is everybody.
type partnerFilter struct{ Name, Sector, Country, Kind, Community string }

// maxPartners is how many partners a page lists, by name.
const maxPartners = 100

func (p *pages) partners(r reading) (content, error) {
	given := r.URL.Query()
	f := partnerFilter{strings.TrimSpace(given.Get("name")), given.Get("sector"), strings.ToUpper(given.Get("country")), given.Get("kind"), given.Get("community")}
	all := p.Views.Access.Partners()
	v := partnersView{Done: said(r, partnersDone), Asked: f, All: len(all), May: r.who.AtLeast(access.Administrator), Communities: p.communitiesFor(r)}
	sectors, countries, kinds := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, one := range all {
		sectors[one.Sector], countries[one.Country], kinds[one.Kind] = true, true, true
	}
	v.Sectors, v.Countries, v.Kinds = slices.Sorted(maps.Keys(sectors)), slices.Sorted(maps.Keys(countries)), slices.Sorted(maps.Keys(kinds))
	var members []access.PartnerID
	if f.Community != "" {
		if _, err := p.Views.Access.Community(r.who, f.Community); err != nil {
			return content{}, err
		}
		members = p.Views.Access.Members(f.Community)
	}
	found := slices.DeleteFunc(all, func(one access.Partner) bool { return !f.wants(one, members) })
	v.Found = len(found)
	var left int
	v.Partners, left = sinceID(found, given.Get("after"), maxPartners, func(one *access.Partner) string { return string(one.ID) })
	if left > 0 {
		given.Set("after", string(v.Partners[len(v.Partners)-1].ID))
		v.Next = "/partners?" + given.Encode()
	}
	return content{"partners", english.say("partner.title", nil), "/partners", v}, nil
}

// wants says whether a partner was asked for; members are those of the community,
// in order.
func (f partnerFilter) wants(one access.Partner, members []access.PartnerID) bool {
	if f.Community != "" {
		if _, is := slices.BinarySearch(members, one.ID); !is {
			return false
		}
	}
	return (f.Sector == "" || one.Sector == f.Sector) && (f.Country == "" || one.Country == f.Country) && (f.Kind == "" || one.Kind == f.Kind) &&
		(f.Name == "" || strings.Contains(strings.ToLower(one.Name+" "+one.Organisation), strings.ToLower(f.Name)))
}

// newPartnerView is the form that lets a partner in.
type newPartnerView struct {
	tried
	partnerWords
}

// partnerWords are what forms about partners and people offer.
type partnerWords struct {
	Sectors []string
	Kinds   []string
	Roles   []access.Role
}

func usualWords() partnerWords {
	return partnerWords{slices.Sorted(slices.Values(access.Sectors)), access.Kinds, access.Roles()}
}

func (p *pages) newPartner(r reading) (content, error) {
	if !r.who.AtLeast(access.Administrator) {
		return content{}, errAdministrators
	}
	return content{"partner-new", english.say("partner.new.title", nil), "/partners", newPartnerView{r.tried.among("partner"), usualWords()}}, nil
}

func (p *pages) joinPartner(r reading, act string) (string, error) {
	if act != "partner" {
		return "", unknownAct(act)
	}
	one, err := p.addPartner(r)
	return "/partners/" + url.PathEscape(string(one.ID)) + "?done=joined", err
}
