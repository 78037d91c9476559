package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Acted is the hub's word that an act is a record of its case.
type Acted struct {
	Case       attribution.CaseID `json:"case"`
	Record     int                `json:"record"`
	Commitment string             `json:"commitment" doc:"to the record, as it goes to the public log"`
}

// caseAct registers one act in a case. named gives the case that the body names,
// and puts the acting partner's name there.
func caseAct[B any](a *API, id, path, summary string, needed access.Role, named func(*B, string) attribution.CaseID, draft func(access.Principal, B) (ledger.Draft, error)) {
	operation(a, huma.Operation{OperationID: id, Method: http.MethodPost, Path: path, Summary: summary, DefaultStatus: http.StatusCreated},
		needed, func(ctx context.Context, who access.Principal, in *body[B]) (*body[Acted], error) {
			of := named(&in.Body, a.Views.PartyOf(who))
			d, err := draft(who, in.Body)
			if err != nil {
				return nil, err
			}
			done, err := a.act(ctx, who, of, d)
			return &body[Acted]{done}, err
		})
}

// caseActs are the acts of evidence, marks and vectors.
func (a *API) caseActs() {
	cases := a.Views.Cases
	caseAct(a, "mark-evidence", "/cases/marks", "Withdraw an item of your own, or contest any", access.Contributor,
		func(m *attribution.Mark, party string) attribution.CaseID { m.Party = party; return m.Case }, cases.Mark)
	caseAct(a, "commit-vector", "/cases/commitments", "Commit to a vector of probabilities before anybody shows one", access.Analyst,
		func(c *attribution.Commitment, party string) attribution.CaseID { c.Party = party; return c.Case }, cases.Commit)
	caseAct(a, "close-round", "/cases/rounds", "End the commitments of a round", access.Coordinator,
		func(c *attribution.Closing, party string) attribution.CaseID { c.Party = party; return c.Case }, cases.CloseRound)
	caseAct(a, "reveal-vector", "/cases/revelations", "Show the vector that was committed to", access.Analyst,
		func(r *attribution.Revelation, party string) attribution.CaseID { r.Party = party; return r.Case }, cases.Reveal)
	caseAct(a, "unseal-evidence", "/cases/unsealings", "Open the seal of an item", access.Contributor,
		func(u *attribution.Unsealing, party string) attribution.CaseID { u.Party = party; return u.Case }, cases.Unseal)
	caseAct(a, "record-reply", "/cases/replies", "Record what the accused says to a statement; all of the case before it becomes public with it", access.Coordinator,
		func(r *attribution.Reply, party string) attribution.CaseID { r.Party = party; return r.Case }, cases.Reply)
}

// act appends a draft and says which record it became. One that another act
// overtook is void, and none.
func (a *API) act(ctx context.Context, who access.Principal, id attribution.CaseID, draft ledger.Draft) (Acted, error) {
	records, err := a.Views.InCase(ctx, who, id, draft)
	if err != nil {
		return Acted{}, err
	}
	k := records[0]
	text, err := k.Record.Bytes()
	return Acted{id, k.Record.N, attribution.Commit(k.Salt, text).String()}, err
}
