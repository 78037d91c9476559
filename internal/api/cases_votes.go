package api

import (
	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// votes take what was signed elsewhere: keys never come here.
func (a *API) votes() {
	caseAct(a, "vote", "/cases/votes", "Hand in a signed vote on a statement", access.Analyst,
		func(v *attribution.Vote, party string) attribution.CaseID { v.Party = party; return v.Case },
		func(who access.Principal, v attribution.Vote) (ledger.Draft, error) {
			return a.Views.Cases.Vote(who, v, a.Views.Voters.May)
		})
}
