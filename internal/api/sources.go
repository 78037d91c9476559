package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/pull"
)

func (a *API) sources() {
	pages := a.placesOf("sources")
	operation(a, huma.Operation{OperationID: "list-sources", Method: http.MethodGet, Path: "/sources", Summary: "What the hub pulls from elsewhere, and how that goes"},
		access.Coordinator, func(_ context.Context, who access.Principal, in *struct{ WholeQuery }) (*body[sourceList], error) {
			list := sourceList{Sources: []pull.Status{}}
			if a.Sources != nil {
				list.Sources = a.Sources()
			}
			var err error
			list.Sources, list.More, err = paged(who, pages, list.Sources, in.page(), func(s pull.Status) string { return s.Name })
			return &body[sourceList]{list}, err
		})
}

type sourceList struct {
	Sources []pull.Status `json:"sources"`
	More    string        `json:"more,omitempty" doc:"there are more: after this"`
}
