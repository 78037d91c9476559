package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/web"
)

const password = "plum kettle orbit seven"

// invite lets a person in and gives the secret.
func (s *site) invite(name, email string) (access.Person, string) {
	s.t.Helper()
	partner := s.partner("Water works of "+name, "water", "NZ")
	admin, _ := s.views.Access.Authenticate(adminToken)
	p, secret, drafts, err := s.views.Access.Invite(admin, partner.ID, name, email, access.Analyst, s.clock())
	if err != nil {
		s.t.Fatal(err)
	}
	s.append(drafts...)
	return p, secret
}

func twice(of string) url.Values { return url.Values{"password": {of}, "again": {of}} }

func with(v url.Values, name, value string) url.Values {
	v.Set(name, value)
	return v
}

// in wants a redirect with a new session, and gives its cookie.
func (s *site) in(w *httptest.ResponseRecorder, to string) *http.Cookie {
	s.t.Helper()
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != to || len(w.Result().Cookies()) != 1 {
		s.t.Fatalf("status %d to %q with %v:\n%s", w.Code, w.Header().Get("Location"), w.Result().Cookies(), w.Body)
	}
	return w.Result().Cookies()[0]
}

// says wants an error page of a status with a text and no session.
func (s *site) says(w *httptest.ResponseRecorder, status int, text string) {
	s.t.Helper()
	if w.Code != status || !strings.Contains(w.Body.String(), text) || len(w.Result().Cookies()) > 0 {
		s.t.Errorf("status %d, want %d with %q; cookies %v:\n%s", w.Code, status, text, w.Result().Cookies(), w.Body)
	}
	if status == http.StatusTooManyRequests && w.Header().Get("Retry-After") == "" {
		s.t.Error("refused without saying for how long")
	}
}

// A person joins by the secret, signs out and in, and changes the password, all
// without JavaScript.
func TestAPersonComesIn(t *testing.T) {
	s := newSite(t, closed)
	_, secret := s.invite("Ann Example", "ann@water.example")
	s.says(s.post("/enrol", with(twice(password), "secret", "tocsin_enrol_wrong")), http.StatusUnauthorized, "This secret is unknown, was used already or has expired.")
	s.says(s.post("/enrol", with(twice("short"), "secret", secret)), http.StatusBadRequest, "The password has 5 characters: use at least 12")
	s.says(s.post("/enrol", with(with(twice(password), "again", password+"!"), "secret", secret)), http.StatusBadRequest, "The two passwords are not the same")
	c := s.in(s.post("/enrol", with(twice(password), "secret", secret)), "/")
	page := s.page("/", c)
	if !strings.Contains(page, `<a href="/account">Ann Example</a> · Water works of Ann Example · analyst`) {
		t.Errorf("the page does not say who reads:\n%s", page)
	}
	s.post("/sign-out", nil, func(r *http.Request) { r.AddCookie(c) })
	if s.signedIn(c) {
		t.Error("signed out, and in")
	}
	s.says(s.post("/sign-in", url.Values{"email": {"ann@water.example"}, "password": {"wrong"}}), http.StatusUnauthorized, "do not belong together")
	s.says(s.post("/sign-in", url.Values{"email": {"nobody@water.example"}, "password": {"wrong"}}), http.StatusUnauthorized, "do not belong together")
	c = s.in(s.post("/sign-in", url.Values{"email": {"ann@water.example"}, "password": {password}}), "/")
	me := func(r *http.Request) { r.AddCookie(c) }
	s.says(s.post("/account/password", with(twice("another plum, another kettle"), "current", "wrong"), me), http.StatusUnauthorized, "Check your current password")
	if w := s.post("/account/password", with(twice("another plum, another kettle"), "current", password), me); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/account" {
		t.Errorf("change the password: status %d:\n%s", w.Code, w.Body)
	}
	if !s.signedIn(c) {
		t.Error("the session that changed the password ended")
	}
	s.says(s.post("/sign-in", url.Values{"email": {"ann@water.example"}, "password": {password}}), http.StatusUnauthorized, "do not belong together")
}

// Refusals look alike to the last byte but for what was typed.
func TestRefusalsLookAlike(t *testing.T) {
	s := newSite(t, closed)
	_, secret := s.invite("Ann Example", "ann@water.example")
	s.invite("Second Example", "second@water.example")
	s.in(s.post("/enrol", with(twice(password), "secret", secret)), "/")
	answer := func(email string) string {
		w := s.post("/sign-in", url.Values{"email": {email}, "password": {"not the password"}})
		return strings.ReplaceAll(w.Result().Status+w.Body.String(), email, "EMAIL")
	}
	known := answer("ann@water.example")
	for _, email := range []string{"second@water.example", "nobody@water.example"} {
		if got := answer(email); got != known {
			t.Errorf("%s is told\n%s\nand not\n%s", email, got, known)
		}
	}
}

