package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
)

// What a reader chose holds on every page, until it is chosen otherwise.
func TestColoursAreChosenWithoutAScript(t *testing.T) {
	s := newSite(t)
	choose := func(theme, back string) *http.Cookie {
		t.Helper()
		w := s.post("/choices", url.Values{"theme": {theme}, "back": {back}})
		if w.Code != http.StatusSeeOther || len(w.Result().Cookies()) != 1 {
			t.Fatalf("choose %s: status %d, cookies %v", theme, w.Code, w.Result().Cookies())
		}
		return w.Result().Cookies()[0]
	}
	if page := s.page("/"); strings.Contains(page, "data-theme=") || !strings.Contains(page, `<meta name="color-scheme" content="light dark">`) {
		t.Error("without a choice the page is not as the system")
	}
	dark := choose("dark", "/search?q=x")
	if !dark.HttpOnly || dark.SameSite != http.SameSiteLaxMode || dark.MaxAge <= 0 {
		t.Errorf("cookie %+v", dark)
	}
	for _, path := range append(everyPage, "/sign-in", "/nowhere") {
		if body := s.get(path, dark).Body.String(); !strings.Contains(body, `<html lang="en" data-theme="dark">`) || !strings.Contains(body, `value="dark" aria-pressed="true"`) {
			t.Errorf("GET %s is not dark", path)
		}
	}
	dark.Value = "x><script>"
	if body := s.get("/", dark).Body.String(); strings.Contains(body, "data-theme=") {
		t.Error("a cookie that nobody can choose has an effect")
	}
	if system := choose("system", "/"); system.MaxAge >= 0 {
		t.Errorf("as the system: %+v", system)
	}
	if w := s.post("/choices", url.Values{"theme": {"plaid"}}); len(w.Result().Cookies()) > 0 {
		t.Errorf("a theme that does not exist sets %v", w.Result().Cookies())
	}
	if w := s.post("/choices", url.Values{"theme": {"dark"}}, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }); w.Code != http.StatusForbidden {
		t.Errorf("another site chooses: status %d", w.Code)
	}
	for back, want := range map[string]string{
		"/search?q=x": "/search?q=x", "": "/", "//evil.example": "/", "https://evil.example": "/", `/\evil.example`: "/", "/\t/evil.example": "/",
	} {
		if got := s.post("/choices", url.Values{"theme": {"dark"}, "back": {back}}).Header().Get("Location"); got != want {
			t.Errorf("back to %q leads to %q, want %q", back, got, want)
		}
	}
}

// A static file is asked for once, and anew when it changes.
func TestStaticFilesAreKept(t *testing.T) {
	s := newSite(t)
	files := regexp.MustCompile(`/static/[^"]+`).FindAllString(s.page("/")+s.page("/enrol"), -1)
	if len(files) < 5 {
		t.Fatalf("only %q", files)
	}
	for _, file := range files {
		w := s.get(file)
		if h := w.Header(); w.Code != http.StatusOK || h.Get("Cache-Control") != "public, max-age=31536000, immutable" || h.Get("ETag") == "" || h.Get("Content-Type") == "" {
			t.Errorf("GET %s: status %d, %v", file, w.Code, h)
		}
		plain, _, _ := strings.Cut(file, "?")
		if w := s.get(plain + "?v=0"); w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "no-cache" {
			t.Errorf("GET %s by another mark: status %d, %v", plain, w.Code, w.Header())
		}
	}
	for _, path := range []string{"/static/", "/static/style/base.css", "/static/nothing.js", "/static/../web.go"} {
		if w := s.get(path); w.Code == http.StatusOK {
			t.Errorf("GET %s: status %d", path, w.Code)
		}
	}
}

// The navigation leads to pages that there are, and marks the one that is shown.
func TestTheNavigation(t *testing.T) {
	s := newSite(t)
	p := s.partner("Water works", "water", "NZ")
	_, secret := s.token(p.ID, access.Viewer)
	for reader, cookies := range map[string][]*http.Cookie{"guest": nil, "viewer": {s.signIn(secret)}, "administrator": {s.signIn(adminToken)}} {
		_, nav, _ := strings.Cut(s.page("/", cookies...), "<nav")
		nav, _, _ = strings.Cut(nav, "</nav>")
		links := regexp.MustCompile(`href="([^"]+)"`).FindAllStringSubmatch(nav, -1)
		if len(links) < 14 {
			t.Errorf("%s: only %d links", reader, len(links))
		}
		for _, link := range links {
			page := s.page(link[1], cookies...)
			if !strings.Contains(page, `href="`+link[1]+`" aria-current="page"`) {
				t.Errorf("%s GET %s: the navigation does not say where one is", reader, link[1])
			}
		}
	}
}
