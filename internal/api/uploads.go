package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"golang.org/x/sync/semaphore"

	"github.com/tocsin-project/tocsin/internal/access"
)

// uploads are the long bodies that the hub holds: of no more than so many bytes
// together, and one of each partner at a time.
type uploads struct {
	bytes *semaphore.Weighted

	mu    sync.Mutex
	under map[string]bool // way, by who sends it
}

const (
	allUploads     = 2 * maxExposure
	leastUpload    = 64 << 10 // bytes: what the shortest counts for
	uploadPatience = 10 * time.Second
	uploadAgain    = 5 * time.Second
)

func newUploads() *uploads {
	return &uploads{bytes: semaphore.NewWeighted(allUploads), under: map[string]bool{}}
}

// upload reads a body of at most so many bytes for who may send it, and for nobody
// else: may is asked, and room is made, before any of it is read. What is no POST
// has no long body.
func (a *API) upload(most int64, may func(access.Principal) error) http.Handler {
	next := a.whole(a.keyed(a.mux), most)
	short := a.whole(a.keyed(a.mux), maxCall)
	return a.Authenticated(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			short.ServeHTTP(w, r)
			return
		}
		who := principal(r.Context())
		err := may(who)
		if err == nil {
			var done func()
			if done, err = a.uploads.begin(r.Context(), who, r.ContentLength, most); err == nil {
				defer done()
				next.ServeHTTP(w, r)
				return
			}
		}
		w.Header().Set("Connection", "close") // nobody reads the body
		a.writeProblem(w, err)
	}))
}

// begin makes room for a body of so many bytes, -1 if that is not known; done gives
// it back.
func (u *uploads) begin(ctx context.Context, who access.Principal, bytes, most int64) (done func(), err error) {
	sender := who.Actor()
	if who.Partner == "" {
		sender = who.By()
	}
	u.mu.Lock()
	busy := u.under[sender]
	u.under[sender] = true
	u.mu.Unlock()
	if busy {
		return nil, later(huma.Error429TooManyRequests("another long body of yours is on its way: send one at a time"), uploadAgain)
	}
	ended := func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		delete(u.under, sender)
	}
	weight := bytes
	if weight < 0 || weight > most {
		weight = most
	}
	weight = max(weight, leastUpload)
	waiting, cancel := context.WithTimeout(ctx, uploadPatience)
	defer cancel()
	if err := u.bytes.Acquire(waiting, weight); err != nil {
		ended()
		if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
			err = later(huma.Error503ServiceUnavailable("the hub is reading as many long bodies as it can hold: try again later"), uploadAgain)
		}
		return nil, err
	}
	return func() {
		u.bytes.Release(weight)
		ended()
	}, nil
}

// needs says whether somebody has a role.
func needs(role access.Role) func(access.Principal) error {
	return func(who access.Principal) error {
		if !who.AtLeast(role) {
			return fmt.Errorf("%w: this needs the role %s, the token has %s", errForbidden, role, who.Role)
		}
		return nil
	}
}

func mayReportExposure(who access.Principal) error {
	return who.CheckPartner("report exposure", access.Contributor)
}
