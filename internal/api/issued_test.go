package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// issued is a token that somebody issued who is signed in, as on the console.
func (s *site) issued(who access.Principal) (secret string) {
	s.t.Helper()
	defer s.views.Access.Deciding()()
	now, expires := time.Now(), who.Expires
	if expires.IsZero() {
		expires = now.Add(24 * time.Hour)
	}
	_, secret, draft, err := s.views.Access.IssueFor(who, who.Partner, access.Contributor, access.TokenOptions{Expires: expires}, now)
	if err == nil {
		err = s.views.Decide(s.t.Context(), who, draft)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return secret
}

// Who leaves, is erased, or is a token that is revoked takes along what it issued,
// unless the caller says that this stays.
func TestWhatWasIssuedEndsWithItsIssuer(t *testing.T) {
	s := newSite(t, sealing(t))
	clinic, coordinator := s.partner("Clinic 01", "coordinator")
	person := func(name string) (id string, who access.Principal) {
		var made invitation
		s.must("POST", "/people", coordinator, map[string]string{"partner": clinic, "name": name, "email": name + "@clinic.example", "role": "contributor"}, &made)
		who, _ = s.views.Access.PersonPrincipal(made.ID)
		return made.ID, who
	}
	works := func(secret string) bool { return s.call("GET", "/me", secret, "", nil).Code == http.StatusOK }
	for _, c := range []struct {
		name, how, by string
		body          map[string]string
		works         bool
	}{
		{"left", "departure", coordinator, map[string]string{"reason": "stolen"}, false},
		{"kept", "departure", coordinator, map[string]string{"reason": "moved", "tokens": "keep"}, true},
		{"erased", "erasure", adminToken, map[string]string{"reason": "asked for"}, false},
	} {
		id, who := person(c.name)
		first := s.issued(who)
		as, _ := s.views.Access.Authenticate(first)
		second := s.issued(as)
		if !works(first) || !works(second) {
			t.Fatalf("%s: a new token does not work", c.name)
		}
		s.must("POST", "/people/"+id+"/"+c.how, c.by, c.body, nil)
		if works(first) != c.works || works(second) != c.works {
			t.Errorf("%s: what was issued works %t and %t, want %t", c.name, works(first), works(second), c.works)
		}
		if !c.works {
			continue
		}
		s.must("POST", "/tokens/"+as.Token+"/revocation", adminToken, map[string]string{"reason": "stolen"}, nil)
		if works(first) || works(second) {
			t.Error("what was issued with a revoked token works on")
		}
	}
	if got := s.call("POST", "/people/person--x/departure", coordinator, "application/json", strings.NewReader(`{"reason":"r","tokens":"burn"}`)); got.Code < 400 || got.Code >= 500 || got.Code == http.StatusNotFound {
		t.Errorf("an unknown end: %d %s", got.Code, got.Body)
	}
}

// An administrator does not end its own access by dismissing the partner it acts for.
func TestAnAdministratorDoesNotDismissItsOwnPartner(t *testing.T) {
	s := newSite(t, nil)
	clinic, both := s.partner("Clinic 01", "administrator")
	bank, _ := s.partner("Bank 01", "viewer")
	dismiss := func(id, token string) (int, string) {
		got := s.call("POST", "/partners/"+id+"/dismissal", token, "application/json", strings.NewReader(`{"reason":"by accident"}`))
		return got.Code, got.Body.String()
	}
	if status, text := dismiss(clinic, both); status != http.StatusConflict || !strings.Contains(text, "you act for this partner") {
		t.Errorf("its own: %d %s", status, text)
	}
	if status, text := dismiss(bank, both); status != http.StatusNoContent {
		t.Errorf("another: %d %s", status, text)
	}
	if status, text := dismiss(clinic, adminToken); status != http.StatusNoContent {
		t.Errorf("another's: %d %s", status, text)
	}
}
