package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/publiclog/proof"
	"github.com/tocsin-project/tocsin/internal/web"
)

// The audit says what happened, by whom, why, and what proves it.
func TestTheAudit(t *testing.T) {
	s := newSite(t, func(cfg *web.Config) {
		cfg.Log = func() proof.Status {
			return proof.Status{Origin: "hub.example/log", Size: 12345, Root: "cm9vdA==", Quorum: "none", Witnesses: []proof.Witness{{Name: "Harbour", Error: "it does not answer"}}}
		}
	})
	one := s.partner("Water works", "water", "NZ")
	_, secret := s.token(one.ID, access.Coordinator)
	block := s.protection("bad.example", protect.Block, "it serves the attack")
	admin, _ := s.views.Access.Authenticate(adminToken)
	draft, err := s.views.Protect.Recall(admin, block.Value, "it was taken down", s.clock())
	if err != nil {
		t.Fatal(err)
	}
	last := s.append(draft)[0]
	root := s.signIn(adminToken)
	page := s.page("/audit", root)
	says(t, page, "Recalled bad.example", "Reason: it was taken down", "Blocked bad.example", "Issued a token with the role coordinator for Water works", "Let the partner Water works in",
		last.Hash.String(), last.Prev.String(), "tocsin check --data DIR", "hub.example/log", "it does not answer", "tlp-green", "for the audit only")
	if recalled, blocked := strings.Index(page, "Recalled bad.example"), strings.Index(page, "Blocked bad.example"); recalled > blocked {
		t.Error("the newest entry is not first")
	}
	token, _ := s.views.Access.Authenticate(secret)
	hash := access.HashSecret(secret)
	if strings.Contains(page, hash.String()) || !strings.Contains(page, token.Token) {
		t.Error("the audit shows what a secret is checked against, or not which token was issued")
	}
	for path, want := range map[string]struct{ has, not string }{
		"/audit?area=protection": {"Recalled bad.example", "Let the partner"}, "/audit?area=partner": {"Let the partner Water works", "Recalled"},
		"/audit?text=bad.example": {"Recalled bad.example", "Issued a token"}, "/audit?actor=nobody": {"Nothing there is what you asked for", "Recalled"},
		"/audit?area=duty": {"Nothing there is what you asked for", "Recalled"}, "/audit?before=" + fmt.Sprint(last.Seq): {"Blocked bad.example", "Recalled bad.example"},
	} {
		page := s.page(path, root)
		if !strings.Contains(page, want.has) || strings.Contains(page, want.not) {
			t.Errorf("GET %s: it has %q: %t, and %q: %t", path, want.has, strings.Contains(page, want.has), want.not, strings.Contains(page, want.not))
		}
	}
	says(t, s.page(fmt.Sprint("/audit/", last.Seq), root), "Recalled bad.example", fmt.Sprint("Entry ", last.Seq-1))
	for path, status := range map[string]int{"/audit?before=x": 400, "/audit?until=soon": 400, "/audit/9999": 404, "/audit/x": 404} {
		if w := s.get(path, root); w.Code != status {
			t.Errorf("GET %s: status %d, want %d", path, w.Code, status)
		}
	}
	coordinator := s.signIn(secret)
	if page := s.page("/audit", coordinator); strings.Contains(page, "Recalled") || !strings.Contains(page, "hub.example/log") {
		t.Error("a coordinator is shown entries, or not how the public log stands")
	}
	if w := s.get(fmt.Sprint("/audit/", last.Seq), coordinator); w.Code != http.StatusForbidden {
		t.Errorf("a coordinator is shown an entry: status %d", w.Code)
	}
}

// What a marking keeps from the administrator is not in the audit, nor found by it.
func TestTheAuditKeepsToMarkings(t *testing.T) {
	s := newSite(t)
	one := s.partner("Water works", "water", "NZ")
	s.entry(contribution.KindReported, one.ID, access.Audience{TLP: access.Red}, contribution.Report{ID: "status--1", Failures: []contribution.Failure{{Reason: "secret.example"}}})
	root := s.signIn(adminToken)
	page := s.page("/audit", root)
	says(t, page, "Its marking excludes you", "tlp-red")
	if strings.Contains(page, "secret.example") || strings.Contains(page, "contribution.reported") {
		t.Error("the audit shows what is not for the administrator")
	}
	for _, path := range []string{"/audit?text=secret.example", "/audit?area=contribution", "/audit?actor=water"} {
		if page := s.page(path, root); strings.Contains(page, "Its marking excludes you") {
			t.Errorf("GET %s finds what is not for the administrator", path)
		}
	}
}

// Whatever is asked for, a page reads a bounded part of the ledger, says so, and
// the next goes on from there: nothing is left out.
func TestTheAuditIsBounded(t *testing.T) {
	s := newSite(t)
	one := s.partner("Water works", "water", "NZ")
	half := s.clock()
	for i := range 9 {
		if i == 4 {
			s.pass(time.Hour)
		}
		drafts := make([]ledger.Draft, 600)
		for j := range drafts {
			drafts[j] = ledger.Draft{Kind: "sighting.reported", Actor: string(one.ID), Audience: access.ToCommunity(access.Green).String(), Body: []byte(fmt.Sprintf(`{"id":"report-%d-%d"}`, i, j))}
		}
		if _, err := s.views.Ledger.Append(t.Context(), ledger.Any, drafts...); err != nil {
			t.Fatal(err)
		}
	}
	root := s.signIn(adminToken)
	for path, want := range map[string]string{
		"/audit?text=report-0-7%22": "report-0-7", "/audit?area=partner": "Let the partner Water works in", "/audit?actor=nobody": "",
		"/audit?area=sighting&text=report-0-7%22": "report-0-7",
	} {
		pages, found := 0, false
		for at := path; at != ""; pages++ {
			if pages > 12 {
				t.Fatalf("GET %s: the pages do not end", path)
			}
			page := s.page(at, root)
			found = found || want != "" && strings.Contains(page, want)
			if at = ""; strings.Contains(page, `rel="next"`) {
				at = strings.ReplaceAll("/audit?"+cut(t, page, `<a href="/audit?`, `" rel="next"`), "&amp;", "&")
				if len(page) > 150<<10 {
					t.Errorf("GET %s: %d bytes", at, len(page))
				}
			}
		}
		if found != (want != "") {
			t.Errorf("GET %s: found %t in %d pages", path, found, pages)
		}
		if by := strings.Contains(path, "area=partner"); by && pages != 1 || !by && pages < 3 {
			t.Errorf("GET %s: %d pages", path, pages)
		}
	}
	page := s.page("/audit?until="+url.QueryEscape(half.Format(time.RFC3339)), root)
	if strings.Contains(page, "report-4-") || !strings.Contains(page, "report-3-599") {
		t.Error("the look until a time does not begin there")
	}
}
