package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/gate"
)

type caller struct {
	principal access.Principal
	address   netip.Addr // that the call came from
}

type callerKey struct{}

// Authenticated lets a request through to next once its token is known and
// works for what is asked. What follows the change stream ends with its token.
func (a *API) Authenticated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, err := a.Principal(r)
		surface, write := surfaceOf(r)
		if err == nil && !who.Allows(surface, write) {
			err = outOfScope(who, surface, write)
		}
		if err != nil {
			a.writeProblem(w, err)
			return
		}
		r = from(r, who)
		if surface == access.Stream && !who.Expires.IsZero() {
			ctx, cancel := context.WithTimeout(r.Context(), who.Expires.Sub(a.Clock()))
			defer cancel()
			r = r.WithContext(ctx)
		}
		next.ServeHTTP(w, r)
	})
}

// from has a request know who asks and from where.
func from(r *http.Request, who access.Principal) *http.Request {
	at, _ := netip.ParseAddrPort(r.RemoteAddr) // of a Unix socket there is none
	return r.WithContext(context.WithValue(r.Context(), callerKey{}, caller{who, at.Addr()}))
}

// calledBy is who asks and from where; Authenticated has put it there.
func calledBy(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

func principal(ctx context.Context) access.Principal { return calledBy(ctx).principal }

// Caller is who sends a request that Authenticated let through.
func Caller(ctx context.Context) access.Principal { return principal(ctx) }

// surfaceOf is what of the hub a request is for, and whether to change it.
func surfaceOf(r *http.Request) (s access.Surface, write bool) {
	write = r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodOptions
	switch {
	case strings.HasPrefix(r.URL.Path, "/feeds/"):
		return access.Feeds, write
	case strings.HasPrefix(r.URL.Path, prefix+"/stream"):
		return access.Stream, write
	case r.URL.Path == "/metrics":
		return access.Metrics, write
	}
	return access.API, write
}

func outOfScope(who access.Principal, s access.Surface, write bool) error {
	mode := "read"
	if write {
		mode = "write"
	}
	return fmt.Errorf("%w: this needs the scope %s:%s, the token is confined to %s", errForbidden, s, mode, join(who.Scopes))
}

func join(scopes []access.Scope) string {
	names := make([]string, len(scopes))
	for i, s := range scopes {
		names[i] = string(s)
	}
	return strings.Join(names, ", ")
}

// Principal finds who asks, and whether it may ask now.
func (a *API) Principal(r *http.Request) (access.Principal, error) {
	who, err := a.Gate.Enter(r)
	if errors.Is(err, gate.ErrNoCredential) || errors.Is(err, gate.ErrUnknown) {
		err = fmt.Errorf("%w: %w", errUnauthorized, err)
	}
	return who, err
}
