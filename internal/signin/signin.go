// Package signin lets people in: with a password, a passkey (WebAuthn) or an
// OpenID Connect provider; by an invitation's one-time secret, or as the first
// administrator by the secret that the hub printed. It slows down guessing,
// keeps the sessions, and puts every act on the ledger. Programs come with
// tokens, which package access knows by itself.
//
// The passwords are hashed with argon2id (RFC 9106). Whoever tries an account
// that does not exist gets the same answer, after the same work, as with a
// wrong password.
package signin

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// How somebody came in, as sessions and the ledger name it: one of access'
// methods, or one of these.
const (
	Token     = "token"
	Enrolment = "enrolment"
)

// Config is what signing in needs.
type Config struct {
	Origin string            // as people type it: "https://hub.example"; passkeys belong to its name
	Access *access.Directory // who there is
	// Append appends and returns once Access has folded the entries.
	Append func(context.Context, ...ledger.Draft) error
	Clock  func() time.Time
	OIDC   []Provider
	HTTP   *http.Client // for all outward requests; its transport holds the dial policy
}

// Service signs people in.
type Service struct {
	Sessions *Sessions

	cfg       Config
	hasher    *hasher
	guard     *guard
	record    *record
	rp        *webauthn.WebAuthn // nil: browsers make no passkeys for the origin
	providers []*relying
	trips     *pending[netip.Prefix, trip]
	keys      *pending[netip.Prefix, ceremony]
	signings  *pending[string, signing] // by person
}

// New checks the configuration and makes the service. It asks no provider yet.
func New(cfg Config) (*Service, error) {
	host, err := checkOrigin(cfg.Origin)
	if err != nil {
		return nil, err
	}
	s := &Service{
		Sessions: newSessions(strings.HasPrefix(cfg.Origin, "https://"), cfg.Clock),
		cfg:      cfg, hasher: newHasher(), guard: newGuard(), record: &record{append: cfg.Append},
		trips: newPending[netip.Prefix, trip](), keys: newPending[netip.Prefix, ceremony](), signings: newPending[string, signing](),
	}
	for _, p := range cfg.OIDC {
		if err := p.validate(); err != nil {
			return nil, err
		}
		if _, taken := s.provider(p.Slug()); taken {
			return nil, fmt.Errorf("oidc %s: another provider has this name: give each its own", p.Name)
		}
		s.providers = append(s.providers, newRelying(p, cfg.Origin, cfg.HTTP, cfg.Clock))
	}
	if mayHavePasskeys(cfg.Origin, host) {
		if s.rp, err = newWebAuthn(cfg.Origin, host); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Providers are the identity providers, as they are configured.
func (s *Service) Providers() []Provider {
	list := make([]Provider, 0, len(s.providers))
	for _, r := range s.providers {
		list = append(list, r.Provider)
	}
	return list
}

// Origin is the hub's address as people type it.
func (s *Service) Origin() string { return s.cfg.Origin }

// Secure says whether browsers reach the hub over TLS.
func (s *Service) Secure() bool { return strings.HasPrefix(s.cfg.Origin, "https://") }

// Passkeys says whether browsers make passkeys for this hub: it needs a name,
// and TLS unless it is this machine's own.
func (s *Service) Passkeys() bool { return s.rp != nil }

func (s *Service) provider(slug string) (*relying, bool) {
	i := slices.IndexFunc(s.providers, func(r *relying) bool { return r.Slug() == slug })
	if i < 0 {
		return nil, false
	}
	return s.providers[i], true
}

// try is one attempt to come in.
type try struct {
	attempt
	s      *Service
	method string
	person string // as soon as it is known
}

// enter begins an attempt on an account as it was named, or on none; it fails
// with Throttled while who tries has to wait.
func (s *Service) enter(method, account string, from netip.Prefix) (*try, error) {
	a, err := s.guard.enter(pair{fold(account), from}, s.cfg.Clock())
	return &try{attempt: a, s: s, method: method}, err
}

// fold is an account's name as the counts know it, of bounded length.
func fold(account string) string {
	account = strings.ToLower(strings.TrimSpace(account))
	return account[:min(len(account), 256)]
}

// refused records a failure and gives what to answer. why is for the ledger.
func (t *try) refused(ctx context.Context, why string) error {
	ctx = context.WithoutCancel(ctx) // who hangs up is recorded as well
	now := t.s.cfg.Clock()
	one := access.SignIn{Person: t.person, Method: t.method, Address: address(t.pair.source), Reason: why}
	t.s.record.failed(ctx, access.KindSignInFailed, one, now)
	if t.locked != "" {
		one.Reason = "too many failures: " + t.locked + " has to wait"
		t.s.record.failed(ctx, access.KindSignInLocked, one, now)
	}
	return fmt.Errorf("%w: %s", ErrRefused, why)
}

// withdrawn ends an attempt that was none: the hub could not look.
func (t *try) withdrawn() { t.s.guard.leave(t.attempt) }

// found lets in the person who was found, if there is one who may come in.
func (t *try) found(ctx context.Context, p access.Person, credential string, with ...ledger.Draft) (Session, error) {
	if _, ok := t.s.cfg.Access.PersonPrincipal(p.ID); !ok {
		return Session{}, t.refused(ctx, "the person or its partner has left")
	}
	return t.admitted(ctx, p, credential, with...)
}

// admitted records that somebody is in, with the entries that go with it, and
// gives the session to begin.
func (t *try) admitted(ctx context.Context, p access.Person, credential string, with ...ledger.Draft) (Session, error) {
	now := t.s.cfg.Clock()
	err := t.s.record.happened(context.WithoutCancel(ctx), access.KindSignInSucceeded,
		access.SignIn{Person: p.ID, Method: t.method, Address: address(t.pair.source)}, with...)
	if err != nil {
		t.withdrawn()
		return Session{}, err
	}
	t.s.guard.succeeded(t.attempt, now)
	return Session{Person: p.ID, Role: p.Role, Credential: credential, Method: t.method, From: t.pair.source, Began: now}, nil
}

// address writes where a request came from, for the ledger.
func address(p netip.Prefix) string {
	switch {
	case !p.IsValid():
		return "unknown"
	case p.IsSingleIP():
		return p.Addr().String()
	}
	return p.String()
}
