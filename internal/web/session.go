package web

import (
	"crypto/rand"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

const (
	cookieName  = "tocsin-session"
	sessionLife = 12 * time.Hour
	maxSessions = 10_000
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

// principal is who reads, by the session's cookie.
func (p *pages) principal(r *http.Request) (access.Principal, bool) {
	cookie, err := r.Cookie(cookieName)
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
	p.render(w, r, http.StatusOK, access.Principal{}, true, content{"sign-in", "Sign in", "", ""})
}

func (p *pages) signIn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	token := strings.TrimSpace(r.PostFormValue("token"))
	if _, ok := p.Views.Access.Authenticate(token); !ok {
		p.render(w, r, http.StatusUnauthorized, access.Principal{}, true, content{"sign-in", "Sign in", "",
			"This token is unknown or has been revoked. Ask the hub's administrator for another."})
		return
	}
	p.setCookie(w, p.sessions.begin(token, p.Clock()), int(sessionLife/time.Second))
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (p *pages) signOut(w http.ResponseWriter, r *http.Request) {
	if cookie, err := r.Cookie(cookieName); err == nil {
		p.sessions.end(cookie.Value)
	}
	p.setCookie(w, "", -1)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (p *pages) setCookie(w http.ResponseWriter, value string, age int) {
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: value, Path: "/", MaxAge: age,
		HttpOnly: true, Secure: p.Secure, SameSite: http.SameSiteStrictMode,
	})
}
