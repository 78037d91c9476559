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
	Secure bool            // served over TLS: cookies say so
	Ended  context.Context // done when live pages have to end
	Clock  func() time.Time
	Logger *slog.Logger
}

// pages is the handler of all pages.
type pages struct {
	Config
	templates map[string]*template.Template
	sessions  *sessions
	attempts  *attempts
	reports   *reports
	inForce   inForce
}

// names are the pages; each has a template of its name and a view of its type.
var names = []string{"now", "search", "object", "protections", "why", "partners", "actions", "cases", "case", "sign-in", "problem"}

// New makes the handler of all pages.
func New(cfg Config) (http.Handler, error) {
	p := &pages{Config: cfg, templates: map[string]*template.Template{}, sessions: newSessions(), attempts: newAttempts(), reports: newReports()}
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
	mux.HandleFunc("GET /live", p.live)
	mux.HandleFunc("GET /sign-in", p.signInPage)
	mux.HandleFunc("POST /sign-in", p.signIn)
	mux.HandleFunc("POST /sign-out", p.signOut)
	mux.HandleFunc("/", p.reader(func(r reading) (content, error) {
		return content{}, fmt.Errorf("%w: there is no page %s", access.ErrNotFound, r.URL.Path)
	}))
	return secure(http.NewCrossOriginProtection().Handler(mux)), nil
}

func parse(name string) (*template.Template, error) {
	t, err := template.New("layout.html").Funcs(functions).ParseFS(templateFiles, "templates/layout.html", "templates/parts.html", "templates/"+name+".html")
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
