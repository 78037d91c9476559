package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

func (a *API) clients() {
	pages := a.placesOf("clients")
	operation(a, huma.Operation{OperationID: "list-clients", Method: http.MethodGet, Path: "/clients", Summary: "Whom the caller's partner lists as clients, and who lists it"},
		access.Viewer, func(_ context.Context, who access.Principal, in *struct {
			Partner access.PartnerID `query:"partner" doc:"for an administrator: whose; the caller's own if not given"`
			WholeQuery
		}) (*body[clientList], error) {
			of := who.Partner
			if in.Partner != "" && in.Partner != of {
				if !who.AtLeast(access.Administrator) {
					return nil, errOthersClients
				}
				of = in.Partner
			}
			list, more, err := paged(who, pages, a.Views.Access.Clients(of), in.page(), func(p access.PartnerID) string { return string(p) })
			return &body[clientList]{clientList{Clients: list, ClientOf: a.Views.Access.ClientOf(of), More: more}}, err
		})
	operation(a, huma.Operation{OperationID: "list-client", Method: http.MethodPut, Path: "/clients/{partner}", Summary: "List a partner as a client of the caller's: it is told what that marks TLP:AMBER", DefaultStatus: http.StatusNoContent},
		access.Contributor, func(ctx context.Context, who access.Principal, in *clientPath) (*struct{}, error) {
			return a.listing(ctx, who, in.Partner, true)
		})
	operation(a, huma.Operation{OperationID: "unlist-client", Method: http.MethodDelete, Path: "/clients/{partner}", Summary: "Take a client off the list", DefaultStatus: http.StatusNoContent},
		access.Contributor, func(ctx context.Context, who access.Principal, in *clientPath) (*struct{}, error) {
			return a.listing(ctx, who, in.Partner, false)
		})
}

var errOthersClients = fmt.Errorf("%w: only an administrator sees the clients of another partner", errForbidden)

// listing puts a client on the list or takes it off. What is so already stays.
func (a *API) listing(ctx context.Context, who access.Principal, client access.PartnerID, on bool) (*struct{}, error) {
	defer a.Views.Access.Deciding()()
	var draft ledger.Draft
	var err error
	switch listed := slices.Contains(a.Views.Access.Clients(who.Partner), client); {
	case on && listed:
		return nil, nil
	case on:
		draft, err = a.Views.Access.ListClient(who, client)
	default:
		draft, err = a.Views.Access.UnlistClient(who, client)
	}
	if err != nil {
		return nil, err
	}
	return nil, a.decide(ctx, who, draft)
}

type clientPath struct {
	Partner access.PartnerID `path:"partner"`
}

type clientList struct {
	Clients  []access.PartnerID `json:"clients"`
	ClientOf []access.PartnerID `json:"client_of" doc:"whole on every page"`
	More     string             `json:"more,omitempty" doc:"there are more clients: after this"`
}
