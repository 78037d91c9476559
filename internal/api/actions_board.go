package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/response"
)

func (a *API) board() {
	board, pages := a.Views.Response, a.placesOf("actions")
	operation(a, huma.Operation{OperationID: "list-actions", Method: http.MethodGet, Path: "/actions", Summary: "The board: what is asked for, who has committed, what is done; the newest first"},
		access.Viewer, func(_ context.Context, who access.Principal, in *actionQuery) (*body[actionList], error) {
			q := in.ActionFilter.query()
			var err error
			if q.After, err = pages.at(who, in.After); err != nil {
				return nil, err
			}
			q.Limit, q.Brief = in.Limit, in.Brief
			list, next := board.Page(who, q, a.Clock())
			return &body[actionList]{actionList{list, pages.name(who, next)}}, nil
		})
	operation(a, huma.Operation{OperationID: "board", Method: http.MethodGet, Path: "/board", Summary: "The head of the board: how many actions and commitments are in which state"},
		access.Viewer, func(_ context.Context, who access.Principal, in *struct{ ActionFilter }) (*body[response.Summary], error) {
			return &body[response.Summary]{board.Summary(who, in.ActionFilter.query(), a.Clock())}, nil
		})
	operation(a, huma.Operation{OperationID: "action", Method: http.MethodGet, Path: "/actions/{id}", Summary: "One action with its history"},
		access.Viewer, func(_ context.Context, who access.Principal, in *actionPath) (*body[response.Action], error) {
			action, err := board.Get(who, in.ID, a.Clock())
			return &body[response.Action]{action}, err
		})
	operation(a, huma.Operation{OperationID: "answers", Method: http.MethodGet, Path: "/actions/{id}/answers", Summary: "Who committed, and after how long"},
		access.Viewer, func(_ context.Context, who access.Principal, in *actionPath) (*body[answerList], error) {
			answers, err := board.Answers(who, in.ID)
			return &body[answerList]{answerList{answers}}, err
		})
}

// ActionFilter says which actions are wanted.
type ActionFilter struct {
	Status      response.Status       `query:"status" enum:"open,refused,committed,contested,done,rolled-back,cancelled"`
	Kind        response.Kind         `query:"kind" enum:"takedown,account-shutdown,exploit-purge,sinkhole,patch,isolate,notify,assist"`
	Outbreak    string                `query:"outbreak" doc:"its id"`
	Template    string                `query:"template" doc:"the id of the one that opened them"`
	Partner     access.PartnerID      `query:"partner" doc:"that opened or leads it, was asked, or takes part"`
	Sector      string                `query:"sector" doc:"that was asked, or of which a partner was or takes part"`
	Approval    response.VerdictState `query:"approval" enum:"not-needed,waiting,approved,refused"`
	Overdue     bool                  `query:"overdue" doc:"only those of which a deadline has passed"`
	Volunteered bool                  `query:"volunteered" doc:"only those that nobody asked for"`
}

func (f ActionFilter) query() response.Query {
	return response.Query{
		Status: f.Status, Kind: f.Kind, Outbreak: f.Outbreak, Template: f.Template, Partner: f.Partner, Sector: f.Sector,
		Verdict: f.Approval, Overdue: f.Overdue, Volunteered: f.Volunteered,
	}
}

type actionQuery struct {
	ActionFilter
	PageQuery
	Brief bool `query:"brief" doc:"without commitments, waiting and history: a page holds more"`
}

type actionPath struct {
	ID response.ActionID `path:"id"`
}

type actionList struct {
	Actions []response.Action `json:"actions"`
	More    string            `json:"more,omitempty" doc:"there are more: after this; a page may hold fewer than its limit"`
}

type answerList struct {
	Answers []response.Answer `json:"answers"`
}
