package web

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

const (
	sessionLife = 12 * time.Hour // however busy it is
	maxSessions = 10_000
	maxSignIn   = 16 << 10 // bytes of a sign-in
)

// sessions remembers who has signed in with which token. The token itself is
// asked for again at each request, so that a revoked one ends its sessions.
type sessions struct {
	mu sync.Mutex
	by map[string]session
}

type session struct {
	token string
	ends  time.Time
}

func newSessions() *sessions { return &sessions{by: map[string]session{}} }

func (s *sessions) begin(token string, now time.Time) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, old := range s.by {
		if now.After(old.ends) || len(s.by) >= maxSessions {
			delete(s.by, id)
		}
	}
	id := rand.Text()
	s.by[id] = session{token, now.Add(sessionLife)}
	return id
}

func (s *sessions) token(id string, now time.Time) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one, ok := s.by[id]
	return one.token, ok && now.Before(one.ends)
}

func (s *sessions) end(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.by, id)
}

// cookieName is the session's. Over TLS the prefix has browsers refuse a
// cookie of that name from anybody but this host (RFC 6265bis, section 4.1.3.2).
func (p *pages) cookieName() string {
	if p.Secure {
		return "__Host-tocsin-session"
	}
	return "tocsin-session"
}

// principal is who reads, by the session's cookie.
func (p *pages) principal(r *http.Request) (access.Principal, bool) {
	cookie, err := r.Cookie(p.cookieName())
	if err != nil {
		return access.Principal{}, false
	}
	token, ok := p.sessions.token(cookie.Value, p.Clock())
	if !ok {
		return access.Principal{}, false
	}
	return p.Views.Access.Authenticate(token)
}

func (p *pages) signInPage(w http.ResponseWriter, r *http.Request) {
	p.render(w, p.reading(r), http.StatusOK, content{"sign-in", "Sign in", "", ""})
}

func (p *pages) signIn(w http.ResponseWriter, r *http.Request) {
	refuse := func(status int, why string) {
		p.render(w, p.reading(r), status, content{"sign-in", "Sign in", "", why})
	}
	from, now := source(r), p.Clock()
	if wait := p.attempts.wait(from, now); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
		refuse(http.StatusTooManyRequests, fmt.Sprintf("Too many attempts failed from your address. Wait %s, then try again.", lasted(wait+time.Second)))
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxSignIn)
	token := strings.TrimSpace(r.PostFormValue("token"))
	if _, ok := p.Views.Access.Authenticate(token); !ok {
		p.attempts.failed(from, now)
		refuse(http.StatusUnauthorized, "This token is unknown or has been revoked. Ask the hub's administrator for another.")
		return
	}
	if old, err := r.Cookie(p.cookieName()); err == nil {
		p.sessions.end(old.Value)
	}
	p.setCookie(w, p.sessions.begin(token, now), int(sessionLife/time.Second))
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (p *pages) signOut(w http.ResponseWriter, r *http.Request) {
	if cookie, err := r.Cookie(p.cookieName()); err == nil {
		p.sessions.end(cookie.Value)
	}
	p.setCookie(w, "", -1)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (p *pages) setCookie(w http.ResponseWriter, value string, age int) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure over TLS; over plain HTTP on loopback browsers would drop it
		Name: p.cookieName(), Value: value, Path: "/", MaxAge: age,
		HttpOnly: true, Secure: p.Secure, SameSite: http.SameSiteStrictMode,
	})
}
