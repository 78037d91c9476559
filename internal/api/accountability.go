package api

import (
	"cmp"
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/response"
)

func (a *API) accountability() {
	board := a.Views.Response
	pages, partners := a.placesOf("accountability"), a.placesOf("accountability of partners")
	operation(a, huma.Operation{OperationID: "accountability", Method: http.MethodGet, Path: "/accountability", Summary: "What one's own partner promised and did, one by one; or another's that shows it, a day after each deadline"},
		access.Viewer, func(_ context.Context, who access.Principal, in *accountQuery) (*body[accountPage], error) {
			of, now := cmp.Or(in.Partner, who.Partner), a.Clock()
			account, err := board.Account(who, of, now)
			if err != nil {
				return nil, err
			}
			list, err := board.Dealings(who, of, now)
			if err != nil {
				return nil, err
			}
			page, more, err := paged(who, pages, list, in.PageQuery, func(d response.Dealing) string { return string(of) + " " + d.Key })
			return &body[accountPage]{accountPage{account, page, more}}, err
		})
	operation(a, huma.Operation{OperationID: "accountability-partners", Method: http.MethodGet, Path: "/accountability/partners", Summary: "What other partners promised and did: for coordinators all, for others those that show it to them; a day after each deadline, and no ranking"},
		access.Viewer, func(_ context.Context, who access.Principal, in *struct{ PageQuery }) (*body[accountList], error) {
			page, more, err := paged(who, partners, board.Accounts(who, a.Clock()), in.PageQuery, func(one response.Account) string { return string(one.Partner) })
			return &body[accountList]{accountList{page, more}}, err
		})
	operation(a, huma.Operation{OperationID: "accountability-summary", Method: http.MethodGet, Path: "/accountability/summary", Summary: "What all partners together promised and did, in groups of several organisations"},
		access.Viewer, func(_ context.Context, who access.Principal, _ *struct{}) (*body[response.AccountSummary], error) {
			sum, err := board.AccountSummary(who, a.Clock())
			return &body[response.AccountSummary]{sum}, err
		})
	operation(a, huma.Operation{OperationID: "explain", Method: http.MethodPost, Path: "/accountability/explanations", Summary: "Say something to a commitment of one's own partner, or to having been asked; it is shown beside it", DefaultStatus: http.StatusCreated},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[response.Explanation]) (*body[response.Explanation], error) {
			draft, err := board.Explain(who, in.Body)
			if err != nil {
				return nil, err
			}
			_, err = a.Views.Append(ctx, draft)
			return in, err
		})
	operation(a, huma.Operation{OperationID: "accountability-sharing", Method: http.MethodGet, Path: "/accountability/sharing", Summary: "To whom beside coordinators one's own partner shows what it kept"},
		access.Viewer, func(_ context.Context, who access.Principal, _ *struct{}) (*body[response.AccountSharing], error) {
			return &body[response.AccountSharing]{board.AccountShared(who)}, nil
		})
	operation(a, huma.Operation{OperationID: "share-accountability", Method: http.MethodPut, Path: "/accountability/sharing", Summary: "Choose to whom beside coordinators one's own partner shows what it kept"},
		access.Coordinator, func(ctx context.Context, who access.Principal, in *body[response.AccountSharing]) (*body[response.AccountSharing], error) {
			draft, err := board.ShareAccount(who, in.Body)
			if err != nil {
				return nil, err
			}
			if _, err := a.Views.Append(ctx, draft); err != nil {
				return nil, err
			}
			return &body[response.AccountSharing]{board.AccountShared(who)}, nil
		})
}

type accountQuery struct {
	PageQuery
	Partner access.PartnerID `query:"partner" doc:"another one; one's own if not given"`
}

type accountPage struct {
	response.Account
	Dealings []response.Dealing `json:"dealings"`
	More     string             `json:"more,omitempty" doc:"there are more: after this"`
}

type accountList struct {
	Accounts []response.Account `json:"accounts"`
	More     string             `json:"more,omitempty" doc:"there are more: after this"`
}
