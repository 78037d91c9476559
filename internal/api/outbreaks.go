package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/outbreak"
)

func (a *API) outbreaks() {
	operation(a, huma.Operation{OperationID: "list-outbreaks", Method: http.MethodGet, Path: "/outbreaks", Summary: "The alarms, the newest first"},
		access.Viewer, func(context.Context, access.Principal, *struct{}) (*body[outbreakList], error) {
			return &body[outbreakList]{outbreakList{a.Views.Outbreak.List()}}, nil
		})
	operation(a, huma.Operation{OperationID: "outbreak", Method: http.MethodGet, Path: "/outbreaks/{id}", Summary: "One alarm and what it rests on"},
		access.Viewer, func(_ context.Context, _ access.Principal, in *struct {
			ID string `path:"id"`
		}) (*body[outbreak.Outbreak], error) {
			o, ok := a.Views.Outbreak.Get(in.ID)
			if !ok {
				return nil, notFound("no outbreak has the id %q", in.ID)
			}
			return &body[outbreak.Outbreak]{o}, nil
		})
}

type outbreakList struct {
	Outbreaks []outbreak.Outbreak `json:"outbreaks"`
}
