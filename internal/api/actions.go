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
	operation(a, huma.Operation{OperationID: "open-action", Method: http.MethodPost, Path: "/actions", Summary: "Ask for an action, or volunteer one", DefaultStatus: http.StatusCreated},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[response.Opening]) (*body[response.Action], error) {
			to, err := a.Views.AudienceFor(who, in.Body.Outbreak, in.Body.Audience)
			if err != nil {
				return nil, err
			}
			in.Body.Audience = to
			id, draft, err := board.Open(who, in.Body)
			return a.actionAfter(ctx, who, id, draft, err)
		})
	operation(a, huma.Operation{OperationID: "commit", Method: http.MethodPost, Path: "/commitments", Summary: "Commit to an action; early names what should have been done before", DefaultStatus: http.StatusCreated},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[response.Promise]) (*body[response.Action], error) {
			draft, err := board.Commit(who, in.Body)
			return a.actionAfter(ctx, who, in.Body.Action, draft, err)
		})
	operation(a, huma.Operation{OperationID: "report-done", Method: http.MethodPost, Path: "/commitments/done", Summary: "Report a commitment done, with evidence: words, a URL, sha256:DIGEST, a contribution of one's own, a protection, or receipt:PROTECTION:OUTLET"},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[response.Completion]) (*body[response.Action], error) {
			draft, err := board.Done(ctx, who, in.Body)
			return a.actionAfter(ctx, who, in.Body.Action, draft, err)
		})
	operation(a, huma.Operation{OperationID: "roll-back", Method: http.MethodPost, Path: "/commitments/rollback", Summary: "Take back what was done"},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[response.Reversal]) (*body[response.Action], error) {
			draft, err := board.RollBack(who, in.Body)
			return a.actionAfter(ctx, who, in.Body.Action, draft, err)
		})
	operation(a, huma.Operation{OperationID: "contest-evidence", Method: http.MethodPost, Path: "/actions/contests", Summary: "Say that a partner's evidence of done does not convince, or take that back"},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[response.Contest]) (*body[response.Action], error) {
			draft, err := board.Contest(who, in.Body)
			return a.actionAfter(ctx, who, in.Body.Action, draft, err)
		})
	operation(a, huma.Operation{OperationID: "cancel-action", Method: http.MethodPost, Path: "/actions/cancellation", Summary: "Call an action off"},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[response.Reversal]) (*body[response.Action], error) {
			draft, err := board.Cancel(who, in.Body)
			return a.actionAfter(ctx, who, in.Body.Action, draft, err)
		})
	a.board()
	a.leads()
	a.templates()
}

func (a *API) leads() {
	board := a.Views.Response
	operation(a, huma.Operation{OperationID: "approve-action", Method: http.MethodPost, Path: "/actions/approvals", Summary: "Approve an action that another organisation opened, or refuse it with words"},
		access.Coordinator, func(ctx context.Context, who access.Principal, in *body[response.Approval]) (*body[response.Action], error) {
			draft, err := board.Approve(who, in.Body)
			return a.actionAfter(ctx, who, in.Body.Action, draft, err)
		})
	operation(a, huma.Operation{OperationID: "move-deadline", Method: http.MethodPost, Path: "/actions/deadlines", Summary: "Give an action that one leads another deadline, with a reason"},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[response.Move]) (*body[response.Action], error) {
			draft, err := board.MoveDeadline(who, in.Body, a.Clock())
			return a.actionAfter(ctx, who, in.Body.Action, draft, err)
		})
	operation(a, huma.Operation{OperationID: "hand-over-action", Method: http.MethodPost, Path: "/actions/owners", Summary: "Offer an action to another owner (to), or answer such an offer (answer)"},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[response.Handover]) (*body[response.Action], error) {
			draft, err := board.HandOver(who, in.Body)
			return a.actionAfter(ctx, who, in.Body.Action, draft, err)
		})
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
