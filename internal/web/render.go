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
	casepage "github.com/tocsin-project/tocsin/internal/dossier/page"
	"github.com/tocsin-project/tocsin/internal/views"
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
	About string // what it follows, for its script; empty: everything
	Place string // how far the page had heard of what happened when it was made
	Now   time.Time
	// Rebuild is how far the catalog is with what it lacks; nil: it lacks nothing.
	Rebuild *views.Rebuild
	Row     []spot // the navigation
	More    []spot
	// Waiting is how many notices nobody at the reader's partner has acknowledged: "",
	// or at most "9+".
	Waiting string
	Theme   string // that the reader chose: "light", "dark", or "" as the system has it
	Keys    string // "off": no single letters
	Back    string // where a form of the frame goes back to
	View    any
}

// reading is one reader's request for a page.
type reading struct {
	*http.Request
	who   access.Principal
	reads bool  // there is something that it may read
	tried tried // a form that was refused
	place string
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
		return reading{Request: r, who: who, reads: true}
	}
	if p.Open {
		return reading{Request: r, who: access.Visitor, reads: true}
	}
	return reading{Request: r}
}

// reader lets through who may read: somebody who is signed in, or in an open
// hub anybody as a guest.
func (p *pages) reader(show func(reading) (content, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, request *http.Request) {
		r := p.readingOf(request)
		if !r.reads {
			http.Redirect(w, request, p.entrance(), http.StatusSeeOther)
			return
		}
		p.follow()
		r.place = p.crowd.Place() // before anything is read for the page
		if request.Header.Get(refreshHeader) != "" {
			p.refresh(w, r, show)
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

// render answers with a page.
func (p *pages) render(w http.ResponseWriter, r reading, status int, c content) {
	text, err := p.paint(r, status, c)
	if err != nil {
		p.Logger.Error("a page cannot be rendered", "error", err)
		http.Error(w, english.say("door.problem.page", nil), http.StatusInternalServerError)
		return
	}
	send(w, r, status, text)
}

// usualPage is how many bytes most pages have at most.
const usualPage = 64 << 10

// paint makes a page's text.
func (p *pages) paint(r reading, status int, c content) ([]byte, error) {
	partner, _ := p.Views.Access.Partner(r.who.Partner)
	person, _ := p.Views.Access.Person(r.who.Person)
	view := page{
		Title: c.title, Path: c.path, Query: r.URL.Query().Get("q"), Who: r.who, Name: partner.Name, Human: person.Name, Reads: r.reads,
		Live:  r.reads && status == http.StatusOK && r.Method == http.MethodGet && !p.still[c.template],
		About: strings.Join(topics[c.template], " "), Place: r.place,
		Now: p.Clock().UTC(), View: c.view, Theme: p.choice(r.Request, "theme"), Keys: p.choice(r.Request, "keys"), Back: back(r, status),
	}
	if r.reads {
		view.Row, view.More = p.placesOf(r.who)
		view.Waiting = p.waitingNotices(r.who)
	}
	if rebuild, running := p.Views.Rebuild(); running {
		view.Rebuild = &rebuild
	}
	var b bytes.Buffer
	b.Grow(usualPage)
	t, err := p.templates[c.template]()
	if err == nil {
		err = t.Execute(&b, view)
	}
	if err != nil {
		return nil, fmt.Errorf("page %s: %w", c.template, err)
	}
	return b.Bytes(), nil
}

// fail says what went wrong, and nothing that is nobody's business.
func (p *pages) fail(w http.ResponseWriter, r reading, err error) {
	if r.Context().Err() != nil {
		return // the reader has gone: nobody is there to be told
	}
	status, title, text := http.StatusInternalServerError, english.say("door.problem", nil), english.say("door.problem.why", nil)
	switch {
	case errors.Is(err, access.ErrNotFound), errors.Is(err, catalog.ErrNotFound):
		status, title, text = http.StatusNotFound, english.say("door.nothing", nil), english.say("door.nothing.why", nil)
	case errors.Is(err, access.ErrForbidden):
		status, title, text = http.StatusForbidden, english.say("door.forbidden", nil), sentence(err, access.ErrForbidden)
	case errors.Is(err, access.ErrInvalid):
		status, title, text = http.StatusBadRequest, english.say("door.invalid", nil), err.Error()
	case errors.Is(err, catalog.ErrUnfinished):
		status, title, text = http.StatusServiceUnavailable, english.say("door.unfinished", nil), english.say("door.unfinished.why", nil)
	default:
		p.Logger.Error("a page failed", "page", r.Pattern, "error", err)
	}
	p.render(w, r, status, content{"problem", title, "", text})
}

// functions are what templates may call.
var functions = template.FuncMap{
	"when":      func(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04:05") },
	"day":       func(t time.Time) string { return t.UTC().Format("2 Jan 2006") },
	"clock":     func(t time.Time) string { return t.UTC().Format("15:04:05") },
	"iso":       func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	"upper":     strings.ToUpper,
	"join":      strings.Join,
	"plural":    plural,
	"parts":     parts,
	"number":    number,
	"thousands": func(n int64) string { return number(int(n)) },
	"sum":       func(a, b int64) int64 { return a + b },
	"lasts":     lasted,
	"seconds":   func(s float64) string { return lasted(time.Duration(s * float64(time.Second))) },
	"subject":   subjectLink,
	"prose":     casepage.Visible,
	"brief":     brief,
	"issued":    issuedLink,
	"static":    staticURL,
}
