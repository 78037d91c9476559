package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ratelimit"
	"github.com/tocsin-project/tocsin/internal/web"
)

// few lets each reader have some pages, and no more while the test lasts.
func few(pages, guests int) func(*web.Config) {
	const never = 1e-4 // a second
	return func(cfg *web.Config) {
		cfg.Limits = ratelimit.New(ratelimit.Config{Pages: ratelimit.Rate{PerSecond: never, Burst: pages}, Guests: ratelimit.Rate{PerSecond: never, Burst: guests}})
	}
}

// browse asks as a browser does, from an address.
func (s *site) browse(path, from string, cookie *http.Cookie) *httptest.ResponseRecorder {
	s.t.Helper()
	r := httptest.NewRequest(http.MethodGet, "http://hub.example"+path, nil)
	r.Header.Set("Accept", "text/html,application/xhtml+xml")
	r.RemoteAddr = from + ":1000"
	if cookie != nil {
		r.AddCookie(cookie)
	}
	w := httptest.NewRecorder()
	s.pages.ServeHTTP(w, r)
	return w
}

// Who asks for pages without end is told so on a page, and when to come again; nobody
// else is, and what the page is made of is still there.
func TestPagesAreBounded(t *testing.T) {
	s := newSite(t, few(6, 20))
	one := s.partner("Energy One", "energy", "FR")
	ann, ben := s.actor(one.ID, access.Contributor).cookie, s.actor(one.ID, access.Viewer).cookie
	for i, path := range []string{"/", "/palette", "/protections", "/palette?q=a", "/no-such-page", "/search?q=x"} {
		if w := s.browse(path, "192.0.2.7", ann); w.Code == http.StatusTooManyRequests {
			t.Fatalf("page %d, %s, is refused", i, path)
		}
	}
	for _, path := range []string{"/", "/palette", "/search?q=y"} {
		w := s.browse(path, "192.0.2.8", ann)
		wait, err := strconv.Atoi(w.Header().Get("Retry-After"))
		if w.Code != http.StatusTooManyRequests || err != nil || wait < 1 {
			t.Errorf("%s: status %d, to come again in %q", path, w.Code, w.Header().Get("Retry-After"))
		}
		says(t, w.Body.String(), "Too many pages at once", "Come back in")
	}
	if w := s.post("/tokens", url.Values{"act": {"issue"}}, func(r *http.Request) { r.AddCookie(ann) }); w.Code != http.StatusTooManyRequests {
		t.Errorf("a form: status %d", w.Code)
	}
	for name, w := range map[string]*httptest.ResponseRecorder{
		"a colleague": s.browse("/", "192.0.2.7", ben), "a guest": s.browse("/", "192.0.2.7", nil), "a style sheet": s.browse(sheet(t, s.page("/", ben)), "192.0.2.7", ann),
	} {
		if w.Code != http.StatusOK {
			t.Errorf("%s: status %d", name, w.Code)
		}
	}
	refused := 0
	for range 30 {
		if s.browse("/outbreaks", "192.0.2.9", nil).Code == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused != 10 {
		t.Errorf("of 30 pages for guests of one address %d are refused, want 10", refused)
	}
	if w := s.browse("/outbreaks", "192.0.2.10", nil); w.Code != http.StatusOK {
		t.Errorf("a guest from elsewhere: status %d", w.Code)
	}
}

// sheet is the path of a style sheet of a page.
func sheet(t *testing.T, page string) string {
	t.Helper()
	return "/static/" + cut(t, page, `href="/static/`, `"`)
}

// Five hundred guests behind one address watch one page: what was made for one is
// there for all, and counts once. What each has to be made is counted.
func TestACrowdBehindOneAddressIsNotRefused(t *testing.T) {
	s := newSite(t, few(10, 20))
	for range 500 {
		if w := s.refreshed("/outbreaks", ""); w.Code != http.StatusOK {
			t.Fatalf("status %d", w.Code)
		}
	}
	refused := 0
	for i := range 40 {
		if s.refreshed(fmt.Sprintf("/search?q=%d", i), "").Code == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused != 21 {
		t.Errorf("of 40 other pages %d are refused, want 21", refused)
	}
	if w := s.refreshed("/search?q=more", ""); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" || strings.Contains(w.Body.String(), "<html") {
		t.Errorf("a page that fetches itself: status %d, to come again in %q", w.Code, w.Header().Get("Retry-After"))
	}
	ended := newSite(t, few(10, 20))
	for range 40 {
		refused = ended.refreshed("/objects/malware--00000000-0000-4000-8000-000000000000", "").Code
	}
	if refused != http.StatusTooManyRequests {
		t.Errorf("a page that there is not, again and again: status %d", refused)
	}
}
