package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/attribution/score"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

func (a *API) cases() {
	cases, pages := a.Views.Cases, a.placesOf("cases")
	operation(a, huma.Operation{OperationID: "list-cases", Method: http.MethodGet, Path: "/cases", Summary: "Attribution cases, the newest first"},
		access.Viewer, func(_ context.Context, who access.Principal, in *struct{ WholeQuery }) (*body[caseList], error) {
			list, more, err := paged(who, pages, cases.List(who), in.page(), func(c attribution.Case) string { return string(c.ID) })
			return &body[caseList]{caseList{list, more}}, err
		})
	operation(a, huma.Operation{OperationID: "case", Method: http.MethodGet, Path: "/cases/{id}", Summary: "One case with its scores, recomputed from the ratings"},
		access.Viewer, func(ctx context.Context, who access.Principal, in *struct {
			ID attribution.CaseID `path:"id"`
		}) (*body[scoredCase], error) {
			return a.caseAfter(ctx, who, in.ID, nil)
		})
	operation(a, huma.Operation{OperationID: "open-case", Method: http.MethodPost, Path: "/cases", Summary: "Open a case: the question and who has to agree", DefaultStatus: http.StatusCreated},
		access.Coordinator, func(ctx context.Context, who access.Principal, in *body[newCase]) (*body[scoredCase], error) {
			id, draft, err := a.Views.OpenCase(who, in.Body.Opening, in.Body.TLP, in.Body.Community)
			if err != nil {
				return nil, err
			}
			return a.caseAfter(ctx, who, id, []ledger.Draft{draft})
		})
	operation(a, huma.Operation{OperationID: "propose-hypothesis", Method: http.MethodPost, Path: "/cases/hypotheses", Summary: "Add a hypothesis", DefaultStatus: http.StatusCreated},
		access.Coordinator, func(ctx context.Context, who access.Principal, in *body[attribution.Proposal]) (*body[scoredCase], error) {
			in.Body.Party = a.Views.PartyOf(who)
			draft, err := cases.Propose(who, in.Body)
			if err != nil {
				return nil, err
			}
			return a.caseAfter(ctx, who, in.Body.Case, []ledger.Draft{draft})
		})
	operation(a, huma.Operation{OperationID: "file-evidence", Method: http.MethodPost, Path: "/cases/evidence", Summary: "File an item of evidence", DefaultStatus: http.StatusCreated},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[attribution.Evidence]) (*body[scoredCase], error) {
			in.Body.Party = a.Views.PartyOf(who)
			_, draft, err := cases.File(who, in.Body)
			if err != nil {
				return nil, err
			}
			return a.caseAfter(ctx, who, in.Body.Case, []ledger.Draft{draft})
		})
	operation(a, huma.Operation{OperationID: "rate-evidence", Method: http.MethodPost, Path: "/cases/ratings", Summary: "Rate evidence against hypotheses", DefaultStatus: http.StatusCreated},
		access.Analyst, func(ctx context.Context, who access.Principal, in *body[newRatings]) (*body[scoredCase], error) {
			for i := range in.Body.Ratings {
				in.Body.Ratings[i].Party = a.Views.PartyOf(who)
			}
			drafts, err := cases.Rate(who, in.Body.Ratings...)
			if err != nil {
				return nil, err
			}
			return a.caseAfter(ctx, who, in.Body.Ratings[0].Case, drafts)
		})
}

type caseList struct {
	Cases []attribution.Case `json:"cases"`
	More  string             `json:"more,omitempty" doc:"there are more: after this"`
}

type newCase struct {
	attribution.Opening
	TLP       string `json:"tlp,omitempty" doc:"amber+strict if not given"`
	Community string `json:"community,omitempty" doc:"whose members may see the case; default if not given"`
}

type newRatings struct {
	Ratings []attribution.Rating `json:"ratings" minItems:"1" maxItems:"1000"`
}

type scoredCase struct {
	attribution.Case
	Scores scores `json:"scores"`
}

// scores are those of scores.json, without the vectors where there are none.
type scores struct {
	score.Scores
	Vectors *score.Pooled `json:"vectors,omitempty"`
}

// caseAfter appends what was drafted and gives the case as it stands then.
func (a *API) caseAfter(ctx context.Context, who access.Principal, id attribution.CaseID, drafts []ledger.Draft) (*body[scoredCase], error) {
	if len(drafts) > 0 {
		if _, err := a.Views.InCase(ctx, who, id, drafts...); err != nil {
			return nil, err
		}
	}
	c, err := a.Views.Cases.Get(who, id)
	if err != nil {
		return nil, err
	}
	s := c.Scores()
	return &body[scoredCase]{scoredCase{c, scores{s, s.Vectors}}}, nil
}
