package api

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
)

const claimPath = prefix + "/claim"

// claim is the one operation beside the document that needs no token: it gives
// the first one.
func (a *API) claim() {
	var wrong wrongClaims
	huma.Register(a.huma, huma.Operation{
		OperationID: "claim", Method: http.MethodPost, Path: "/claim", Summary: "Claim a new hub's administration; the token is shown this once", DefaultStatus: http.StatusCreated,
		Description: "Needs the secret that the hub prints when it starts without an administrator, and no token.", Security: []map[string][]string{{}},
	}, func(ctx context.Context, in *body[newClaim]) (*body[issuedToken], error) {
		out, err := a.claimed(ctx, in.Body)
		if errors.Is(err, access.ErrForbidden) {
			wait, report := wrong.again(a.Clock())
			if report > 0 {
				a.reportClaims(ctx, report)
			}
			if wait > 0 {
				return nil, later(huma.Error429TooManyRequests("too many wrong secrets were sent: wait, then send the one that the hub printed"), wait)
			}
		}
		if err != nil {
			return nil, a.problem(err)
		}
		return out, nil
	})
}

func (a *API) claimed(ctx context.Context, in newClaim) (*body[issuedToken], error) {
	defer a.Views.Access.Deciding()()
	t, secret, drafts, err := a.Views.Access.ClaimToken(in.Secret, in.Name, a.Clock())
	if err != nil {
		return nil, err
	}
	if err := a.decide(ctx, access.Principal{Token: t.ID}, drafts...); err != nil {
		return nil, err
	}
	return &body[issuedToken]{shownOnce(t, secret)}, nil
}

func (a *API) reportClaims(ctx context.Context, count int) {
	draft, err := access.RefusedClaim(access.Refusal{Address: calledBy(ctx).address.String(), Count: count})
	if err == nil {
		_, err = a.Views.Append(ctx, draft)
	}
	if err != nil {
		a.Logger.Error("refused claims are not in the audit", "count", count, "error", err)
	}
}

type newClaim struct {
	Secret string `json:"secret" maxLength:"200" doc:"as the hub printed it"`
	Name   string `json:"name,omitempty" doc:"what the token is for, or whose it is"`
}

// wrongClaims slows down who guesses, and bounds what guessing writes into the
// ledger. The right secret is never kept waiting: it cannot be guessed at any
// speed, and a stranger must not be able to keep its owner out.
type wrongClaims struct {
	mu       sync.Mutex
	until    time.Time // when the last wrong secret will be forgotten
	reported time.Time
	silent   int
}

const (
	freeClaims   = 5                // wrong secrets at once
	forgetClaim  = 10 * time.Second // one of them
	reportClaims = time.Minute      // one entry at most
)

// again counts one more wrong secret. It gives how long who sent it has to
// wait, and how many an entry has to report now; 0: none.
func (w *wrongClaims) again(now time.Time) (wait time.Duration, report int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.until.Before(now) {
		w.until = now
	}
	if wait = max(0, w.until.Sub(now)-(freeClaims-1)*forgetClaim); wait == 0 {
		w.until = w.until.Add(forgetClaim)
	}
	w.silent++
	if w.reported.IsZero() || now.Sub(w.reported) >= reportClaims {
		report, w.silent, w.reported = w.silent, 0, now
	}
	return wait, report
}
