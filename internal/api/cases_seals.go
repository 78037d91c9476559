package api

import (
	"context"
	"encoding/base64"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// newDeposit is sealed evidence for those that it is encrypted to.
type newDeposit struct {
	attribution.Deposit
	To []access.PartnerID `json:"to,omitempty" maxItems:"1000" doc:"partners that may fetch it, beside your own"`
}

// deposited is sealed evidence that the caller may fetch.
type deposited struct {
	Number int              `json:"number" doc:"among those of the item that you may fetch, from 1"`
	By     access.PartnerID `json:"by"`
	At     time.Time        `json:"at"`
	Size   int              `json:"size" doc:"bytes of the age file"`
}

type depositList struct {
	Deposits []deposited `json:"deposits"`
	More     string      `json:"more,omitempty" doc:"there are more: after this"`
}

// itemOf names an item of evidence.
type itemOf struct {
	Case     attribution.CaseID     `path:"id"`
	Evidence attribution.EvidenceID `path:"evidence"`
}

func (a *API) deposits() {
	cases, pages := a.Views.Cases, a.placesOf("deposits")
	operation(a, huma.Operation{OperationID: "deposit-evidence", Method: http.MethodPost, Path: "/cases/deposits", Summary: "Keep the ciphertext of a sealed item for some partners", DefaultStatus: http.StatusCreated},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[newDeposit]) (*body[depositList], error) {
			draft, err := cases.Deposit(who, in.Body.Deposit, in.Body.To)
			if err != nil {
				return nil, err
			}
			if _, err := a.Views.Append(ctx, draft); err != nil {
				return nil, err
			}
			return a.depositsOf(who, itemOf{in.Body.Case, in.Body.Evidence})
		})
	operation(a, huma.Operation{OperationID: "deposits", Method: http.MethodGet, Path: "/cases/{id}/evidence/{evidence}/deposits", Summary: "The ciphertexts of a sealed item that you may fetch"},
		access.Viewer, func(_ context.Context, who access.Principal, in *struct {
			Case     attribution.CaseID     `path:"id"`
			Evidence attribution.EvidenceID `path:"evidence"`
			WholeQuery
		}) (*body[depositList], error) {
			list, err := a.depositsOf(who, itemOf{in.Case, in.Evidence})
			if err != nil {
				return nil, err
			}
			list.Body.Deposits, list.Body.More, err = paged(who, pages, list.Body.Deposits, in.page(), func(d deposited) string { return inOrder(ledger.Seq(d.Number)) })
			return list, err
		})
	operation(a, huma.Operation{OperationID: "deposit", Method: http.MethodGet, Path: "/cases/{id}/evidence/{evidence}/deposits/{number}", Summary: "One ciphertext of a sealed item: an age file"},
		access.Viewer, func(ctx context.Context, who access.Principal, in *struct {
			Case     attribution.CaseID     `path:"id"`
			Evidence attribution.EvidenceID `path:"evidence"`
			Number   int                    `path:"number" minimum:"1"`
		}) (*body[attribution.Deposit], error) {
			held, err := cases.Sealed(who, in.Case, in.Evidence)
			if err != nil {
				return nil, err
			}
			if in.Number < 1 || in.Number > len(held) {
				return nil, notFound("deposit %d of %s, of which you may fetch %d", in.Number, in.Evidence, len(held))
			}
			e, err := a.Views.Entry(ctx, held[in.Number-1].Seq)
			if err != nil {
				return nil, err
			}
			file, err := attribution.ReadDeposit(e)
			if err != nil {
				return nil, err
			}
			return &body[attribution.Deposit]{attribution.Deposit{Case: in.Case, Evidence: in.Evidence, Ciphertext: base64.StdEncoding.EncodeToString(file)}}, nil
		})
}

func (a *API) depositsOf(who access.Principal, item itemOf) (*body[depositList], error) {
	held, err := a.Views.Cases.Sealed(who, item.Case, item.Evidence)
	if err != nil {
		return nil, err
	}
	list := depositList{Deposits: make([]deposited, 0, len(held))}
	for i, d := range held {
		list.Deposits = append(list.Deposits, deposited{i + 1, d.By, d.At, d.Size})
	}
	return &body[depositList]{list}, nil
}
