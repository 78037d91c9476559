package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/pull"
)

func (a *API) sources() {
	operation(a, huma.Operation{OperationID: "list-sources", Method: http.MethodGet, Path: "/sources", Summary: "What the hub pulls from elsewhere, and how that goes"},
		access.Coordinator, func(context.Context, access.Principal, *struct{}) (*body[sourceList], error) {
			list := sourceList{Sources: []pull.Status{}}
			if a.Sources != nil {
				list.Sources = a.Sources()
			}
			return &body[sourceList]{list}, nil
		})
}

type sourceList struct {
	Sources []pull.Status `json:"sources"`
}
