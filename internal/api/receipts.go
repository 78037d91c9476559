package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/protect"
)

func (a *API) receipts() {
	operation(a, huma.Operation{OperationID: "receipts", Method: http.MethodGet, Path: "/protections/{id}/receipts", Summary: "Who has it in force: one's own receipts, for a coordinator all; counts from 3 partners on"},
		access.Viewer, func(_ context.Context, who access.Principal, in *struct {
			ID string `path:"id"`
		}) (*body[protect.Coverage], error) {
			return &body[protect.Coverage]{a.Views.CoverageOf(who, a.Clock(), in.ID)[0]}, nil
		})
	operation(a, huma.Operation{OperationID: "acknowledge", Method: http.MethodPost, Path: "/receipts", Summary: "An edge's word that protections are in force, or gone", DefaultStatus: http.StatusNoContent},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[newReceipts]) (*struct{}, error) {
			list, err := in.Body.list()
			if err != nil {
				return nil, err
			}
			drafts, err := a.Views.Protect.AcknowledgeAll(who, list)
			var bad *protect.BadReceipt
			switch {
			case errors.As(err, &bad):
				return nil, fmt.Errorf("/receipts/%d: %w", bad.Index, bad.Cause)
			case err != nil:
				return nil, err
			}
			_, err = a.Views.Append(ctx, drafts...)
			return nil, err
		})
}

// maxReceipts bounds the receipts of one call.
const maxReceipts = 10_000

type newReceipts struct {
	Receipts []protect.Receipt  `json:"receipts,omitempty" maxItems:"10000"`
	Outlets  []protect.Receipts `json:"outlets,omitempty" maxItems:"32" doc:"the same in fewer bytes: of each outlet, the protections of which the same is to be said"`
}

// list is all of them one by one; those of outlets come after the others.
func (n newReceipts) list() ([]protect.Receipt, error) {
	list := n.Receipts
	for _, of := range n.Outlets {
		of.Each(func(r protect.Receipt) { list = append(list, r) })
	}
	if len(list) == 0 || len(list) > maxReceipts {
		return nil, fmt.Errorf("%w: there are %d receipts, allowed are 1 to %d", errInvalid, len(list), maxReceipts)
	}
	return list, nil
}
