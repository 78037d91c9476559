package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/api"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

type auditPage struct {
	Entries []access.Record `json:"entries"`
	Next    uint64          `json:"next"`
	More    bool            `json:"more"`
}

func TestAudit(t *testing.T) {
	s := newSite(t, nil)
	clinic, coordinator := s.partner("Clinic 01", "coordinator")
	id, secret := s.confined(clinic, "viewer", "90d", "api")
	s.must("POST", "/tokens/"+id+"/revocation", adminToken, map[string]string{"reason": "lost"}, nil)
	s.must("POST", "/protections", coordinator, map[string]string{"value": "evil.example", "polarity": "block", "reason": "seen"}, nil)
	s.must("POST", "/people", coordinator, map[string]string{"partner": clinic, "name": "First", "email": "first@clinic.example", "role": "viewer"}, nil)
	var all auditPage
	s.must("GET", "/audit", adminToken, nil, &all)
	var kinds []string
	for _, r := range all.Entries {
		kinds = append(kinds, string(r.Kind))
		if r.By == "" || r.Actor != access.Hub || r.Time.IsZero() {
			t.Errorf("nobody is named for %+v", r)
		}
	}
	if want := []string{"partner.joined", "token.issued", "token.issued", "token.revoked", "person.joined", "person.invited"}; !slices.Equal(kinds, want) {
		t.Errorf("the audit lists %v, want %v", kinds, want)
	}
	tokens := s.views.Access.Tokens()
	if last := all.Entries[len(all.Entries)-1]; last.By != tokens[0].ID {
		t.Errorf("the invitation was made by %s, is said to be by %s", tokens[0].ID, last.By)
	}
	text := s.call("GET", "/audit", adminToken, "", nil).Body.String()
	for _, hidden := range []string{secret, access.HashSecret(secret).String(), `"hash"`} {
		if strings.Contains(text, hidden) {
			t.Errorf("the audit shows %s: %s", hidden, text)
		}
	}
	// A page at a time gives the same.
	var pages []access.Record
	for after, more := uint64(0), true; more; {
		var page auditPage
		s.must("GET", fmt.Sprintf("/audit?limit=2&after=%d", after), adminToken, nil, &page)
		if len(page.Entries) > 2 || page.More && page.Next <= after {
			t.Fatalf("a page of 2 after %d: %+v", after, page)
		}
		pages, after, more = append(pages, page.Entries...), page.Next, page.More
	}
	if len(pages) != len(all.Entries) || pages[len(pages)-1].Seq != all.Entries[len(all.Entries)-1].Seq {
		t.Errorf("pages have %d records, all has %d", len(pages), len(all.Entries))
	}
	for kind, want := range map[string]int{"token": 3, "token.issued": 2, "token.revoked,person": 3, "community": 0} {
		var page auditPage
		if s.must("GET", "/audit?kind="+kind, adminToken, nil, &page); len(page.Entries) != want {
			t.Errorf("of kind %s there are %d: %+v", kind, len(page.Entries), page.Entries)
		}
	}
	for path, status := range map[string]int{"/audit?kind=protection.decided": 400, "/audit?limit=0": 422, "/audit?limit=1001": 422, "/audit?after=x": 422} {
		if got := s.call("GET", path, adminToken, "", nil); got.Code != status || isProblem(got) != nil {
			t.Errorf("GET %s: %d %s, want %d", path, got.Code, got.Body, status)
		}
	}
	if got := s.call("GET", "/audit", coordinator, "", nil); got.Code != http.StatusForbidden {
		t.Errorf("a coordinator is shown the audit: %d %s", got.Code, got.Body)
	}
}

// The first secret that is right claims the hub; wrong ones are slowed down,
// summed up in the audit, and keep nobody out.
func TestClaim(t *testing.T) {
	now := time.Date(2017, 5, 12, 7, 24, 0, 0, time.UTC)
	s := newSite(t, nil, func(c *api.Config) { c.Clock = func() time.Time { return now } })
	s.views.Access.SetAdministrator(ledger.Hash{})
	secret, hash := access.NewClaim()
	s.views.Access.SetClaim(hash)
	claim := func(secret string) (status int, retry, text string) {
		got := s.call("POST", "/claim", "", "application/json", strings.NewReader(fmt.Sprintf(`{"secret":%q,"name":"first"}`, secret)))
		if got.Code >= 400 {
			if err := isProblem(got); err != nil {
				t.Error(err)
			}
		}
		return got.Code, got.Header().Get("Retry-After"), got.Body.String()
	}
	var statuses []int
	for range 8 {
		status, retry, text := claim("tocsin_claim_guess")
		statuses = append(statuses, status)
		if (status == http.StatusTooManyRequests) != (retry != "") {
			t.Errorf("%d with Retry-After %q: %s", status, retry, text)
		}
	}
	if want := []int{403, 403, 403, 403, 403, 429, 429, 429}; !slices.Equal(statuses, want) {
		t.Errorf("wrong secrets are answered %v, want %v", statuses, want)
	}
	if now = now.Add(time.Hour); len(s.views.Access.Tokens()) != 0 {
		t.Error("a wrong secret made a token")
	}
	if status, _, _ := claim("tocsin_claim_guess"); status != 403 {
		t.Errorf("an hour later: %d", status)
	}
	for range 6 {
		claim("tocsin_claim_guess")
	}
	status, _, text := claim(secret)
	if status != http.StatusCreated {
		t.Fatalf("the right secret: %d %s", status, text)
	}
	_, token, _ := strings.Cut(text, `"token":"`)
	token, _, _ = strings.Cut(token, `"`)
	var page auditPage
	s.must("GET", "/audit", token, nil, &page)
	counts := 0.0
	for _, r := range page.Entries {
		if n, ok := r.About["count"].(float64); ok && r.Kind == access.KindClaimRefused {
			counts += n
		}
	}
	if len(page.Entries) != 4 || counts != 9 || page.Entries[3].Kind != access.KindClaimed || page.Entries[3].By != page.Entries[3].About["administrator"] {
		t.Errorf("the audit has %+v, which count %v wrong secrets", page.Entries, counts)
	}
	if status, _, text := claim(secret); status != http.StatusConflict || strings.Contains(text, "token\":") {
		t.Errorf("claimed again: %d %s", status, text)
	}
}
