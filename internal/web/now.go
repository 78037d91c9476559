package web

import (
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/response"
)

// nowRoom is the first page.
var nowRoom = room{map[string]sheet{"now": {nowView{}, false}}, func(p *pages, mux *router) {
	mux.HandleFunc("GET /{$}", p.reader(p.now))
}}

// nowView is the first page: what rings, what must answer, what needs the
// reader, where it is and how it grows, who is covered, what is done.
type nowView struct {
	Outbreaks   []ringing // open ones, in the order in which to look at them
	Further     int       // open ones beyond those shown
	Ended       []over
	EndedMore   int
	Stops       []protect.Stop // of automation
	KillSwitch  []covered      // must-resolve: before all else, for it must not be blocked
	Needs       needsView
	Where       whereView
	Cover       coverView
	Protections []covered
	InForce     int  // without the must-resolve ones
	Unfed       bool // there are protections, and no engine anywhere takes them
	Actions     []response.Action
	ActionsMore int
	Partners    int
	SetsUp      bool // the reader can set the hub up
}

// How much of each list the first page shows; the pages behind it have all.
const (
	few       = 8
	fewAlarms = 3
	fewEnded  = 5
	maxMust   = 20
	maxNames  = 24 // of partners that reported an outbreak
)

func (p *pages) now(r reading) (content, error) {
	partners := p.Views.Access.Partners()
	v := nowView{Partners: len(partners), SetsUp: r.who.AtLeast(access.Administrator)}
	if err := p.ringing(r, &v); err != nil {
		return content{}, err
	}
	active := p.decided(r).active
	must := slices.IndexFunc(active, func(one *protect.Protection) bool { return one.Polarity != protect.MustResolve })
	if must < 0 {
		must = len(active)
	}
	v.Stops, _ = firstOf(p.Views.Protect.StopsFor(r.who), few)
	v.KillSwitch = p.coverage(r, active[:min(must, maxMust)], len(partners))
	v.InForce = len(active) - must
	v.Protections = p.coverage(r, active[must:min(len(active), must+few)], len(partners))
	v.Unfed = len(active) > 0 && p.unfed(r.who)
	v.Cover = p.cover(r, active, partners)
	p.board(r, &v)
	v.Needs = p.needs(r, active[must:], v.Cover.Own)
	reporting := map[access.PartnerID]bool{}
	for _, o := range v.Outbreaks {
		for _, id := range o.Partners {
			reporting[id] = true
		}
	}
	v.Where = p.where(r, reporting, partners)
	title := english.say("now.title", nil)
	if len(v.Outbreaks) > 0 {
		title = v.Outbreaks[0].Headline() // a tab in the background says it, too
	}
	return content{"now", title, "/", v}, nil
}

// unfed says that no partner has connected anything; only who may know of all is told.
func (p *pages) unfed(who access.Principal) bool {
	return who.AtLeast(access.Coordinator) && len(p.Views.Protect.OutletsFor(who)) == 0 && len(p.Views.Connections.List()) == 0
}

// board adds what partners do.
func (p *pages) board(r reading, v *nowView) {
	now := p.Clock()
	v.Actions, _ = p.Views.Response.Page(r.who, response.Query{Brief: true, Limit: few}, now)
	all := p.Views.Response.Summary(r.who, response.Query{}, now).Actions
	v.ActionsMore = all.Open + all.Refused + all.Committed + all.Contested + all.Done + all.RolledBack + all.Cancelled - len(v.Actions)
}

func (p *pages) partnerNames(ids []access.PartnerID) []string {
	var list []string
	for _, id := range ids {
		if one, _ := p.Views.Access.Partner(id); one.Name != "" {
			list = append(list, one.Name)
		}
	}
	slices.Sort(list)
	return list
}
