package chronicle

import (
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/response"
)

// action is one that answers an outbreak.
type action struct {
	id       response.ActionID
	of       *story
	by       access.PartnerID
	audience access.Audience
	steps    []Step
}

// Step is something that happened to an action.
type Step struct {
	At      time.Time
	Seq     ledger.Seq
	Kind    ledger.Kind
	Partner access.PartnerID
	Status  response.Status // of the action from then on
	to      marked
}

// opened takes an action, if the room took it.
func (s *State) opened(e ledger.Entry, o response.Opening) {
	of := s.stories[o.Outbreak]
	stand, known := s.rooms.Actions.Stands(o.ID)
	audience, err := access.ParseAudience(e.Audience)
	if of == nil || !known || err != nil || s.actions[o.ID] != nil || len(of.actions) >= maxActions {
		return
	}
	a := &action{id: o.ID, of: of, by: access.PartnerID(e.Actor), audience: audience}
	a.steps = []Step{{e.Time, e.Seq, e.Kind, a.by, stand.Status, markedOf(e)}}
	s.actions[o.ID] = a
	of.actions = append(of.actions, a)
}

// stepOf is what every step of an action names.
type stepOf struct {
	Action  response.ActionID `json:"action"`
	Partner access.PartnerID  `json:"partner"` // whose part is overdue
}

// step notes how an action stands after an entry about it.
func (s *State) step(e ledger.Entry, body stepOf) {
	a := s.actions[body.Action]
	if a == nil {
		return
	}
	stand, known := s.rooms.Actions.Stands(a.id)
	if !known || stand.Moot {
		return
	}
	who := access.PartnerID(e.Actor)
	if e.Kind == response.KindOverdue && body.Partner != "" {
		who = body.Partner
	}
	next := Step{e.Time, e.Seq, e.Kind, who, stand.Status, markedOf(e)}
	if a.of.steps++; a.of.steps > maxSteps {
		a.steps[len(a.steps)-1] = next // the latest stands; what was between is on the ledger
		return
	}
	a.steps = append(a.steps, next)
}

// status is how the action stood at a moment; false before it was opened.
func (a *action) status(t time.Time) (response.Status, bool) {
	n := countUntil(a, t)
	if n == 0 {
		return "", false
	}
	return a.steps[n-1].Status, true
}
