package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// as sends a form with a session's cookie.
func (s *site) as(c *http.Cookie, path string, form url.Values) *httptest.ResponseRecorder {
	s.t.Helper()
	return s.post(path, form, func(r *http.Request) { r.AddCookie(c) })
}

func newPartner() url.Values {
	return url.Values{"act": {"partner"}, "name": {"Water works"}, "sector": {"water"}, "country": {"nz"}, "kind": {"operator"}}
}

// A hub that nobody administers leads to its claim, and from there to the guide,
// until a partner takes part and something is fed.
func TestTheFirstRun(t *testing.T) {
	s := newSite(t, closed)
	s.views.Access.SetAdministrator(ledger.Hash{})
	secret, hash := access.NewClaim()
	s.views.Access.SetClaim(hash)
	if w := s.get("/"); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/claim" {
		t.Errorf("a fresh hub: status %d to %q, want its claim", w.Code, w.Header().Get("Location"))
	}
	claim := with(with(with(twice(password), "secret", secret), "name", "Root"), "email", "root@hub.example")
	root := s.in(s.post("/claim", claim), "/setup")
	if w := s.get("/"); w.Header().Get("Location") != "/sign-in" {
		t.Errorf("a claimed hub leads to %q", w.Header().Get("Location"))
	}
	says(t, s.page("/setup", root), "You, Root, administer this hub", "Let the first partner in", "Let a partner in first: a feed is always somebody's")
	says(t, s.page("/setup/works", root), "Not set up yet")

	wrong := s.as(root, "/setup", with(newPartner(), "country", "xx"))
	if page := wrong.Body.String(); wrong.Code != http.StatusBadRequest || !strings.Contains(page, "Unknown country") || !strings.Contains(page, `value="Water works"`) {
		t.Errorf("a wrong country: status %d:\n%s", wrong.Code, page)
	}
	w := s.as(root, "/setup", with(newPartner(), "own", "yes"))
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/setup?done=partner#person" {
		t.Fatalf("let in: status %d to %q:\n%s", w.Code, w.Header().Get("Location"), w.Body)
	}
	one := s.views.Access.Partners()[0]
	says(t, s.page("/setup?done=partner", root), "The partner takes part now", "You act for <bdi>Water works</bdi>, with the role administrator")

	invite := s.as(root, "/setup", url.Values{"act": {"invite"}, "partner": {string(one.ID)}, "person": {"Ann"}, "email": {"ann@water.example"}, "role": {"coordinator"}}).Body.String()
	says(t, invite, "Ann is invited: the link, shown this once", "http://hub.example/enrol#tocsin_enrol_")
	if page := s.page("/setup", root); strings.Contains(page, "tocsin_enrol_") {
		t.Error("the invitation is shown again")
	}
	connected := s.as(root, "/setup", url.Values{"act": {"connect"}, "partner": {string(one.ID)}, "engine": {"nft"}, "reach": {"internal"}}).Body.String()
	says(t, connected, "Connected for Water works: its token, shown this once", `<code id="token">tocsin_`, "tocsin edge --hub http://hub.example", "/etc/tocsin/token")
	tokens := s.views.Access.Tokens()
	if len(tokens) != 1 || tokens[0].Partner != one.ID || tokens[0].Role != access.Contributor || len(tokens[0].Scopes) == 0 {
		t.Errorf("the tokens are %+v", tokens)
	}
	says(t, s.page("/setup", root), "All three steps are done")
	says(t, s.page("/setup/works", root), "Your hub works", "No token of a partner was used")
	s.views.Access.Authenticate(cut(t, connected, `<code id="token">`, "<"))
	says(t, s.page("/setup/works", root), "A partner's token was used last")

	s.as(root, "/sign-out", nil)
	s.in(s.post("/sign-in", url.Values{"email": {"root@hub.example"}, "password": {password}}), "/")
}

// cut is what stands between two texts.
func cut(t *testing.T, page, from, to string) string {
	t.Helper()
	_, rest, found := strings.Cut(page, from)
	text, _, ends := strings.Cut(rest, to)
	if !found || !ends {
		t.Fatalf("the page has no %q:\n%s", from, page)
	}
	return text
}

// Nobody but an administrator is shown the guide, nor does anything by it.
func TestTheGuideIsForAdministrators(t *testing.T) {
	s := newSite(t)
	one := s.partner("Water works", "water", "NZ")
	_, secret := s.token(one.ID, access.Coordinator)
	c := s.signIn(secret)
	head, err := s.views.Ledger.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/setup", "/setup/works", "/partners/new"} {
		for reader, cookies := range map[string][]*http.Cookie{"guest": nil, "coordinator": {c}} {
			if w := s.get(path, cookies...); w.Code != http.StatusForbidden {
				t.Errorf("%s GET %s: status %d", reader, path, w.Code)
			}
		}
	}
	for act, form := range map[string]url.Values{
		"partner": newPartner(), "own": {"partner": {string(one.ID)}}, "invite": {"partner": {string(one.ID)}, "person": {"x"}, "email": {"x@x.example"}, "role": {"viewer"}},
		"connect": {"partner": {string(one.ID)}, "engine": {"lists"}},
	} {
		if w := s.as(c, "/setup", with(form, "act", act)); w.Code != http.StatusForbidden {
			t.Errorf("%s: status %d", act, w.Code)
		}
	}
	if now, err := s.views.Ledger.Head(t.Context()); err != nil || now != head {
		t.Errorf("the ledger has grown to %d, %v", now.Seq, err)
	}
}

// What a page refuses to connect, and what it says.
func TestConnectingRefuses(t *testing.T) {
	s := newSite(t)
	one := s.partner("Water works", "water", "NZ")
	c := s.signIn(adminToken)
	for want, form := range map[string]url.Values{
		"Partner: let a partner in first": {"engine": {"lists"}}, "there is no &#34;unbound&#34;": {"partner": {string(one.ID)}, "engine": {"unbound"}},
		"reach": {"partner": {string(one.ID)}, "engine": {"lists"}, "reach": {"everybody"}},
	} {
		w := s.as(c, "/setup", with(form, "act", "connect"))
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%v: status %d, the page does not say %q", form, w.Code, want)
		}
	}
	if w := s.as(c, "/setup", url.Values{"act": {"own"}, "partner": {string(one.ID)}}); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "Only a person can") {
		t.Errorf("a token acts for a partner: status %d", w.Code)
	}
	if len(s.views.Access.Tokens()) != 0 {
		t.Error("a token was issued")
	}
}
