package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
)

func (a *API) collections() {
	pages := a.placesOf("collections")
	operation(a, huma.Operation{OperationID: "list-collections", Method: http.MethodGet, Path: "/collections", Summary: "The TAXII collections of the caller's communities; an administrator's are all"},
		access.Viewer, func(_ context.Context, who access.Principal, in *struct{ WholeQuery }) (*body[collectionList], error) {
			list := collectionList{Collections: []access.Collection{}}
			for _, c := range a.Views.Access.Communities() {
				if _, err := a.Views.Access.Community(who, c.ID); err == nil {
					list.Collections = append(list.Collections, a.Views.Access.Collections(c.ID)...)
				}
			}
			var err error
			list.Collections, list.More, err = paged(who, pages, list.Collections, in.page(), func(c access.Collection) string { return c.ID })
			return &body[collectionList]{list}, err
		})
	operation(a, huma.Operation{OperationID: "create-collection", Method: http.MethodPost, Path: "/collections", Summary: "Make a TAXII collection: a view of what a community shares", DefaultStatus: http.StatusCreated},
		access.Administrator, func(ctx context.Context, who access.Principal, in *body[newCollection]) (*body[access.Collection], error) {
			defer a.Views.Access.Deciding()()
			c, draft, err := a.Views.Access.NewCollection(access.Collection{
				Community: in.Body.Community, Title: in.Body.Title, Description: in.Body.Description,
				TLPs: in.Body.TLPs, Types: in.Body.Types, Labels: in.Body.Labels,
			})
			if err != nil {
				return nil, err
			}
			if err := a.decide(ctx, who, draft); err != nil {
				return nil, err
			}
			c, _ = a.Views.Access.Collection(c.ID)
			return &body[access.Collection]{c}, nil
		})
	operation(a, huma.Operation{OperationID: "remove-collection", Method: http.MethodDelete, Path: "/collections/{id}", Summary: "Remove a collection; the objects stay", DefaultStatus: http.StatusNoContent},
		access.Administrator, func(ctx context.Context, who access.Principal, in *struct {
			ID string `path:"id"`
		}) (*struct{}, error) {
			defer a.Views.Access.Deciding()()
			draft, err := a.Views.Access.RemoveCollection(in.ID)
			if err != nil {
				return nil, err
			}
			return nil, a.decide(ctx, who, draft)
		})
}

type collectionList struct {
	Collections []access.Collection `json:"collections"`
	More        string              `json:"more,omitempty" doc:"there are more: after this"`
}

type newCollection struct {
	Community   string       `json:"community,omitempty" doc:"default if not given"`
	Title       string       `json:"title"`
	Description string       `json:"description,omitempty"`
	TLPs        []access.TLP `json:"tlps,omitempty" maxItems:"5" doc:"objects of these levels; none: of any"`
	Types       []string     `json:"types,omitempty" maxItems:"100" doc:"objects of these STIX types; none: of any"`
	Labels      []string     `json:"labels,omitempty" maxItems:"100" doc:"objects with at least one of these labels; none: with any or none"`
}
