package web

import (
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/response"
)

// partnerView is one partner, as far as the reader may know of it.
type partnerView struct {
	tried
	partnerWords
	Done        string
	Partner     access.Partner
	Gone        bool
	Canary      bool // it tries protections first, which guests are not told: who attacks would avoid it
	Own         bool // the reader acts for it
	May         bool // the reader administers the hub
	Manages     bool // the reader decides on its people
	Invited     invitedView
	Communities []access.Community
	Clients     []named
	ClientOf    []named
	Skills      []string
	People      []personView
	Left        int // people who have left
	Engines     []feed.Connection
	Outlets     []protect.Outlet // that acknowledge what they enforce
	Tokens      int              // that work
	Shared      int              // contributions
	SharedMore  bool             // and there are more
	Account     response.Account
	Accounts    bool // the reader may see the account
	Suspends    bool // the reader may say that its word no longer counts
	Quarantine  *protect.InQuarantine
}

// personView is somebody who acts for the partner.
type personView struct {
	tried
	access.Person
	Methods []access.Method
	Until   time.Time // when an open invitation expires
	You     bool
	Manages bool // the reader decides on the person
	May     bool // the reader administers the hub
	Roles   []access.Role
	Heirs   heirsView // the tokens that the person issued
}

// Open says whether something about the person was refused.
func (v personView) Open() bool {
	return slices.ContainsFunc(v.acts(), func(act string) bool { return v.Wrong(act) != "" })
}

// acts are those that have a form beside the person.
func (v personView) acts() []string {
	return []string{"person " + v.ID, "again " + v.ID, "leave " + v.ID, "erase " + v.ID}
}

// maxShared is up to where contributions are counted.
const maxShared = 1000

// maxPeople is how many people of a partner its page shows.
const maxPeople = 200

var partnerDone = map[string]string{
	"joined": english.say("partner.done.joined", nil), "standing": english.say("partner.done.standing", nil), "person": english.say("partner.done.person", nil),
	"left": english.say("partner.done.left", nil), "erased": english.say("partner.done.erased", nil), "quarantine": english.say("partner.done.quarantine", nil), "lift": english.say("partner.done.lift", nil),
}

func (p *pages) partner(r reading, once invitedView) (content, error) {
	id := access.PartnerID(r.PathValue("id"))
	one, present := p.Views.Access.Partner(id)
	if one.ID == "" || !present && !r.who.AtLeast(access.Administrator) {
		return content{}, access.ErrNotFound
	}
	v := partnerView{
		tried: r.tried, partnerWords: usualWords(), Done: said(r, partnerDone), Partner: one, Gone: !present, Canary: one.Canary && !r.who.Guest, Own: r.who.Partner == id && !r.who.Guest,
		May: r.who.AtLeast(access.Administrator), Suspends: r.coordinates() && present, Invited: once,
	}
	if once.Secret != "" {
		v.tried = tried{} // it was taken
	}
	v.Manages = present && (v.May || v.Own && r.who.AtLeast(access.Coordinator))
	for _, c := range p.communitiesFor(r) {
		if _, is := slices.BinarySearch(p.Views.Access.Members(c.ID), id); is {
			v.Communities = append(v.Communities, c)
		}
	}
	for _, s := range p.Views.Response.Skilled(r.who) {
		if s.Partner == id {
			v.Skills = s.Skills
		}
	}
	if v.Own || v.May {
		v.Clients, v.ClientOf = p.named(p.Views.Access.Clients(id)), p.named(p.Views.Access.ClientOf(id))
		v.Engines = slices.DeleteFunc(p.Views.Connections.List(), func(c feed.Connection) bool { return c.Partner != id })
		v.Outlets = slices.DeleteFunc(p.Views.Protect.OutletsFor(r.who), func(o protect.Outlet) bool { return o.Partner != id })
	}
	if v.May {
		v.Tokens = p.tokensOf(id)
	}
	var err error
	if v.Own || v.May {
		if v.Shared, v.SharedMore, err = p.Views.Catalog.Contributed(r.Context(), id, maxShared); err != nil {
			return content{}, err
		}
	}
	v.Account, err = p.Views.Response.Account(r.who, id, p.Clock())
	v.Accounts = err == nil && present
	for _, q := range p.Views.Protect.Quarantines(r.who) {
		if q.Partner == id {
			v.Quarantine = &q
		}
	}
	acts := append([]string{"standing", "dismiss", "invite", "quarantine", "lift"}, p.people(r, &v)...)
	v.tried = v.tried.among(acts...)
	return content{"partner", one.Name, "/partners", v}, nil
}

// people fills in who acts for the partner, where the reader may know, and gives
// the acts that have a form on the page.
func (p *pages) people(r reading, v *partnerView) (acts []string) {
	if !v.May && !(v.Own && r.who.AtLeast(access.Coordinator)) {
		return nil
	}
	issued := p.Views.Access.IssuedCounts(r.who)
	for _, one := range p.Views.Access.People(v.Partner.ID) {
		if !one.Left.IsZero() {
			v.Left++
		}
		if !one.Left.IsZero() && !v.May || len(v.People) == maxPeople {
			continue
		}
		line := personView{tried: v.tried, Person: one, Until: p.Views.Access.EnrolsUntil(one.ID), You: one.ID == r.who.Person, Manages: v.Manages, May: v.May, Roles: v.Roles,
			Heirs: heirsView{one.ID, issued[one.ID], one.Role != access.Administrator}}
		for _, c := range p.Views.Access.Credentials(one.ID) {
			line.Methods = append(line.Methods, c.Kind)
		}
		v.People = append(v.People, line)
		acts = append(acts, line.acts()...)
	}
	return acts
}

// tokensOf is how many tokens of a partner work.
func (p *pages) tokensOf(id access.PartnerID) int {
	n, now := 0, p.Clock()
	for _, t := range p.Views.Access.Tokens() {
		if t.Partner == id && t.Revoked.IsZero() && (t.Expires.IsZero() || now.Before(t.Expires)) {
			n++
		}
	}
	return n
}
