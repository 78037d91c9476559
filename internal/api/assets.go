package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/observable"
)

func (a *API) assets() {
	pages := a.placesOf("assets")
	operation(a, huma.Operation{OperationID: "assets", Method: http.MethodGet, Path: "/assets", Summary: "What one's own partner has declared as its own, which automation does not block"},
		access.Viewer, func(_ context.Context, who access.Principal, in *struct{ WholeQuery }) (*body[assetList], error) {
			values, more, err := paged(who, pages, a.assetsOf(who).Values, in.page(), func(v string) string { return v })
			return &body[assetList]{assetList{values, more}}, err
		})
	operation(a, huma.Operation{OperationID: "declare-assets", Method: http.MethodPost, Path: "/assets", Summary: "Declare what is one's own partner's: names with what is below them, addresses, prefixes. It takes the place of what was declared before; nobody else is told"},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[newAssets]) (*body[assetList], error) {
			values := make([]observable.Value, 0, len(in.Body.Values))
			for i, text := range in.Body.Values {
				v, err := infer(text)
				if err != nil {
					return nil, fmt.Errorf("/values/%d: %w", i, err)
				}
				values = append(values, v)
			}
			draft, err := a.Views.Protect.Declare(who, values, a.Clock())
			if err != nil {
				return nil, err
			}
			if _, err := a.Views.Append(ctx, draft); err != nil {
				return nil, err
			}
			return &body[assetList]{a.assetsOf(who)}, nil
		})
}

func (a *API) assetsOf(who access.Principal) assetList {
	list := assetList{Values: []string{}}
	for _, v := range a.Views.Protect.AssetsOf(who) {
		list.Values = append(list.Values, v.Text)
	}
	return list
}

type newAssets struct {
	Values []string `json:"values" maxItems:"10000" doc:"all of them; none takes everything back"`
}

type assetList struct {
	Values []string `json:"values"`
	More   string   `json:"more,omitempty" doc:"there are more: after this"`
}
