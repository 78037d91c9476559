package web_test

import (
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/feed/lists"
	"github.com/tocsin-project/tocsin/internal/feed/rules"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/pull"
	"github.com/tocsin-project/tocsin/internal/web"
)

var shownSecret = regexp.MustCompile(`tocsin_[A-Za-z0-9_-]{40,}`)

// A token of the own partner is issued once, its secret shown this once, and revoked
// after a question.
func TestATokenIsIssuedAndRevoked(t *testing.T) {
	s := newSite(t)
	of := s.partner("Energy One", "energy", "FR")
	ann := s.actor(of.ID, access.Contributor)
	form := []string{"act", "issue", "description", "the proxy", "role", "viewer", "expires", "30d", "scope", "feeds", "once", once(t, s.page("/tokens", ann.cookie))}
	status, page, _ := ann.sends("/tokens", form...)
	secret := shownSecret.FindString(page)
	if status != http.StatusOK || secret == "" {
		t.Fatalf("issue: status %d:\n%s", status, page)
	}
	who, ok := s.views.Access.Authenticate(secret)
	if !ok || who.Partner != of.ID || who.Role != access.Viewer || who.Allows(access.API, false) || !who.Expires.Equal(s.clock().Add(30*24*time.Hour)) {
		t.Errorf("the token is of %+v, %t", who, ok)
	}
	if status, page, _ := ann.sends("/tokens", form...); status != http.StatusConflict || shownSecret.MatchString(page) || len(s.views.Access.TokensFor(who)) != 0 {
		t.Errorf("sent twice: status %d", status)
	}
	list := s.page("/tokens", ann.cookie)
	if strings.Contains(list, secret) || !strings.Contains(list, "the proxy") {
		t.Error("the list shows the secret, or not the token")
	}
	if question := s.page("/tokens/revoke?id="+who.Token, ann.cookie); !strings.Contains(question, "Revoke this token?") || !strings.Contains(question, "cannot be undone") {
		t.Error("the question says not enough")
	}
	if status, _, to := ann.sends("/tokens/revoke", "act", "revoke", "id", who.Token, "reason", "it is not needed"); status != http.StatusSeeOther || to != "/tokens?done=revoked" {
		t.Errorf("revoke: status %d to %q", status, to)
	}
	if _, ok := s.views.Access.Authenticate(secret); ok {
		t.Error("it works on")
	}
	if status, _, _ := ann.sends("/tokens/revoke", "act", "revoke", "id", who.Token, "reason", "again"); status != http.StatusConflict {
		t.Errorf("revoked twice: status %d", status)
	}
	if page := s.page("/tokens?all=yes", ann.cookie); !strings.Contains(page, "the proxy") || strings.Contains(s.page("/tokens", ann.cookie), "the proxy") {
		t.Error("a revoked token is among those that work, or among none")
	}
}

// Others' tokens are neither seen nor revoked, and nobody rises by a token. Only
// administrators issue for others, and for ever.
func TestWhoIssuesTokens(t *testing.T) {
	s := newSite(t)
	one, two := s.partner("Energy One", "energy", "FR"), s.partner("Water Two", "water", "FR")
	theirs, _ := s.token(two.ID, access.Viewer)
	viewer, ann, admin := s.actor(one.ID, access.Viewer), s.actor(one.ID, access.Coordinator), acting{s, s.signIn(adminToken)}
	if page := s.page("/tokens", viewer.cookie); strings.Contains(page, "token--") || strings.Contains(page, "<form class=\"ballot\"") {
		t.Error("a viewer sees tokens, or a form that issues them")
	}
	if page := s.page("/tokens", ann.cookie); strings.Contains(page, theirs) || !strings.Contains(page, "token--") {
		t.Error("a coordinator sees another partner's tokens, or not its own")
	}
	if page := s.page("/tokens/revoke?id="+theirs, ann.cookie); strings.Contains(page, "Water Two") {
		t.Error("a coordinator is asked about another partner's token")
	}
	for _, c := range []struct {
		name string
		who  acting
		want int
		form []string
	}{
		{"a viewer", viewer, http.StatusForbidden, []string{"role", "viewer", "expires", "1d"}},
		{"a higher role", ann, http.StatusForbidden, []string{"role", "administrator", "expires", "1d"}},
		{"for ever", ann, http.StatusBadRequest, []string{"role", "viewer", "expires", ""}},
		{"another partner by name", ann, http.StatusOK, []string{"role", "viewer", "expires", "1d", "partner", "Water Two"}},
		{"an administrator for another", admin, http.StatusOK, []string{"role", "coordinator", "expires", "", "partner", "Water Two"}},
	} {
		shown := s.page("/tokens", c.who.cookie)
		if c.who == viewer { // who has no form takes another's
			shown = s.page("/tokens", ann.cookie)
		}
		form := append(c.form, "act", "issue", "description", "the token of "+c.name, "once", once(t, shown))
		status, page, _ := c.who.sends("/tokens", form...)
		if status != c.want || (status == http.StatusOK) != shownSecret.MatchString(page) {
			t.Errorf("%s: status %d, want %d", c.name, status, c.want)
		}
	}
	for _, of := range s.views.Access.Tokens() {
		if of.Description == "the token of another partner by name" && of.Partner != one.ID {
			t.Errorf("a coordinator's form issued a token of %s", of.Partner)
		}
	}
	for name, who := range map[string]acting{"a viewer": viewer, "a coordinator": ann} {
		if status, _, _ := who.sends("/tokens/revoke", "act", "revoke", "id", theirs, "reason", "mischief"); status != http.StatusNotFound && status != http.StatusForbidden {
			t.Errorf("%s revokes another's: status %d", name, status)
		}
	}
	if status, _, _ := admin.sends("/tokens/revoke", "act", "revoke", "id", theirs, "reason", "it leaked"); status != http.StatusSeeOther {
		t.Errorf("an administrator: status %d", status)
	}
}

