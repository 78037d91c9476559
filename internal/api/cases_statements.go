package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
)

// newStatement is a statement as somebody writes it: what the case knows better
// may be left out.
type newStatement struct {
	Case     attribution.CaseID `json:"case"`
	Document struct {
		Act         attribution.Act          `json:"act"`
		Case        attribution.CaseID       `json:"case,omitempty"`
		Question    string                   `json:"question,omitempty" doc:"as the case was opened, if not given; like the others down to basis"`
		Policy      string                   `json:"policy,omitempty"`
		Version     int                      `json:"version,omitempty"`
		Previous    string                   `json:"previous,omitempty"`
		Basis       attribution.Basis        `json:"basis,omitzero" required:"false"`
		Finding     attribution.HypothesisID `json:"finding"`
		Text        string                   `json:"text"`
		Likelihood  attribution.Likelihood   `json:"likelihood"`
		Confidence  attribution.Confidence   `json:"confidence"`
		Cites       []attribution.EvidenceID `json:"cites"`
		Gaps        []string                 `json:"gaps,omitempty"`
		WouldChange []string                 `json:"would_change,omitempty"`
		Occurred    string                   `json:"occurred,omitempty"`
	} `json:"document"`
}

func (n newStatement) motion(party string) attribution.Motion {
	return attribution.Motion{Case: n.Case, Party: party, Document: attribution.Document(n.Document)}
}

// proposedStatement is what partners vote on.
type proposedStatement struct {
	Acted
	Digest   string               `json:"digest" doc:"what votes are on"`
	Document attribution.Document `json:"document"`
}

func (a *API) statements() {
	cases := a.Views.Cases
	operation(a, huma.Operation{OperationID: "put-statement", Method: http.MethodPost, Path: "/cases/statements", Summary: "Put a statement to the vote", DefaultStatus: http.StatusCreated},
		access.Analyst, func(ctx context.Context, who access.Principal, in *body[newStatement]) (*body[proposedStatement], error) {
			digest, draft, err := cases.Statement(who, in.Body.motion(a.Views.PartyOf(who)))
			if err != nil {
				return nil, err
			}
			done, err := a.act(ctx, who, in.Body.Case, draft)
			if err != nil {
				return nil, err
			}
			c, err := cases.Get(who, in.Body.Case)
			if err != nil {
				return nil, err
			}
			return &body[proposedStatement]{proposedStatement{done, digest.String(), c.Statement(digest).Document}}, nil
		})
	operation(a, huma.Operation{OperationID: "publish-statement", Method: http.MethodPost, Path: "/cases/publications", Summary: "Make a statement, and with it the whole case, public", DefaultStatus: http.StatusCreated},
		access.Coordinator, func(ctx context.Context, who access.Principal, in *body[attribution.Publication]) (*body[Acted], error) {
			in.Body.Party = a.Views.PartyOf(who)
			draft, err := cases.Publish(who, in.Body)
			if err != nil {
				return nil, err
			}
			done, err := a.act(ctx, who, in.Body.Case, draft)
			if err == nil && a.PublicLog != nil {
				a.PublicLog.Renew(in.Body.Case)
			}
			return &body[Acted]{done}, err
		})
}
