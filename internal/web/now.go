package web

import (
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/response"
)

// nowView is the first page: what rings, what must answer, what needs the
// reader, who is covered, what is done.
type nowView struct {
	Outbreaks   []ringing // open ones, in the order in which to look at them
	Further     int       // open ones beyond those shown
	Ended       []over
	EndedMore   int
	KillSwitch  []covered // must-resolve: before all else, for it must not be blocked
	Waiting     []protect.Protection
	Asked       []response.Action // of the reader's partner, unanswered
	Cover       coverView
	Protections []covered
	InForce     int // without the must-resolve ones
	Actions     []response.Action
	ActionsMore int
	Partners    int
}

// How much of each list the first page shows; the pages behind it have all.
const (
	few       = 8
	fewAlarms = 3
	fewEnded  = 5
	maxMust   = 20
)

func (p *pages) now(r reading) (content, error) {
	partners := p.Views.Access.Partners()
	v := nowView{Partners: len(partners)}
	if err := p.ringing(r, &v); err != nil {
		return content{}, err
	}
	active := p.decided(r).active
	must := slices.IndexFunc(active, func(one *protect.Protection) bool { return one.Polarity != protect.MustResolve })
	if must < 0 {
		must = len(active)
	}
	v.KillSwitch = p.coverage(r, active[:min(must, maxMust)], len(partners))
	v.InForce = len(active) - must
	v.Protections = p.coverage(r, active[must:min(len(active), must+few)], len(partners))
	for _, one := range active[must:] {
		if one.Polarity == protect.Observe && one.By == access.Hub && len(v.Waiting) < few {
			v.Waiting = append(v.Waiting, *one)
		}
	}
	v.Cover = p.cover(r, active, partners)
	p.board(r, &v)
	return content{"now", "Now", "/", v}, nil
}

// board adds what partners do, and what the reader's own is asked for.
func (p *pages) board(r reading, v *nowView) {
	actions := p.Views.Response.List(r.who, p.Clock())
	if own, present := p.Views.Access.Partner(r.who.Partner); present {
		waiting := p.Views.Response.Standing(r.who, own.ID, own.Sector, p.Clock()).Waiting
		for _, a := range actions {
			if slices.Contains(waiting, a.ID) {
				v.Asked = append(v.Asked, a)
			}
		}
	}
	v.Actions = actions[:min(len(actions), few)]
	v.ActionsMore = len(actions) - len(v.Actions)
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
