package web

import (
	"html/template"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/response"
)

// nowView is the first page: what rings, what must answer, what needs the
// reader, who is covered, what is done.
type nowView struct {
	Outbreaks   []ringing
	Earlier     int       // outbreaks beyond those shown
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

// ringing is an outbreak with what people ask first.
type ringing struct {
	outbreak.Outbreak
	Names    []string  // of the partners that reported
	Recorded time.Time // when the ledger took the alarm; zero while it is being read
	Hosts    template.HTML
	Spread   template.HTML
	Behind   bool // the curves are still being read
}

// Heard is how long it took from what was first seen to the alarm, in the time
// of the telemetry.
func (r ringing) Heard() string { return lasted(r.Raised.Sub(r.FirstSeen)) }

// How much of each list the first page shows; the pages behind it have all.
const (
	few       = 8
	fewAlarms = 3
	maxMust   = 20
)

func (p *pages) now(r reading) (content, error) {
	partners := p.Views.Access.Partners()
	v := nowView{Partners: len(partners)}
	if err := p.ringing(r, &v); err != nil {
		return content{}, err
	}
	active, _ := p.decided()
	must := slices.IndexFunc(active, func(one protect.Protection) bool { return one.Polarity != protect.MustResolve })
	if must < 0 {
		must = len(active)
	}
	v.KillSwitch = p.coverage(active[:min(must, maxMust)], len(partners))
	v.InForce = len(active) - must
	v.Protections = p.coverage(active[must:min(len(active), must+few)], len(partners))
	for _, one := range active[must:] {
		if one.Polarity == protect.Observe && one.By == access.Hub && len(v.Waiting) < few {
			v.Waiting = append(v.Waiting, one)
		}
	}
	v.Cover = p.cover(r, active, partners)
	p.board(r, &v)
	return content{"now", "Now", "/", v}, nil
}

// ringing adds the newest outbreaks with their curves.
func (p *pages) ringing(r reading, v *nowView) error {
	list := p.Views.Outbreak.List()
	if len(list) == 0 {
		return nil
	}
	if err := p.reports.catchUp(r.Context(), p.Views.Ledger); err != nil {
		return err
	}
	slices.Reverse(list)
	v.Earlier = max(0, len(list)-fewAlarms)
	for _, o := range list[:min(len(list), fewAlarms)] {
		points, behind := p.reports.growth(o)
		v.Outbreaks = append(v.Outbreaks, ringing{
			Outbreak: o, Names: p.partnerNames(o.Partners), Recorded: p.reports.recorded(o.ID), Behind: behind,
			Hosts:  curve("Scanning hosts", "hosts", points, func(at point) int { return at.hosts }, o.Raised),
			Spread: curve("Reporting partners", "spread", points, func(at point) int { return at.partners }, o.Raised),
		})
	}
	return nil
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
