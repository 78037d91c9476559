package web

import (
	"bytes"
	"errors"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
	casepage "github.com/tocsin-project/tocsin/internal/dossier/page"
)

// page is what every template gets: the frame, and the view of its own.
type page struct {
	Title string
	Path  string // of the navigation entry that is current
	Query string // in the search box
	Who   access.Principal
	Name  string // of the reader's partner
	Human string // the reader's own name; empty: a program's token
	Reads bool   // signed in, or a guest of an open hub: there is something to read
	Live  bool   // the page follows what happens
	Now   time.Time
	View  any
}

// reading is one reader's request for a page.
type reading struct {
	*http.Request
	who   access.Principal
	reads bool // there is something that it may read
}

// content is a page's title and view.
type content struct {
	template, title, path string
	view                  any
}

// reading is the request with who makes it; reads is false for somebody who
// has to sign in first.
func (p *pages) reading(r *http.Request) reading {
	if _, who, ok := p.SignIn.Reader(r); ok {
		return reading{r, who, true}
	}
	if p.Open {
		return reading{r, access.Visitor, true}
	}
	return reading{r, access.Principal{}, false}
}

// reader lets through who may read: somebody who is signed in, or in an open
// hub anybody as a guest.
func (p *pages) reader(show func(reading) (content, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, request *http.Request) {
		r := p.reading(request)
		if !r.reads {
			http.Redirect(w, request, "/sign-in", http.StatusSeeOther)
			return
		}
		c, err := show(r)
		if err != nil {
			p.fail(w, r, err)
			return
		}
		p.render(w, r, http.StatusOK, c)
	}
}

func (p *pages) render(w http.ResponseWriter, r reading, status int, c content) {
	partner, _ := p.Views.Access.Partner(r.who.Partner)
	person, _ := p.Views.Access.Person(r.who.Person)
	view := page{
		Title: c.title, Path: c.path, Query: r.URL.Query().Get("q"), Who: r.who, Name: partner.Name, Human: person.Name, Reads: r.reads,
		Live: r.reads && status == http.StatusOK && r.Method == http.MethodGet && !still[c.template],
		Now:  p.Clock().UTC(), View: c.view,
	}
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
func (p *pages) fail(w http.ResponseWriter, r reading, err error) {
	if r.Context().Err() != nil {
		return // the reader has gone: nobody is there to be told
	}
	status, title, text := http.StatusInternalServerError, "This cannot be shown", "The hub's log says why."
	switch {
	case errors.Is(err, access.ErrNotFound), errors.Is(err, catalog.ErrNotFound):
		status, title, text = http.StatusNotFound, "Not here", "There is nothing here, or nothing that you may see."
	case errors.Is(err, access.ErrInvalid):
		status, title, text = http.StatusBadRequest, "This cannot be looked up", err.Error()
	case errors.Is(err, catalog.ErrUnfinished):
		status, title, text = http.StatusServiceUnavailable, "This takes too long", "The search was not finished. Type more of what you look for, or try again later."
	default:
		p.Logger.Error("a page failed", "page", r.Pattern, "error", err)
	}
	p.render(w, r, status, content{"problem", title, "", text})
}

// still are the pages that do not follow what happens: they are for writing.
var still = map[string]bool{"sign-in": true, "enrol": true, "claim": true, "visit": true, "account": true, "statement": true}

// functions are what templates may call.
var functions = template.FuncMap{
	"when":   func(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04:05") },
	"day":    func(t time.Time) string { return t.UTC().Format("2 Jan 2006") },
	"clock":  func(t time.Time) string { return t.UTC().Format("15:04:05") },
	"iso":    func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	"upper":  strings.ToUpper,
	"join":   strings.Join,
	"plural": plural,
	"parts":  parts,
	"number": number,
	"prose":  casepage.Visible,
}
