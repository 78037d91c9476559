// Package web is the server-rendered pages: what somebody at three in the
// morning needs to see first, and what is behind it. They work without
// JavaScript; with it, they follow what happens.
package web

import (
	"context"
	"embed"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/signin"
	"github.com/tocsin-project/tocsin/internal/views"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static
var staticFiles embed.FS

// Config is what the pages show and to whom.
type Config struct {
	Views  *views.Views
	Open   bool            // anyone may read what is TLP:CLEAR or GREEN: for the demo on loopback
	SignIn *signin.Service // who is signed in, and how one comes in
	Ended  context.Context // done when live pages have to end
	Clock  func() time.Time
	Logger *slog.Logger
}

// pages is the handler of all pages.
type pages struct {
	Config
	templates map[string]*template.Template
	reports   *reports
	decisions decided
	scores    scored
}

// names are the pages; each has a template of its name and a view of its type.
var names = []string{"now", "search", "object", "protections", "why", "partners", "actions", "cases", "case", "statement", "sign-in", "enrol", "claim", "visit", "account", "problem"}

// New makes the handler of all pages.
func New(cfg Config) (http.Handler, error) {
	p := &pages{Config: cfg, templates: map[string]*template.Template{}, reports: newReports()}
	for _, name := range names {
		t, err := parse(name)
		if err != nil {
			return nil, err
		}
		p.templates[name] = t
	}
	mux := http.NewServeMux()
	mux.Handle("GET /static/", http.FileServerFS(staticFiles))
	mux.HandleFunc("GET /{$}", p.reader(p.now))
	mux.HandleFunc("GET /search", p.reader(p.search))
	mux.HandleFunc("GET /objects/{id}", p.reader(p.object))
	mux.HandleFunc("GET /protections", p.reader(p.protections))
	mux.HandleFunc("GET /protections/why", p.reader(p.why))
	mux.HandleFunc("GET /partners", p.reader(p.partners))
	mux.HandleFunc("GET /actions", p.reader(p.actions))
	mux.HandleFunc("GET /cases", p.reader(p.cases))
	mux.HandleFunc("GET /cases/{id}", p.reader(p.oneCase))
	mux.HandleFunc("GET /cases/{id}/statements/{digest}", p.reader(p.statement))
	mux.HandleFunc("POST /cases/{id}/statements/{digest}/vote/begin", p.beginVote)
	mux.HandleFunc("POST /cases/{id}/statements/{digest}/vote/finish", p.finishVote)
	mux.HandleFunc("GET /live", p.live)
	p.doors(mux)
	mux.HandleFunc("/", p.reader(func(r reading) (content, error) {
		return content{}, fmt.Errorf("%w: there is no page %s", access.ErrNotFound, r.URL.Path)
	}))
	return secure(http.NewCrossOriginProtection().Handler(mux)), nil
}

// doors are the paths by which people come in and go, and of their accounts.
func (p *pages) doors(mux *http.ServeMux) {
	for path, show := range map[string]http.HandlerFunc{
		"GET /sign-in": p.signInPage, "POST /sign-in": p.signIn, "POST /sign-out": p.signOut,
		"POST /sign-in/passkey/begin": p.beginPasskey, "POST /sign-in/passkey/finish": p.finishPasskey,
		"POST /sign-in/oidc/{provider}": p.beginOIDC, "GET " + signin.CallbackPath("{provider}"): p.callback,
		"GET /enrol": p.enrolPage, "POST /enrol": p.enrol,
		"POST /enrol/passkey/begin": p.beginEnrolPasskey, "POST /enrol/passkey/finish": p.finishEnrolPasskey,
		"GET /claim": p.claimPage, "POST /claim": p.claim, "POST /claim/passkey/begin": p.beginClaimPasskey,
		"GET /account": p.accountPage, "POST /account/password": p.change(p.setPassword),
		"POST /account/passkeys/begin": p.beginAddPasskey, "POST /account/passkeys/finish": p.finishAddPasskey,
		"POST /account/remove": p.change(p.removeCredential), "POST /account/sessions": p.change(p.endOthers),
		"POST /account/link/{provider}": p.beginLink, "POST /account/vote": p.change(p.voteWith),
	} {
		mux.HandleFunc(path, show)
	}
	// The same under the names that other programs use.
	mux.Handle("GET /signin", http.RedirectHandler("/sign-in", http.StatusSeeOther))
	mux.HandleFunc("POST /signout", p.signOut)
}

func parse(name string) (*template.Template, error) {
	t, err := template.New("layout.html").Funcs(functions).ParseFS(templateFiles, "templates/layout.html", "templates/parts.html", "templates/case-parts.html", "templates/"+name+".html")
	if err != nil {
		return nil, fmt.Errorf("page %s: %w", name, err)
	}
	return t, nil
}

// secure sets what every answer carries: no request leaves this origin.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}
