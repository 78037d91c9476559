package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/response"
)

func (a *API) actions() {
	board := a.Views.Response
	operation(a, huma.Operation{OperationID: "list-actions", Method: http.MethodGet, Path: "/actions", Summary: "The board: what is asked for, who has committed, what is done"},
		access.Viewer, func(_ context.Context, who access.Principal, _ *struct{}) (*body[actionList], error) {
			return &body[actionList]{actionList{board.List(who, a.Clock())}}, nil
		})
	operation(a, huma.Operation{OperationID: "action", Method: http.MethodGet, Path: "/actions/{id}", Summary: "One action with its history"},
		access.Viewer, func(_ context.Context, who access.Principal, in *actionPath) (*body[response.Action], error) {
			action, err := board.Get(who, in.ID, a.Clock())
			return &body[response.Action]{action}, err
		})
	operation(a, huma.Operation{OperationID: "open-action", Method: http.MethodPost, Path: "/actions", Summary: "Ask for an action, or volunteer one", DefaultStatus: http.StatusCreated},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[response.Opening]) (*body[response.Action], error) {
			id, draft, err := board.Open(who, in.Body)
			return a.actionAfter(ctx, who, id, draft, err)
		})
	operation(a, huma.Operation{OperationID: "commit", Method: http.MethodPost, Path: "/commitments", Summary: "Commit to an action", DefaultStatus: http.StatusCreated},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[response.Promise]) (*body[response.Action], error) {
			draft, err := board.Commit(who, in.Body)
			return a.actionAfter(ctx, who, in.Body.Action, draft, err)
		})
	operation(a, huma.Operation{OperationID: "report-done", Method: http.MethodPost, Path: "/commitments/done", Summary: "Report a commitment done, with evidence"},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[response.Completion]) (*body[response.Action], error) {
			draft, err := board.Done(who, in.Body)
			return a.actionAfter(ctx, who, in.Body.Action, draft, err)
		})
	operation(a, huma.Operation{OperationID: "roll-back", Method: http.MethodPost, Path: "/commitments/rollback", Summary: "Take back what was done"},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[response.Reversal]) (*body[response.Action], error) {
			draft, err := board.RollBack(who, in.Body)
			return a.actionAfter(ctx, who, in.Body.Action, draft, err)
		})
	operation(a, huma.Operation{OperationID: "cancel-action", Method: http.MethodPost, Path: "/actions/cancellation", Summary: "Call an action off"},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[response.Reversal]) (*body[response.Action], error) {
			draft, err := board.Cancel(who, in.Body)
			return a.actionAfter(ctx, who, in.Body.Action, draft, err)
		})
	operation(a, huma.Operation{OperationID: "answers", Method: http.MethodGet, Path: "/actions/{id}/answers", Summary: "Who answered the call, and after how long"},
		access.Viewer, func(_ context.Context, who access.Principal, in *actionPath) (*body[answerList], error) {
			answers, err := board.Answers(who, in.ID)
			return &body[answerList]{answerList{answers}}, err
		})
}

type actionPath struct {
	ID response.ActionID `path:"id"`
}

type actionList struct {
	Actions []response.Action `json:"actions"`
}

type answerList struct {
	Answers []response.Answer `json:"answers"`
}

// actionAfter appends what was drafted and gives the action as it stands then.
func (a *API) actionAfter(ctx context.Context, who access.Principal, id response.ActionID, draft ledger.Draft, err error) (*body[response.Action], error) {
	if err != nil {
		return nil, err
	}
	if _, err := a.Views.Append(ctx, draft); err != nil {
		return nil, err
	}
	action, err := a.Views.Response.Get(who, id, a.Clock())
	return &body[response.Action]{action}, err
}
