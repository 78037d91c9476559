package web_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/web"
)

func closed(cfg *web.Config) { cfg.Open = false }

// signedIn says whether the cookie still reads a closed hub's pages.
func (s *site) signedIn(c *http.Cookie) bool {
	s.t.Helper()
	w := s.get("/", c)
	switch {
	case w.Code == http.StatusOK:
		return true
	case w.Code == http.StatusSeeOther && w.Header().Get("Location") == "/sign-in":
		return false
	}
	s.t.Fatalf("GET /: status %d to %q", w.Code, w.Header().Get("Location"))
	return false
}

func TestTheCookieIsOutOfReach(t *testing.T) {
	for _, secure := range []bool{false, true} {
		t.Run(fmt.Sprint("tls ", secure), func(t *testing.T) {
			s := newSite(t, closed)
			if secure {
				var err error
				if s.pages, err = web.New(web.Config{Views: s.views, SignIn: s.door("https://hub.example"), Ended: t.Context(), Clock: s.clock, Logger: slog.Default()}); err != nil {
					t.Fatal(err)
				}
			}
			c := s.signIn(adminToken)
			if !c.HttpOnly || c.Secure != secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
				t.Errorf("cookie %+v", c)
			}
			if got := strings.HasPrefix(c.Name, "__Host-"); got != secure {
				t.Errorf("cookie's name %q over TLS %t", c.Name, secure)
			}
			if strings.Contains(c.Value, adminToken) || len(c.Value) < 26 {
				t.Errorf("the session's id %q is the token or can be guessed", c.Value)
			}
			if !s.signedIn(c) {
				t.Error("the cookie does not sign in")
			}
		})
	}
}

func TestASessionEnds(t *testing.T) {
	s := newSite(t, closed)
	p := s.partner("Water works", "water", "NZ")
	for _, end := range []struct {
		name string
		by   func(c *http.Cookie, token string)
	}{
		{"after twelve hours however busy", func(c *http.Cookie, _ string) {
			for range 11 {
				s.pass(time.Hour)
				if !s.signedIn(c) {
					t.Error("ended before its time")
				}
			}
			s.pass(time.Hour)
		}},
		{"with its token", func(_ *http.Cookie, token string) {
			draft, err := s.views.Access.Revoke(token, "lost")
			if err != nil {
				t.Fatal(err)
			}
			s.append(draft)
		}},
		{"by signing out", func(c *http.Cookie, _ string) {
			w := s.post("/sign-out", nil, func(r *http.Request) { r.AddCookie(c) })
			if w.Result().Cookies()[0].MaxAge >= 0 {
				t.Error("signing out leaves the cookie")
			}
		}},
		{"by signing in anew", func(c *http.Cookie, _ string) {
			w := s.post("/sign-in", url.Values{"token": {adminToken}}, func(r *http.Request) { r.AddCookie(c) })
			if w.Code != http.StatusSeeOther {
				t.Fatal(w.Code)
			}
		}},
	} {
		t.Run(end.name, func(t *testing.T) {
			id, secret := s.token(p.ID, access.Viewer)
			c := s.signIn(secret)
			if !s.signedIn(c) {
				t.Fatal("not signed in")
			}
			end.by(c, id)
			if s.signedIn(c) {
				t.Error("the session goes on")
			}
		})
	}
}

func TestAnotherSiteCannotPost(t *testing.T) {
	s := newSite(t, closed)
	for _, forged := range []http.Header{
		{"Sec-Fetch-Site": {"cross-site"}},
		{"Sec-Fetch-Site": {"same-site"}},
		{"Origin": {"https://elsewhere.example"}},
		{"Origin": {"null"}},
	} {
		for _, path := range []string{"/sign-in", "/sign-out"} {
			w := s.post(path, url.Values{"token": {adminToken}}, func(r *http.Request) {
				for name, values := range forged {
					r.Header[name] = values
				}
			})
			if w.Code != http.StatusForbidden || len(w.Result().Cookies()) > 0 {
				t.Errorf("POST %s with %v: status %d, cookies %v", path, forged, w.Code, w.Result().Cookies())
			}
		}
	}
	w := s.post("/sign-in", url.Values{"token": {adminToken}}, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-origin") })
	if w.Code != http.StatusSeeOther {
		t.Errorf("POST from the page itself: status %d", w.Code)
	}
}

func TestGuessingIsSlow(t *testing.T) {
	s := newSite(t, closed)
	try := func(token, from string) int {
		w := s.post("/sign-in", url.Values{"token": {token}}, func(r *http.Request) { r.RemoteAddr = from })
		if w.Code == http.StatusTooManyRequests && w.Header().Get("Retry-After") == "" {
			t.Error("refused without saying for how long")
		}
		return w.Code
	}
	guesser, neighbour := "[2001:db8:1:2::1]:1000", "[2001:db8:1:2:ffff::9]:2000"
	for i := range 10 {
		if got := try(fmt.Sprint("guess ", i), guesser); got != http.StatusUnauthorized {
			t.Fatalf("guess %d: status %d", i, got)
		}
	}
	if got := try(adminToken, guesser); got != http.StatusTooManyRequests {
		t.Errorf("eleventh attempt at once: status %d", got)
	}
	if got := try(adminToken, neighbour); got != http.StatusTooManyRequests {
		t.Errorf("from the same network: status %d", got)
	}
	if got := try(adminToken, "192.0.2.7:1000"); got != http.StatusSeeOther {
		t.Errorf("from elsewhere: status %d", got)
	}
	s.pass(6 * time.Second)
	if got := try("another guess", guesser); got != http.StatusUnauthorized {
		t.Errorf("after six seconds: status %d", got)
	}
	if got := try("and another", guesser); got != http.StatusTooManyRequests {
		t.Errorf("two after six seconds: status %d", got)
	}
	s.pass(2 * time.Minute)
	if got := try(adminToken, guesser); got != http.StatusSeeOther {
		t.Errorf("after two minutes: status %d", got)
	}
}

// A closed hub shows a stranger the way to sign in and nothing else.
func TestAClosedHubIsClosed(t *testing.T) {
	s := newSite(t, closed)
	for _, path := range append(everyPage, "/nowhere") {
		if w := s.get(path); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/sign-in" {
			t.Errorf("GET %s: status %d to %q", path, w.Code, w.Header().Get("Location"))
		}
	}
	if w := s.get("/live"); w.Code != http.StatusUnauthorized {
		t.Errorf("GET /live: status %d", w.Code)
	}
	if page := s.page("/sign-in"); strings.Contains(page, "live.js") || strings.Contains(page, "/partners") {
		t.Errorf("the sign-in page has more than signing in:\n%s", page)
	}
	w := s.post("/sign-in", url.Values{"token": {strings.Repeat("x", 1<<20)}})
	if w.Code != http.StatusUnauthorized {
		t.Errorf("a token of a megabyte: status %d", w.Code)
	}
}
