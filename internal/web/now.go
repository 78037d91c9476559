package web

import (
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/response"
)

// nowView is the first page: what rings, what is done about it, who is covered.
type nowView struct {
	Outbreaks   []ringing
	KillSwitch  []covered // must-resolve: shown first, for it must not be blocked
	Protections []covered
	Waiting     []protect.Protection // a person has to decide
	Actions     []response.Action
	Partners    int
	Known       struct{ Objects, Relations, Sightings int }
}

// ringing is an outbreak with what people ask first.
type ringing struct {
	outbreak.Outbreak
	Names []string // of the partners that reported
}

// covered is a protection and at how many partners it is in force.
type covered struct {
	protect.Protection
	InForce, Partners int
}

// few is how much of a list the first page shows.
const few = 8

func (p *pages) now(r reading) (content, error) {
	v := nowView{Partners: len(p.Views.Access.Partners())}
	for _, o := range p.Views.Outbreak.List() {
		v.Outbreaks = append(v.Outbreaks, ringing{o, p.partnerNames(o.Partners)})
	}
	slices.Reverse(v.Outbreaks)
	for _, c := range p.covered() {
		switch {
		case c.Status != protect.Active:
		case c.Polarity == protect.MustResolve:
			v.KillSwitch = append(v.KillSwitch, c)
		default:
			if c.Polarity == protect.Observe && c.By == access.Hub {
				v.Waiting = append(v.Waiting, c.Protection)
			}
			v.Protections = append(v.Protections, c)
		}
	}
	v.Actions = p.Views.Response.List(r.who, p.Clock())
	if len(v.Actions) > few {
		v.Actions = v.Actions[:few]
	}
	counts, err := p.Views.Catalog.Counts(r.Context())
	if err != nil {
		return content{}, err
	}
	v.Known.Objects, v.Known.Relations, v.Known.Sightings = int(counts.Objects), int(counts.Relations), int(counts.Sightings)
	return content{"now", "Now", "/", v}, nil
}

// covered are the protections, the newest first, with their coverage.
func (p *pages) covered() []covered {
	partners := len(p.Views.Access.Partners())
	var list []covered
	for _, one := range slices.Backward(p.Views.Protect.List()) {
		list = append(list, covered{one, p.Views.Protect.InForce(one.ID), partners})
	}
	return list
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

// Heard is how long it took from what was first seen to the alarm, in the time
// of the telemetry.
func (r ringing) Heard() time.Duration { return r.Raised.Sub(r.FirstSeen).Round(time.Second) }
