package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/web"
)

// booth is a coordinator who votes for her partner with a passkey, in a case
// with a statement that waits.
type booth struct {
	*file
	partner    access.Partner
	person     access.Person
	key        *passkey
	credential string
	session    *http.Cookie
	statement  string
}

func newBooth(t *testing.T, role access.Role) *booth {
	t.Helper()
	s := newSite(t, closed)
	b := &booth{}
	var err error
	if s.pages, err = web.New(web.Config{Views: s.views, SignIn: s.door("https://hub.example"), Ended: t.Context(), Clock: s.clock, Logger: quiet()}); err != nil {
		t.Fatal(err)
	}
	b.partner = s.partner("Alpha", "government-national", "GB")
	beta := s.nation("Beta")
	b.file = s.open("all of ["+string(b.partner.ID)+", "+string(beta.ID)+"]", "", beta)
	b.statement = b.propose(attribution.Finding, "It was the first group.")
	admin, _ := s.views.Access.Authenticate(adminToken)
	p, secret, drafts, err := s.views.Access.Invite(admin, b.partner.ID, "Ann", "ann@alpha.example", role, s.clock())
	if err != nil {
		t.Fatal(err)
	}
	s.append(drafts...)
	b.person = p
	b.session = s.in(s.post("/enrol", with(twice(password), "secret", secret)), "/")
	b.key, b.credential = s.passkey(p.ID)
	return b
}

func (b *booth) me(r *http.Request) {
	r.Host = "hub.example"
	r.AddCookie(b.session)
}

// register makes the passkey the partner's key.
func (b *booth) register() {
	b.t.Helper()
	if w := b.post("/account/vote", url.Values{"credential": {b.credential}}, b.me); w.Code != http.StatusSeeOther {
		b.t.Fatalf("register: status %d: %s", w.Code, w.Body)
	}
}

func ballot(words string) url.Values {
	return url.Values{"vote": {"endorse"}, "words": {words}, "confidence": {"high"}}
}

// begin gives the options and the cookie of a ceremony.
func (b *booth) begin(form url.Values) (string, *http.Cookie) {
	b.t.Helper()
	w := b.post(b.path(b.statement)+"/vote/begin", form, b.me)
	if w.Code != http.StatusOK || len(w.Result().Cookies()) != 1 {
		b.t.Fatalf("begin: status %d: %s", w.Code, w.Body)
	}
	return w.Body.String(), w.Result().Cookies()[0]
}

func (b *booth) finish(answer string, cookies ...*http.Cookie) *httptest.ResponseRecorder {
	b.t.Helper()
	return b.post(b.path(b.statement)+"/vote/finish", nil, body(answer, append(cookies, b.session)...))
}

// refused wants a status and some words of the reason.
func (b *booth) refused(what string, w *httptest.ResponseRecorder, status int, why string) {
	b.t.Helper()
	if w.Code != status || !strings.Contains(w.Body.String(), why) {
		b.t.Errorf("%s: status %d, want %d with %q: %s", what, w.Code, status, why, w.Body)
	}
}

// votes are those of the partner.
func (b *booth) votes() []attribution.Voted {
	b.t.Helper()
	c, err := b.views.Cases.Get(b.members[0].who, b.id)
	if err != nil {
		b.t.Fatal(err)
	}
	var list []attribution.Voted
	for _, s := range c.Statements {
		list = append(list, s.Votes...)
	}
	return slices.DeleteFunc(list, func(v attribution.Voted) bool { return v.By != b.partner.ID })
}

func TestAVoteByPasskey(t *testing.T) {
	b := newBooth(t, access.Coordinator)
	if page := b.page(b.path(b.statement), b.session); !strings.Contains(page, "Alpha has no key to vote with") || strings.Contains(page, "<form class=\"passkey") {
		t.Errorf("without a key the page says:\n%s", page)
	}
	b.register()
	page := b.page(b.path(b.statement), b.session)
	for _, want := range []string{`data-begin="` + b.path(b.statement) + `/vote/begin"`, b.statement[:16], "A passkey shows nobody what it signs", "/static/passkey.js", "needs JavaScript"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q:\n%s", want, page)
		}
	}
	if strings.Contains(page, "data-live") {
		t.Error("a page with a form follows by itself: what is half typed would go")
	}
	options, cookie := b.begin(ballot("We looked\r\nourselves. "))
	w := b.finish(b.key.signs(options), cookie)
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), b.path(b.statement)) {
		t.Fatalf("finish: status %d: %s", w.Code, w.Body)
	}
	votes := b.votes()
	if len(votes) != 1 || votes[0].Document.Words != "We looked\nourselves." || votes[0].Party != "Alpha" || !strings.HasPrefix(votes[0].Key, "webauthn:hub.example:") {
		t.Fatalf("votes: %+v", votes)
	}
	page = b.page(b.path(b.statement), b.session)
	for _, want := range []string{"How Alpha has voted", "Vote anew for Alpha", "tocsin-vote/v1", "a passkey"} {
		if !strings.Contains(page, want) {
			t.Errorf("after the vote the page has no %q", want)
		}
	}
	b.refused("replayed", b.finish(b.key.signs(options), cookie), http.StatusConflict, "begin again")
}

