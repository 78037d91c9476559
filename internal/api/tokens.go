package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
)

func (a *API) tokens() {
	pages := a.placesOf("tokens")
	operation(a, huma.Operation{OperationID: "list-tokens", Method: http.MethodGet, Path: "/tokens", Summary: "All tokens ever issued, never the secrets"},
		access.Administrator, func(_ context.Context, who access.Principal, in *struct{ WholeQuery }) (*body[tokenList], error) {
			page, more, err := paged(who, pages, a.Views.Access.Tokens(), in.page(), func(t access.Token) string { return sortable(t.Issued) + t.ID })
			list := tokenList{Tokens: []token{}, More: more}
			for _, t := range page {
				list.Tokens = append(list.Tokens, token{
					ID: t.ID, Partner: t.Partner, Role: t.Role, Scopes: t.Scopes, Description: t.Description,
					Issued: t.Issued, By: t.By, Expires: t.Expires, Revoked: t.Revoked, LastUsed: a.Views.Access.LastUsed(t.ID),
				})
			}
			return &body[tokenList]{list}, err
		})
	operation(a, huma.Operation{OperationID: "issue-token", Method: http.MethodPost, Path: "/tokens", Summary: "Issue a token; the secret is shown this once", DefaultStatus: http.StatusCreated},
		access.Administrator, func(ctx context.Context, who access.Principal, in *body[newToken]) (*body[issuedToken], error) {
			now := a.Clock()
			expires, err := access.ParseExpiry(in.Body.Expires, now)
			if err != nil {
				return nil, fmt.Errorf("issue token: %w", err)
			}
			defer a.Views.Access.Deciding()()
			t, secret, draft, err := a.Views.Access.IssueWith(in.Body.Partner, in.Body.Role,
				access.TokenOptions{Scopes: in.Body.Scopes, Expires: expires, Description: in.Body.Description, Certificate: in.Body.Certificate}, now)
			if err != nil {
				return nil, err
			}
			if err := a.decide(ctx, who, draft); err != nil {
				return nil, err
			}
			return &body[issuedToken]{shownOnce(t, secret)}, nil
		})
	operation(a, huma.Operation{OperationID: "revoke-token", Method: http.MethodPost, Path: "/tokens/{id}/revocation", Summary: "Revoke a token, and those that were issued with it", DefaultStatus: http.StatusNoContent},
		access.Administrator, func(ctx context.Context, who access.Principal, in *struct {
			ID   string `path:"id"`
			Body leaving
		}) (*struct{}, error) {
			defer a.Views.Access.Deciding()()
			drafts, err := a.Views.Access.RevokeWith(who, in.ID, in.Body.Reason, in.Body.Tokens)
			if err != nil {
				return nil, err
			}
			return nil, a.decide(ctx, who, drafts...)
		})
}

type tokenList struct {
	Tokens []token `json:"tokens"`
	More   string  `json:"more,omitempty" doc:"there are more: after this"`
}

// token is what may be shown of one.
type token struct {
	ID          string           `json:"id"`
	Partner     access.PartnerID `json:"partner" doc:"empty: the hub's own administrator"`
	Role        access.Role      `json:"role"`
	Scopes      []access.Scope   `json:"scopes,omitempty" doc:"none: everything that the role allows"`
	Description string           `json:"description,omitzero"`
	Issued      time.Time        `json:"issued"`
	By          string           `json:"by,omitempty" doc:"the person or the token that issued it"`
	Expires     time.Time        `json:"expires,omitzero"`
	Revoked     time.Time        `json:"revoked,omitzero"`
	LastUsed    time.Time        `json:"last_used,omitzero" doc:"since the hub started"`
}

type newToken struct {
	Partner     access.PartnerID `json:"partner" doc:"a partner's id, or hub for another administrator of the hub itself"`
	Role        access.Role      `json:"role"`
	Scopes      []access.Scope   `json:"scopes,omitempty" maxItems:"20" doc:"what it is confined to: taxii, api, stream, feeds, log or metrics, each alone or with :read or :write"`
	Expires     string           `json:"expires,omitempty" doc:"an RFC 3339 time, or how long from now: 12h, 90d"`
	Description string           `json:"description,omitempty" doc:"what it is for"`
	Certificate string           `json:"certificate,omitempty" maxLength:"20000" doc:"a TLS client certificate in PEM that stands for the token; there is no secret then"`
}

type issuedToken struct {
	ID      string           `json:"id"`
	Token   string           `json:"token,omitempty" doc:"the secret; it cannot be shown again"`
	Partner access.PartnerID `json:"partner"`
	Role    access.Role      `json:"role"`
	Scopes  []access.Scope   `json:"scopes,omitempty"`
	Expires time.Time        `json:"expires,omitzero"`
}

func shownOnce(t access.Token, secret string) issuedToken {
	return issuedToken{ID: t.ID, Token: secret, Partner: t.Partner, Role: t.Role, Scopes: t.Scopes, Expires: t.Expires}
}
