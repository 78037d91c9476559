package api

import (
	"context"
	"net/http"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
)

type body[T any] struct{ Body T }

func (a *API) partners() {
	var joining sync.Mutex // no two partners with one name

	operation(a, huma.Operation{OperationID: "me", Method: http.MethodGet, Path: "/me", Summary: "Whose token this is"},
		access.Viewer, func(_ context.Context, who access.Principal, _ *struct{}) (*body[me], error) {
			p, _ := a.Views.Access.Partner(who.Partner)
			return &body[me]{me{Partner: p, Role: who.Role}}, nil
		})
	operation(a, huma.Operation{OperationID: "list-partners", Method: http.MethodGet, Path: "/partners", Summary: "Who takes part"},
		access.Viewer, func(context.Context, access.Principal, *struct{}) (*body[partnerList], error) {
			return &body[partnerList]{partnerList{a.Views.Access.Partners()}}, nil
		})
	operation(a, huma.Operation{OperationID: "add-partner", Method: http.MethodPost, Path: "/partners", Summary: "Let a partner in", DefaultStatus: http.StatusCreated},
		access.Administrator, func(ctx context.Context, _ access.Principal, in *body[newPartner]) (*body[access.Partner], error) {
			joining.Lock()
			defer joining.Unlock()
			p, draft, err := a.Views.Access.Join(in.Body.Name, in.Body.Sector, strings.ToUpper(in.Body.Country), in.Body.Kind)
			if err != nil {
				return nil, err
			}
			if _, err := a.Views.Append(ctx, draft); err != nil {
				return nil, err
			}
			p, _ = a.Views.Access.Partner(p.ID)
			return &body[access.Partner]{p}, nil
		})
	operation(a, huma.Operation{OperationID: "dismiss-partner", Method: http.MethodPost, Path: "/partners/{id}/dismissal", Summary: "End a partner's taking part, and all its tokens", DefaultStatus: http.StatusNoContent},
		access.Administrator, func(ctx context.Context, _ access.Principal, in *struct {
			ID   access.PartnerID `path:"id"`
			Body because
		}) (*struct{}, error) {
			draft, err := a.Views.Access.Dismiss(in.ID, in.Body.Reason)
			if err != nil {
				return nil, err
			}
			_, err = a.Views.Append(ctx, draft)
			return nil, err
		})
}

type me struct {
	access.Partner
	Role access.Role `json:"role"`
}

type partnerList struct {
	Partners []access.Partner `json:"partners"`
}

type newPartner struct {
	Name    string `json:"name"`
	Sector  string `json:"sector" doc:"STIX industry-sector-ov"`
	Country string `json:"country" doc:"ISO 3166-1 alpha-2"`
	Kind    string `json:"kind"`
}

type because struct {
	Reason string `json:"reason" doc:"why, for the audit"`
}

func (a *API) tokens() {
	operation(a, huma.Operation{OperationID: "list-tokens", Method: http.MethodGet, Path: "/tokens", Summary: "All tokens ever issued, never the secrets"},
		access.Administrator, func(context.Context, access.Principal, *struct{}) (*body[tokenList], error) {
			return &body[tokenList]{tokenList{a.Views.Access.Tokens()}}, nil
		})
	operation(a, huma.Operation{OperationID: "issue-token", Method: http.MethodPost, Path: "/tokens", Summary: "Issue a token; the secret is shown this once", DefaultStatus: http.StatusCreated},
		access.Administrator, func(ctx context.Context, _ access.Principal, in *body[newToken]) (*body[issuedToken], error) {
			t, secret, draft, err := a.Views.Access.Issue(in.Body.Partner, in.Body.Role, a.Clock())
			if err != nil {
				return nil, err
			}
			if _, err := a.Views.Append(ctx, draft); err != nil {
				return nil, err
			}
			return &body[issuedToken]{issuedToken{ID: t.ID, Token: secret, Partner: t.Partner, Role: t.Role}}, nil
		})
	operation(a, huma.Operation{OperationID: "revoke-token", Method: http.MethodPost, Path: "/tokens/{id}/revocation", Summary: "Revoke a token", DefaultStatus: http.StatusNoContent},
		access.Administrator, func(ctx context.Context, _ access.Principal, in *struct {
			ID   string `path:"id"`
			Body because
		}) (*struct{}, error) {
			draft, err := a.Views.Access.Revoke(in.ID, in.Body.Reason)
			if err != nil {
				return nil, err
			}
			_, err = a.Views.Append(ctx, draft)
			return nil, err
		})
}

type tokenList struct {
	Tokens []access.Token `json:"tokens"`
}

type newToken struct {
	Partner access.PartnerID `json:"partner"`
	Role    access.Role      `json:"role"`
}

type issuedToken struct {
	ID      string           `json:"id"`
	Token   string           `json:"token" doc:"the secret; it cannot be shown again"`
	Partner access.PartnerID `json:"partner"`
	Role    access.Role      `json:"role"`
}
