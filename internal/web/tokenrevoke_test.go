package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
)

// stolen is a contributor's account whose thief made two tokens, one with the other.
func stolen(t *testing.T) (s *site, boss acting, partner access.PartnerID, person string, tokens []string) {
	s = newSite(t)
	p, _ := s.invite("Ann", "ann@water.example")
	boss = s.actor(p.Partner, access.Coordinator)
	who, _ := s.views.Access.PersonPrincipal(p.ID)
	for range 2 {
		made, secret, draft, err := s.views.Access.IssueFor(who, p.Partner, access.Contributor, access.TokenOptions{Expires: s.clock().Add(1e15), Description: "of a thief"}, s.clock())
		if err != nil {
			t.Fatal(err)
		}
		if err := s.views.Decide(t.Context(), who, draft); err != nil {
			t.Fatal(err)
		}
		who, _ = s.views.Access.Authenticate(secret)
		tokens = append(tokens, made.ID)
	}
	return s, boss, p.Partner, p.ID, tokens
}

func (s *site) working(tokens []string) (n int) {
	for _, id := range tokens {
		if t, _ := s.views.Access.Token(id); t.Works(s.clock()) {
			n++
		}
	}
	return n
}

// The page says how many tokens somebody issued, and to end the access ends them
// unless the box is not ticked.
func TestToEndAnAccessEndsWhatWasIssued(t *testing.T) {
	for ticked, left := range map[bool]int{true: 0, false: 2} {
		s, boss, partner, person, tokens := stolen(t)
		here := "/partners/" + string(partner)
		says(t, s.page(here, boss.cookie), "issued 2 tokens that work", `name="tokens" value="revoke" checked`, "is refused from that moment")
		form := []string{"act", "leave " + person, "reason", "the account was stolen", "asked", "tokens"}
		if ticked {
			form = append(form, "tokens", "revoke")
		}
		if status, page, _ := boss.sends(here, form...); status != http.StatusSeeOther {
			t.Fatalf("status %d:\n%s", status, page)
		}
		if n := s.working(tokens); n != left {
			t.Errorf("ticked %t: %d work on, want %d", ticked, n, left)
		}
	}
}

// All that somebody issued is revoked in one act, after a question that lists it.
func TestAllThatSomebodyIssuedIsRevokedAtOnce(t *testing.T) {
	s, boss, _, person, tokens := stolen(t)
	other := s.partner("Grid", "energy", "FR")
	stranger, viewer := s.actor(other.ID, access.Coordinator), s.actor(other.ID, access.Viewer)
	ask := "/tokens/revoke?" + url.Values{"by": {person}}.Encode()
	says(t, s.page("/tokens", boss.cookie), "issued by", strings.ReplaceAll(ask, "&", "&amp;"))
	says(t, s.page(ask, boss.cookie), "2 tokens that", "Ann", "of a thief", tokens[0], tokens[1], "cannot be undone")
	says(t, s.page("/tokens/revoke?id="+tokens[0], boss.cookie), "Revoke also the 1 token")
	for _, one := range []acting{stranger, viewer} {
		if page := s.page(ask, one.cookie); strings.Contains(page, "of a thief") || strings.Contains(page, "Ann") {
			t.Error("somebody of another partner is told")
		}
		if status, _, _ := one.sends("/tokens/revoke", "act", "revoke-issued", "by", person, "reason", "r"); status < 400 {
			t.Errorf("somebody of another partner revokes: status %d", status)
		}
	}
	if status, page, _ := boss.sends("/tokens/revoke", "act", "revoke-issued", "by", person, "reason", ""); status != http.StatusBadRequest || !strings.Contains(page, "of a thief") {
		t.Errorf("without a reason: status %d", status)
	}
	if s.working(tokens) != 2 {
		t.Error("a token was revoked that should not be")
	}
	if status, _, to := boss.sends("/tokens/revoke", "act", "revoke-issued", "by", person, "reason", "the account was stolen"); status != http.StatusSeeOther || to != "/tokens?done=revoked" {
		t.Errorf("revoke: status %d to %q", status, to)
	}
	if n := s.working(tokens); n != 0 {
		t.Errorf("%d work on", n)
	}
	says(t, s.page(ask, boss.cookie), "No token works that they issued")
}
