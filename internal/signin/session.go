package signin

import (
	"context"
	"encoding/gob"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/tocsin-project/tocsin/internal/access"
)

// How long a session lasts: NIST SP 800-63B-4, section 2.2.3, asks for an end
// after at most 24 hours, or one hour without use.
const (
	SessionLife = 12 * time.Hour // however busy it is
	SessionIdle = time.Hour      // of a person
)

// Session is somebody who is signed in.
type Session struct {
	Person     string      // the person's id; empty: a token's
	Token      string      // the secret of the token that was pasted; empty: a person's
	Credential string      // that a person came with; its removal ends the session
	Role       access.Role // at the beginning: with another role a person signs in again
	Method     string      // how: Password, Passkey, OIDC, Token or Enrolment
	From       netip.Prefix
	Began      time.Time
}

const sessionKey = "session"

func init() { gob.Register(Session{}) } // scs keeps values of any type, and gob wants to know them

// Sessions are who is signed in, each by the cookie of its browser.
type Sessions struct {
	manager *scs.SessionManager
	store   *store
}

func newSessions(secure bool, clock func() time.Time) *Sessions {
	s := &Sessions{store: newStore(clock)}
	// Not by scs.New, whose default store has a goroutine that never ends.
	s.manager = &scs.SessionManager{
		Store: s.store, Codec: scs.GobCodec{}, Lifetime: SessionLife,
		Cookie: scs.SessionCookie{
			Name: CookieName("session", secure), Path: "/", HttpOnly: true, Secure: secure, Persist: true,
			// Not Strict: a browser that comes back from an identity provider
			// would be sent on without its new session, and links to a page from
			// elsewhere would end at the sign-in. What changes something is
			// guarded by http.CrossOriginProtection.
			SameSite: http.SameSiteLaxMode,
		},
	}
	return s
}

// CookieName is the name of one of the hub's cookies. Over TLS its prefix has
// browsers refuse a cookie of that name from anybody but this host (RFC
// 6265bis, section 4.1.3.2).
func CookieName(what string, secure bool) string {
	if secure {
		return "__Host-tocsin-" + what
	}
	return "tocsin-" + what
}

// Begin signs somebody in at the browser that made the request: with a new
// token, and whatever session it had before ends.
func (s *Sessions) Begin(w http.ResponseWriter, r *http.Request, one Session) error {
	_ = s.store.Delete(s.token(r))
	ctx, err := s.manager.Load(context.Background(), "")
	if err != nil {
		return fmt.Errorf("begin session: %w", err)
	}
	s.manager.Put(ctx, sessionKey, one)
	token, ends, err := s.manager.Commit(ctx)
	if err != nil {
		return fmt.Errorf("begin session: %w", err)
	}
	s.manager.WriteSessionCookie(ctx, w, token, ends)
	return nil
}

// Current is the session of the request's browser. What a page fetches by
// itself is not its reader's doing, and keeps no session alive.
func (s *Sessions) Current(r *http.Request) (Session, bool) {
	token := s.token(r)
	if token == "" {
		return Session{}, false
	}
	ctx, err := s.manager.Load(context.Background(), token)
	if err != nil {
		return Session{}, false
	}
	one, found := s.manager.Get(ctx, sessionKey).(Session)
	if found && (r.Method != http.MethodGet || r.Header.Get("Sec-Fetch-Dest") != "empty") {
		s.store.touch(token)
	}
	return one, found
}

// End signs out, and gives the session that has ended.
func (s *Sessions) End(w http.ResponseWriter, r *http.Request) (Session, bool) {
	one, found := s.Current(r)
	_ = s.store.Delete(s.token(r))
	ctx, err := s.manager.Load(context.Background(), "")
	if err == nil {
		s.manager.WriteSessionCookie(ctx, w, "", time.Time{})
	}
	return one, found
}

// Of are the sessions of a person, the newest first.
func (s *Sessions) Of(person string) []Session {
	list := s.store.of(person)
	slices.SortFunc(list, func(a, b Session) int { return b.Began.Compare(a.Began) })
	return list
}

// endOf ends the sessions of a person but the one of a request, if there is one.
func (s *Sessions) endOf(person string, but *http.Request) []Session {
	spared := ""
	if but != nil {
		spared = s.token(but)
	}
	return s.store.endWhere(spared, func(one Session) bool { return person != "" && one.Person == person })
}

func (s *Sessions) token(r *http.Request) string {
	cookie, err := r.Cookie(s.manager.Cookie.Name)
	if err != nil {
		return ""
	}
	return cookie.Value
}
