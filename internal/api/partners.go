package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

type body[T any] struct{ Body T }

// decide appends what was drafted on an act of security, in the name of who
// asked for it. The caller holds Deciding since before it drafted.
func (a *API) decide(ctx context.Context, who access.Principal, drafts ...ledger.Draft) error {
	return a.Views.Decide(ctx, who, drafts...)
}

func (a *API) partners() {
	pages := a.placesOf("partners")
	operation(a, huma.Operation{OperationID: "me", Method: http.MethodGet, Path: "/me", Summary: "Whose token this is"},
		access.Viewer, func(_ context.Context, who access.Principal, _ *struct{}) (*body[me], error) {
			p, _ := a.Views.Access.Partner(who.Partner)
			return &body[me]{me{Partner: p, Role: who.Role, Communities: who.Communities, ClientOf: who.ClientOf, Scopes: who.Scopes, Expires: who.Expires}}, nil
		})
	operation(a, huma.Operation{OperationID: "list-partners", Method: http.MethodGet, Path: "/partners", Summary: "Who takes part"},
		access.Viewer, func(_ context.Context, who access.Principal, in *struct{ WholeQuery }) (*body[partnerList], error) {
			list, more, err := paged(who, pages, a.Views.Access.Partners(), in.page(), func(p access.Partner) string { return p.Name + "\x00" + string(p.ID) })
			return &body[partnerList]{partnerList{list, more}}, err
		})
	operation(a, huma.Operation{OperationID: "add-partner", Method: http.MethodPost, Path: "/partners", Summary: "Let a partner in", DefaultStatus: http.StatusCreated},
		access.Administrator, func(ctx context.Context, who access.Principal, in *body[newPartner]) (*body[access.Partner], error) {
			defer a.Views.Access.Deciding()()
			p, draft, err := a.Views.Access.JoinAs(in.Body.Name, in.Body.Sector, strings.ToUpper(in.Body.Country), in.Body.Kind,
				access.Standing{Organisation: in.Body.Organisation, Designated: in.Body.Designated, Canary: in.Body.Canary})
			if err != nil {
				return nil, err
			}
			if err := a.decide(ctx, who, draft); err != nil {
				return nil, err
			}
			p, _ = a.Views.Access.Partner(p.ID)
			return &body[access.Partner]{p}, nil
		})
	operation(a, huma.Operation{OperationID: "change-partner", Method: http.MethodPatch, Path: "/partners/{id}", Summary: "Change how a partner's word weighs; what is left out stays"},
		access.Administrator, func(ctx context.Context, who access.Principal, in *struct {
			ID   access.PartnerID `path:"id"`
			Body partnerChange
		}) (*body[access.Partner], error) {
			defer a.Views.Access.Deciding()()
			draft, err := a.Views.Access.Designate(in.ID, access.Change{Organisation: in.Body.Organisation, Designated: in.Body.Designated, Canary: in.Body.Canary}, in.Body.Reason)
			if err != nil {
				return nil, err
			}
			if err := a.decide(ctx, who, draft); err != nil {
				return nil, err
			}
			p, _ := a.Views.Access.Partner(in.ID)
			return &body[access.Partner]{p}, nil
		})
	operation(a, huma.Operation{OperationID: "dismiss-partner", Method: http.MethodPost, Path: "/partners/{id}/dismissal", Summary: "End a partner's taking part, and its tokens, people and memberships with it", DefaultStatus: http.StatusNoContent},
		access.Administrator, func(ctx context.Context, who access.Principal, in *struct {
			ID   access.PartnerID `path:"id"`
			Body because
		}) (*struct{}, error) {
			defer a.Views.Access.Deciding()()
			draft, err := a.Views.Access.DismissFor(who, in.ID, in.Body.Reason)
			if err != nil {
				return nil, err
			}
			return nil, a.decide(ctx, who, draft)
		})
}

type me struct {
	access.Partner
	Role        access.Role        `json:"role"`
	Communities []string           `json:"communities"`
	ClientOf    []access.PartnerID `json:"client_of,omitempty" doc:"partners that list this one as their client"`
	Scopes      []access.Scope     `json:"scopes,omitempty"`
	Expires     time.Time          `json:"expires,omitzero"`
}

type partnerList struct {
	Partners []access.Partner `json:"partners"`
	More     string           `json:"more,omitempty" doc:"there are more: after this"`
}

type newPartner struct {
	Name    string `json:"name"`
	Sector  string `json:"sector" doc:"STIX industry-sector-ov"`
	Country string `json:"country" doc:"ISO 3166-1 alpha-2"`
	Kind    string `json:"kind"`

	Organisation string `json:"organisation,omitempty" doc:"a word: partners of one organisation count as one voice"`
	Designated   bool   `json:"designated,omitempty" doc:"its word needs no corroboration"`
	Canary       bool   `json:"canary,omitempty" doc:"what automation decides about more than one name or address is in force there first"`
}

type partnerChange struct {
	Organisation *string `json:"organisation,omitempty" doc:"a word; empty takes the partner out of its organisation"`
	Designated   *bool   `json:"designated,omitempty"`
	Canary       *bool   `json:"canary,omitempty" doc:"what automation decides about more than one name or address is in force there first"`
	Reason       string  `json:"reason" doc:"why, for the audit and the community"`
}

type because struct {
	Reason string `json:"reason" doc:"why, for the audit"`
}

// leaving ends somebody or something that may have issued tokens.
type leaving struct {
	Reason string       `json:"reason" doc:"why, for the audit"`
	Tokens access.Heirs `json:"tokens,omitempty" enum:"revoke,keep" doc:"what becomes of the tokens that it issued, and of those issued with them: left out, those of its own partner are revoked with it, and an administrator's are kept"`
}
