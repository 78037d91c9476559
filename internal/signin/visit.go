package signin

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/netip"
	"net/url"

	"golang.org/x/oauth2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Visit is a trip to an identity provider.
type Visit struct {
	ID string // for the cookie that brings the answer back to the visit
	To string // where the browser goes
}

// BeginOIDC sends a browser to a provider to sign in.
func (s *Service) BeginOIDC(ctx context.Context, slug string, from netip.Prefix) (Visit, error) {
	return s.beginVisit(ctx, slug, trip{}, from)
}

// BeginLink sends the browser of a fresh session to a provider, to link the
// identity there with the session's person.
func (s *Service) BeginLink(ctx context.Context, slug string, one Session, from netip.Prefix) (Visit, error) {
	if err := s.fresh(one); err != nil {
		return Visit{}, err
	}
	return s.beginVisit(ctx, slug, trip{link: one.Person}, from)
}

// BeginEnrolOIDC sends an invited person's browser to a provider: the identity
// there is what the person signs in with from then on.
func (s *Service) BeginEnrolOIDC(ctx context.Context, slug, secret string, from netip.Prefix) (Visit, error) {
	t, n, err := s.invited(ctx, secret, from)
	if err != nil {
		return Visit{}, err
	}
	t.withdrawn()
	return s.beginVisit(ctx, slug, trip{new: n}, from)
}

func (s *Service) beginVisit(ctx context.Context, slug string, t trip, from netip.Prefix) (Visit, error) {
	r, ok := s.provider(slug)
	if !ok {
		return Visit{}, fmt.Errorf("%w: no identity provider is called %q here", access.ErrNotFound, slug)
	}
	t.slug, t.state, t.nonce, t.verifier = slug, rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	to, err := r.begin(ctx, t)
	if err != nil {
		return Visit{}, err
	}
	return Visit{s.trips.begin(t, from, s.cfg.Clock()), to}, nil
}

// credential is the identity as something to sign in with.
func (r *relying) credential(who Identity) access.Credential {
	return access.Credential{Kind: access.OIDC, Label: r.Name, Issuer: who.Issuer, Subject: who.Subject}
}

// FinishOIDC reads with what the browser came back. To sign in, the identity
// has to be one that was linked with a person before, or where the provider's
// word about addresses is trusted, have the verified address of an invited
// person. For a visit that began with a session, current must be a session of
// the same person; the identity is linked, and linked is true.
func (s *Service) FinishOIDC(ctx context.Context, slug, id string, parameters url.Values, current Session, from netip.Prefix) (one Session, linked bool, err error) {
	t, err := s.enter(string(access.OIDC), "", from)
	if err != nil {
		return Session{}, false, err
	}
	r, ok := s.provider(slug)
	begun, taken := s.trips.take(id, s.cfg.Clock())
	if !ok || !taken || begun.slug != slug {
		t.withdrawn()
		return Session{}, false, errVisit
	}
	t.person = begun.link + begun.new.person.ID // of which there is at most one
	who, err := r.finish(ctx, begun, parameters)
	switch {
	case errors.Is(err, ErrUnavailable):
		t.withdrawn()
		return Session{}, false, err
	case err != nil:
		return Session{}, false, t.refused(ctx, slug+": "+err.Error())
	case begun.link != "":
		t.withdrawn()
		return Session{}, true, s.link(ctx, r, who, begun.link, current)
	case begun.new.secret != "":
		t.method = Enrolment
		one, err = s.comeIn(ctx, t, begun.new, r.credential(who))
		return one, false, err
	}
	defer s.cfg.Access.Deciding()()
	person, credential, with, err := s.identified(r, who)
	if err != nil {
		return Session{}, false, t.refused(ctx, slug+": "+err.Error())
	}
	t.person = person.ID
	one, err = t.found(ctx, person, credential, with...)
	return one, false, err
}

var errVisit = fmt.Errorf("%w: this answer belongs to no sign-in that waits in this browser: begin again", access.ErrConflict)

// identified finds the person whose identity it is.
func (s *Service) identified(r *relying, who Identity) (p access.Person, credential string, with []ledger.Draft, err error) {
	if p, ok := s.cfg.Access.PersonBySubject(who.Issuer, who.Subject); ok {
		for _, c := range s.cfg.Access.Credentials(p.ID) {
			if c.Kind == access.OIDC && c.Issuer == who.Issuer && c.Subject == who.Subject {
				return p, c.ID, nil, nil
			}
		}
	}
	p, ok := s.cfg.Access.PersonByEmail(who.Email)
	if !ok || !r.TrustEmail || who.Email == "" || s.cfg.Access.EnrolsUntil(p.ID).IsZero() {
		return access.Person{}, "", nil, errors.New("nobody here has linked this identity")
	}
	c := r.credential(who)
	c.Person = p.ID
	c, draft, err := s.cfg.Access.SetCredential(c)
	return p, c.ID, []ledger.Draft{draft}, err
}

// link makes an identity one that its person can sign in with.
func (s *Service) link(ctx context.Context, r *relying, who Identity, person string, current Session) error {
	if current.Person != person {
		return fmt.Errorf("link identity: %w: the visit to %s was begun by somebody who is not signed in here any more; sign in and begin again", ErrRefused, r.Name)
	}
	defer s.cfg.Access.Deciding()()
	if p, ok := s.cfg.Access.PersonBySubject(who.Issuer, who.Subject); ok && p.ID == person {
		return nil // it is linked already
	}
	c := r.credential(who)
	c.Person = person
	_, draft, err := s.cfg.Access.SetCredential(c)
	if err != nil {
		return err
	}
	return s.cfg.Append(ctx, draft)
}
