// Package gate finds out who sends a request from a program, and how many of
// them it may send. Every surface for programs goes through it.
package gate

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ratelimit"
	"github.com/tocsin-project/tocsin/taxii"
)

var (
	// ErrNoCredential says that a request names nobody.
	ErrNoCredential = errors.New("no token; send it as Authorization: Bearer TOKEN")
	// ErrUnknown says that a credential is worth nothing: one that never was,
	// was revoked or has expired is answered alike.
	ErrUnknown = errors.New("the token is unknown, has expired or has been revoked; ask the hub's administrator for another")
)

// TooMany says that a caller has to wait.
type TooMany struct {
	RetryAfter time.Duration // whole seconds
	what       string
}

func (e *TooMany) Error() string {
	return fmt.Sprintf("too many %s: wait %s", e.what, e.RetryAfter)
}

// Gate is where programs come in. Its methods may be called from many
// goroutines at once.
type Gate struct {
	Access *access.Directory
	Limits *ratelimit.Limiter
	// Guessable says that a person has chosen the configured administrator's
	// token: it does not let anybody in from an address with too many failures.
	Guessable bool
	// Refused, if there is one, is told of credentials that were worth nothing:
	// of the first, and of those since together once a minute at most.
	Refused func(context.Context, access.Refusal)

	refused tally
}

// Enter says who sends a request: by its token, sent as a bearer token or as
// the password of Basic authentication, or by the TLS client certificate that
// stands for a token. The error is ErrNoCredential, ErrUnknown or *TooMany.
//
// Whoever has a credential that the hub made gets in however often others fail
// from the same address: partners share addresses, and nobody can guess 256
// bits. What a person has chosen can be guessed: see Guessable.
func (g *Gate) Enter(r *http.Request) (access.Principal, error) {
	who, err := g.Still(r)
	unknown := errors.Is(err, ErrUnknown)
	if unknown || g.Guessable && err == nil && who.Token == access.ConfiguredToken {
		from := ratelimit.Source(r.RemoteAddr)
		wait, may := g.Limits.MayTry(from)
		if unknown || !may {
			g.tell(r, !may)
		}
		if !may {
			return access.Principal{}, tooMany(wait, "failed attempts from your address")
		}
		if unknown {
			g.Limits.Failed(from)
		}
	}
	if err != nil {
		return access.Principal{}, err
	}
	if wait, may := g.Limits.Take(who.Token, ratelimit.ClassOf(r)); !may {
		return access.Principal{}, tooMany(wait, "requests with this token")
	}
	return who, nil
}

// Still is Enter for who is inside: it counts for no limit.
func (g *Gate) Still(r *http.Request) (access.Principal, error) {
	var who access.Principal
	var known bool
	secret, ok := taxii.Credential(r)
	switch {
	case ok:
		who, known = g.Access.Authenticate(secret)
	case r.TLS != nil && len(r.TLS.PeerCertificates) > 0: // the handshake has proved that it has the key
		who, known = g.Access.AuthenticateCertificate(r.TLS.PeerCertificates[0].Raw)
	default:
		return access.Principal{}, ErrNoCredential
	}
	if !known {
		return access.Principal{}, ErrUnknown
	}
	return who, nil
}

func tooMany(wait time.Duration, what string) error {
	return &TooMany{RetryAfter: max(time.Second, (wait + time.Second - 1).Truncate(time.Second)), what: what}
}
