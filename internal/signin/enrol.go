package signin

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// newcomer is somebody who comes in with a one-time secret: an invitation's, or
// the one with which the hub's administration is claimed.
type newcomer struct {
	secret string
	person access.Person
	claims []ledger.Draft // of a claim: the entries that make the person the administrator
}

// Invited finds whom an enrolment secret was made for. It fails with
// ErrRefused or Throttled.
func (s *Service) Invited(ctx context.Context, secret string, from netip.Prefix) (access.Person, error) {
	t, n, err := s.invited(ctx, secret, from)
	if err != nil {
		return access.Person{}, err
	}
	t.withdrawn()
	return n.person, nil
}

func (s *Service) invited(ctx context.Context, secret string, from netip.Prefix) (*try, newcomer, error) {
	t, err := s.enter(Enrolment, "", from)
	if err != nil {
		return nil, newcomer{}, err
	}
	p, ok := s.cfg.Access.Enrolment(secret)
	if !ok {
		return nil, newcomer{}, t.refused(ctx, "the enrolment secret is unknown, used or expired")
	}
	t.person = p.ID
	return t, newcomer{secret: secret, person: p}, nil
}

// claiming checks a claim and makes the person who claims. It fails with
// access.ErrConflict where there is an administrator.
func (s *Service) claiming(ctx context.Context, secret, name, email string, from netip.Prefix) (*try, newcomer, error) {
	t, err := s.enter(Enrolment, "", from)
	if err != nil {
		return nil, newcomer{}, err
	}
	p, drafts, err := s.cfg.Access.ClaimPerson(secret, name, email)
	switch {
	case errors.Is(err, access.ErrForbidden):
		return nil, newcomer{}, t.refused(ctx, "wrong secret for the claim of administration")
	case err != nil:
		t.withdrawn()
		return nil, newcomer{}, err
	}
	return t, newcomer{secret: secret, person: p, claims: drafts}, nil
}

// still says whether the secret has not been used meanwhile.
func (s *Service) still(n newcomer) error {
	if n.claims != nil {
		return s.cfg.Access.CheckClaim(n.secret)
	}
	if p, ok := s.cfg.Access.Enrolment(n.secret); !ok || p.ID != n.person.ID {
		return fmt.Errorf("enrol: %w: the secret was used or has expired meanwhile; ask for another invitation", access.ErrConflict)
	}
	return nil
}

// EnrolPassword gives the invited person a password and signs in.
func (s *Service) EnrolPassword(ctx context.Context, secret, password string, from netip.Prefix) (Session, error) {
	t, n, err := s.invited(ctx, secret, from)
	if err != nil {
		return Session{}, err
	}
	return s.firstPassword(ctx, t, n, password)
}

// ClaimPassword makes whoever has the hub's claim secret its administrator,
// with a password, and signs in.
func (s *Service) ClaimPassword(ctx context.Context, secret, name, email, password string, from netip.Prefix) (Session, error) {
	t, n, err := s.claiming(ctx, secret, name, email, from)
	if err != nil {
		return Session{}, err
	}
	return s.firstPassword(ctx, t, n, password)
}

func (s *Service) firstPassword(ctx context.Context, t *try, n newcomer, password string) (Session, error) {
	phc, err := s.newPassword(ctx, n.person, password)
	if err != nil {
		t.withdrawn()
		return Session{}, err
	}
	return s.comeIn(ctx, t, n, access.Credential{Kind: access.Password, PHC: phc})
}

// newPassword checks a password that a person chose and hashes it.
func (s *Service) newPassword(ctx context.Context, p access.Person, password string) (phc string, err error) {
	partner, _ := s.cfg.Access.Partner(p.Partner)
	if err := checkPassword(password, p.Name, p.Email, partner.Name); err != nil {
		return "", err
	}
	return s.hasher.hash(ctx, normal(password))
}

// comeIn gives a newcomer its credential and signs in. Other sessions of that
// person end: who lost everything and is invited again may have lost it to
// somebody.
func (s *Service) comeIn(ctx context.Context, t *try, n newcomer, c access.Credential) (Session, error) {
	defer s.cfg.Access.Deciding()()
	if err := s.still(n); err != nil {
		t.withdrawn()
		return Session{}, err
	}
	c, draft, err := s.credential(n, c)
	if err != nil {
		t.withdrawn()
		return Session{}, err
	}
	one, err := t.admitted(ctx, n.person, c.ID, append(n.claims, draft)...)
	if err == nil {
		s.Sessions.endOf(n.person.ID, nil)
	}
	return one, err
}

func (s *Service) credential(n newcomer, c access.Credential) (access.Credential, ledger.Draft, error) {
	if n.claims != nil {
		return access.FirstCredential(n.person, c)
	}
	c.Person = n.person.ID
	return s.cfg.Access.SetCredential(c)
}
