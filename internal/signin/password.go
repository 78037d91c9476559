package signin

import (
	"context"
	"net/netip"

	"github.com/tocsin-project/tocsin/internal/access"
)

// Password signs in with an e-mail address and a password. It fails with
// ErrRefused, Throttled or Busy.
func (s *Service) Password(ctx context.Context, email, password string, from netip.Prefix) (Session, error) {
	t, err := s.enter(string(access.Password), email, from)
	if err != nil {
		return Session{}, err
	}
	person, credential := s.passwordOf(email)
	t.person = person.ID
	phc := credential.PHC
	if len(password) > maxPassword {
		password, phc = "", "" // is nobody's; the work stays the same
	}
	password = normal(password)
	ok, outdated, err := s.hasher.matches(ctx, password, phc)
	switch {
	case err != nil:
		t.withdrawn()
		return Session{}, err
	case !ok && credential.ID == "":
		return Session{}, t.refused(ctx, "no such account, or it has no password")
	case !ok:
		return Session{}, t.refused(ctx, "wrong password")
	}
	if !outdated {
		return t.found(ctx, person, credential.ID)
	}
	return s.rehashed(ctx, t, person, credential, password)
}

// rehashed lets in who gave the right password to a hash that was made with
// other parameters than today's, and replaces it.
func (s *Service) rehashed(ctx context.Context, t *try, p access.Person, c access.Credential, password string) (Session, error) {
	phc, err := s.hasher.hash(ctx, password)
	if err != nil {
		t.withdrawn()
		return Session{}, err
	}
	defer s.cfg.Access.Deciding()()
	if _, now := s.passwordOf(p.Email); now.PHC != c.PHC {
		return t.found(ctx, p, c.ID) // it was changed meanwhile, which must stand
	}
	c.PHC = phc
	_, draft, err := s.cfg.Access.SetCredential(c)
	if err != nil {
		t.withdrawn()
		return Session{}, err
	}
	return t.found(ctx, p, c.ID, draft)
}

// passwordOf finds the person who signs in with the address, and its password.
// The zero values are nobody's.
func (s *Service) passwordOf(email string) (access.Person, access.Credential) {
	person, ok := s.cfg.Access.PersonByEmail(email)
	if !ok {
		return access.Person{}, access.Credential{}
	}
	for _, c := range s.cfg.Access.Credentials(person.ID) {
		if c.Kind == access.Password {
			return person, c
		}
	}
	return person, access.Credential{}
}

// Token signs in with a program's token, pasted by a person. The token is asked
// for again at every request, so that a revoked one ends its sessions. It fails
// with ErrRefused, or with Throttled, also for a token that comes in too often.
func (s *Service) Token(ctx context.Context, secret string, from netip.Prefix) (Session, error) {
	t, err := s.enter(Token, "", from)
	if err != nil {
		return Session{}, err
	}
	who, ok := s.cfg.Access.Authenticate(secret)
	if !ok || !who.Allows(access.Pages, false) {
		return Session{}, t.refused(ctx, "the token is unknown, has ended, or is not for pages")
	}
	now := s.cfg.Clock()
	if err := s.guard.pasted(who.Token, now); err != nil {
		t.withdrawn()
		return Session{}, err
	}
	one := access.SignIn{Method: Token, Address: address(from), Reason: who.Token}
	if err := s.record.happened(context.WithoutCancel(ctx), access.KindSignInSucceeded, one); err != nil {
		t.withdrawn()
		return Session{}, err
	}
	s.guard.succeeded(t.attempt, now)
	return Session{Token: secret, Role: who.Role, Method: Token, From: from, Began: now}, nil
}
