package web

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
)

// page is what every template gets: the frame, and the view of its own.
type page struct {
	Title string
	Path  string // of the navigation entry that is current
	Query string // in the search box
	Who   access.Principal
	Name  string // of the reader's partner
	Guest bool
	Now   time.Time
	View  any
}

// reading is one reader's request for a page.
type reading struct {
	*http.Request
	who   access.Principal
	guest bool
}

// content is a page's title and view.
type content struct {
	template, title, path string
	view                  any
}

// reader lets through who may read: somebody who is signed in, or in an open
// hub anybody as a guest.
func (p *pages) reader(show func(reading) (content, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who, ok := p.principal(r)
		if !ok && !p.Open {
			http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
			return
		}
		if !ok {
			who = access.Principal{Role: access.Viewer, Communities: []string{access.DefaultCommunity}}
		}
		c, err := show(reading{r, who, !ok})
		if err != nil {
			p.fail(w, r, who, err)
			return
		}
		p.render(w, r, http.StatusOK, who, !ok, c)
	}
}

func (p *pages) render(w http.ResponseWriter, r *http.Request, status int, who access.Principal, guest bool, c content) {
	partner, _ := p.Views.Access.Partner(who.Partner)
	view := page{Title: c.title, Path: c.path, Query: r.URL.Query().Get("q"), Who: who, Name: partner.Name, Guest: guest, Now: p.Clock().UTC(), View: c.view}
	var b bytes.Buffer
	if err := p.templates[c.template].Execute(&b, view); err != nil {
		p.Logger.Error("a page cannot be rendered", "page", c.template, "error", err)
		http.Error(w, "this page cannot be shown; the hub's log says why", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // a reader that went away needs no answer
}

// fail says what went wrong, and nothing that is nobody's business.
func (p *pages) fail(w http.ResponseWriter, r *http.Request, who access.Principal, err error) {
	status, text := http.StatusInternalServerError, "This page cannot be shown; the hub's log says why."
	switch {
	case errors.Is(err, access.ErrNotFound), errors.Is(err, catalog.ErrNotFound):
		status, text = http.StatusNotFound, "There is nothing here, or nothing that you may see."
	case errors.Is(err, access.ErrInvalid):
		status, text = http.StatusBadRequest, err.Error()
	default:
		p.Logger.Error("a page failed", "path", r.URL.Path, "error", err)
	}
	p.render(w, r, status, who, true, content{"problem", "Not here", "", text})
}

// functions are what templates may call.
var functions = template.FuncMap{
	"utc":     func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") },
	"clock":   func(t time.Time) string { return t.UTC().Format("15:04:05") },
	"iso":     func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	"percent": func(part, whole int) int { return 100 * part / max(whole, 1) },
	"upper":   strings.ToUpper,
	"lower":   strings.ToLower,
	"join":    strings.Join,
	"plural": func(n int, one string) string {
		if n == 1 {
			return fmt.Sprintf("%d %s", n, one)
		}
		return fmt.Sprintf("%d %ss", n, strings.TrimSuffix(one, "y")+map[bool]string{true: "ie"}[strings.HasSuffix(one, "y")])
	},
	"dict": func(pairs ...any) map[string]any {
		m := map[string]any{}
		for i := 0; i+1 < len(pairs); i += 2 {
			m[pairs[i].(string)] = pairs[i+1]
		}
		return m
	},
}
