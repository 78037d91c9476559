package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/impact"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/outbreak"
)

func (a *API) impact() {
	board := a.Views.Impact
	operation(a, huma.Operation{OperationID: "report-impact", Method: http.MethodPost, Path: "/impact", Summary: "Report how you are hit: infected and disrupted apart; it replaces your last report of the same outbreak, country and criticality", DefaultStatus: http.StatusCreated},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[impact.Report]) (*body[ownImpact], error) {
			id, merged, err := a.incident(who, in.Body.Outbreak)
			if err != nil {
				return nil, err
			}
			in.Body.Outbreak = id
			draft, err := board.NewReport(who, in.Body, a.Clock())
			if err := a.told(ctx, draft, err); err != nil {
				return nil, err
			}
			return &body[ownImpact]{ownImpact{id, board.Own(who, id, merged...)}}, nil
		})
	operation(a, huma.Operation{OperationID: "impact", Method: http.MethodGet, Path: "/impact/{outbreak}", Summary: "Who is hit, health first: sums over at least as many organisations as the hub is set to, and your own"},
		access.Viewer, func(_ context.Context, who access.Principal, in *struct {
			Outbreak string `path:"outbreak"`
		}) (*body[impact.Board], error) {
			id, merged, err := a.incident(who, in.Outbreak)
			if err != nil {
				return nil, err
			}
			return &body[impact.Board]{board.Board(who, id, merged...)}, nil
		})
	operation(a, huma.Operation{OperationID: "impact-sharing", Method: http.MethodGet, Path: "/impact/sharing", Summary: "Whom you show your reports of impact to"},
		access.Viewer, func(_ context.Context, who access.Principal, _ *struct{}) (*body[impact.Sharing], error) {
			shared, err := board.Sharing(who)
			return &body[impact.Sharing]{shared}, err
		})
	operation(a, huma.Operation{OperationID: "share-impact", Method: http.MethodPut, Path: "/impact/sharing", Summary: "Say whom you show your reports of impact to, in place of those before"},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[impact.Sharing]) (*body[impact.Sharing], error) {
			if err := a.Views.Access.CheckAudience(who, access.Audience{TLP: access.Red, Recipients: in.Body.With}); err != nil {
				return nil, err
			}
			draft, err := board.Share(who, in.Body)
			if err := a.told(ctx, draft, err); err != nil {
				return nil, err
			}
			shared, err := board.Sharing(who)
			return &body[impact.Sharing]{shared}, err
		})
	pages := a.placesOf("ransom")
	operation(a, huma.Operation{OperationID: "report-ransom", Method: http.MethodPost, Path: "/ransom", Summary: "Report what is demanded, or was paid, at an address; it replaces your last report of the same", DefaultStatus: http.StatusCreated},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[newRansom]) (*body[impact.Ransom], error) {
			r, to := in.Body.Ransom, in.Body.Audience
			if r.Outbreak != "" {
				id, _, err := a.incident(who, r.Outbreak)
				if err != nil {
					return nil, err
				}
				r.Outbreak = id
			}
			if to.TLP == "" {
				to.TLP = access.Green
			}
			if err := a.Views.Access.CheckAudience(who, to); err != nil {
				return nil, err
			}
			draft, err := board.NewRansom(who, r, to, a.Clock())
			if err := a.told(ctx, draft, err); err != nil {
				return nil, err
			}
			return &body[impact.Ransom]{r}, json.Unmarshal(draft.Body, &r)
		})
	operation(a, huma.Operation{OperationID: "list-ransom", Method: http.MethodGet, Path: "/ransom", Summary: "Ransom demanded and paid by address: what each reporter says, never summed up over reporters"},
		access.Viewer, func(_ context.Context, who access.Principal, in *ransomQuery) (*body[walletList], error) {
			var of []string
			if in.Outbreak != "" {
				id, merged, err := a.incident(who, in.Outbreak)
				if err != nil {
					return nil, err
				}
				of = append(merged, id)
			}
			page, more, err := paged(who, pages, board.Wallets(who, of...), in.PageQuery, func(w impact.Wallet) string { return w.Asset + " " + w.Address })
			return &body[walletList]{walletList{page, more}}, err
		})
}

type ownImpact struct {
	Outbreak string         `json:"outbreak"`
	Own      []impact.Entry `json:"own"`
}

type newRansom struct {
	impact.Ransom
	Audience access.Audience `json:"audience,omitzero" doc:"the default community at TLP:GREEN, if it does not say"`
}

type ransomQuery struct {
	PageQuery
	Outbreak string `query:"outbreak" doc:"only of this outbreak"`
}

type walletList struct {
	Addresses []impact.Wallet `json:"addresses"`
	More      string          `json:"more,omitempty" doc:"there are more: after this"`
}

// told appends what was drafted.
func (a *API) told(ctx context.Context, draft ledger.Draft, err error) error {
	if err != nil {
		return err
	}
	_, err = a.Views.Append(ctx, draft)
	return err
}

// incident is the outbreak as which one goes on, and those that were merged into it,
// if the caller may be told of the one that it names.
func (a *API) incident(who access.Principal, id string) (goesOn string, merged []string, err error) {
	if _, err := a.outbreak(who, id); err != nil {
		return "", nil, err
	}
	goesOn, merged = outbreak.GoesOn(a.alarms(who), id)
	return goesOn, merged, nil
}
