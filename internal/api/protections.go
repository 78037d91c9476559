package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

func (a *API) protections() {
	operation(a, huma.Operation{OperationID: "list-protections", Method: http.MethodGet, Path: "/protections", Summary: "What engines should do about which value"},
		access.Viewer, func(context.Context, access.Principal, *struct{}) (*body[protectionList], error) {
			return &body[protectionList]{protectionList{a.Views.Protect.List()}}, nil
		})
	operation(a, huma.Operation{OperationID: "ask-protection", Method: http.MethodPost, Path: "/protections", Summary: "Ask for a protection; a coordinator's is in force at once, another's is a proposal", DefaultStatus: http.StatusCreated},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[newProtection]) (*body[protect.Protection], error) {
			v, err := in.Body.observable()
			if err != nil {
				return nil, err
			}
			draft, err := a.Views.Protect.Ask(who, v, in.Body.Polarity, in.Body.Reason, a.Clock())
			var refused *protect.Refused
			if errors.As(err, &refused) {
				// The refusal itself is worth remembering: who asked for what, and which guard said no.
				if _, failed := a.Views.Append(ctx, draft); failed != nil {
					return nil, failed
				}
			}
			return a.protectionAfter(ctx, v, draft, err)
		})
	operation(a, huma.Operation{OperationID: "recall-protection", Method: http.MethodPost, Path: "/protections/recall", Summary: "Recall a protection: as fast as the push"},
		access.Coordinator, func(ctx context.Context, who access.Principal, in *body[recall]) (*body[protect.Protection], error) {
			v, err := infer(in.Body.Value)
			if err != nil {
				return nil, err
			}
			draft, err := a.Views.Protect.Recall(who, v, in.Body.Reason, a.Clock())
			return a.protectionAfter(ctx, v, draft, err)
		})
	operation(a, huma.Operation{OperationID: "why-protection", Method: http.MethodGet, Path: "/protections/why", Summary: "The whole story of a value"},
		access.Viewer, func(_ context.Context, who access.Principal, in *struct {
			Value string `query:"value" required:"true"`
		}) (*body[protect.Story], error) {
			v, err := infer(in.Value)
			if err != nil {
				return nil, err
			}
			story := a.Views.Protect.Why(who, v)
			for i := range story.Events {
				story.Events[i].Seq = placeFor(who, story.Events[i].Seq)
			}
			return &body[protect.Story]{story}, nil
		})
	operation(a, huma.Operation{OperationID: "refusals", Method: http.MethodGet, Path: "/protections/refusals", Summary: "What was asked for and refused: one's own, for a coordinator all"},
		access.Viewer, func(_ context.Context, who access.Principal, _ *struct{}) (*body[refusalList], error) {
			list := a.Views.Protect.Refusals(who)
			for i := range list {
				list[i].Seq = placeFor(who, list[i].Seq)
			}
			return &body[refusalList]{refusalList{list}}, nil
		})
	operation(a, huma.Operation{OperationID: "receipts", Method: http.MethodGet, Path: "/protections/{id}/receipts", Summary: "Who has it in force: one's own receipts, for a coordinator all"},
		access.Viewer, func(_ context.Context, who access.Principal, in *struct {
			ID string `path:"id"`
		}) (*body[receiptList], error) {
			return &body[receiptList]{receiptList{a.Views.Protect.Receipts(who, in.ID)}}, nil
		})
	operation(a, huma.Operation{OperationID: "acknowledge", Method: http.MethodPost, Path: "/receipts", Summary: "An edge's word that protections are in force, or gone", DefaultStatus: http.StatusNoContent},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[newReceipts]) (*struct{}, error) {
			if who.Partner == "" {
				return nil, fmt.Errorf("%w: a receipt comes from a partner; this token belongs to none", errForbidden)
			}
			drafts := make([]ledger.Draft, 0, len(in.Body.Receipts))
			for i, r := range in.Body.Receipts {
				draft, err := a.Views.Protect.Acknowledge(who.Partner, r, a.Clock())
				if err != nil {
					return nil, fmt.Errorf("/receipts/%d: %w", i, err)
				}
				drafts = append(drafts, draft)
			}
			_, err := a.Views.Append(ctx, drafts...)
			return nil, err
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

type protectionList struct {
	Protections []protect.Protection `json:"protections"`
}

type refusalList struct {
	Refusals []protect.PartnerRefusal `json:"refusals"`
}

type receiptList struct {
	Receipts []protect.PartnerReceipt `json:"receipts"`
}

type newReceipts struct {
	Receipts []protect.Receipt `json:"receipts" minItems:"1" maxItems:"10000"`
}

type newProtection struct {
	Value    string           `json:"value" doc:"a domain, address, prefix, URL or hash"`
	Type     observable.Type  `json:"type,omitempty" doc:"only where the value alone does not tell"`
	Polarity protect.Polarity `json:"polarity" enum:"block,observe,must-resolve"`
	Reason   string           `json:"reason"`
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

type recall struct {
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

// protectionAfter appends what was drafted and gives the protection as it stands then.
func (a *API) protectionAfter(ctx context.Context, v observable.Value, draft ledger.Draft, err error) (*body[protect.Protection], error) {
	if err != nil {
		return nil, err
	}
	if _, err := a.Views.Append(ctx, draft); err != nil {
		return nil, err
	}
	p, _ := a.Views.Protect.Get(v)
	return &body[protect.Protection]{p}, nil
}
