package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/ratelimit"
)

// metered bounds how many pages are made for one reader, and for all guests of one
// address: nobody takes the console away from the others. What costs next to nothing
// is not counted: static files, and a page that fetches itself while it is there as it
// was made for another of the same readers, so that a crowd that watches one outbreak
// from behind one address is never held up by its own number.
func (p *pages) metered(next http.Handler) http.Handler {
	if p.Limits == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if strings.HasPrefix(request.URL.Path, "/static/") {
			next.ServeHTTP(w, request)
			return
		}
		r := p.reading(request)
		request = request.WithContext(context.WithValue(request.Context(), admittedReader{}, r))
		if p.copied(r) {
			next.ServeHTTP(w, request)
			return
		}
		if wait, ok := p.admitted(r); !ok {
			p.tooMany(w, r, wait)
			return
		}
		next.ServeHTTP(w, request)
	})
}

// admittedReader is the key of who reads in the context of a page's request.
type admittedReader struct{}

// readingOf is who the request was admitted as: to find that out takes a
// session's decoding. What outlives the page, as a live page
// does, asks for the reading anew.
func (p *pages) readingOf(request *http.Request) reading {
	r, known := request.Context().Value(admittedReader{}).(reading)
	if !known {
		return p.reading(request)
	}
	r.Request = request
	return r
}

func (p *pages) admitted(r reading) (wait time.Duration, ok bool) {
	if by := r.who.By(); by != "" {
		return p.Limits.Take(by, ratelimit.Page)
	}
	return p.Limits.Welcome(ratelimit.Source(r.RemoteAddr))
}

// copied says whether the request is a page's that fetches itself and is there.
func (p *pages) copied(r reading) bool {
	if r.Method != http.MethodGet || r.Header.Get(refreshHeader) == "" || !r.reads {
		return false
	}
	return p.copies.has(p.copyKey(shared(r)), p.Clock(), p.state())
}

// tooMany tells who asks too often when to come again: a person on a page, a script
// in a line.
func (p *pages) tooMany(w http.ResponseWriter, r reading, wait time.Duration) {
	seconds := int(wait/time.Second) + 1
	w.Header().Set("Retry-After", fmt.Sprint(seconds))
	text := english.say("door.many.why", seconds)
	if r.Header.Get(refreshHeader) != "" || !strings.Contains(r.Header.Get("Accept"), "text/html") {
		http.Error(w, text, http.StatusTooManyRequests)
		return
	}
	p.render(w, r, http.StatusTooManyRequests, content{"problem", english.say("door.many", nil), "", text})
}
