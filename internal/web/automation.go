package web

import (
	"fmt"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// automationState is where automation is stopped, as far as the reader is told: it
// stands at the top of the pages of protections.
type automationState struct {
	Hub     *stopView  // the whole hub's
	Stops   []stopView // others
	Further int
	Halts   bool // the reader can stop something
}

// stopView is a stop with names.
type stopView struct {
	protect.Stop
	Name  string // of who rang it
	Where string // the partner's name
	May   bool   // the reader can end it
}

// maxShownStops is how many stops a page shows.
const maxShownStops = 50

func (p *pages) automationState(r reading) automationState {
	s := automationState{Halts: r.may() || r.coordinates()}
	for _, one := range p.Views.Protect.StopsFor(r.who) {
		v := stopView{Stop: one, Name: p.decider(one.By), May: r.who.AtLeast(access.Coordinator) || one.Scope != protect.ScopeHub && one.Partner == r.who.Partner && r.may()}
		if one.Scope == protect.ScopeHub {
			s.Hub = &v
			continue
		}
		v.Where = p.nameOf(string(one.Partner))
		if len(s.Stops) < maxShownStops {
			s.Stops = append(s.Stops, v)
		} else {
			s.Further++
		}
	}
	return s
}

// automationPage is where automation is stopped, and goes on.
type automationPage struct {
	tried
	Done string
	automationState
	Coordinates bool // of the hub, and of any partner
	Own         string
	Waiting     int  // values that the rule would decide about and may not now
	Unheard     bool // the stop that was just rung is at an outlet that nobody has heard of
}

var automationDone = map[string]string{"stop": "protections.automation.stopped", "resume": "protections.automation.resumed"}

func (p *pages) automationPage(r reading) (content, error) {
	v := automationPage{tried: r.tried.among("stop-hub", "stop-own", "stop-partner", "resume"), automationState: p.automationState(r), Coordinates: r.who.AtLeast(access.Coordinator)}
	if own, present := p.Views.Access.Partner(r.who.Partner); present && r.may() {
		v.Own = own.Name
	}
	if v.Coordinates {
		v.Waiting = p.Views.Protect.Held(p.Clock())
	}
	if key, known := automationDone[r.URL.Query().Get("done")]; known {
		v.Done = english.say(key, nil)
	}
	v.Unheard = r.URL.Query().Has("unheard")
	return content{"automation", english.say("protections.automation", nil), "/protections", v}, nil
}

// halt stops automation, or has it go on.
func (p *pages) halt(r reading, act string) (string, error) {
	stop := protect.Stop{Scope: protect.ScopeHub, On: true, Reason: words(r, "reason"), Outlet: strings.TrimSpace(r.PostForm.Get("outlet"))}
	switch act {
	case "stop-hub":
		stop.Outlet = ""
	case "stop-own":
		stop.Scope, stop.Partner = protect.ScopePartner, r.who.Partner
	case "stop-partner":
		ids, err := p.partnersNamed(r, "partner")
		if err != nil {
			return "", err
		}
		if len(ids) != 1 {
			return "", fmt.Errorf("%w: partner: name one", access.ErrInvalid)
		}
		stop.Scope, stop.Partner = protect.ScopePartner, ids[0]
	case "resume":
		stop.On, stop.Scope, stop.Partner = false, protect.Scope(r.PostForm.Get("scope")), access.PartnerID(r.PostForm.Get("partner"))
	default:
		return "", unknownAct(act)
	}
	if stop.Outlet != "" && stop.Scope == protect.ScopePartner {
		stop.Scope = protect.ScopeOutlet
	}
	draft, err := p.Views.Protect.Halt(r.who, stop, p.Clock())
	if err := p.append(r, draft, err); err != nil {
		return "", err
	}
	if !stop.On {
		return "/protections/automation?done=resume", nil
	}
	to := "/protections/automation?done=stop"
	if stop.Scope == protect.ScopeOutlet {
		if _, unheard := p.Views.Protect.Unheard(stop.Partner, stop.Outlet); unheard {
			to += "&unheard=yes"
		}
	}
	return to, nil
}
