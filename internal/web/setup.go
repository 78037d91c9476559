package web

import (
	"crypto/rand"
	"net/http"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/pull"
	"github.com/tocsin-project/tocsin/internal/signin"
)

// setupRoom is the first run: three steps to a hub that works, and what then.
var setupRoom = room{map[string]sheet{"setup": {setupView{}, true}, "works": {worksView{}, false}}, func(p *pages, mux *router) {
	mux.HandleFunc("GET /setup", p.reader(func(r reading) (content, error) { return p.setup(r, shownOnce{}) }))
	mux.HandleFunc("POST /setup", p.onceOnly(p.setUp, p.setupRefused))
	mux.HandleFunc("GET /setup/works", p.reader(p.works))
}}

// setupView is the three steps, and how far they are.
type setupView struct {
	tried
	shownOnce
	Key           string // of the forms that make a secret, by which each is carried out once
	Done          string
	Administrator string // the reader by name; "": a program's token
	Email         string
	Partners      []access.Partner // to choose from
	More          int
	People        int    // who act for partners
	For           string // the partner that the reader acts for
	Mine          bool   // the reader may begin to act for one
	Engines       []string
	Reaches       []feed.Reach
	Fed           feeding
	partnerWords
}

// shownOnce is what a form has just made and nobody is shown again.
type shownOnce struct {
	Invited   invitedView
	Connected connectedView
}

// feeding is whether anything comes in, and goes out to an engine.
type feeding struct {
	Tokens  int // that partners' programs can use
	Engines int // that are told of changes
	Sources []pull.Status
	Used    time.Time // when one of the tokens was last used, since the hub started
}

// Fed says whether the third step is done.
func (f feeding) Fed() bool { return f.Tokens+f.Engines+len(f.Sources) > 0 }

var setupDone = map[string]string{"partner": english.say("setup.done.partner", nil), "own": english.say("setup.done.own", nil)}

// maxSetupPartners is how many partners the third step offers.
const maxSetupPartners = 50

func (p *pages) feeding() feeding {
	f := feeding{Engines: len(p.Views.Connections.List())}
	if p.Sources != nil {
		f.Sources = p.Sources()
	}
	now := p.Clock()
	for _, t := range p.Views.Access.Tokens() {
		if t.Partner == "" || !t.Revoked.IsZero() || !t.Expires.IsZero() && !now.Before(t.Expires) {
			continue
		}
		f.Tokens++
		if used := p.Views.Access.LastUsed(t.ID); used.After(f.Used) {
			f.Used = used
		}
	}
	return f
}

func (p *pages) setup(r reading, once shownOnce) (content, error) {
	if !r.who.AtLeast(access.Administrator) {
		return content{}, errAdministrators
	}
	v := setupView{
		tried: r.tried, shownOnce: once, Key: rand.Text(), Done: said(r, setupDone), Fed: p.feeding(),
		Engines: connectable(), Reaches: feed.Reaches, partnerWords: usualWords(),
	}
	if once.Invited.Secret != "" || once.Connected.Made() {
		v.tried = tried{} // it was taken
	}
	person, _ := p.Views.Access.Person(r.who.Person)
	v.Administrator, v.Email = person.Name, person.Email
	v.Partners, v.More = firstOf(p.Views.Access.Partners(), maxSetupPartners)
	for _, one := range p.Views.Access.People() {
		if one.Partner != "" && one.Left.IsZero() {
			v.People++
		}
	}
	if r.who.Partner != "" {
		v.For = p.nameOf(string(r.who.Partner))
	}
	v.Mine = r.who.Person != "" && r.who.Partner == ""
	acts := []string{"partner"}
	if len(v.Partners) > 0 {
		acts = append(acts, "invite", "connect")
	}
	if len(v.Partners) > 0 && v.Mine {
		acts = append(acts, "own")
	}
	v.tried = v.tried.among(acts...)
	return content{"setup", english.say("setup.title", nil), "/setup", v}, nil
}

