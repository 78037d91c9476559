package signin

import (
	"net/http"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Reader is who makes a request, by the session of its browser; false: nobody
// who is signed in. A session that is over ends here for good.
func (s *Service) Reader(r *http.Request) (Session, access.Principal, bool) {
	one, found := s.Sessions.Current(r)
	if !found {
		return Session{}, access.Principal{}, false
	}
	who, ok := s.principal(one)
	if !ok {
		_ = s.Sessions.store.Delete(s.Sessions.token(r)) // never fails
		return Session{}, access.Principal{}, false
	}
	return one, who, true
}

// principal is who acts in a session; false: it is over, because the token or
// the person has gone, the person has another role, or the credential that it
// came with was taken away.
func (s *Service) principal(one Session) (access.Principal, bool) {
	if one.Person == "" {
		who, ok := s.cfg.Access.Authenticate(one.Token)
		return who, ok && who.Allows(access.Pages, false)
	}
	who, ok := s.cfg.Access.PersonPrincipal(one.Person)
	if !ok || who.Role != one.Role {
		return access.Principal{}, false
	}
	kept := slices.ContainsFunc(s.cfg.Access.Credentials(one.Person), func(c access.Credential) bool { return c.ID == one.Credential })
	return who, kept
}

// Entry ends the sessions of people whose partner, role or credential an entry
// has changed: what is taken away and given back before the next request ends
// them as well. It is to be called with each new entry once Access has folded it.
func (s *Service) Entry(e ledger.Entry) {
	switch e.Kind {
	case access.KindPersonChanged, access.KindPersonLeft, access.KindPersonErased, access.KindPartnerLeft, access.KindCredentialRemoved:
		s.Sessions.store.endWhere("", func(one Session) bool {
			_, ok := s.principal(one)
			return one.Person != "" && !ok
		})
	}
}