// What the hub would not take is not asked to be signed.
func TestAVoteThatDoesNotBegin(t *testing.T) {
	b := newBooth(t, access.Coordinator)
	begin := func(path string, form url.Values, change ...func(*http.Request)) *httptest.ResponseRecorder {
		return b.post(path+"/vote/begin", form, change...)
	}
	path := b.path(b.statement)
	b.refused("without a key", begin(path, ballot("Yes"), b.me), http.StatusForbidden, "None of your passkeys may sign this")
	b.register()
	for what, form := range map[string]url.Values{"no words": ballot(" "), "too many": ballot(strings.Repeat("x", 8193)), "no vote": with(ballot("x"), "vote", "veto"), "no confidence": with(ballot("x"), "confidence", "99 %")} {
		b.refused(what, begin(path, form, b.me), http.StatusBadRequest, "")
	}
	b.refused("far too many words", begin(path, ballot(strings.Repeat("x", 65<<10)), b.me), http.StatusBadRequest, "cannot be read")
	b.refused("another statement", begin(b.path(strings.Repeat("0", 64)), ballot("x"), b.me), http.StatusNotFound, "")
	b.refused("no digest", begin(b.path("x"), ballot("x"), b.me), http.StatusBadRequest, "")
	b.refused("no case", begin("/cases/case--x/statements/"+b.statement, ballot("x"), b.me), http.StatusNotFound, "")
	b.refused("a stranger", begin(path, ballot("x")), http.StatusForbidden, "")
	b.refused("another site", begin(path, ballot("x"), b.me, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }), http.StatusForbidden, "")
	b.refused("another site finishes", b.post(path+"/vote/finish", nil, b.me, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }), http.StatusForbidden, "")
	_, token := b.token(b.partner.ID, access.Coordinator)
	program := b.signIn(token)
	b.refused("a token", begin(path, ballot("x"), func(r *http.Request) { r.AddCookie(program) }), http.StatusForbidden, "A token has no account")
	_, token = b.token(b.partner.ID, access.Viewer)
	viewer := b.signIn(token)
	b.refused("a viewer", begin(path, ballot("x"), func(r *http.Request) { r.AddCookie(viewer) }), http.StatusForbidden, "Role analyst is needed")
	b.pass(16 * time.Minute)
	b.refused("an old session", begin(path, ballot("x"), b.me), http.StatusForbidden, "Sign in again first")
	if page := b.page(path, b.session); !strings.Contains(page, "sign in again") || strings.Contains(page, "<form class=\"passkey") {
		t.Errorf("an old session is shown:\n%s", page)
	}
	if len(b.votes()) > 0 {
		t.Error("there is a vote")
	}
}

// Between the beginning and the end nothing of the ballot can change.
func TestAVoteThatDoesNotEnd(t *testing.T) {
	b := newBooth(t, access.Coordinator)
	b.register()
	second := b.propose(attribution.Finding, "It was the first group, we think.")
	options, cookie := b.begin(ballot("Yes"))
	answer := b.key.signs(options)
	b.refused("for another statement", b.post(b.path(second)+"/vote/finish", nil, body(answer, cookie, b.session)), http.StatusConflict, "no vote on this statement")
	first, _ := b.begin(ballot("Yes"))
	answer = b.key.signs(first)
	_, cookie = b.begin(ballot("No"))
	b.refused("other words", b.finish(answer, cookie), http.StatusUnauthorized, "nothing was cast")
	b.refused("without a challenge", b.finish(answer), http.StatusConflict, "")
	options, cookie = b.begin(ballot("Yes"))
	answer = b.key.signs(options)
	again := b.in(b.post("/sign-in", url.Values{"email": {"ann@alpha.example"}, "password": {password}}), "/")
	b.refused("another session", b.post(b.path(b.statement)+"/vote/finish", nil, body(answer, cookie, again)), http.StatusConflict, "")
	options, cookie = b.begin(ballot("Yes"))
	key := b.views.Voters.Keys(b.partner.ID)[0].Key
	admin, _ := b.views.Access.Authenticate(adminToken)
	b.drafted(b.views.Voters.Revoke(admin, b.partner.ID, key, ""))
	b.refused("a key that has ended meanwhile", b.finish(b.key.signs(options), cookie), http.StatusForbidden, "not a key that the partner votes with now")
	if len(b.votes()) > 0 {
		t.Error("there is a vote")
	}
	if page := b.page("/account", b.session); !strings.Contains(page, "has no key that it can vote with now") || strings.Contains(page, "/account/vote") {
		t.Errorf("the account offers a second first key:\n%s", page)
	}
}

// Only a coordinator in a fresh session registers, and only the first key.
func TestRegisteringAPasskeyToVoteWith(t *testing.T) {
	a := newBooth(t, access.Analyst)
	form := url.Values{"credential": {a.credential}}
	a.says(a.post("/account/vote", form, a.me), http.StatusForbidden, "Role coordinator is needed")
	if page := a.page("/account", a.session); strings.Contains(page, "/account/vote") {
		t.Error("an analyst is offered to register")
	}
	b := newBooth(t, access.Coordinator)
	b.says(b.post("/account/vote", url.Values{"credential": {"credential--x"}}, b.me), http.StatusNotFound, "no passkey of yours")
	b.register()
	page := b.page("/account", b.session)
	for _, want := range []string{"Alpha votes with it", "Another key takes the place of one of these only if that one signs", "does not end the key"} {
		if !strings.Contains(page, want) {
			t.Errorf("the account has no %q:\n%s", want, page)
		}
	}
	form = url.Values{"credential": {b.credential}}
	b.says(b.post("/account/vote", form, b.me), http.StatusForbidden, "The partner has had a key: rotate that")
	b.pass(16 * time.Minute)
	b.says(b.post("/account/vote", form, b.me), http.StatusForbidden, "Sign in again first")
	w := b.post("/account/vote", form)
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/sign-in" {
		t.Errorf("a stranger: status %d", w.Code)
	}
	if keys := b.views.Voters.Keys(b.partner.ID); len(keys) != 1 || !strings.Contains(words(page), keys[0].Key) {
		t.Errorf("keys %+v", keys)
	}
}
