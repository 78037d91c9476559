package web

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
)

// communitiesView is the communities that the reader may know of.
type communitiesView struct {
	tried
	Done string
	List []communityLine
	May  bool
}

type communityLine struct {
	access.Community
	Members int
	Yours   bool
}

// communityView is one of them, with its members.
type communityView struct {
	tried
	Done string
	access.Community
	Members []named
	Size    int
	Next    string
	Default bool // everybody is a member, always
	May     bool
	Leaves  bool // the reader can take its own partner out
	Own     access.PartnerID
}

var communityDone = map[string]string{
	"founded": english.say("partner.community.founded", nil), "joined": english.say("partner.community.joined", nil), "left": english.say("partner.community.left", nil),
}

// communitiesFor are the communities that the reader may know of.
func (p *pages) communitiesFor(r reading) []access.Community {
	return slices.DeleteFunc(p.Views.Access.Communities(), func(c access.Community) bool {
		_, err := p.Views.Access.Community(r.who, c.ID)
		return err != nil
	})
}

func (p *pages) communities(r reading) (content, error) {
	v := communitiesView{tried: r.tried.among("found"), Done: said(r, communityDone), May: r.who.AtLeast(access.Administrator)}
	for _, c := range p.communitiesFor(r) {
		members := p.Views.Access.Members(c.ID)
		v.List = append(v.List, communityLine{c, len(members), slices.Contains(members, r.who.Partner)})
	}
	return content{"communities", english.say("partner.communities", nil), "/partners", v}, nil
}

func (p *pages) found(r reading, act string) (string, error) {
	switch {
	case act != "found":
		return "", unknownAct(act)
	case !r.who.AtLeast(access.Administrator):
		return "", errAdministrators
	}
	defer p.Views.Access.Deciding()()
	form := func(field string) string { return strings.TrimSpace(r.PostForm.Get(field)) }
	c, draft, err := p.Views.Access.NewCommunity(access.Community{ID: form("id"), Title: form("title"), Description: words(r, "description"), Policy: words(r, "policy")})
	return "/communities/" + url.PathEscape(c.ID) + "?done=founded", p.decide(r, err, draft)
}

func (p *pages) community(r reading) (content, error) {
	c, err := p.Views.Access.Community(r.who, r.PathValue("id"))
	if err != nil {
		return content{}, err
	}
	members := p.named(p.Views.Access.Members(c.ID))
	v := communityView{
		tried: r.tried.among("add", "remove"), Done: said(r, communityDone), Community: c, Size: len(members),
		Default: c.ID == access.DefaultCommunity, May: r.who.AtLeast(access.Administrator), Own: r.who.Partner,
	}
	v.Leaves = !v.Default && !v.May && r.who.AtLeast(access.Coordinator) && slices.ContainsFunc(members, func(m named) bool { return m.ID == r.who.Partner })
	given := r.URL.Query()
	var left int
	if v.Members, left = sinceID(members, given.Get("after"), maxPartners, func(m *named) string { return string(m.ID) }); left > 0 {
		v.Next = "?" + url.Values{"after": {string(v.Members[len(v.Members)-1].ID)}}.Encode()
	}
	return content{"community", c.Title, "/partners", v}, nil
}

// changeCommunity makes partners members, and ends memberships: an administrator
// any, a coordinator its own partner's.
func (p *pages) changeCommunity(r reading, act string) (string, error) {
	c, err := p.Views.Access.Community(r.who, r.PathValue("id"))
	if err != nil {
		return "", err
	}
	here := "/communities/" + url.PathEscape(c.ID) + "?done="
	switch act {
	case "add":
		if !r.who.AtLeast(access.Administrator) {
			return "", errAdministrators
		}
		partners, err := p.partnersNamed(r, "partners")
		if err == nil && len(partners) == 0 {
			err = errNobody
		}
		if err != nil {
			return "", err
		}
		defer p.Views.Access.Deciding()()
		for _, one := range partners {
			draft, err := p.Views.Access.AddMember(c.ID, one)
			if err := p.decide(r, err, draft); err != nil {
				return "", err
			}
		}
		return here + "joined", nil
	case "remove":
		partner := access.PartnerID(r.PostForm.Get("partner"))
		if !r.who.AtLeast(access.Administrator) && (!r.who.AtLeast(access.Coordinator) || r.who.Partner == "" || r.who.Partner != partner) {
			return "", errOthersMembership
		}
		defer p.Views.Access.Deciding()()
		draft, err := p.Views.Access.RemoveMember(c.ID, partner)
		return here + "left", p.decide(r, err, draft)
	}
	return "", unknownAct(act)
}

var (
	errNobody           = fmt.Errorf("%w: write the name or the id of a partner, one a line", access.ErrInvalid)
	errOthersMembership = fmt.Errorf("%w: only an administrator ends the membership of another partner", access.ErrForbidden)
)
