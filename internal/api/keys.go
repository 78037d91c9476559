package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/voters"
)

func (a *API) keys() {
	pages := a.placesOf("keys")
	operation(a, huma.Operation{OperationID: "list-keys", Method: http.MethodGet, Path: "/keys", Summary: "The keys that partners vote with, and those that have ended"},
		access.Viewer, func(_ context.Context, who access.Principal, in *struct {
			Partner access.PartnerID `query:"partner" doc:"only this partner's"`
			WholeQuery
		}) (*body[keyList], error) {
			held := a.Views.Voters.Keys(in.Partner)
			if in.Partner == "" {
				held = a.Views.Voters.List()
			}
			list, more, err := paged(who, pages, held, in.page(), func(h voters.Held) string { return h.Key })
			return &body[keyList]{keyList{list, more}}, err
		})
	operation(a, huma.Operation{OperationID: "act-on-key", Method: http.MethodPost, Path: "/keys", Summary: "Register, rotate or revoke a key; answers with the partner's keys", DefaultStatus: http.StatusCreated},
		access.Coordinator, func(ctx context.Context, who access.Principal, in *body[keyAct]) (*body[keyList], error) {
			act := in.Body
			if act.Partner == "" {
				act.Partner = who.Partner
			}
			if p, _ := a.Views.Access.Partner(act.Partner); p.ID == "" {
				return nil, notFound("partner %.100q: name the partner whose key it is", act.Partner)
			}
			draft, err := a.draftKey(who, act)
			if err != nil {
				return nil, err
			}
			entries, err := a.Views.Append(ctx, draft)
			if err != nil {
				return nil, err
			}
			// Between the draft and its entry another may have come.
			if _, stands := a.Views.Voters.Leaf(entries[0].Seq); !stands {
				return nil, fmt.Errorf("%s key: %w: another act on this partner's keys came first: look at them and try again", act.Act, access.ErrConflict)
			}
			return &body[keyList]{keyList{Keys: a.Views.Voters.Keys(act.Partner)}}, nil
		})
}

type keyList struct {
	Keys []voters.Held `json:"keys"`
	More string        `json:"more,omitempty" doc:"there are more: after this"`
}

type keyAct struct {
	Act       voters.Verb      `json:"act" enum:"register,rotate,revoke"`
	Partner   access.PartnerID `json:"partner,omitempty" doc:"whose key it is; the token's partner if not given"`
	Key       string           `json:"key" doc:"ed25519:BASE64, or webauthn:RPID:BASE64"`
	Previous  string           `json:"previous,omitempty" doc:"of a rotation: the key whose place it takes, which signs"`
	Signature string           `json:"signature,omitempty" doc:"base64; of a passkey authenticator data, client data and signature, joined with '.'"`
}

func (a *API) draftKey(who access.Principal, act keyAct) (ledger.Draft, error) {
	keys := a.Views.Voters
	switch act.Act {
	case voters.Register:
		if act.Previous != "" || act.Signature != "" {
			return ledger.Draft{}, fmt.Errorf("register key: %w: neither previous nor signature belongs to it", errInvalid)
		}
		return keys.Register(who, act.Partner, act.Key)
	case voters.Rotate:
		return keys.Rotate(who, act.Partner, act.Previous, act.Key, act.Signature)
	default:
		if act.Previous != "" {
			return ledger.Draft{}, fmt.Errorf("revoke key: %w: previous belongs to a rotation", errInvalid)
		}
		return keys.Revoke(who, act.Partner, act.Key, act.Signature)
	}
}
