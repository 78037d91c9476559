package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

func (a *API) protections() {
	pages, refused := a.placesOf("protections"), a.placesOf("refusals")
	operation(a, huma.Operation{OperationID: "list-protections", Method: http.MethodGet, Path: "/protections", Summary: "What engines should do about which value: of every value the latest decision, and open proposals"},
		access.Viewer, func(_ context.Context, who access.Principal, in *protectionQuery) (*body[protectionList], error) {
			return a.listProtections(who, in, pages)
		})
	operation(a, huma.Operation{OperationID: "ask-protection", Method: http.MethodPost, Path: "/protections", Summary: "Ask for a protection; a coordinator's is in force at once, another's is a proposal", DefaultStatus: http.StatusCreated},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[newProtection]) (*body[protect.Protection], error) {
			v, err := in.Body.observable()
			if err != nil {
				return nil, err
			}
			return given(a.Views.AskProtection(ctx, who, protect.Request{Value: v, Polarity: in.Body.Polarity, Reason: in.Body.Reason, TLP: in.Body.TLP}, a.Clock()))
		})
	operation(a, huma.Operation{OperationID: "confirm-protection", Method: http.MethodPost, Path: "/protections/confirm", Summary: "Confirm a must-resolve that another person asked for: it lasts from then on"},
		access.Coordinator, func(ctx context.Context, who access.Principal, in *body[valueBecause]) (*body[protect.Protection], error) {
			v, err := infer(in.Body.Value)
			if err != nil {
				return nil, err
			}
			return given(a.Views.ConfirmProtection(ctx, who, v, in.Body.Reason, a.Clock()))
		})
	operation(a, huma.Operation{OperationID: "recall-protection", Method: http.MethodPost, Path: "/protections/recall", Summary: "Recall a protection: as fast as the push"},
		access.Coordinator, func(ctx context.Context, who access.Principal, in *body[valueBecause]) (*body[protect.Protection], error) {
			v, err := infer(in.Body.Value)
			if err != nil {
				return nil, err
			}
			return given(a.Views.RecallProtection(ctx, who, v, in.Body.Reason, a.Clock()))
		})
	operation(a, huma.Operation{OperationID: "why-protection", Method: http.MethodGet, Path: "/protections/why", Summary: "The whole story of a value"},
		access.Viewer, func(_ context.Context, who access.Principal, in *struct {
			Value string `query:"value" required:"true"`
		}) (*body[protect.Story], error) {
			v, err := infer(in.Value)
			if err != nil {
				return nil, err
			}
			return &body[protect.Story]{a.story(who, v)}, nil
		})
	operation(a, huma.Operation{OperationID: "refusals", Method: http.MethodGet, Path: "/protections/refusals", Summary: "What was asked for and refused: one's own, for a coordinator all"},
		access.Viewer, func(_ context.Context, who access.Principal, in *struct{ WholeQuery }) (*body[refusalList], error) {
			list, more, err := paged(who, refused, a.Views.Protect.Refusals(who), in.page(), func(r protect.PartnerRefusal) string { return inOrder(r.Seq) })
			for i := range list {
				list[i].Seq = placeFor(who, list[i].Seq)
			}
			return &body[refusalList]{refusalList{list, more}}, err
		})
}

// placeFor is an entry's place in the ledger, which is an auditor's business:
// from two places others could tell how much they were not shown between them.
func placeFor(who access.Principal, seq ledger.Seq) ledger.Seq {
	if who.AtLeast(access.Administrator) {
		return seq
	}
	return 0
}

type refusalList struct {
	Refusals []protect.PartnerRefusal `json:"refusals"`
	More     string                   `json:"more,omitempty" doc:"there are more: after this"`
}

type newProtection struct {
	Value    string           `json:"value" doc:"a domain, address, prefix, URL or hash"`
	Type     observable.Type  `json:"type,omitempty" doc:"only where the value alone does not tell"`
	Polarity protect.Polarity `json:"polarity" enum:"block,observe,must-resolve"`
	Reason   string           `json:"reason"`
	TLP      access.TLP       `json:"tlp,omitempty" enum:"clear,green,amber,amber+strict" doc:"who is told of it; green, if it does not say"`
}

func (n newProtection) observable() (observable.Value, error) {
	if n.Type == "" {
		return infer(n.Value)
	}
	v, err := observable.New(n.Type, n.Value)
	if err != nil {
		return v, fmt.Errorf("%w: value: %w", errInvalid, err)
	}
	return v, nil
}

// valueBecause is a value of which something is decided, and why.
type valueBecause struct {
	Value  string `json:"value"`
	Reason string `json:"reason"`
}

func infer(text string) (observable.Value, error) {
	v, err := observable.Infer(text)
	if err != nil {
		return v, fmt.Errorf("%w: value: %w", errInvalid, err)
	}
	return v, nil
}

// given is a protection as a body.
func given(p protect.Protection, err error) (*body[protect.Protection], error) {
	if err != nil {
		return nil, err
	}
	return &body[protect.Protection]{p}, nil
}