// setupRefused is the guide with why a form of it was not carried out.
func (p *pages) setupRefused(why error) http.HandlerFunc {
	return p.act(func(r reading) (content, error) { return p.setup(r, shownOnce{}) }, func(reading, string) (string, error) { return "", why })
}

// setUp does what the forms of the guide ask for. Secrets are on the page that
// answers the form, and nowhere after it: therefore there is no redirect then.
func (p *pages) setUp(w http.ResponseWriter, request *http.Request) {
	var once shownOnce
	p.act(func(r reading) (content, error) { return p.setup(r, once) }, func(r reading, act string) (to string, err error) {
		if !r.who.AtLeast(access.Administrator) {
			return "", errAdministrators
		}
		partner := access.PartnerID(r.PostForm.Get("partner"))
		switch act {
		case "partner":
			one, err := p.addPartner(r)
			if err == nil && r.PostForm.Get("own") != "" {
				err = p.actFor(r, one.ID)
			}
			return "/setup?done=partner#person", err
		case "own":
			return "/setup?done=own#feed", p.actFor(r, partner)
		case "invite":
			once.Invited, err = p.invite(r, partner)
			return "", err
		case "connect":
			once.Connected, err = p.connect(r, partner, r.PostForm.Get("engine"), r.PostForm.Get("reach"))
			return "", err
		}
		return "", unknownAct(act)
	})(w, request)
}

// worksView is what a hub that is set up tells its administrator.
type worksView struct {
	Partners int
	Fed      feeding
	Engines  []engineView
	More     int
	Outlets  []outletView // that acknowledge what they enforce; those heard of last
}

// outletView is an engine that an edge feeds.
type outletView struct {
	protect.Outlet
	Of string // its partner, by name
}

// engineView is an engine that is told of changes.
type engineView struct {
	feed.Connection
	Name string // of its partner
}

func (p *pages) works(r reading) (content, error) {
	if !r.who.AtLeast(access.Administrator) {
		return content{}, errAdministrators
	}
	v := worksView{Partners: len(p.Views.Access.Partners()), Fed: p.feeding()}
	list, more := firstOf(newestFirst(p.Views.Connections.List()), maxSetupPartners)
	v.More = more
	for _, one := range list {
		v.Engines = append(v.Engines, engineView{one, p.nameOf(string(one.Partner))})
	}
	outlets := p.Views.Protect.OutletsFor(r.who)
	slices.SortFunc(outlets, func(a, b protect.Outlet) int { return b.Heard.Compare(a.Heard) })
	for _, one := range outlets[:min(len(outlets), maxSetupPartners)] {
		v.Outlets = append(v.Outlets, outletView{one, p.nameOf(string(one.Partner))})
	}
	return content{"works", english.say("setup.works.title", nil), "/setup", v}, nil
}

// Works says whether a partner takes part and something is fed.
func (v worksView) Works() bool { return v.Partners > 0 && v.Fed.Fed() }

// entrance is where somebody who is not signed in goes: in a hub that nobody
// administers yet, to where it is claimed.
func (p *pages) entrance() string {
	if !p.Views.Access.Claimed() {
		return "/claim"
	}
	return "/sign-in"
}

// landing is where somebody who has just come in goes first: an administrator of a
// hub that has no partner yet, or feeds nobody, to the guide.
func (p *pages) landing(one signin.Session) string {
	person, here := p.Views.Access.Person(one.Person)
	if here && person.Role == access.Administrator && (len(p.Views.Access.Partners()) == 0 || !p.feeding().Fed()) {
		return "/setup"
	}
	return "/"
}

// First says which step is the first that is not done, for the page to begin with.
func (v setupView) First() string {
	switch {
	case len(v.Partners) == 0:
		return "partner"
	case v.People == 0:
		return "person"
	case !v.Fed.Fed():
		return "feed"
	}
	return ""
}
