package web

import (
	"fmt"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/response"
)

// actionDone is what the page of an action says after a form.
var actionDone = map[string]string{
	"open":     english.say("work.done.open", nil),
	"commit":   english.say("work.done.commit", nil),
	"done":     english.say("work.done.done", nil),
	"rollback": english.say("work.done.rollback", nil),
	"approve":  english.say("work.done.approve", nil),
	"refuse":   english.say("work.done.refuse", nil),
	"contest":  english.say("work.done.contest", nil),
	"convince": english.say("work.done.convince", nil),
	"cancel":   english.say("work.done.cancel", nil),
	"offer":    english.say("work.done.offer", nil),
	"accept":   english.say("work.done.accept", nil),
	"decline":  english.say("work.done.decline", nil),
}

// eventWords are the steps of an action's history, in words.
var eventWords = map[ledger.Kind]string{
	response.KindOpened: english.say("work.step.opened", nil), response.KindApproved: english.say("work.step.approved", nil), response.KindRefused: english.say("work.step.refused", nil),
	response.KindCommitted: english.say("work.step.committed", nil), response.KindDone: english.say("work.step.done", nil), response.KindContested: english.say("work.step.contested", nil),
	response.KindContestWithdrawn: english.say("work.step.contest-withdrawn", nil), response.KindRolledBack: english.say("work.step.rolled-back", nil),
	response.KindCancelled: english.say("work.step.cancelled", nil), response.KindDeadlineMoved: english.say("work.step.deadline-moved", nil),
	response.KindOwnerOffered: english.say("work.step.owner-offered", nil), response.KindOwnerAccepted: english.say("work.step.owner-accepted", nil),
	response.KindOwnerDeclined: english.say("work.step.owner-declined", nil), response.KindOverdue: english.say("work.step.overdue", nil),
}

// changeAction takes a step of an action.
func (p *pages) changeAction(r reading, act string) (string, error) {
	id := response.ActionID(r.PathValue("id"))
	draft, err := p.step(r, act, id)
	if err := p.append(r, draft, err); err != nil {
		return "", err
	}
	return pathOfAction(id, act), nil
}

// step is the draft of what a form says.
func (p *pages) step(r reading, act string, id response.ActionID) (ledger.Draft, error) {
	board, reason := p.Views.Response, words(r, "reason")
	switch act {
	case "commit":
		deadline, err := moment("deadline", r.PostForm.Get("deadline"))
		if err != nil {
			return ledger.Draft{}, err
		}
		return board.Commit(r.who, response.Promise{Action: id, Note: words(r, "note"), Deadline: deadline})
	case "done":
		return board.Done(r.Context(), r.who, response.Completion{Action: id, Evidence: words(r, "evidence")})
	case "rollback":
		return board.RollBack(r.who, response.Reversal{Action: id, Reason: reason})
	case "approve", "refuse":
		return board.Approve(r.who, response.Approval{Action: id, Refused: act == "refuse", Reason: reason})
	case "contest", "convince":
		return board.Contest(r.who, response.Contest{Action: id, Partner: access.PartnerID(r.PostForm.Get("partner")), Reason: reason, Withdraw: act == "convince"})
	case "cancel":
		return board.Cancel(r.who, response.Reversal{Action: id, Reason: reason})
	case "offer":
		to, err := p.partnersNamed(r, "to")
		if err == nil && len(to) != 1 {
			err = fmt.Errorf("%w: to: name the partner that is to lead it, one", access.ErrInvalid)
		}
		if err != nil {
			return ledger.Draft{}, err
		}
		return board.HandOver(r.who, response.Handover{Action: id, To: to[0], Note: words(r, "note")})
	case "accept", "decline":
		return board.HandOver(r.who, response.Handover{Action: id, Answer: act, Note: words(r, "note")})
	}
	return ledger.Draft{}, unknownAct(act)
}
