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
	cases := a.Views.Cases
	operation(a, huma.Operation{OperationID: "list-cases", Method: http.MethodGet, Path: "/cases", Summary: "Attribution cases, the newest first"},
		access.Viewer, func(_ context.Context, who access.Principal, _ *struct{}) (*body[caseList], error) {
			return &body[caseList]{caseList{cases.List(who)}}, nil
		})
	operation(a, huma.Operation{OperationID: "case", Method: http.MethodGet, Path: "/cases/{id}", Summary: "One case with its scores, recomputed from the ratings"},
		access.Viewer, func(ctx context.Context, who access.Principal, in *struct {
			ID attribution.CaseID `path:"id"`
		}) (*body[scoredCase], error) {
			return a.caseAfter(ctx, who, in.ID, nil)
		})
	operation(a, huma.Operation{OperationID: "open-case", Method: http.MethodPost, Path: "/cases", Summary: "Open a case: the question and who has to agree", DefaultStatus: http.StatusCreated},
		access.Coordinator, func(ctx context.Context, who access.Principal, in *body[newCase]) (*body[scoredCase], error) {
			audience, err := a.caseAudience(who, in.Body)
			if err != nil {
				return nil, err
			}
			in.Body.Party = a.party(who)
			in.Body.Members = a.namesOf(in.Body.Policy)
			id, draft, err := cases.Open(who, in.Body.Opening, audience)
			if err != nil {
				return nil, err
			}
			return a.caseAfter(ctx, who, id, []ledger.Draft{draft})
		})
	operation(a, huma.Operation{OperationID: "propose-hypothesis", Method: http.MethodPost, Path: "/cases/hypotheses", Summary: "Add a hypothesis", DefaultStatus: http.StatusCreated},
		access.Coordinator, func(ctx context.Context, who access.Principal, in *body[attribution.Proposal]) (*body[scoredCase], error) {
			in.Body.Party = a.party(who)
			draft, err := cases.Propose(who, in.Body)
			if err != nil {
				return nil, err
			}
			return a.caseAfter(ctx, who, in.Body.Case, []ledger.Draft{draft})
		})
	operation(a, huma.Operation{OperationID: "file-evidence", Method: http.MethodPost, Path: "/cases/evidence", Summary: "File an item of evidence", DefaultStatus: http.StatusCreated},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[attribution.Evidence]) (*body[scoredCase], error) {
			in.Body.Party = a.party(who)
			_, draft, err := cases.File(who, in.Body)
			if err != nil {
				return nil, err
			}
			return a.caseAfter(ctx, who, in.Body.Case, []ledger.Draft{draft})
		})
	operation(a, huma.Operation{OperationID: "rate-evidence", Method: http.MethodPost, Path: "/cases/ratings", Summary: "Rate evidence against hypotheses", DefaultStatus: http.StatusCreated},
		access.Analyst, func(ctx context.Context, who access.Principal, in *body[newRatings]) (*body[scoredCase], error) {
			for i := range in.Body.Ratings {
				in.Body.Ratings[i].Party = a.party(who)
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
}

type newCase struct {
	attribution.Opening
	TLP       string `json:"tlp,omitempty" doc:"amber+strict if not given"`
	Community string `json:"community,omitempty" doc:"whose members may see the case; default if not given"`
}

// caseAudience is who may see a case from its opening on.
func (a *API) caseAudience(who access.Principal, opening newCase) (access.Audience, error) {
	audience := access.ToCommunity(access.AmberStrict)
	if opening.TLP != "" {
		tlp, err := access.ParseTLP(opening.TLP)
		if err != nil {
			return audience, huma.Error400BadRequest("tlp: " + err.Error())
		}
		audience = access.ToCommunity(tlp)
	}
	if opening.Community != "" {
		audience.Community = opening.Community
	}
	return audience, a.Views.Access.CheckAudience(who, audience)
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

// party is the name of the partner that the caller acts for: records carry it,
// whatever the request says.
func (a *API) party(who access.Principal) string {
	p, _ := a.Views.Access.Partner(who.Partner)
	return p.Name
}

// namesOf are the names of a policy's partners, but for those that nobody has.
func (a *API) namesOf(policy attribution.Policy) map[access.PartnerID]string {
	names := make(map[access.PartnerID]string)
	for _, id := range policy.Partners() {
		if p, present := a.Views.Access.Partner(id); present {
			names[id] = p.Name
		}
	}
	return names
}

// caseAfter appends what was drafted and gives the case as it stands then.
func (a *API) caseAfter(ctx context.Context, who access.Principal, id attribution.CaseID, drafts []ledger.Draft) (*body[scoredCase], error) {
	if len(drafts) > 0 {
		entries, err := a.Views.Append(ctx, drafts...)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if _, stands := a.Views.Cases.Leaf(e.Seq); !stands {
				return nil, overtaken(id)
			}
		}
	}
	c, err := a.Views.Cases.Get(who, id)
	if err != nil {
		return nil, err
	}
	s := c.Scores()
	return &body[scoredCase]{scoredCase{c, scores{s, s.Vectors}}}, nil
}
