package web

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/report"
)

// report is the after-action report as a page of its own, as of a moment or of now.
// It takes seconds to make, and is for who is signed in: nobody knows how many
// guests there are.
func (p *pages) report(w http.ResponseWriter, request *http.Request) {
	_, who, ok := p.SignIn.Reader(request)
	if !ok {
		http.Redirect(w, request, "/sign-in", http.StatusSeeOther)
		return
	}
	r := reading{Request: request, who: who, reads: true}
	text, err := p.reportFor(r)
	var busy report.Busy
	switch {
	case errors.As(err, &busy):
		w.Header().Set("Retry-After", strconv.Itoa(int(busy.After.Seconds())))
		p.render(w, r, http.StatusServiceUnavailable, content{"problem", english.say("outbreak.report.busy", nil), "", english.say("outbreak.report.busy.why", lasted(busy.After))})
	case errors.Is(err, access.ErrInvalid):
		r.tried = tried{act: "report", wrong: sentence(err, access.ErrInvalid), values: request.URL.Query()}
		c, err := p.outbreak(r)
		if err != nil {
			p.fail(w, r, err)
			return
		}
		p.render(w, r, http.StatusBadRequest, c)
	case err != nil:
		p.fail(w, r, err)
	default:
		h := w.Header() // the page may run nothing and fetch nothing; its style is in it
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox")
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Cache-Control", "no-store")
		_, _ = w.Write(text) // a reader that went away needs no answer
	}
}

func (p *pages) reportFor(r reading) ([]byte, error) {
	id, _, err := p.goesOn(r, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	asOf, err := moment("as_of", r.URL.Query().Get("as_of"))
	if err != nil {
		return nil, err
	}
	made, err := p.Reports.Make(r.Context(), r.who, id, asOf, 0)
	if err != nil {
		return nil, err
	}
	return made.HTML()
}
