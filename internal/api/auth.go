package api

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/taxii"
)

type caller struct {
	principal access.Principal
	address   netip.Addr // that the call came from
}

type callerKey struct{}

// Authenticated lets a request through to next once its token is known.
func (a *API) Authenticated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, err := a.Principal(r)
		if err != nil {
			a.writeProblem(w, err)
			return
		}
		from, _ := netip.ParseAddrPort(r.RemoteAddr) // of a Unix socket there is none
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, caller{who, from.Addr()})))
	})
}

// calledBy is who asks and from where; Authenticated has put it there.
func calledBy(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

func principal(ctx context.Context) access.Principal { return calledBy(ctx).principal }

// Principal finds who asks by the request's token, sent as a bearer token or,
// for programs that know nothing else, as the password of Basic authentication.
func (a *API) Principal(r *http.Request) (access.Principal, error) {
	token, ok := taxii.Credential(r)
	if !ok {
		return access.Principal{}, fmt.Errorf("%w: no token; send it as Authorization: Bearer TOKEN", errUnauthorized)
	}
	who, ok := a.Views.Access.Authenticate(token)
	if !ok {
		return access.Principal{}, fmt.Errorf("%w: the token is unknown or has been revoked; ask the hub's administrator for another", errUnauthorized)
	}
	return who, nil
}
