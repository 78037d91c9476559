package signin

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ratelimit"
)

// freshFor is how long after signing in a person may change how it signs in:
// whoever finds an unlocked screen must not be able to stay.
const freshFor = 15 * time.Minute

// ErrStale says that the session is too old for what it asks; sign in again.
var ErrStale = fmt.Errorf("%w: sign in again first: it is more than %d minutes ago", access.ErrForbidden, int(freshFor/time.Minute))

var errNoAccount = fmt.Errorf("%w: a token has no account: sign in as a person", access.ErrForbidden)

func (s *Service) fresh(one Session) error {
	switch {
	case one.Person == "":
		return errNoAccount
	case s.cfg.Clock().Sub(one.Began) > freshFor:
		return ErrStale
	}
	return nil
}

// Fresh says whether the session may still change how its person signs in.
func (s *Service) Fresh(one Session) bool { return s.fresh(one) == nil }

// SetPassword gives the session's person another password, or the first. With
// one there, current must be it; without, the session must be fresh. All other
// sessions of the person end.
func (s *Service) SetPassword(ctx context.Context, r *http.Request, one Session, current, password string) error {
	person, ok := s.cfg.Access.Person(one.Person)
	if !ok {
		return errNoAccount
	}
	_, has := s.passwordOf(person.Email)
	if has.ID == "" {
		if err := s.fresh(one); err != nil {
			return err
		}
	} else if err := s.confirm(ctx, person, has, current, ratelimit.Source(r.RemoteAddr)); err != nil {
		return err
	}
	phc, err := s.newPassword(ctx, person, password)
	if err != nil {
		return err
	}
	defer s.cfg.Access.Deciding()()
	_, draft, err := s.cfg.Access.SetCredential(access.Credential{Person: person.ID, Kind: access.Password, PHC: phc})
	if err != nil {
		return err
	}
	return s.endOthers(ctx, r, one, "the password was changed", draft)
}

// confirm asks a person who is signed in for the password once more.
func (s *Service) confirm(ctx context.Context, p access.Person, c access.Credential, password string, from netip.Prefix) error {
	t, err := s.enter(string(access.Password), p.Email, from)
	if err != nil {
		return err
	}
	t.person = p.ID
	ok, _, err := s.hasher.matches(ctx, normal(password[:min(len(password), maxPassword)]), c.PHC)
	switch {
	case err != nil:
		t.withdrawn()
		return err
	case !ok:
		return t.refused(ctx, "wrong password, asked for to change it")
	}
	t.withdrawn()
	return nil
}

// BeginAdd has the browser of a fresh session make one more passkey.
func (s *Service) BeginAdd(one Session, label string, from netip.Prefix) (Challenge, error) {
	if err := s.fresh(one); err != nil {
		return Challenge{}, err
	}
	person, _ := s.cfg.Access.Person(one.Person)
	return s.beginMaking(ceremony{purpose: toAdd, label: label, owner: s.holderOf(person)}, from)
}

// FinishAdd keeps the passkey that BeginAdd asked for.
func (s *Service) FinishAdd(ctx context.Context, one Session, id string, answer []byte) error {
	begun, ok := s.keys.take(id, s.cfg.Clock())
	if !ok || begun.purpose != toAdd || begun.owner.id != one.Person {
		return errLate
	}
	c, err := s.finishMaking(begun, answer)
	if err != nil {
		return err
	}
	c.Person = one.Person
	defer s.cfg.Access.Deciding()()
	_, draft, err := s.cfg.Access.SetCredential(c)
	if err != nil {
		return err
	}
	return s.cfg.Append(ctx, draft)
}

// Remove takes one of the credentials of a fresh session's person away, but not
// the last with which it could come back. Sessions that began with it end.
func (s *Service) Remove(ctx context.Context, one Session, credential string) error {
	if err := s.fresh(one); err != nil {
		return err
	}
	who, ok := s.cfg.Access.PersonPrincipal(one.Person)
	if !ok {
		return fmt.Errorf("remove credential: %w: the person has left", access.ErrForbidden)
	}
	defer s.cfg.Access.Deciding()()
	others := slices.ContainsFunc(s.cfg.Access.Credentials(one.Person), func(c access.Credential) bool { return c.ID != credential && s.works(c) })
	if !others {
		return fmt.Errorf("remove credential: %w: it is the last way to sign in: add another first", access.ErrConflict)
	}
	draft, err := s.cfg.Access.RemoveCredential(who, one.Person, credential, "")
	if err != nil {
		return err
	}
	return s.cfg.Append(ctx, draft)
}

// works says whether one can sign in with a credential as the hub is configured.
func (s *Service) works(c access.Credential) bool {
	switch c.Kind {
	case access.Passkey:
		return s.rp != nil
	case access.OIDC:
		return slices.ContainsFunc(s.providers, func(r *relying) bool { return r.Issuer == c.Issuer })
	}
	return true
}

// EndOthers ends all sessions of the person but the one that asks.
func (s *Service) EndOthers(ctx context.Context, r *http.Request, one Session) error {
	return s.endOthers(ctx, r, one, "ended by the person from another session")
}

func (s *Service) endOthers(ctx context.Context, r *http.Request, one Session, why string, with ...ledger.Draft) error {
	drafts := with
	if ended := s.Sessions.endOf(one.Person, r); len(ended) > 0 {
		draft, err := access.NewSignIn(access.KindSignInEnded, access.SignIn{
			Person: one.Person, Method: one.Method, Address: address(ratelimit.Source(r.RemoteAddr)), Reason: fmt.Sprintf("%s: %d", why, len(ended)),
		})
		if err != nil {
			return err
		}
		drafts = append(drafts, draft)
	}
	if len(drafts) == 0 {
		return nil
	}
	return s.cfg.Append(ctx, drafts...)
}

// SignOut ends the browser's session.
func (s *Service) SignOut(ctx context.Context, w http.ResponseWriter, r *http.Request) error {
	one, found := s.Sessions.End(w, r)
	if !found {
		return nil
	}
	draft, err := access.NewSignIn(access.KindSignInEnded, access.SignIn{Person: one.Person, Method: one.Method, Address: address(ratelimit.Source(r.RemoteAddr)), Reason: "signed out"})
	if err != nil {
		return err
	}
	return s.cfg.Append(context.WithoutCancel(ctx), draft)
}