func TestTheAccountPage(t *testing.T) {
	s := newSite(t, closed)
	p, secret := s.invite("Ann Example", "ann@water.example")
	c := s.in(s.post("/enrol", with(twice(password), "secret", secret)), "/")
	me := func(r *http.Request) { r.AddCookie(c) }
	page := s.page("/account", c)
	for _, want := range []string{"ann@water.example", "Change your password", "with enrolment, from", "(here)"} {
		if !strings.Contains(page, want) {
			t.Errorf("the account has no %q:\n%s", want, page)
		}
	}
	credential := s.views.Access.Credentials(p.ID)[0].ID
	s.says(s.post("/account/remove", url.Values{"credential": {credential}}, me), http.StatusConflict, "It is the last way to sign in: add another first.")
	other := s.in(s.post("/sign-in", url.Values{"email": {"ann@water.example"}, "password": {password}}), "/")
	if w := s.post("/account/sessions", nil, me); w.Code != http.StatusSeeOther || s.signedIn(other) || !s.signedIn(c) {
		t.Errorf("status %d; elsewhere in %t, here in %t", w.Code, s.signedIn(other), s.signedIn(c))
	}
	s.pass(16 * time.Minute)
	if page := s.page("/account", c); !strings.Contains(page, "sign in again") {
		t.Errorf("after a quarter of an hour the account says nothing:\n%s", page)
	}
	s.says(s.post("/account/remove", url.Values{"credential": {credential}}, me), http.StatusForbidden, "Sign in again first")
	if page := s.page("/account", s.signIn(adminToken)); !strings.Contains(page, "which has no account") {
		t.Errorf("a token's account:\n%s", page)
	}
	for _, path := range []string{"/account/password", "/account/remove", "/account/sessions", "/account/link/x"} {
		if w := s.post(path, twice(password)); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/sign-in" {
			t.Errorf("a stranger's POST %s: status %d to %q", path, w.Code, w.Header().Get("Location"))
		}
	}
	if w := s.post("/account/passkeys/begin", nil); w.Code != http.StatusForbidden {
		t.Errorf("a stranger's passkey: status %d: %s", w.Code, w.Body)
	}
}

// Whoever has the secret that the hub printed claims it, once.
func TestClaiming(t *testing.T) {
	s := newSite(t, closed)
	s.views.Access.SetAdministrator(ledger.Hash{})
	secret, hash := access.NewClaim()
	s.views.Access.SetClaim(hash)
	if page := s.page("/sign-in"); !strings.Contains(page, `href="/claim"`) {
		t.Errorf("nobody is told to claim:\n%s", page)
	}
	form := func(secret string) url.Values {
		return with(with(with(twice(password), "secret", secret), "name", "Root"), "email", "root@hub.example")
	}
	s.says(s.post("/claim", form("wrong")), http.StatusUnauthorized, "This is not the secret that the hub printed")
	s.says(s.post("/claim", with(form(secret), "email", "x")), http.StatusBadRequest, "is no address")
	c := s.in(s.post("/claim", form(secret)), "/setup")
	if page := s.page("/", c); !strings.Contains(page, "Root</a> · Administrator · administrator") {
		t.Errorf("the page does not say who reads:\n%s", page)
	}
	s.says(s.post("/claim", form(secret)), http.StatusConflict, "has been claimed already")
	if page := s.page("/claim"); strings.Contains(page, "<form method") || strings.Contains(s.page("/sign-in"), `href="/claim"`) {
		t.Errorf("the claim stays open:\n%s", page)
	}
}

// Every path that changes something is closed to other sites.
func TestAnotherSiteCannotUseTheDoor(t *testing.T) {
	s := newSite(t, closed)
	_, secret := s.invite("Ann Example", "ann@water.example")
	c := s.in(s.post("/enrol", with(twice(password), "secret", secret)), "/")
	for _, path := range []string{
		"/sign-in", "/sign-in/passkey/begin", "/sign-in/passkey/finish", "/sign-in/oidc/x", "/enrol", "/enrol/passkey/begin", "/enrol/passkey/finish",
		"/claim", "/claim/passkey/begin", "/account/password", "/account/remove", "/account/sessions", "/account/link/x", "/account/vote", "/account/passkeys/begin", "/account/passkeys/finish", "/sign-out", "/signout",
	} {
		w := s.post(path, with(twice("another plum, another kettle"), "current", password), func(r *http.Request) {
			r.AddCookie(c)
			r.Header.Set("Sec-Fetch-Site", "cross-site")
		})
		if w.Code != http.StatusForbidden || len(w.Result().Cookies()) > 0 {
			t.Errorf("POST %s: status %d, cookies %v", path, w.Code, w.Result().Cookies())
		}
	}
	if !s.signedIn(c) {
		t.Error("another site ended the session")
	}
}

// No page about coming in sends a secret anywhere but in a form's body, or
// lets another site have it.
func TestSecretsStayInForms(t *testing.T) {
	s := newSite(t, closed)
	for _, path := range []string{"/sign-in", "/enrol", "/claim"} {
		w := s.get(path)
		page := w.Body.String()
		if strings.Contains(page, `<form action`) || strings.Contains(page, `method="get"`) {
			t.Errorf("GET %s has a form that would put what is typed into an address:\n%s", path, page)
		}
		if h := w.Header(); h.Get("Cache-Control") != "no-store" || h.Get("Referrer-Policy") != "no-referrer" || !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("GET %s: %v", path, h)
		}
	}
	if page := s.page("/enrol?secret=tocsin_enrol_x"); strings.Contains(page, "tocsin_enrol_x") {
		t.Error("the page takes a secret from its address")
	}
}

// Where the ledger takes nothing, nobody comes in, and is told why.
func TestNobodyComesInUnrecorded(t *testing.T) {
	s := newSite(t, closed)
	_, secret := s.invite("Ann Example", "ann@water.example")
	s.in(s.post("/enrol", with(twice(password), "secret", secret)), "/")
	full := s.door("http://hub.example", failing(ledger.ErrUnavailable))
	pages, err := web.New(web.Config{Views: s.views, SignIn: full, Ended: t.Context(), Clock: s.clock, Logger: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	s.pages = pages
	s.says(s.post("/sign-in", url.Values{"email": {"ann@water.example"}, "password": {password}}), http.StatusServiceUnavailable, "lets nobody in unrecorded")
}