// The lists that the page names are those that the hub gives, engines are shown to
// whom they belong, sources to coordinators, and no secret to anybody.
func TestWhatFeedsShow(t *testing.T) {
	s := newSite(t, func(cfg *web.Config) {
		cfg.Sources = func() []pull.Status {
			return []pull.Status{{Name: "abuse", Kind: "list", URL: "https://feed.example/list", Taken: 12, Problem: "it does not answer"}}
		}
		cfg.Transfer = func(access.Principal, feed.Reach) feed.ConnectConfig {
			return feed.ConnectConfig{Hub: netip.MustParseAddrPort("192.0.2.53:53"), TLS: netip.MustParseAddrPort("192.0.2.53:853"), TLSName: "hub.example", HotZone: "hot.rpz.", Zone: "rpz.", Key: "key.tocsin.", Secret: "c2VjcmV0LW9mLXRoZS10ZXN0", Label: "label-of-the-test"}
		}
	})
	one, two := s.partner("Energy One", "energy", "FR"), s.partner("Water Two", "water", "FR")
	s.have(two.ID, 1, s.protection("bad.example", protect.Block, "it serves the attack"))
	coordinator, contributor := s.actor(one.ID, access.Coordinator), s.actor(one.ID, access.Contributor)
	page := s.page("/feeds", coordinator.cookie)
	for _, m := range regexp.MustCompile(`/feeds/([^<]+)</code>`).FindAllStringSubmatch(page, -1) {
		if _, list := lists.All[m[1]]; !list && rules.All[m[1]] == nil && m[1] != "protections.json" && m[1] != "misp/" {
			t.Errorf("the hub gives no list %q", m[1])
		}
	}
	for _, want := range []string{"Water Two", "outlet1", "it does not answer", "192.0.2.53:53"} {
		if !strings.Contains(page, want) {
			t.Errorf("a coordinator is not shown %q", want)
		}
	}
	for text, want := range map[string]bool{"Water Two": false, "outlet1": false, "it does not answer": false, "192.0.2.53:53": true} {
		if got := strings.Contains(s.page("/feeds", contributor.cookie), text); got != want {
			t.Errorf("a contributor is shown %q: %t", text, got)
		}
	}
	if page := s.page("/feeds"); strings.Contains(page, "192.0.2.53:53") || !strings.Contains(page, "sign in") {
		t.Error("a guest is shown the zones, or not what to do")
	}
	for _, engine := range feed.Engines() {
		page := s.page("/connect?engine="+engine, contributor.cookie)
		if strings.Contains(page, "c2VjcmV0LW9mLXRoZS10ZXN0") || strings.Contains(page, "label-of-the-test") || !strings.Contains(page, "tocsin feed connect "+engine) {
			t.Errorf("%s: a secret is shown, or not how to connect it", engine)
		}
		if strings.Contains(page, "There is no configuration") || !strings.Contains(page, `<pre class="scroll file"`) {
			t.Errorf("%s: no configuration is shown", engine)
		}
	}
	if w := s.get("/connect"); w.Code != http.StatusForbidden {
		t.Errorf("a guest connects an engine: status %d", w.Code)
	}
	if w := s.get("/connect?engine=nonsense", contributor.cookie); w.Code != http.StatusBadRequest {
		t.Errorf("an unknown engine: status %d", w.Code)
	}
}
