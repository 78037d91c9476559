package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// A report is a page that may run nothing, or JSON, for whoever asks; what may not
// be asked for is said.
func TestReports(t *testing.T) {
	s := newSite(t, nil)
	_, coordinator := s.partner("CERT 01", "coordinator")
	_, viewer := s.partner("Clinic 01", "viewer")
	var rung struct {
		Outbreaks []struct {
			ID string `json:"id"`
		} `json:"outbreaks"`
	}
	s.must("POST", "/outbreaks", adminToken, map[string]any{"port": 445, "values": []string{"worm.example"}, "reason": "<script>alert(1)</script>"}, &rung)
	s.must("POST", "/protections", coordinator, map[string]string{"value": "worm.example", "polarity": "block", "reason": "seen"}, nil)
	if len(rung.Outbreaks) != 1 {
		t.Fatalf("rung: %+v", rung)
	}
	path := "/outbreaks/" + rung.Outbreaks[0].ID + "/report"
	page := s.call(http.MethodGet, path+"?format=html", viewer, "", nil)
	if page.Code != http.StatusOK || page.Header().Get("Content-Type") != "text/html; charset=utf-8" || strings.Contains(page.Body.String(), "<script") || !strings.Contains(page.Body.String(), "Clinic 01") {
		t.Errorf("the page: %d %v\n%s", page.Code, page.Header(), page.Body)
	}
	for header, want := range map[string]string{"Content-Security-Policy": "sandbox", "X-Content-Type-Options": "nosniff", "Content-Disposition": "attachment", "Cache-Control": "no-store"} {
		if got := page.Header().Get(header); !strings.Contains(got, want) {
			t.Errorf("%s: %q", header, got)
		}
	}
	if text := s.call(http.MethodGet, path, viewer, "", nil); text.Code != http.StatusOK || text.Header().Get("Content-Type") != "application/json" || !strings.HasPrefix(text.Body.String(), "{") {
		t.Errorf("JSON: %d %v", text.Code, text.Header())
	}
	at := func(when time.Time) string { return path + "?as_of=" + url.QueryEscape(when.Format(time.RFC3339)) }
	for call, want := range map[string]int{
		at(time.Now().Add(time.Hour)): http.StatusBadRequest, at(time.Now().Add(-240 * time.Hour)): http.StatusNotFound,
		path + "?as_of=noon":     http.StatusUnprocessableEntity,
		path + "?format=pdf":     http.StatusUnprocessableEntity,
		path + "?what_if=1000":   http.StatusUnprocessableEntity,
		"/outbreaks/none/report": http.StatusNotFound,
	} {
		if got := s.call(http.MethodGet, call, viewer, "", nil); got.Code != want {
			t.Errorf("GET %s: %d, want %d: %s", call, got.Code, want, got.Body)
		}
	}
	if got := s.call(http.MethodGet, path, "", "", nil); got.Code != http.StatusUnauthorized {
		t.Errorf("without a token: %d", got.Code)
	}
}
