package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"regexp"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/live"
)

// A page that follows fetches itself anew whenever it is told that something
// happened. What was made for one reader serves the same reader's other tabs, and
// all guests alike, as long as nothing has happened since; and who has the page as
// it is, is told only that.

// refreshHeader is what a page sends that fetches itself.
const refreshHeader = "Tocsin-Refresh"

const (
	copyLife  = time.Second // of a copy, since some of what is shown is no entry's
	maxCopies = 256
)

// state is how far the views are: of the same state the same page is made.
type state struct {
	memory, catalog ledger.Seq
	other           uint64
}

// copies are pages as they were made at one state.
type copies struct {
	mu    sync.Mutex
	state state
	pages map[string]*pageCopy
}

// pageCopy is one page; made is closed when it is there, or has failed.
type pageCopy struct {
	made  chan struct{}
	at    time.Time
	text  []byte   // nil: it failed
	about []string // areas that it shows
}

// impersonal are the pages with nothing on them that is a person's own. Everybody who
// may read the same of them has one copy, so that a partner's whole shift costs no
// more than one of them. The name in its frame is not among what a page that fetches
// itself takes over.
var impersonal = regexp.MustCompile(`^/(outbreaks(/[^/]+)?|protections|actions)?$`)

// shared is the reading of a page without the person, where it is the same for all of
// the same rights.
func shared(r reading) reading {
	if impersonal.MatchString(r.URL.Path) {
		r.who.Person, r.who.Token, r.who.Expires = "", "", time.Time{}
	}
	return r
}

// copyKey is everything that a page is made from beside the state: the whole of
// the address, who reads, and the choices of the browser.
func (p *pages) copyKey(r reading) string {
	return fmt.Sprintf("%q %q %q %q %+v", r.Host, r.URL.RequestURI(), p.choice(r.Request, "theme"), p.choice(r.Request, "keys"), r.who)
}

// state is how far the views are now.
func (p *pages) state() state {
	memory, catalog := p.Views.Folded()
	return state{memory, catalog, p.crowd.Count()}
}

// has says whether the page is there as it would be made now, or is being made.
func (c *copies) has(key string, now time.Time, state state) bool {
	c.mu.Lock()
	one, here := c.pages[key]
	here = here && c.state == state && now.Sub(one.at).Abs() < copyLife
	c.mu.Unlock()
	if !here {
		return false
	}
	select {
	case <-one.made:
		return one.text != nil
	default:
		return true
	}
}

// copy gives the page's copy, and whether the caller has to make it.
func (c *copies) copy(key string, now time.Time, state state) (one *pageCopy, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pages == nil || c.state != state || len(c.pages) >= maxCopies {
		c.state, c.pages = state, map[string]*pageCopy{}
	}
	if one, here := c.pages[key]; here && now.Sub(one.at).Abs() < copyLife {
		return one, false
	}
	one = &pageCopy{made: make(chan struct{}), at: now}
	c.pages[key] = one
	return one, true
}

// refresh answers a page that fetches itself.
func (p *pages) refresh(w http.ResponseWriter, r reading, show func(reading) (content, error)) {
	all := shared(r)
	one, mine := p.copies.copy(p.copyKey(all), p.Clock(), p.state())
	if !mine {
		select {
		case <-one.made:
		case <-r.Context().Done():
			return
		}
		if one.text != nil {
			p.crowd.Took(readerOf(r), one.about, 0)
			send(w, r, http.StatusOK, one.text)
			return
		}
		// Who made it went away, or it failed: then it fails for this reader, too.
	}
	if mine {
		defer close(one.made)
	}
	var text []byte
	var about []string
	var err error
	took := live.Processor(func() { text, about, err = p.make(all, show) })
	if mine {
		one.text, one.about = text, about
	}
	if err != nil {
		p.fail(w, r, err)
		return
	}
	p.crowd.Took(readerOf(r), about, took)
	send(w, r, http.StatusOK, text)
}

// make makes a page, and says which areas it shows.
func (p *pages) make(r reading, show func(reading) (content, error)) (text []byte, about []string, err error) {
	c, err := show(r)
	if err != nil {
		return nil, nil, err
	}
	text, err = p.paint(r, http.StatusOK, c)
	return text, topics[c.template], err
}

// send answers with a page, or says that the reader has it as it is.
func send(w http.ResponseWriter, r reading, status int, text []byte) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	if tag := tagOf(text); r.Header.Get(refreshHeader) != "" && status == http.StatusOK && tag != "" {
		h.Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	w.WriteHeader(status)
	_, _ = w.Write(text) // a reader that went away needs no answer
}

// tagOf is the entity tag of a page by what stands in its header and its main part:
// the time at its foot is another each time.
func tagOf(text []byte) string {
	_, rest, found := bytes.Cut(text, []byte("<header"))
	main, _, whole := bytes.Cut(rest, []byte("</main>"))
	if !found || !whole {
		return ""
	}
	sum := sha256.Sum256(main)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}
