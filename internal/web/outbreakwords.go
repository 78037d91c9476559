package web

import (
	"github.com/tocsin-project/tocsin/internal/chronicle"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/response"
)

// storyWords are the texts of what happened, by the kind of its entry.
var storyWords = map[ledger.Kind]string{
	outbreak.KindRaised: "outbreak.event.raised", outbreak.KindGrown: "outbreak.event.grown", outbreak.KindMerged: "outbreak.event.merged",
	outbreak.KindEnded: "outbreak.event.ended", outbreak.KindWord: "outbreak.event.word", chronicle.KindJoined: "outbreak.event.joined",
	response.KindOpened: "outbreak.event.opened", response.KindApproved: "outbreak.event.approved", response.KindRefused: "outbreak.event.refused",
	response.KindCommitted: "outbreak.event.committed", response.KindDone: "outbreak.event.done", response.KindContested: "outbreak.event.contested",
	response.KindContestWithdrawn: "outbreak.event.contest-withdrawn", response.KindRolledBack: "outbreak.event.rolled-back",
	response.KindCancelled: "outbreak.event.cancelled", response.KindDeadlineMoved: "outbreak.event.deadline-moved",
	response.KindOwnerOffered: "outbreak.event.lead-offered", response.KindOwnerAccepted: "outbreak.event.lead-accepted",
	response.KindOwnerDeclined: "outbreak.event.lead-declined", response.KindOverdue: "outbreak.event.overdue",
}

// protectionWords are the texts of a decision, by the state that it brought.
var protectionWords = map[protect.Status]string{
	protect.Proposed: "outbreak.event.proposed", protect.Canary: "outbreak.event.canary", protect.Active: "outbreak.event.active",
	protect.Revoked: "outbreak.event.revoked", protect.Expired: "outbreak.event.expired",
}

// word puts a line in words, for a reader who may be told of it.
func (p *pages) word(r reading, h *happening) {
	e := h.event
	if e.Kind == "" {
		h.Who, h.Text = p.nameOf(h.by), english.say(h.text, h.view)
		return
	}
	h.Who = p.actorName(e.By)
	key := storyWords[e.Kind]
	switch h.Group {
	case "protection":
		key, h.Href, h.Title = protectionWords[e.Status], "/protections/why?value="+queried(e.Title), e.Title
	case "action":
		a, err := p.Views.Response.Get(r.who, response.ActionID(e.About), p.Clock())
		if err != nil {
			break // it was taken away meanwhile
		}
		h.Href, h.Title = "/actions/"+e.About, a.Title
	}
	h.Text = english.say(key, e)
}

// actorName is who acted, in words.
func (p *pages) actorName(actor string) string {
	if actor == "administrator" {
		return english.say("outbreak.administrator", nil)
	}
	return p.nameOf(actor)
}
