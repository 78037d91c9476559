package web

import (
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/response"
)

// responseRoom is what partners do, and who was called.
var responseRoom = room{map[string]sheet{
	"actions": {actionsView{}, false}, "action": {actionView{}, false}, "action-new": {newActionView{}, true}, "calls": {callsView{}, false}, "call": {callView{}, false},
	"accountability": {accountabilityView{}, true},
}, func(p *pages, mux *router) {
	mux.HandleFunc("GET /actions", p.reader(p.actions))
	p.both(mux, "/actions/new", p.newAction, p.openAction)
	p.both(mux, "/actions/{id}", p.action, p.changeAction)
	p.both(mux, "/calls", p.calls, p.openCall)
	p.both(mux, "/calls/{id}", p.call, p.changeCall)
	p.both(mux, "/accountability", p.accountability, p.explainWork)
}}

// actionLine is an action in a list.
type actionLine struct {
	response.Action
	Leader string // by name
	Yours  bool   // it waits for the reader's partner
}

// Committed is how many parts it has that were not taken back.
func (a actionLine) Committed() int {
	n := a.Parts
	return n.Committed + n.Late + n.Contested + n.Done
}

// actionLines are actions for lists; yours says that they wait for the reader's partner.
func (p *pages) actionLines(list []response.Action, yours bool) []actionLine {
	lines := make([]actionLine, len(list))
	for i, a := range list {
		lines[i] = actionLine{a, p.nameOf(string(a.Owner)), yours}
	}
	return lines
}

// askedOf is of whom an action is asked, by name and in words.
func (p *pages) askedOf(a response.Action) []string {
	var list []string
	for _, asked := range a.AskedOf {
		kind, word, found := strings.Cut(asked, ":")
		switch {
		case strings.HasPrefix(asked, "identity--"):
			asked = p.nameOf(asked)
		case found:
			asked = kind + " " + word
		default:
			asked = "sector " + asked
		}
		list = append(list, asked)
	}
	return list
}

// organisationOf is what a partner counts as: its organisation, or itself.
func (p *pages) organisationOf(id access.PartnerID) string {
	if one, _ := p.Views.Access.Partner(id); one.Organisation != "" {
		return one.Organisation
	}
	return string(id)
}

// newestFirst turns a list around that has the oldest first.
func newestFirst[T any](list []T) []T {
	list = slices.Clone(list)
	slices.Reverse(list)
	return list
}
